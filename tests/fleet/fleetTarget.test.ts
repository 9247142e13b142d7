// Where the stacks of a real fleet are: with causeway.yaml, and without it. That a back end answers is what this cannot
// show.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StackSettings } from "../../engine/driver.ts";
import { customerOf, memberAt } from "../../fleet/selection.ts";
import { openTarget } from "../../fleet/target.ts";
import { Files } from "./fleetFake.ts";

const ENGINE = { path: "/nonexistent/pulumi", version: "3.259.0", source: "path" as const };
let files: Files;
const ci = process.env["CI"];
beforeEach(() => {
  files = new Files(["alpha"]);
  delete process.env["CI"];
});
afterEach(() => {
  files.remove();
  if (ci === undefined) delete process.env["CI"];
  else process.env["CI"] = ci;
});

async function settings(byPath = false): Promise<StackSettings> {
  const target = await openTarget(files.root, "real", ENGINE);
  const member = { ...memberAt(files.path("alpha")), byPath };
  return target.stackOf(member, customerOf(member));
}

describe("a real stack", () => {
  test("of a fleet with causeway.yaml is in the back end it names, with a working directory of its own", async () => {
    const text =
      "state:\n  backend: s3://causeway-state\n  secretsProvider: awskms://alias/causeway?region=us-east-1\n";
    writeFileSync(join(files.root, "causeway.yaml"), text);
    expect(await settings()).toEqual({
      backendUrl: "s3://causeway-state",
      secretsProvider: "awskms://alias/causeway?region=us-east-1",
      settingsFolder: join(files.root, "stacks/settings"),
      programDir: files.root,
      workDir: join(files.root, ".causeway/stacks/alpha"),
      stack: "alpha",
      env: {},
      config: {},
    });
  });

  test("fails in CI where its settings would be made and lost, and not where they are committed", async () => {
    process.env["CI"] = "true";
    writeFileSync(join(files.root, "causeway.yaml"), "state: {}\n");
    await expect(settings()).rejects.toMatchObject({
      code: "configuration",
      message:
        "stacks/settings/Pulumi.alpha.yaml: expected the settings of alpha, got no such file, and one made in ci would be " +
        "lost; run npx causeway preview alpha once elsewhere, which makes the stack, and commit the file",
    });
    mkdirSync(join(files.root, "stacks/settings"), { recursive: true });
    writeFileSync(join(files.root, "stacks/settings/Pulumi.alpha.yaml"), "encryptionsalt: v1:abc\n");
    expect((await settings()).stack).toBe("alpha");
  });

  test("of a fleet without it is where pulumi is logged in, beside the program, and told of its file only by path", async () => {
    writeFileSync(join(files.root, "Pulumi.alpha.yaml"), "encryptionsalt: v1:abc\n");
    const logged = { programDir: files.root, workDir: files.root, stack: "alpha", env: {} };
    expect(await settings()).toEqual({ ...logged, config: {} });
    expect(await settings(true)).toEqual({ ...logged, config: { "causeway:customer": "stacks/customers/alpha.yaml" } });
  });

  test("fails where nothing says what encrypts its secrets", async () => {
    await expect(settings()).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/^Pulumi\.alpha\.yaml: expected secretsprovider or encryptionsalt, got neither; /),
    });
  });
});
