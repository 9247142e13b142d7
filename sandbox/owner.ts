/** One process at a time owns a world: a lock file beside it names the owner. */
import { userInfo } from "node:os";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { WorldInUseError } from "./errors.ts";

interface Owner {
  pid: number;
  /** When the kernel started that process, so that a reused pid is not taken for the owner; absent off Linux. */
  started?: string;
  user?: string;
  /** When the world was taken; ISO 8601, UTC. */
  since?: string;
}

const held = new Set<string>();

/**
 * Takes the world for this process, over from an owner that no longer runs.
 * @returns a function that gives it back
 * @throws WorldInUseError when a running process (this one included) has it
 */
export function own(worldFile: string): () => void {
  const lock = `${worldFile}.lock`;
  const mine = `${lock}.${process.pid}`;
  const since = new Date().toISOString();
  writeFileSync(mine, JSON.stringify({ ...describe(process.pid), user: userName(), since }));
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (take(mine, lock)) {
        held.add(lock);
        return () => release(lock);
      }
      evict(worldFile, lock, mine);
    }
    throw new WorldInUseError(worldFile, read(lock)?.pid ?? 0);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A hard link is made whole or not at all, so nobody ever reads half a lock. */
function take(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a stale lock. Only who holds the gate may do so, and looks again once it has it: between two looks another
 * process may have taken the world over.
 */
function evict(worldFile: string, lock: string, mine: string): void {
  refuseRunning(worldFile, lock);
  const gate = `${lock}.gate`;
  if (!take(mine, gate)) {
    const keeper = read(gate);
    if (keeper && !running(keeper, gate)) rmSync(gate, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return;
  }
  try {
    refuseRunning(worldFile, lock);
    rmSync(lock, { force: true });
  } finally {
    rmSync(gate, { force: true });
  }
}

function refuseRunning(worldFile: string, lock: string): void {
  const owner = read(lock);
  if (owner && running(owner, lock)) throw new WorldInUseError(worldFile, owner.pid, owner);
}

/** A user without an entry in the user database has no name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function release(lock: string): void {
  held.delete(lock);
  rmSync(lock, { force: true });
}

function read(lock: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function running(owner: Owner, lock: string): boolean {
  if (owner.pid === process.pid) return held.has(lock);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return describe(owner.pid).started === owner.started;
}

/** Source: proc(5), `/proc/<pid>/stat` field 22; the process name before it may hold spaces, so it is cut off first. */
function describe(pid: number): Owner {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return started === undefined ? { pid } : { pid, started };
  } catch {
    return { pid };
  }
}
