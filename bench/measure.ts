import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** One run, in milliseconds. */
export interface Run {
  /** From start to end, on the clock. */
  readonly wall: number;
  /** Processor time of the process and of all it started; only Linux tells. */
  readonly cpu?: number;
}

/** Middle and range of several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws RangeError for no number at all */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("expected at least one run, got none");
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
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
export async function runNode(command: Command): Promise<{ readonly run: Run; readonly stdout: string }> {
  const { args, cwd, env, codes = [0] } = command;
  const [start, cpuStart] = [performance.now(), childrenCpu()];
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
  const [wall, cpuEnd] = [performance.now() - start, childrenCpu()];
  const cpu = cpuStart === undefined || cpuEnd === undefined ? {} : { cpu: cpuEnd - cpuStart };
  if (code !== null && codes.includes(code)) return { run: { wall, ...cpu }, stdout };
  const output = `${stdout.slice(-2000)}${stderr.slice(-2000)}`;
  throw new Error(`node ${args.join(" ")} ended with ${code ?? "a signal"}:\n${output}`);
}

/** Milliseconds in a clock tick. Source: Linux `sysconf(_SC_CLK_TCK)`, 100 a second on every platform Node runs on. */
const TICK = 10;

/** Processor time of all ended descendants. Source: `proc_pid_stat(5)`, cutime and cstime, fields 16 and 17. */
function childrenCpu(): number | undefined {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)!.split(" "); // from field 3 on
    return (Number(fields[13]) + Number(fields[14])) * TICK;
  } catch {
    return undefined;
  }
}

/** Something to time, once. */
export type Timed = () => Promise<Run>;

export const timed =
  (command: Command): Timed =>
  async () =>
    (await runNode(command)).run;

/** Runs ours and the plain one in turn, so that both meet the same noise of a shared machine. */
export async function inTurn(
  runs: number,
  ours: Timed,
  plain?: Timed,
): Promise<{ readonly ours: readonly Run[]; readonly plain: readonly Run[] }> {
  const all = { ours: [] as Run[], plain: [] as Run[] };
  for (let run = 0; run < runs; run++) {
    all.ours.push(await ours());
    if (plain !== undefined) all.plain.push(await plain());
  }
  return all;
}
