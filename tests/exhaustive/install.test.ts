// Getting the engine, with stand-ins for pulumi, go and the download site in temporary directories. This tier shows the
// order, the refusals and the atomicity; it cannot show that the real download or the real build works.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureEngine, type EngineProgress, EngineUnavailable, findEngine } from "../../engine/install.ts";

let root: string;
let env: NodeJS.ProcessEnv;
const CACHED = `v3.259.0-${process.platform}-${process.arch}`;
const engines = (): string => join(root, "cache", "causeway", "engine");
const cached = (): string => join(engines(), CACHED, "pulumi");
const trace = async (): Promise<string[]> =>
  (await readFile(join(root, "trace"), "utf8").catch(() => "")).split("\n").filter(Boolean);

async function script(path: string, body: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}
const pulumi = (version: string): string => `echo ${version}`;
/** A go that writes what the build would, after recording how it was called. */
const go = (before = "", built = pulumi("v3.259.0")): string => `
  echo "$PWD|$GOFLAGS|$CGO_ENABLED|$GOWORK|$*" >> ${join(root, "trace")}
  ${before}
  while [ "$1" != "-o" ]; do shift; done
  mkdir -p "$(dirname "$2")"; printf '#!/bin/sh\\n${built}\\n' > "$2"; chmod +x "$2"`;

/** Makes the download site answer with `text` as its installer, or fail when there is none. */
async function downloadSite(text?: string): Promise<void> {
  const answer =
    text === undefined ? `throw new Error("no route to host")` : `return new Response(${JSON.stringify(text)})`;
  await writeFile(join(root, "site.mjs"), `globalThis.fetch = async () => { ${answer}; };`);
  env["NODE_OPTIONS"] = `--import=${pathToFileURL(join(root, "site.mjs"))}`;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "causeway-install-"));
  env = { PATH: `${join(root, "bin")}:/usr/bin:/bin`, HOME: root, XDG_CACHE_HOME: join(root, "cache") };
  await downloadSite();
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each(["v3.259.0", "v3.270.1"])("a pulumi %s on PATH is used as it is", async (version) => {
  await script(join(root, "bin/pulumi"), pulumi(version));
  const expected = { path: join(root, "bin/pulumi"), version: version.slice(1), source: "path" };
  expect(await findEngine(env)).toEqual(expected);
  expect(await ensureEngine({ env })).toEqual(expected);
  expect(existsSync(join(root, "cache"))).toBe(false);
});

test("an engine in the cache is used when PATH has none, or one of another version", async () => {
  await script(cached(), pulumi("v3.259.0"));
  const expected = { path: cached(), version: "3.259.0", source: "cache" };
  expect(await findEngine(env)).toEqual(expected);
  await script(join(root, "bin/pulumi"), pulumi("v3.258.9"));
  expect(await findEngine(env)).toEqual(expected);
});

test("finding an engine makes nothing where there is none", async () => {
  expect(await findEngine(env)).toBeUndefined();
  expect(readdirSync(root)).toEqual(["site.mjs"]);
});

test("the official installer's binaries go into the cache as a whole", async () => {
  const installer = `while [ "$1" != "--install-root" ]; do shift; done
    mkdir -p $2/bin; printf '#!/bin/sh\\necho v3.259.0\\n' > $2/bin/pulumi; chmod +x $2/bin/pulumi; : > $2/bin/pulumi-language-nodejs`;
  await downloadSite(installer);
  expect(await ensureEngine({ env })).toEqual({ path: cached(), version: "3.259.0", source: "download" });
  expect(readdirSync(join(engines(), CACHED))).toEqual(["pulumi", "pulumi-language-nodejs"]);
  expect(readdirSync(engines())).toEqual([CACHED]);
  expect(await findEngine(env)).toMatchObject({ source: "cache" });
});

test("without a download the engine is built from the pinned Go modules, whatever the person's Go settings", async () => {
  await script(join(root, "bin/go"), go());
  const progress: EngineProgress[] = [];
  const engine = await ensureEngine({
    env: { ...env, GOFLAGS: "-mod=vendor", GOWORK: "/elsewhere/go.work" },
    onProgress: (event) => progress.push(event),
  });

  expect(engine).toEqual({ path: cached(), version: "3.259.0", source: "build" });
  expect(progress.map(({ step }) => step)).toEqual(["search", "download", "build", "verify"]);
  const [call = ""] = await trace();
  const [, flags, cgo, work, args = ""] = call.split("|");
  expect([flags, cgo, work]).toEqual(["-mod=readonly", "0", "off"]);
  expect(args).toContain("-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0 -o ");
  const [, modules = ""] = /-C (\S+)/.exec(args) ?? [];
  expect(readFileSync(join(modules, "go.mod"), "utf8")).toContain("github.com/pulumi/pulumi/pkg/v3 v3.259.0");
  expect(readdirSync(engines())).toEqual([CACHED]);
});

test("a corrupt engine in the cache and the rest of an interrupted build are replaced", async () => {
  await script(cached(), "exit 126");
  await mkdir(join(engines(), ".new-left"), { recursive: true });
  await script(join(root, "bin/go"), go());
  expect(await ensureEngine({ env })).toMatchObject({ source: "build" });
  expect(readdirSync(engines())).toEqual([CACHED]);
});

test("of two that need an engine one builds and the other waits for it", async () => {
  await script(join(root, "bin/go"), go("sleep 1"));
  const waited: EngineProgress[] = [];
  const onProgress = (event: EngineProgress): void => void (event.step === "wait" && waited.push(event));
  const both = await Promise.all([ensureEngine({ env, onProgress }), ensureEngine({ env, onProgress })]);
  expect(both.map(({ source }) => source).toSorted()).toEqual(["build", "cache"]);
  expect(await trace()).toHaveLength(1);
  expect(waited[0]?.message).toBe(`process ${process.pid} is getting the engine`);
});

test("the lock of a process that died is taken over", async () => {
  await script(join(root, "bin/go"), go());
  await mkdir(join(engines(), `${CACHED}.lock`), { recursive: true });
  await writeFile(join(engines(), `${CACHED}.lock`, "owner"), `${hostname()}:${2 ** 22 + 1}:x`);
  expect(await ensureEngine({ env })).toMatchObject({ source: "build" });
  expect(readdirSync(engines())).toEqual([CACHED]);
});

test("fails with every attempt's reason and the last lines of the build", async () => {
  await script(join(root, "bin/pulumi"), pulumi("v4.300.0"));
  await script(cached(), pulumi("surprise"));
  await script(join(root, "bin/go"), `echo golang.org/x/net/http2; echo "no space left on device" >&2; exit 1`);
  const failure = await ensureEngine({ env }).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(EngineUnavailable);
  expect((failure as Error).message).toBe(
    [
      "no Pulumi engine could be found or made:",
      `  on PATH: ${join(root, "bin/pulumi")} is version 4.300.0, supported is >= 3.259.0 < 4`,
      `  in the cache: ${cached()} version answered "surprise"`,
      "  download: get.pulumi.com: no route to host",
      "  build from Go modules: go build ended with exit code 1",
      "    no space left on device",
      "put a pulumi of version >= 3.259.0 < 4 on PATH (https://www.pulumi.com/docs/install), " +
        "or install Go 1.26 or later (https://go.dev/dl) so that it can be built, and run this again",
    ].join("\n"),
  );
  expect(readdirSync(engines())).toEqual([CACHED]);
});

test("fails when there is no Go, and when what was built does not answer as that version", async () => {
  const without = await ensureEngine({ env: { ...env, PATH: join(root, "bin") } }).catch((error: unknown) => error);
  expect((without as EngineUnavailable).attempts.at(-1)).toEqual({ source: "build", reason: "no go on PATH" });
  await script(join(root, "bin/go"), go("", "exit 3"));
  const broken = await ensureEngine({ env }).catch((error: unknown) => error);
  expect((broken as EngineUnavailable).attempts.at(-1)?.reason).toMatch(
    /\/bin\/pulumi version ended with exit code 3$/,
  );
  expect(existsSync(cached())).toBe(false);
});

test("fails at once when aborted, ends the build and leaves nothing behind", async () => {
  await script(join(root, "bin/go"), go(`sleep 30 & echo $! > ${join(root, "child")}; wait`));
  const abort = new AbortController();
  const run = ensureEngine({ env, signal: abort.signal });
  while (!existsSync(join(root, "child"))) await sleep(20);
  await sleep(50);
  const reason = new Error("interrupted");
  abort.abort(reason);
  await expect(run).rejects.toBe(reason);
  const child = Number(readFileSync(join(root, "child"), "utf8"));
  // a zombie is dead too: who reaps orphans is up to the machine
  expect(spawnSync("ps", ["-o", "stat=", "-p", String(child)]).stdout.toString()).toMatch(/^(Z.*)?\s*$/);
  expect(readdirSync(engines())).toEqual([]);
});
