// A registry that is run here, through what its permits allow and through two whole lives, on the real engine and simulated
// clouds. How AWS answers where a vault holds backups, or a bucket packages, only AWS can show.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { file, lines, QUILT } from "../components/selfHostedFiles.ts";
import { LiveStack, operations } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";

const engine = inject("engine");
const BLOCK = "registries[packages].selfHosted";
const SNAPSHOT = "aws:rds/snapshot:Snapshot";

const USER = { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" };
const permitting = (...paths: readonly string[]): string[] =>
  paths.length === 0
    ? []
    : ["permits:", ...paths.map((path) => `  "${path}": { reason: CHG-1042 agreed with the customer }`)];

describe.skipIf(engine === null)("a registry that is run here", () => {
  const vault = new Vault();
  let stack: LiveStack;
  const write = (changes: Readonly<Record<string, string>>, ...permits: readonly string[]): void =>
    writeFileSync(stack.project.customerFile("acme"), file(lines(QUILT, changes), permitting(...permits)));
  const withoutIt = (...permits: readonly string[]): void => {
    const text = file([], permitting(...permits));
    writeFileSync(
      stack.project.customerFile("acme"),
      text.replace("    registries:\n      packages:\n        selfHosted:\n", ""),
    );
  };
  const up = async (): Promise<readonly string[]> => operations((await stack.run("up")).steps);
  const snapshots = (): Promise<readonly string[]> =>
    stack.world((world) => world.all(SNAPSHOT).map(({ name }) => name ?? ""));

  beforeAll(async () => {
    stack = new LiveStack(engine!, "acme", { secretsProvider: await vault.start(), inline: true });
    write({ ...USER, backup: "{}" });
    await up();
  });
  afterAll(async () => {
    stack.remove();
    await vault.stop();
  });

  test("fails to sign otherwise, or to drop its backups, before an engine is asked", async () => {
    write({});
    const { message } = await stack.failure("up");
    expect(message).toContain("s3Identity: expected iam-user as deployed, got instance-role-shim");
    expect(message).toContain("backup: expected registries[packages].selfHosted.backup as deployed, got it removed");
  });

  test("does both under their permits, and keeps the database", async () => {
    const permits = [`${BLOCK}.s3Identity`, `${BLOCK}.backup`];
    write({ ...USER, backup: "{}" }, ...permits);
    await up();
    write({}, ...permits);
    const done = await up();
    expect(done).toContain("delete Secret acme-packages-access-key");
    expect(done).toContain("delete Vault acme-packages-backup");
    expect(done.filter((one) => / (Instance|Bucket|Key|Vpc) /.test(one))).toEqual([]);
    expect(await up()).toEqual([]);
  });

  test("takes both back at once, under the same names", async () => {
    write({ ...USER, backup: "{}" }, `${BLOCK}.s3Identity`);
    const done = await up();
    expect(done).toContain("create Secret acme-packages-access-key");
    expect(done).toContain("create Vault acme-packages-backup");
  });

  test("leaves a snapshot at the end of each of its lives", async () => {
    for (const life of [1, 2]) {
      write({ ...USER, backup: "{}" });
      await up();
      write({ ...USER, backup: "{}" }, BLOCK);
      await up();
      withoutIt(BLOCK);
      expect(await up()).toContain("delete Instance acme-packages");
      withoutIt();
      await up();
      expect(new Set(await snapshots()).size).toBe(life);
    }
    for (const name of await snapshots()) expect(name).toMatch(/^acme-packages-final-[0-9a-f]{8}$/);
  });
});
