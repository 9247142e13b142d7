import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, delimiter } from "node:path";
import type { automation } from "@pulumi/pulumi";
import { backEndName, redact } from "./credentials.ts";
import type { Engine } from "./install.ts";

const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { SemVer } = sdk("semver") as { SemVer: new (version: string) => unknown };
const { CommandResult } = require("@pulumi/pulumi/automation/cmd.js") as {
  CommandResult: new (stdout: string, stderr: string, code: number) => unknown;
};
const { createCommandError } = require("@pulumi/pulumi/automation/errors.js") as {
  createCommandError: (result: unknown) => Error;
};

/**
 * The Automation API's command for an engine that is already known to work.
 *
 * The SDK's own would run `pulumi version` again, lose the exit code, and leave `pulumi` in the terminal's process
 * group, where one Ctrl-C counts twice and ends an update in the middle. Checked against SDK 3.270.0,
 * `automation/cmd.js`.
 */
export function commandOf(engine: Engine, kill?: AbortSignal): automation.PulumiCommand {
  const run = (...rest: Rest): Promise<Ran> => runPulumi(engine, kill, ...rest);
  const command = { command: engine.path, version: new SemVer(engine.version), run };
  return command as unknown as automation.PulumiCommand;
}

type Rest = [
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
];

/** What a command of the engine's printed. */
interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command of the engine's to its end. An interrupt lets what is in flight finish; `kill` ends it at once.
 * @throws CommandError of the Automation API, or one of its kinds, without credentials; code -1 where a signal ended
 * the engine
 */
export async function runPulumi(
  engine: Engine,
  kill: AbortSignal | undefined,
  ...[args, cwd, env, onOutput, onError, signal]: Rest
): Promise<Ran> {
  for (const each of [kill, signal]) each?.throwIfAborted();
  const child = spawn(engine.path, [...args, "--non-interactive"], {
    cwd,
    env: { ...process.env, ...env, PULUMI_AUTOMATION_API: "true", PATH: pathWith(engine.path, env) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  // the first interrupt lets what is in flight finish and saves the state
  const interrupt = (): void => void child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  const end = (): void => killGroup(child.pid);
  kill?.addEventListener("abort", end);
  const [stdout, stderr] = [collect(child.stdout, onOutput), collect(child.stderr, onError)];
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve(exit ?? -1));
    });
    if (code === 0) return new CommandResult(stdout(), stderr(), code) as Ran;
    const all = { ...process.env, ...env };
    const result = new CommandResult(redact(stdout(), all), redact(stderr(), all), code);
    const url = all["PULUMI_BACKEND_URL"];
    throw createCommandError(
      url === undefined ? result : Object.assign(result as object, { backEnd: backEndName(url) }),
    );
  } finally {
    signal?.removeEventListener("abort", interrupt);
    kill?.removeEventListener("abort", end);
  }
}

/** Ends the engine and its children: it leads a process group of its own, where no Ctrl-C of the terminal reaches it. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended since
  }
}

/** The directory of the binary comes first, so that it finds the plugins shipped beside it, then this Node's for packs. */
function pathWith(binary: string, env: Readonly<Record<string, string>>): string {
  return [dirname(binary), dirname(process.execPath), env["PATH"] ?? process.env["PATH"] ?? ""].join(delimiter);
}

function collect(stream: NodeJS.ReadableStream, tell?: (text: string) => void): () => string {
  const parts: string[] = [];
  stream.setEncoding("utf8").on("data", (text: string) => {
    parts.push(text);
    tell?.(text);
  });
  return () => parts.join("");
}
