/**
 * The published package: what is in the tarball and whether it works where no source of ours is. Dependencies are the
 * repository's own, so this tier cannot show that npm resolves them; `npm ci` of the repository does that. It starts no
 * engine, so it cannot show an update run from the package.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { oldestNode, packInto, ROOT, run, typeCheck, type Ended, type Scratch } from "./scratch.ts";

let scratch: Scratch;
let old: Awaited<ReturnType<typeof oldestNode>>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "causeway-package-"));
  [scratch, old] = await Promise.all([packInto(folder), oldestNode()]);
}, 120_000);

afterAll(() => rm(scratch.folder, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds JavaScript, declarations and data, and no source or test", () => {
    const folders = new Set(scratch.files.map((path) => (path.includes("/") ? path.split("/")[0] : "")));
    expect([...folders].sort()).toEqual(["", "bin", "dist"]);
    expect(scratch.files.filter((path) => /(?<!\.d)\.ts$|\.test\.|tsbuildinfo/.test(path))).toEqual([]);
    expect(scratch.files.filter((path) => path.startsWith("dist/") && !/\.(js|d\.ts)$/.test(path))).toEqual([
      "dist/Pulumi.yaml",
      "dist/engine/pulumi-cli/go.mod",
      "dist/engine/pulumi-cli/go.sum",
      "dist/policy/pack",
      "dist/sandbox/tables/apiModels.json",
      "dist/sandbox/tables/aws.json",
      "dist/sandbox/tables/gcp.json",
      "dist/sandbox/tables/random.json",
      "dist/sandbox/tables/requests.json",
      "dist/stacks/customer.schema.json",
      "dist/stacks/customers/dev.yaml",
    ]);
  });

  it("names no path of the machine it was packed on", async () => {
    const texts = await Promise.all(
      scratch.files.map(async (path) => [path, await readFile(join(scratch.installed, path), "utf8")] as const),
    );
    expect(
      texts.filter(([, text]) => text.includes(ROOT) || text.includes(tmpdir() + "/")).map(([path]) => path),
    ).toEqual([]);
  });

  it("holds the program its own Pulumi.yaml names", async () => {
    const { main } = parse(await readFile(join(scratch.installed, "dist/Pulumi.yaml"), "utf8")) as { main: string };
    expect(scratch.files).toContain(`dist/${main}`);
  });
});

/** Uses every entry: what it exports, one customer's graph, simulated clouds that start and stop. */
const CONSUMER = `
  import { statSync } from "node:fs";
  import * as causeway from "causeway";
  import { openFleet } from "causeway/fleet";
  import { checkPolicies, PACK } from "causeway/policy";
  import * as sandbox from "causeway/sandbox";
  import schema from "causeway/customer.schema.json" with { type: "json" };
  const { customer } = causeway.loadCustomer("node_modules/causeway/dist/stacks/customers/dev.yaml");
  const { nodes } = await causeway.customerGraph(customer);
  const clouds = await sandbox.startSandbox({ worldFile: process.argv[2] });
  await clouds.close();
  const fleet = await openFleet({ root: process.cwd(), clouds: "sandbox" });
  const members = await fleet.select({ customers: ["node_modules/causeway/dist/stacks/customers/dev.yaml"] });
  const checked = await fleet.check(members);
  await fleet.close();
  console.log(JSON.stringify({
    fleet: [members[0].stack, checked[0].problems.length],
    policy: [checkPolicies({ nodes }).length, statSync(PACK).mode & 0o111],
    causeway: Object.keys(causeway).sort(),
    gateways: nodes.filter(({ type }) => type === "gcp:compute/haVpnGateway:HaVpnGateway").length,
    clouds: Object.keys(clouds.ports).sort(),
    schema: schema.properties.name !== undefined,
  }));
`;

const USED = {
  fleet: ["dev", 0],
  policy: [0, 0o111],
  causeway: [
    "AwsPrivateLink",
    "AwsVpnPeer",
    "ConfigError",
    "DnsProxy",
    "ExecutorFirewall",
    "ExecutorNat",
    "ExecutorNetwork",
    "HaVpnGateway",
    "PrivateServiceConnect",
    "UNKNOWN",
    "VpnTunnels",
    "build",
    "customerGraph",
    "customerJsonSchema",
    "formatIssue",
    "loadCustomer",
    "parseCustomer",
    "planCustomer",
    "planHandoff",
    "program",
    "renderHandoffMarkdown",
  ],
  gateways: 1,
  clouds: ["aws", "gcp", "random"],
  schema: true,
};

async function consume(node: string, world: string): Promise<Ended> {
  await writeFile(join(scratch.folder, "consumer.js"), CONSUMER);
  return run(node, ["--disable-warning=ExperimentalWarning", "consumer.js", world], scratch.folder);
}

describe("every entry", () => {
  it("can be imported and used on the Node this repository runs on", async () => {
    const { stdout, stderr } = await consume(process.execPath, "world-a.jsonl");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(USED);
  });

  it("can be imported and used on Node 22.12", async ({ skip }) => {
    if ("reason" in old) return skip(old.reason);
    const { stdout, stderr } = await consume(old.path, "world-b.jsonl");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(USED);
  });

  it("fails for a module that is no entry", async () => {
    const script = `await import("causeway/dist/plan/plan.js")`;
    const { code, stderr } = await run(process.execPath, ["--input-type=module", "--eval", script], scratch.folder);
    expect(code).toBe(1);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("is typed, for a strict program with nodenext resolution", async () => {
    const options = { strict: true, noEmit: true, module: "nodenext", target: "es2024", types: [], skipLibCheck: true };
    await writeFile(join(scratch.folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    const lines = [
      `import { loadCustomer, planCustomer, type Plan } from "causeway";`,
      `import { openFleet, type Fleet } from "causeway/fleet";`,
      `import { POLICIES, type Policy } from "causeway/policy";`,
      `import { startSandbox, type Sandbox } from "causeway/sandbox";`,
      `export const plan: Plan = planCustomer(loadCustomer("acme.yaml").customer);`,
      `export const sandbox: Sandbox = await startSandbox({ worldFile: "world.jsonl" });`,
      `export const fleet: Fleet = await openFleet({ root: ".", clouds: "sandbox" });`,
      `export const policies: readonly Policy[] = POLICIES;`,
      `export const wrong: number = plan.name;`,
    ];
    await writeFile(join(scratch.folder, "consumer.ts"), lines.join("\n"));
    const { stdout } = await typeCheck(scratch.folder);
    expect(stdout.trim()).toBe("consumer.ts(9,14): error TS2322: Type 'string' is not assignable to type 'number'.");
  });
});

describe("the command", () => {
  const causeway = (node: string, ...args: string[]) =>
    run(node, ["node_modules/.bin/causeway", ...args], scratch.folder);

  it("shows its help", async () => {
    const { code, stdout } = await causeway(process.execPath, "--help");
    expect([code, stdout.split("\n")[0]]).toEqual([0, "Usage: causeway [options] [command]"]);
  });

  it("checks a customer file", async () => {
    const dev = await readFile(join(scratch.installed, "dist/stacks/customers/dev.yaml"), "utf8");
    await writeFile(join(scratch.folder, "dev.yaml"), dev);
    expect(await causeway(process.execPath, "check", "./dev.yaml")).toEqual({
      code: 0,
      stdout: "1 file valid\n",
      stderr: "",
    });
  });

  it("fails with 2 and the place of the mistake for a bad file", async () => {
    await writeFile(
      join(scratch.folder, "bad.yaml"),
      "name: bad\nspec: { infrastructure: { gcp: { region: mars } } }\n",
    );
    const { code, stderr } = await causeway(process.execPath, "check", "./bad.yaml");
    expect(code).toBe(2);
    expect(stderr).toContain("bad.yaml:2:");
  });

  it("fails with 2 and one line on a Node that is too old", async ({ skip }) => {
    if ("reason" in old) return skip(old.reason);
    const { code, stderr } = await causeway(old.path, "--help");
    expect([code, stderr]).toEqual([
      2,
      "causeway needs Node 24 or later, this is v22.12.0; in the repository, npm scripts bring their own\n",
    ]);
  });
});
