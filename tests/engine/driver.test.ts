// The driver against a stand-in for pulumi that answers as told. This tier shows what is asked of the engine, and what
// its events, exit codes and words become; it cannot show that a real engine says these things.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineError, runOperation, stackOutputs, type StackSettings } from "../../engine/driver.ts";
import type { Engine } from "../../engine/install.ts";
import { clean, OperationEvents } from "../../engine/operationEvents.ts";

let root: string;
let engine: Engine;
let settings: StackSettings;
const calls = (): string[] => readFileSync(join(root, "calls"), "utf8").trim().split("\n");

/** A pulumi that records its arguments, exports an empty state or does as told, and runs `body` for anything else. */
async function pulumi(body: string, exported = `echo '${state()}'; exit 0`): Promise<void> {
  const script = `#!/bin/sh\necho "$*" >> ${join(root, "calls")}\ncase "$1 $2" in "stack export") ${exported};; esac\n${body}\n`;
  await writeFile(join(root, "pulumi"), script);
  await chmod(join(root, "pulumi"), 0o755);
}
const failure = (run: Promise<unknown>): Promise<EngineError> =>
  run.then(
    () => Promise.reject(new Error("it succeeded")),
    (error: unknown) => (error instanceof EngineError ? error : Promise.reject(error)),
  );
const state = (...resources: object[]): string => JSON.stringify({ version: 3, deployment: { resources } });
const network = {
  urn: "urn:pulumi:acme::causeway::gcp:compute/network:Network::net",
  type: "gcp:compute/network:Network",
};
const provider = { urn: "urn:pulumi:acme::causeway::pulumi:providers:gcp::gcp", type: "pulumi:providers:gcp" };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "causeway-driver-"));
  engine = { path: join(root, "pulumi"), version: "3.259.0", source: "path" };
  await mkdir(join(root, "program"));
  await writeFile(
    join(root, "program/Pulumi.yaml"),
    "name: causeway\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
  );
  settings = {
    programDir: join(root, "program"),
    workDir: join(root, "work/acme"),
    stack: "acme",
    backendUrl: "file:///state",
    env: { XDG_CACHE_HOME: join(root, "cache"), SECRET: "s3cr3t" },
    config: { "causeway:customer": "acme" },
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a stack's files go into its own directory and keep what the engine wrote there", async () => {
  await pulumi("exit 0");
  await mkdir(settings.workDir, { recursive: true });
  const kept = "encryptionsalt: v1:abc\nconfig:\n  causeway:other: x\n  causeway:customer: old\n";
  await writeFile(join(settings.workDir, "Pulumi.acme.yaml"), kept);
  await runOperation("preview", settings, { engine });

  expect(readFileSync(join(settings.workDir, "Pulumi.acme.yaml"), "utf8")).toBe(
    "encryptionsalt: v1:abc\nconfig:\n  causeway:other: x\n  causeway:customer: acme\n",
  );
  expect(readFileSync(join(settings.workDir, "Pulumi.yaml"), "utf8")).toBe(
    `name: causeway\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: ${join(root, "program/index.ts")}\n`,
  );
  expect(readdirSync(settings.programDir)).toEqual(["Pulumi.yaml"]);
});

test("an operation costs two engine processes, one to read the state and one to work", async () => {
  await pulumi(`echo "$PULUMI_BACKEND_URL $PULUMI_DEBUG_LANGUAGES $SECRET" > ${join(root, "env")}`);
  await runOperation("up", settings, { engine, expectNoChanges: true });

  expect(calls()).toHaveLength(2);
  expect(calls()[0]).toBe("stack export --stack acme --non-interactive");
  expect(calls()[1]).toMatch(
    /^up --yes --skip-preview --expect-no-changes --color never --exec-kind auto\.local --event-log tcp:\S+ --stack acme --non-interactive$/,
  );
  expect(readFileSync(join(root, "env"), "utf8")).toMatch(/^file:\/\/\/state\?metadata=skip nodejs:\d+ s3cr3t\n$/);
});

test.each([
  ["s3://bucket?region=us-east-1", "s3://bucket?region=us-east-1"],
  ["file:///state?no_tmp_dir=false", "file:///state?no_tmp_dir=false&metadata=skip"],
  ["file:///state?metadata=", "file:///state?metadata="],
])("the engine is given %s as %s", async (backendUrl, given) => {
  await pulumi(`echo "$PULUMI_BACKEND_URL" > ${join(root, "env")}`);
  await runOperation("up", { ...settings, backendUrl }, { engine });
  expect(readFileSync(join(root, "env"), "utf8")).toBe(`${given}\n`);
});

test("destroy of a stack without protected resources lists nothing that stays", async () => {
  await pulumi("exit 0", `echo '${state(provider)}'; exit 0`);
  expect((await runOperation("destroy", settings, { engine })).kept).toEqual([]);
  expect(calls().map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
    "stack export",
    "destroy --yes",
    "stack export",
  ]);
});

test("fails to destroy protected resources before anything is touched, and names them", async () => {
  await pulumi("exit 0", `echo '${state(provider, { ...network, protect: true })}'; exit 0`);
  const error = await failure(runOperation("destroy", settings, { engine }));
  expect(error.code).toBe("protected");
  expect(error.message).toBe(
    "acme has 1 protected resource, so nothing was destroyed:\n  gcp:compute/network:Network net",
  );
  expect(calls().filter((call) => call.startsWith("destroy"))).toEqual([]);

  const kept = { ...network, name: "net", protected: true };
  expect(error.kept).toEqual([kept]);
  const result = await runOperation("destroy", settings, { engine, excludeProtected: true });
  expect(result.kept).toEqual([kept]);
  expect(calls().find((call) => call.startsWith("destroy"))).toContain("--exclude-protected");
});

test.each([
  ["changes", `exit 7`, "up of acme has changes where none were expected"],
  ["cancelled", `exit 8`, "up of acme was interrupted"],
  [
    "configuration",
    `echo "error: getting stack configuration: incorrect passphrase" >&2; exit 255`,
    "the engine could not work on acme:\n  getting stack configuration: incorrect passphrase",
  ],
  [
    "locked",
    `echo "error: the stack is currently locked by 1 lock(s). Created by ann@host" >&2; exit 255`,
    "acme is locked by another run:\n  the stack is currently locked by 1 lock(s). Created by ann@host",
  ],
  ["interrupted", `kill -9 $$`, "up of acme was cut off: the engine was killed"],
])("fails with %s when the engine says so", async (code, body, message) => {
  await pulumi(body);
  const error = await failure(runOperation("up", settings, { engine }));
  expect([error.code, error.message]).toEqual([code, message]);
});

test("fails to destroy what the back end does not have", async () => {
  await pulumi("exit 0", `echo "error: no stack named 'acme' found" >&2; exit 6`);
  const error = await failure(runOperation("destroy", settings, { engine }));
  expect([error.code, error.message]).toEqual(["no-stack", "there is no stack acme in this back end"]);
});

test("fails on a stack with pending operations before anything is touched, and names them", async () => {
  const pending = [{ resource: { ...network, custom: true, inputs: { name: "net" } }, type: "creating" }];
  const stored = JSON.stringify({ version: 3, deployment: { resources: [provider], pending_operations: pending } });
  const target = "urn:pulumi:acme::none::none:none:None::none";
  await pulumi(`echo "error: no resource named '${target}' found" >&2; exit 1`, `echo '${stored}'; exit 0`);
  const error = await failure(runOperation("up", settings, { engine }));
  expect([error.code, error.message]).toEqual([
    "interrupted",
    "acme was interrupted, and 1 operation is pending:\n  create gcp:compute/network:Network net",
  ]);
  expect(error.pending).toEqual([{ kind: "create", ...network, name: "net", inputs: { name: "net" } }]);
  expect(calls().slice(1)).toEqual([`refresh --yes --skip-preview --target ${target} --stack acme --non-interactive`]);
});

test("fails as locked, not as interrupted, while the run that has pending operations is under way", async () => {
  const pending = [{ resource: { ...network, custom: true, inputs: {} }, type: "creating" }];
  const stored = JSON.stringify({ version: 3, deployment: { resources: [provider], pending_operations: pending } });
  const said =
    "error: the stack is currently locked by 1 lock(s).\n  l.json: created by ann@build-7 (pid 4711) at 2026-11-20T23:16:59Z";
  await pulumi(`echo "${said}" >&2; exit 1`, `echo '${stored}'; exit 0`);
  expect((await failure(runOperation("up", settings, { engine }))).code).toBe("locked");
});

test("fails on a locked stack with who holds it, since when, and whether that process still runs", async () => {
  const gone = spawnSync("true").pid;
  const lock = (host: string, pid: number) =>
    `  file:///l.json: created by ann@${host} (pid ${pid}) at 2026-11-20T23:16:59Z`;
  const said = ["error: the stack is currently locked by 2 lock(s).", lock(hostname(), gone), lock("build-7", 4711)];
  await pulumi(`echo "${said.join("\n")}" >&2; exit 1`);
  const error = await failure(runOperation("up", settings, { engine }));
  expect(error.message).toBe(
    `acme is locked by another run:\n  ann@${hostname()}, process ${gone}, since 2026-11-20T23:16:59Z, which no longer runs\n` +
      "  ann@build-7, process 4711, since 2026-11-20T23:16:59Z, on another host",
  );
  expect(error.holders.map((holder) => holder.process)).toEqual(["gone", "elsewhere"]);
});

test("fails when the binary cannot be run, without a wait", async () => {
  await expect(runOperation("up", settings, { engine })).rejects.toThrow("ENOENT");
});

test("fails as cancelled when interrupted, once the engine has ended its work", async () => {
  const ended = join(root, "ended");
  await pulumi(
    `trap 'sleep 0.3; touch ${ended}; exit 255' INT; touch ${join(root, "begun")}; while :; do sleep 0.1; done`,
  );
  const abort = new AbortController();
  const run = failure(runOperation("up", settings, { engine, signal: abort.signal }));
  await expect.poll(() => existsSync(join(root, "begun")), { timeout: 10_000 }).toBe(true);
  abort.abort();
  expect((await run).code).toBe("cancelled");
  expect(existsSync(ended)).toBe(true);
});

test("the outputs of a stack that does not exist are undefined, of one that does they carry their secrecy", async () => {
  await pulumi(`case "$*" in *--show-secrets*) echo '{"a":"x","b":"t"}';; *) echo '{"a":"x","b":"[secret]"}';; esac`);
  expect(await stackOutputs(settings, engine)).toEqual({
    a: { value: "x", secret: false },
    b: { value: "t", secret: true },
  });
  await pulumi(`echo "error: no stack named 'acme' found" >&2; exit 6`);
  expect(await stackOutputs(settings, engine)).toBeUndefined();
});

const event = (body: object) => ({ sequence: 0, timestamp: 0, ...body }) as never;
const step = (kind: string, op: string, more: object = {}) =>
  event({ [kind]: { metadata: { ...network, op, provider: "", ...more } } });

test("events become steps with paths and never values, and what had begun and not ended is in flight", () => {
  const events = new OperationEvents();
  const detailedDiff = { "tags.token": { diffKind: "update", inputDiff: true } };
  events.add(
    step("resourcePreEvent", "update", { diffs: ["tags"], detailedDiff, new: { inputs: { tags: { token: "t" } } } }),
  );
  expect(events.inFlight).toEqual([network.urn]);
  events.add(step("resOpFailedEvent", "update"));
  expect(events.inFlight).toEqual([]);
  expect([...events.steps.values()]).toEqual([
    { ...network, op: "update", diffs: ["tags"], detailedDiff: { "tags.token": "update" } },
  ]);
});

test("a refresh's step is what it found, not that it looked", () => {
  const events = new OperationEvents();
  events.add(step("resourcePreEvent", "refresh"));
  expect(events.steps.size).toBe(0);
  events.add(step("resOutputsEvent", "delete"));
  expect([...events.steps.values()].map(({ op }) => op)).toEqual(["delete"]);
});

test("stack outputs for people hide secrets and mark what is unknown", () => {
  const signature = "4dabf18193072939515e22adb298388d";
  const outputs = {
    key: { [signature]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "abc" },
    list: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9", 1],
  };
  const events = new OperationEvents();
  events.add(step("resOutputsEvent", "same", { type: "pulumi:pulumi:Stack", new: { outputs } }));
  expect(events.outputs).toEqual({ key: "[secret]", list: ["[unknown]", 1] });
});

test("a message loses colours, the engine's marks and the frames of libraries", () => {
  const crash = [
    "\u001b[31merror: \u001b[0m<{%fg 1%}>TypeError: x<{%reset%}>",
    "    at main (file:///program/index.ts:7:34)",
    "    at run (/program/node_modules/@pulumi/run.js:1:1)",
    "    at process (node:internal/task:1:1)",
  ];
  expect(clean(crash.join("\n"))).toBe("TypeError: x\n    at main (file:///program/index.ts:7:34)");
});

test("fails as interrupted when told to end at once, and the engine's children end with it", async () => {
  const pid = join(root, "child");
  await pulumi(`sleep 60 & echo $! > ${pid}\nwait`);
  const kill = new AbortController();
  const run = failure(runOperation("up", { ...settings, kill: kill.signal }, { engine }));
  while (!existsSync(pid) || readFileSync(pid, "utf8") === "") await new Promise((next) => setTimeout(next, 10));
  kill.abort();
  expect((await run).code).toBe("interrupted");
  const child = readFileSync(pid, "utf8").trim();
  // a child of a killed parent may stay as a zombie until it is reaped
  const state = (): string =>
    existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1]![0]! : "gone";
  expect(["gone", "Z"]).toContain(state());
  expect(
    (await failure(runOperation("up", { ...settings, kill: kill.signal }, { engine, signal: kill.signal }))).code,
  ).toBe("cancelled");
});

test("the engine's last event is waited for once a first one has come", async () => {
  const silent = new OperationEvents();
  await silent.last;
  const events = new OperationEvents();
  events.add({ sequence: 0, timestamp: 0, preludeEvent: { config: {} } });
  const order: string[] = [];
  const heard = events.last.then(() => order.push("heard"));
  await Promise.resolve();
  order.push("last event");
  events.add({ sequence: 1, timestamp: 0, cancelEvent: {} });
  await heard;
  expect(order).toEqual(["last event", "heard"]);
});
