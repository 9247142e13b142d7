import { spawn } from "node:child_process";
import type { Measured } from "./figure.ts";

/** Middle and range of several runs, in milliseconds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("expected at least one run, got none");
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return { median, min, max, runs: sorted.length };
}

/** A process to time. */
export interface Command {
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that count as a run. @default 0 alone */
  readonly codes?: readonly number[];
}

/** Runs this Node with arguments to its end. @throws Error with the output when it ends with another code */
export async function runNode(command: Command): Promise<{ readonly ms: number; readonly stdout: string }> {
  const { args, cwd, env, codes = [0] } = command;
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const ms = performance.now() - start;
  if (code !== null && codes.includes(code)) return { ms, stdout };
  throw new Error(
    `node ${args.join(" ")} ended with ${code ?? "a signal"}:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
  );
}

/** Something to time: returns the milliseconds of one run. */
export type Timed = () => Promise<number>;

export const timed =
  (command: Command): Timed =>
  async () =>
    (await runNode(command)).ms;

/** Runs ours and the plain one in turn, so that both meet the same noise of a shared machine. */
export async function inTurn(
  ours: Timed,
  plain: Timed | undefined,
  runs: number,
  plainRuns = runs,
): Promise<Pick<Measured, "ours"> & Required<Pick<Measured, "plain">>> {
  const times = { ours: [] as number[], plain: [] as number[] };
  for (let run = 0; run < Math.max(runs, plainRuns); run++) {
    if (run < runs) times.ours.push(await ours());
    if (plain !== undefined && run < plainRuns) times.plain.push(await plain());
  }
  return times;
}
