import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import {
  describeDiagnosis,
  diagnose,
  expectationOf,
  parseFacts,
  PING_KINDS,
  ProbeError,
  renderProbe,
  type Expectation,
  type Facts,
  type KnownOutputs,
  type Ping,
} from "../../doctor/index.ts";
import { customerOf } from "../../fleet/selection.ts";
import type { Member } from "../../fleet/types.ts";
import type { Customer } from "../../plan/customer.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** Options of `causeway doctor`, as commander hands them over. */
export interface DoctorOptions {
  readonly via?: string;
  readonly guest?: true;
  readonly ping?: readonly string[];
  readonly outputs?: string;
  readonly probe?: true;
  readonly findings?: string;
}

/**
 * Walks the chain from an executor to each of a customer's registries and shows each link up to the one that is broken.
 * The probe runs where `--via` leads, here without it; it is sent to a shell's standard input and nothing is installed.
 */
export async function doctor(terminal: Terminal, member: Member, options: DoctorOptions): Promise<ExitCode> {
  const customer = customerOf(member);
  const pings = Object.fromEntries((options.ping ?? []).map((text) => parsePing(customer, text)));
  const expectation = expectationOf(customer, pings, options.outputs === undefined ? {} : readOutputs(options.outputs));
  if (expectation.targets.length === 0) {
    throw new Exit(EXIT.usage, `expected registries in ${member.file}, got none; add spec.infrastructure.registries`);
  }
  const script = renderProbe(expectation, { guest: options.guest === true });
  if (options.probe === true) {
    process.stdout.write(script);
    return EXIT.done;
  }
  const found = options.findings === undefined ? await look(script, options.via ?? "") : readText(options.findings);
  const diagnosis = explained(expectation, found);
  terminal.data(diagnosis);
  terminal.result(describeDiagnosis(diagnosis));
  return diagnosis.healthy ? EXIT.done : EXIT.failed;
}

function explained(expectation: Expectation, { said, otherwise }: Found): ReturnType<typeof diagnose> {
  try {
    const facts: Facts = parseFacts(said);
    return diagnose(expectation, facts);
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    throw new Exit(EXIT.failed, otherwise === "" ? error.message : `${error.message}: ${otherwise}`, { cause: error });
  }
}

interface Found {
  readonly said: string;
  /** Why there may be nothing in it. */
  readonly otherwise: string;
}

function readText(path: string): Found {
  try {
    return { said: readFileSync(path === "-" ? 0 : path, "utf8"), otherwise: "" };
  } catch (error) {
    throw new Exit(EXIT.usage, `expected a file that can be read, got ${path}`, { cause: error });
  }
}

function readOutputs(path: string): KnownOutputs {
  const { said } = readText(path);
  try {
    const value: unknown = JSON.parse(said);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // said below
  }
  throw new Exit(EXIT.usage, `--outputs: expected what causeway outputs <customer> --json prints, got ${path}`);
}

/** `<registry>=<kind>`, with the path clients have in their settings where it is not the root. */
function parsePing({ registries }: Customer, text: string): readonly [string, Ping] {
  const [, key = "", kind = "", path = ""] = /^([^=]+)=([a-z]+)(\/\S*)?$/.exec(text) ?? [];
  const found = PING_KINDS.find((one) => one === kind);
  const keys = registries.map((registry) => registry.key);
  if (found === undefined || !keys.includes(key)) {
    const form = `<registry>=<kind> or <registry>=<kind>/<path>/ with the registries ${keys.join(", ")} and the kinds ${PING_KINDS.join(", ")}`;
    throw new Exit(EXIT.usage, `--ping: expected ${form}, got ${text}`);
  }
  const base = path === "" ? "/" : path.endsWith("/") || path.endsWith(".xml") ? path : `${path}/`;
  return [key, { kind: found, base }];
}

/** Words of a command line: split at spaces, except within quotes. */
export const wordsOf = (line: string): readonly string[] =>
  (line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));

/** Runs the probe. No shell of ours reads the words. */
function look(script: string, via: string): Promise<Found> {
  // Over ssh a Bash reads ~/.bashrc even where it reads a script, and what that prints or does is not the probe's.
  const words = [...wordsOf(via), "bash", "--norc", "-s"];
  const command = words[0]!;
  return new Promise((resolve, reject) => {
    const child = spawn(command, words.slice(1), { stdio: ["pipe", "pipe", "pipe"] });
    let [said, otherwise] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (otherwise = `${otherwise}${text}`.slice(-2000)));
    // What ends early says why itself.
    child.stdin.on("error", () => undefined).end(script);
    child.once("error", () =>
      reject(new Exit(EXIT.usage, `--via: expected a command that can be run, got ${command}`)),
    );
    child.once("close", () => resolve({ said, otherwise: otherwise.trim().split("\n").at(-1) ?? "" }));
  });
}
