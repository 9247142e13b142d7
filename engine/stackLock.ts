import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Who holds a stack's lock. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** `elsewhere`: on another host, where nobody here can look. */
  readonly process: "running" | "gone" | "elsewhere";
}

/** Source: Pulumi, `pkg/backend/diy/lock.go`: `created by <user>@<host> (pid <n>) at <time>`. */
const HOLDER = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g;

/** Who holds the lock, from what the engine says when it cannot have it. */
export function holdersIn(text: string): readonly LockHolder[] {
  return [...text.matchAll(HOLDER)].map(([, user = "", host = "", pid = "", since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since,
    process: host === hostname() ? processState(Number(pid)) : "elsewhere",
  }));
}

/** A pid that another program has by now is not the holder. Off Linux a running process is taken at its word. */
function processState(pid: number): "running" | "gone" {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "gone";
  }
  try {
    const comm = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const zombie = stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
    return comm.startsWith("pulumi") && !zombie ? "running" : "gone";
  } catch {
    return "running";
  }
}

/** `root@build-7, process 4711, since 2026-11-20T23:16:59Z, which no longer runs` */
export function describeHolder({ user, host, pid, since, process: state }: LockHolder): string {
  const now = { running: "", gone: ", which no longer runs", elsewhere: ", on another host" }[state];
  return `${user}@${host}, process ${pid}, since ${since}${now}`;
}
