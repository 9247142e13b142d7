/**
 * Finding or getting the Pulumi engine: the `pulumi` binary on PATH, in this tool's cache, from the official download,
 * or built from its Go modules.
 */
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { withLock } from "./installLock.ts";
import { buildEngine, downloadEngine, type Obtain } from "./obtain.ts";
import { runCommand } from "./subprocess.ts";

/** The engine this project is tested with, and the one that is downloaded or built. */
export const ENGINE_VERSION = "3.259.0";
/**
 * What else is accepted on PATH. Below: never tested here. From 4 on: another major version, whose protocol the 3.x SDK
 * does not speak; its Automation API refuses it too.
 */
const SUPPORTED = `>= ${ENGINE_VERSION} < 4`;

/** A `pulumi` binary that has answered `pulumi version`. */
export interface Engine {
  /** Absolute path of the binary. */
  readonly path: string;
  /** Its version, such as `3.259.0`. */
  readonly version: string;
  readonly source: "path" | "cache" | "download" | "build";
}

/** One thing that happened while getting the engine; `download`, `build` and `wait` repeat every few seconds. */
export interface EngineProgress {
  readonly step: "search" | "wait" | "download" | "build" | "verify";
  readonly message: string;
  /** Seconds since the call. */
  readonly elapsedSeconds: number;
}

/** Why one way to an engine did not lead to one. */
export interface EngineAttempt {
  readonly source: Engine["source"];
  readonly reason: string;
}

/** No engine, with the reason of every attempt and what to do. */
export class EngineUnavailable extends Error {
  override readonly name = "EngineUnavailable";
  readonly attempts: readonly EngineAttempt[];

  constructor(attempts: readonly EngineAttempt[]) {
    const names = { path: "on PATH", cache: "in the cache", download: "download", build: "build from Go modules" };
    const reasons = attempts.map(({ source, reason }) => `  ${names[source]}: ${reason}`);
    super(
      [
        "no Pulumi engine could be found or made:",
        ...reasons,
        `put a pulumi of version ${SUPPORTED} on PATH (https://www.pulumi.com/docs/install), ` +
          "or install Go 1.26 or later (https://go.dev/dl) so that it can be built, and run this again",
      ].join("\n"),
    );
    this.attempts = attempts;
  }
}

/** Directory of everything this tool keeps between runs. Source: XDG Base Directory Specification, XDG_CACHE_HOME. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env["XDG_CACHE_HOME"];
  // the specification has relative paths ignored
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env["HOME"] ?? homedir(), ".cache");
  return join(base, "causeway");
}

/** The engine on PATH or in the cache, if there is one. Writes nothing and downloads nothing. */
export async function findEngine(env: NodeJS.ProcessEnv = process.env): Promise<Engine | undefined> {
  return (await search(env)).engine;
}

/** How to get an engine. */
export interface EnsureOptions {
  readonly onProgress?: (progress: EngineProgress) => void;
  readonly signal?: AbortSignal;
  /** @default the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds an engine or makes one: PATH, cache, official download, build from Go modules (four to eight minutes on two cores).
 * Any number of processes may call it at once: one works, the others wait and use its result. An interrupted build goes
 * on where it was, because Go caches what is done.
 * @throws EngineUnavailable when no way leads to one; the reason of `signal` when aborted
 */
export async function ensureEngine(options: EnsureOptions = {}): Promise<Engine> {
  const { env = process.env, signal } = options;
  const start = Date.now();
  const report = (step: EngineProgress["step"], message: string): void =>
    options.onProgress?.({ step, message, elapsedSeconds: Math.round((Date.now() - start) / 1000) });

  report("search", `looking for pulumi ${SUPPORTED} on PATH and in ${cacheRoot(env)}`);
  const found = await search(env, signal);
  if (found.engine !== undefined) return found.engine;

  const home = join(cacheRoot(env), "engine");
  await mkdir(home, { recursive: true });
  const waiting = everyFewSeconds((message) => report("wait", message));
  return withLock(
    `${engineHome(env)}.lock`,
    async () => {
      const meanwhile = await search(env, signal);
      return meanwhile.engine ?? obtain(home, env, meanwhile.attempts, report, signal);
    },
    (owner) => waiting(`${owner} is getting the engine`),
    signal,
  );
}

type Report = (step: EngineProgress["step"], message: string) => void;

async function obtain(
  home: string,
  env: NodeJS.ProcessEnv,
  attempts: EngineAttempt[],
  report: Report,
  signal?: AbortSignal,
): Promise<Engine> {
  await removeStale(home);
  const ways: [Engine["source"] & ("download" | "build"), Obtain][] = [
    ["download", downloadEngine],
    ["build", buildEngine],
  ];
  for (const [source, way] of ways) {
    const directory = await mkdtemp(join(home, TEMPORARY));
    try {
      const tell = everyFewSeconds((message) => report(source, message));
      const got = await way(directory, ENGINE_VERSION, { env, signal, tell });
      if ("reason" in got) {
        attempts.push({ source, reason: got.reason });
        continue;
      }
      report("verify", `running ${got.binary} version`);
      const checked = await versionOf(got.binary, env, signal);
      if ("reason" in checked) {
        attempts.push({ source, reason: checked.reason });
        continue;
      }
      await rm(engineHome(env), { recursive: true, force: true });
      await rename(dirname(got.binary), engineHome(env));
      return { path: cachedBinary(env), version: checked.version, source };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  throw new EngineUnavailable(attempts);
}

async function search(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ engine?: Engine; attempts: EngineAttempt[] }> {
  const attempts: EngineAttempt[] = [];
  const candidates = [
    { source: "path" as const, path: await onPath(env) },
    { source: "cache" as const, path: await executable(cachedBinary(env)) },
  ];
  for (const { source, path } of candidates) {
    if (path === undefined) {
      attempts.push({ source, reason: source === "path" ? "no pulumi" : `nothing at ${cachedBinary(env)}` });
      continue;
    }
    const checked = await versionOf(path, env, signal);
    if ("version" in checked) return { engine: { path, version: checked.version, source }, attempts };
    attempts.push({ source, reason: checked.reason });
  }
  return { attempts };
}

/** Runs `pulumi version` and holds the answer against what is supported. */
async function versionOf(
  path: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<{ version: string } | { reason: string }> {
  const { code, stdout, problem } = await runCommand(path, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    signal,
    timeoutSeconds: 20,
  });
  if (code !== 0) return { reason: `${path} version ${problem ?? `ended with exit code ${code}`}` };
  const [, version, major, minor] = /^v?((\d+)\.(\d+)\.\d+\S*)$/.exec(stdout.trim()) ?? [];
  if (version === undefined)
    return { reason: `${path} version answered ${JSON.stringify(stdout.trim().slice(0, 80))}` };
  const [, leastMinor] = ENGINE_VERSION.split(".").map(Number);
  const supported = Number(major) === 3 && Number(minor) >= (leastMinor ?? 0);
  return supported ? { version } : { reason: `${path} is version ${version}, supported is ${SUPPORTED}` };
}

const BINARY = process.platform === "win32" ? "pulumi.exe" : "pulumi";
const TEMPORARY = ".new-";

function engineHome(env: NodeJS.ProcessEnv): string {
  return join(cacheRoot(env), "engine", `v${ENGINE_VERSION}-${process.platform}-${process.arch}`);
}

function cachedBinary(env: NodeJS.ProcessEnv): string {
  return join(engineHome(env), BINARY);
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (env["PATH"] ?? "").split(delimiter)) {
    const found = isAbsolute(directory) ? await executable(join(directory, BINARY)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function executable(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

/** Removes what an interrupted run left; called under the lock, so no running one is hit. */
async function removeStale(home: string): Promise<void> {
  const left = (await readdir(home)).filter((name) => name.startsWith(TEMPORARY));
  await Promise.all(left.map((name) => rm(join(home, name), { recursive: true, force: true })));
}

/** Passes the first message on at once and later ones at most every five seconds. */
function everyFewSeconds(tell: (message: string) => void): (message: string) => void {
  let next = 0;
  return (message) => {
    if (Date.now() < next) return;
    next = Date.now() + 5000;
    tell(message);
  };
}
