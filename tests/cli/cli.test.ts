// The command line as a person meets it, without an engine: texts, streams and exit codes.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, run, ScratchProject } from "../support/project.ts";

const DEV = readFileSync(join(ROOT, "stacks/customers/dev.yaml"), "utf8");

let project: ScratchProject;
beforeAll(() => {
  project = new ScratchProject();
});
afterAll(() => project.remove());

const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(project.root, name), content);
  return name;
};

describe("check", () => {
  test("of valid files says how many, on stdout, and ends with 0", async () => {
    const { code, stdout } = await project.causeway("check", "dev");
    expect([code, stdout]).toEqual([0, "1 file valid\n"]);
  });

  test("without a name checks every customer", async () => {
    expect((await project.causeway("check")).stdout).toBe("2 files valid\n");
  });

  test("fails with every problem on stderr and the count on stdout, and ends with 2", async () => {
    project.edit("dev", "region: us-east-1", "region: us-east-9");
    const { code, stdout, stderr } = await project.causeway("check", "dev", "acme");
    project.edit("dev", "region: us-east-9", "region: us-east-1");
    expect([code, stdout]).toEqual([2, "1 file valid, 1 not\n"]);
    expect(stderr).toMatch(
      /^stacks\/customers\/dev\.yaml:\d+:17: spec\.infrastructure\.privateCodeHost\.aws\.region: expected /m,
    );
  });

  test("gives problems as data with their places", async () => {
    const broken = file("broken.yaml", "name: broken\nspec: { infrastructure: {} }\n");
    const { code, stdout } = await project.causeway("check", `./${broken}`, "--json");
    const { files } = JSON.parse(stdout) as {
      files: { file: string; problems: { position: object; path: string }[] }[];
    };
    expect(code).toBe(2);
    expect(files[0]?.file).toBe("broken.yaml");
    expect(files[0]?.problems.map(({ path }) => path)).toEqual([
      "spec.infrastructure.gcp",
      "spec.infrastructure.executors",
    ]);
    expect(files[0]?.problems[0]?.position).toEqual({ line: 2, column: 9 });
  });
});

describe("files that are none", () => {
  test.each<[string, string | Buffer]>([
    ["tabs.yaml", "name:\tacme\nspec:\n\tinfrastructure: {}\n"],
    ["twice.yaml", DEV.replace("name: dev\n", "name: dev\nname: dev\n")],
    ["two.yaml", "name: acme\n---\nname: acme\n"],
    ["alias.yaml", DEV.replace("name: dev\n", "name: &name dev\n")],
    ["tag.yaml", DEV.replace("name: dev\n", "name: !!str dev\n")],
    ["empty.yaml", ""],
    ["binary.yaml", Buffer.from([0x6e, 0, 0x61])],
    ["utf8.yaml", Buffer.from([0x6e, 0xff, 0x61])],
    ["broken.yaml", "name: [acme\n"],
    ["deep.yaml", "[".repeat(20_000)],
    ["large.yaml", Buffer.alloc(10 * 1024 * 1024, "a: b\n")],
  ])("fails on %s with one clear line and 2, and never a stack trace", async (name, content) => {
    const { code, stderr } = await project.causeway("plan", `./${file(name, content)}`);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`^${name}(:\\d+:\\d+)?: .*expected `));
    expect(stderr).not.toContain("    at ");
  });

  test("fails on a missing file, a directory and a name nobody has", async () => {
    mkdirSync(join(project.root, "folder.yaml"));
    const answers = await Promise.all(
      ["./gone.yaml", "./folder.yaml", "nobody"].map((name) => project.causeway("check", name)),
    );
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(answers.map(({ stderr }) => stderr.trimEnd().split("\n").length)).toEqual([1, 1, 1]);
    expect(answers[2]?.stderr).toBe(
      "expected a customer with a file in stacks/customers, got nobody; there are: acme, dev\n",
    );
  });
});

describe("usage", () => {
  test("help names every verb and the exit codes, on stdout", async () => {
    const { code, stdout } = await project.causeway("--help");
    expect(code).toBe(0);
    for (const verb of [
      "check",
      "plan",
      "schema",
      "engine",
      "preview",
      "up",
      "refresh",
      "destroy",
      "outputs",
      "handoff",
      "sandbox",
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    }
    expect(stdout).toContain("7 locked by another run");
  });

  test.each([
    [["nonsense"], "error: unknown command 'nonsense'"],
    [["check", "--nonsense"], "error: unknown option '--nonsense'"],
    [["up"], "expected a customer, a path or --all, got none; customers here: acme, dev"],
    [["up", "acme", "--all"], "expected customers or --all, got both; leave one out"],
  ])("fails on %j with what is wrong and 2", async (args, message) => {
    const { code, stdout, stderr } = await project.causeway(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("a Node that is too old gets one clear line", async () => {
    // The bin reads the version first; an older Node is not at hand, so its version is told otherwise.
    const old = `Object.defineProperty(process, "versions", { value: { node: "20.1.0" } }); await import("${join(ROOT, "bin/causeway.js")}")`;
    const { code, stderr } = await run(process.execPath, ["--input-type=module", "-e", old], project.root);
    expect([code, stderr.split("\n").length]).toEqual([2, 2]);
    expect(stderr).toContain("causeway needs Node 24 or later");
  });
});

describe("without an engine", () => {
  test("start says why there is none, shows what would be declared, and ends with 3", async () => {
    const nowhere = {
      PATH: "/nonexistent",
      XDG_CACHE_HOME: join(project.root, "cache"),
      HTTPS_PROXY: "http://127.0.0.1:9",
    };
    const { code, stdout, stderr } = await run(
      process.execPath,
      [join(ROOT, "bin/causeway.js"), "sandbox", "start"],
      project.root,
      nowhere,
    );
    expect(code).toBe(3);
    expect(stderr).toContain("no Pulumi engine could be found or made:");
    expect(stderr).toMatch(/^ {2}on PATH: /m);
    expect(stderr).toMatch(/^ {2}build from Go modules: /m);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("69 resources");
  });
});

describe("real stacks", () => {
  test("fails where the stack's settings name nothing that encrypts its secrets", async () => {
    const { code, stderr } = await project.causeway("preview", "acme");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "Pulumi.acme.yaml: expected secretsprovider or encryptionsalt, got neither; make the stack with pulumi stack init acme --secrets-provider ",
    );
  });
});

describe("plan, schema and hand-off", () => {
  test("plan gives every decided number as data", async () => {
    const { stdout } = await project.causeway("plan", "dev", "--json");
    const plan = JSON.parse(stdout) as { awsConnections: { tunnels: unknown[] }[] };
    expect(plan.awsConnections[0]?.tunnels).toHaveLength(4);
  });

  test("plan --resources lists what would be declared, with no secret and no engine", async () => {
    const { code, stdout } = await project.causeway("plan", "dev", "--resources");
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("69 resources");
    expect(stdout).toMatch(/^gcp:compute\/vPNTunnel:VPNTunnel +dev-aws-222233334444-us-east-1-t3$/m);
  });

  test("schema prints what editors are given", async () => {
    const { stdout } = await project.causeway("schema");
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      additionalProperties: false,
    });
  });

  test("handoff --offline needs nothing but the file", async () => {
    const { code, stdout } = await project.causeway("handoff", "dev", "--offline");
    expect(code).toBe(0);
    expect(stdout).toContain("`not assigned yet` (nat-1, active)");
  });

  test("a path works as well as a name", async () => {
    copyFileSync(project.customerFile("dev"), join(project.root, "elsewhere.yaml"));
    expect((await project.causeway("handoff", "elsewhere.yaml", "--offline")).stdout).toContain(
      "## AWS PrivateLink in us-east-1",
    );
  });
});
