import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { EngineLog } from "./engineLog.ts";

/** How programs are started. */
export interface ProgramOptions {
  /** Node binary. @default the one that runs this process */
  readonly node?: string;
  /** Arguments for Node, before those of the project's `nodeargs` option. @default none */
  readonly nodeArgs?: readonly string[];
  /** Folder for compiled code, which halves the start of the second and later runs. @default none */
  readonly compileCache?: string;
  /** Environment of programs. @default the environment of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * The program to run instead of the one beside the `Pulumi.yaml`: a stack can then keep its files in a directory of
   * its own. `entry` is relative to `directory`.
   * @default the program of the project
   */
  readonly program?: { readonly directory: string; readonly entry: string };
}

/** A program that has been started. */
export interface ProgramRun {
  /** `bail`: it failed and has told the engine why; `error`: it failed without; both empty when it succeeded. */
  readonly ended: Promise<{ readonly bail: boolean; readonly error: string }>;
  stop(): Promise<void>;
}

/** Exit code of a program that has already reported its error. Source: Pulumi SDK, `sdk/nodejs/cmd/run/index.ts`. */
const REPORTED = 32;
/** How long a program may take to end after SIGTERM, in milliseconds. */
const GRACE_MS = 2000;
/** Lines of the error output that go into the message of a program that died without a word to the engine. */
const TAIL_LINES = 20;

/**
 * Ends a program whose host has ended without ending it, as a killed one has. The SDK would go on for ever: it meets that
 * nobody reads what it prints, and prints that.
 */
const TETHER = `data:text/javascript,${encodeURIComponent(
  "process.channel?.unref(); process.once('disconnect', () => process.exit(1));",
)}`;

/** Starts a program for a run request, as Pulumi's own Node language host does. */
export function startProgram(request: RunRequest, engine: string, options: ProgramOptions, log: EngineLog): ProgramRun {
  const settings = (request.getInfo()?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const directory = options.program?.directory ?? request.getPwd();
  const entry = options.program?.entry ?? request.getInfo()?.getEntryPoint() ?? ".";
  const args = [
    ...(options.nodeArgs ?? []),
    ...splitArguments(typeof settings["nodeargs"] === "string" ? settings["nodeargs"] : ""),
    `--import=${TETHER}`,
    entryPoint(directory),
    ...runArguments(request, engine, directory),
    entry === "" ? "." : entry,
  ];
  const child = spawn(options.node ?? process.execPath, args, {
    cwd: directory,
    env: environment(request, settings, options),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  return { ended: outcome(child, log), stop: () => stop(child) };
}

function runArguments(request: RunRequest, engine: string, directory: string): string[] {
  return [
    `--monitor=${request.getMonitorAddress()}`,
    `--engine=${engine}`,
    `--organization=${request.getOrganization()}`,
    `--project=${request.getProject()}`,
    `--root-directory=${request.getInfo()?.getRootDirectory() ?? directory}`,
    `--stack=${request.getStack()}`,
    `--pwd=${directory}`,
    `--parallel=${request.getParallel()}`,
    ...(request.getDryrun() ? ["--dry-run"] : []),
  ];
}

function environment(
  request: RunRequest,
  settings: Record<string, unknown>,
  options: ProgramOptions,
): NodeJS.ProcessEnv {
  const config: Record<string, string> = {};
  request.getConfigMap().forEach((value, key) => (config[key] = value));
  return {
    ...(options.env ?? process.env),
    ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: resolve(options.compileCache) }),
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_NODEJS_TYPESCRIPT: String(settings["typescript"] !== false && settings["typescript"] !== "false"),
    ...(typeof settings["tsconfig"] === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: settings["tsconfig"] } : {}),
  };
}

/** The runner of the program's own SDK, so that a program and its runner never differ in version. */
function entryPoint(directory: string): string {
  try {
    return createRequire(join(directory, "program.js")).resolve("@pulumi/pulumi/cmd/run/index.js");
  } catch {
    throw new Error(`no @pulumi/pulumi beside the program in ${directory}; install its packages (npm ci) first`);
  }
}

async function outcome(child: ChildProcess, log: EngineLog): Promise<{ bail: boolean; error: string }> {
  const tail: string[] = [];
  const drained = Promise.all([
    forEachLine(child.stdout, (line) => log.info(line)),
    forEachLine(child.stderr, (line) => {
      log.info(line);
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
    }),
  ]);
  const ended = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`the program could not be started: ${error.message}`));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? String(code) : `the program was ended by ${signal}`),
    );
  });
  if (child.pid !== undefined) await drained;
  if (ended === "0") return { bail: false, error: "" };
  if (ended === String(REPORTED)) return { bail: true, error: "" };
  const reason = /^\d+$/.test(ended) ? `the program exited with code ${ended}` : ended;
  return { bail: false, error: [reason, ...tail].join("\n") };
}

async function forEachLine(stream: Readable | null, visit: (line: string) => void): Promise<void> {
  if (stream === null) return;
  for await (const line of createInterface({ input: stream })) visit(line);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await exited;
  clearTimeout(kill);
}

/** Splits like a shell, as far as `nodeargs` needs: on blanks outside quotes. */
function splitArguments(text: string): string[] {
  return Array.from(text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g), ([word]) => word.replaceAll(/["']/g, ""));
}
