import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { RolloutError } from "./errors.ts";

/** Who works on a roll-out. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** What tells this process from a later one of the same pid; empty where the system does not say. */
  readonly start: string;
  readonly user: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/**
 * Lets one process at a time write a roll-out's journal. The lock is a folder of numbered files; the highest number
 * counts. A file is made by a link, which only one process can make, and whoever finds a higher number after making
 * theirs has lost. The holder's process is told by pid and start time, so that a lock left by a killed one is taken over.
 * @returns the function that releases it
 * @throws RolloutError `busy`, with who works on it
 */
export function acquireLock(folder: string, what: string): () => void {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const highest = numbers(folder).at(-1) ?? 0;
    const holder = highest === 0 ? undefined : holderOf(folder, highest);
    if (holder !== undefined && !isGone(holder)) throw busy(holder, what, folder);
    const mine = highest + 1;
    if (!made(folder, mine)) continue;
    const all = numbers(folder);
    if (all.at(-1) !== mine) {
      rmSync(join(folder, String(mine)), { force: true });
      continue;
    }
    for (const older of all.filter((number) => number < mine)) rmSync(join(folder, String(older)), { force: true });
    return () => release(folder, mine);
  }
}

/** The number stays taken: a process that has just read it must not be able to take it again. */
function release(folder: string, number: number): void {
  const passing = join(folder, `${number}.${process.pid}.tmp`);
  writeFileSync(passing, "");
  renameSync(passing, join(folder, String(number)));
}

function made(folder: string, number: number): boolean {
  const passing = join(folder, `${number}.${process.pid}.tmp`);
  const since = new Date().toISOString();
  const holder: Holder = {
    ...{ host: hostname(), pid: process.pid, start: startOf(process.pid), user: userInfo().username, since },
  };
  writeFileSync(passing, JSON.stringify(holder));
  try {
    linkSync(passing, join(folder, String(number)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(passing, { force: true });
  }
}

const numbers = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

/** Nobody, where it was released or has just gone. */
function holderOf(folder: string, number: number): Holder | undefined {
  try {
    const text = readFileSync(join(folder, String(number)), "utf8");
    return text === "" ? undefined : (JSON.parse(text) as Holder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A process on another host is taken at its word. */
function isGone({ host, pid, start }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return true;
  }
  return start !== "" && startOf(pid) !== start;
}

/**
 * Boot and clock tick in which a process began; empty off Linux. Source: proc_pid_stat(5), field 22; a zombie (field 3)
 * works on nothing.
 */
function startOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "zombie" : `${boot} ${fields[19] ?? ""}`;
  } catch {
    return "";
  }
}

function busy({ user, host, pid, since }: Holder, what: string, folder: string): RolloutError {
  const here = host === hostname();
  const after = here ? "" : `; if that process is gone for good, remove ${folder}`;
  return new RolloutError(
    "busy",
    `${what} is worked on by ${user}@${host}, process ${pid}, since ${since}; wait until it has ended${after}`,
  );
}
