import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Age in milliseconds from which a lock is taken over although its owner cannot be examined. */
const FORGOTTEN_MS = 60 * 60 * 1000;
/** Age in milliseconds from which a lock without an owner's name is the rest of a crash. */
const NAMELESS_MS = 10_000;
const POLL_MS = 250;

/**
 * Runs `work` while no other process runs under the same lock.
 *
 * The lock is a directory, which only one process can create; it names its owner, so that a dead owner's lock is taken
 * over. It saves work rather than guards data: what it protects is put in place by a rename and stays whole without it.
 * @param onWait called while another process holds the lock, with who that is
 * @throws the signal's reason when aborted while waiting
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (owner: string) => void,
  signal?: AbortSignal,
): Promise<T> {
  const token = `${hostname()}:${process.pid}:${Math.random().toString(36).slice(2)}`;
  while (!(await acquired(path, token))) {
    signal?.throwIfAborted();
    const owner = await ownerOf(path);
    if (await isDead(path, owner)) {
      // of several that see the dead owner, the rename lets one go on
      const grave = `${path}.${token.split(":")[2]}.dead`;
      await rename(path, grave).then(() => rm(grave, { recursive: true, force: true }), ignore);
      continue;
    }
    onWait(owner === undefined ? "another process" : `process ${owner.split(":")[1]}`);
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    if ((await ownerOf(path)) === token) await rm(path, { recursive: true, force: true });
  }
}

async function acquired(path: string, token: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  await writeFile(join(path, "owner"), token);
  return true;
}

async function ownerOf(path: string): Promise<string | undefined> {
  const text = await readFile(join(path, "owner"), "utf8").catch(() => "");
  return text === "" ? undefined : text;
}

async function isDead(path: string, owner: string | undefined): Promise<boolean> {
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  const [host, pid] = owner?.split(":") ?? [];
  if (host === undefined || pid === undefined) return age > NAMELESS_MS;
  return host === hostname() ? !isAlive(Number(pid)) : age > FORGOTTEN_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // alive, but someone else's
  }
}

function ignore(): void {}
