import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EngineError, runOperation } from "../../../engine/driver.ts";
import type { Engine } from "../../../engine/install.ts";
import { describeHolder } from "../../../engine/stackLock.ts";
import { type BackEnd, BackEndStack, watchArguments } from "./stack.ts";

/** A back end under test, once its server runs. */
export interface Subject extends BackEnd {
  /** Everything the back end holds, by key. */
  objects(): Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;
  /** What must be nowhere but in the environment. */
  readonly credentials: readonly string[];
  /** What the settings file of a stack must hold, and no more. */
  readonly settingsFile: RegExp;
}

const NOBODY_ELSE = { user: userInfo().username, host: hostname() };

/** The life of one stack in a back end, told as tests that go on from one another. */
export function describeLife(engine: Engine, start: () => Promise<Subject>): void {
  let subject: Subject;
  let stack: BackEndStack;
  let made = 0;
  let killed = 0;

  beforeAll(async () => {
    subject = await start();
    stack = new BackEndStack(engine, subject);
  });
  afterAll(() => stack.remove());

  test("fails a second run at once, with who is at work; no credential is an argument of any process", async () => {
    const stop = watchArguments();
    let second: EngineError | undefined;
    const first = await stack.run("up", async (number, settings) => {
      if (number !== 3) return;
      second = await stack.failure(runOperation("up", settings, { engine }));
    });
    const seen = stop();
    made = await stack.objects();
    expect(first.changes.create).toBeGreaterThan(made);
    expect(second?.code).toBe("locked");
    expect(second?.holders).toMatchObject([{ ...NOBODY_ELSE, process: "running" }]);
    expect(second?.message).toMatch(/^acme is locked by another run:\n {2}\S+@\S+, process \d+, since 20\S+$/);
    expect(seen.filter((line) => / up --yes --skip-preview .*--stack acme /.test(line))).not.toEqual([]);
    expect(seen.filter((line) => subject.credentials.some((secret) => line.includes(secret)))).toEqual([]);
  });

  test("has nothing to change after an update", async () => {
    const { changes } = await stack.run("preview", undefined, { expectNoChanges: true });
    expect(Object.keys(changes)).toEqual(["same"]);
    expect(await stack.holders()).toEqual([]);
  });

  test("holds no pre-shared key in the clear", async () => {
    const stored = await subject.objects();
    const keys = await stack.preSharedKeys();
    expect(new Set(keys).size).toBe(4);
    expect(keys.filter((key) => key.length < 24)).toEqual([]);
    const holding = (text: string) => [...stored].filter(([, body]) => body.includes(text)).map(([key]) => key);
    expect(holding("causeway-acme-4f2a")).toContain(".pulumi/stacks/causeway/acme.json");
    expect(keys.flatMap(holding)).toEqual([]);
    expect(subject.credentials.flatMap(holding)).toEqual([]);
  });

  test("keeps what encrypts the stack's secrets in the settings folder, and nothing in the root", () => {
    expect(readdirSync(stack.settingsFolder)).toEqual(["Pulumi.acme.yaml"]);
    expect(readFileSync(join(stack.settingsFolder, "Pulumi.acme.yaml"), "utf8")).toMatch(subject.settingsFile);
    expect(readdirSync(stack.project.root).sort()).toEqual([
      ".causeway",
      "Pulumi.dev.yaml",
      "Pulumi.yaml",
      "stacks",
      "world.jsonl",
    ]);
  });

  test("fails as interrupted where the engine is killed, and its lock stays with the name of who is gone", async () => {
    stack.project.edit("acme", "nat-2: {}", "nat-2: {}, nat-3: {}");
    const cutOff = (): Error => {
      killed ||= stack.kill();
      return new Error("nobody hears this");
    };
    const cut = await stack.failure(stack.run("up", cutOff));
    expect(cut.code).toBe("interrupted");
    const stale = [{ ...NOBODY_ELSE, pid: killed, process: "gone" }];
    expect(await stack.holders()).toMatchObject(stale);
    const again = await stack.failure(stack.run("up"));
    expect(["locked", "interrupted"]).toContain(again.code);
    expect((await stack.failure(stack.run("preview"))).code).toBe(again.code);
    expect(await stack.holders()).toMatchObject(stale);
  });

  test("is freed only on request, and then converges", async () => {
    const [holder] = await stack.holders();
    expect(describeHolder(holder!)).toMatch(
      new RegExp(`^\\S+@\\S+, process ${killed}, since 20\\S+, which no longer runs$`),
    );
    await stack.release();
    expect(await stack.holders()).toEqual([]);
    expect(await stack.settle()).toMatchObject([{ kind: "create", name: "acme-nat-3" }]);
    await stack.run("up");
    expect(await stack.objects()).toBe(made + 1);
    await stack.run("preview", undefined, { expectNoChanges: true });
  });

  test("fails without its settings file, with the lines that put it right", async () => {
    const file = join(stack.settingsFolder, "Pulumi.acme.yaml");
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => /^[a-z]/.test(line) && line !== "config:");
    renameSync(file, `${file}.lost`);
    const { code, message } = await stack.failure(stack.run("preview"));
    expect(code).toBe("configuration");
    const [said, ...missing] = message.split("\n");
    expect(said).toBe(
      `${file} does not say what encrypts the secrets of acme; restore it from version control, or put this into it:`,
    );
    expect(missing).toEqual(lines.map((line) => `  ${line}`));
    writeFileSync(file, missing.map((line) => `${line.trim()}\n`).join(""));
    await stack.run("preview", undefined, { expectNoChanges: true });
  });

  test("is taken down to nothing", async () => {
    const { kept } = await stack.run("destroy");
    expect(kept).toEqual([]);
    expect(await stack.objects()).toBe(0);
    const [state] = [...(await subject.objects())].filter(([key]) => key === ".pulumi/stacks/causeway/acme.json");
    expect(state?.[1]).not.toContain("sharedSecret");
  });
}
