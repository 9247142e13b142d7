// Comparisons of whole fleets in scratch git repositories, with this repository's program. Refs whose programs
// differ are in diffPrograms.test.ts; a real host of git this cannot show.
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { diffFleet, isProgramFile, type DiffOptions, type DiffReport } from "../../fleet/diff/index.ts";
import { DiffReportSchema } from "../../fleet/diff/schema.ts";
import { FleetRepository, fleetFiles } from "../support/fleet.ts";
import { ROOT, run } from "../support/project.ts";

let repository: FleetRepository;
afterEach(() => repository.dispose());

const fleet = (count: number): FleetRepository => (repository = new FleetRepository(fleetFiles(count)));

/** The comparison, held to its schema. */
async function compared(options: Partial<DiffOptions> = {}): Promise<DiffReport> {
  const report = await diffFleet({ root: repository.root, base: "main", threads: 1, today: "2026-11-21", ...options });
  const written: unknown = JSON.parse(JSON.stringify(report));
  // Reading leaves out what the schema does not have: nothing may be written that it does not.
  expect(DiffReportSchema.parse(written)).toEqual(written);
  return report;
}

const kinds = ({ customers }: DiffReport): string[] => customers.map(({ stack, kind }) => `${stack} ${kind}`);

describe("customers that change", () => {
  test("of five customers, one is changed, one added, one removed, one moved to another file and one left alone", async () => {
    fleet(5);
    repository.edit("c00001.yaml", "198.51.100.53", "198.51.100.54");
    repository.remove("stacks/customers/c00002.yaml");
    repository.customer("c00006.yaml", fleetFiles(6).get("c00006.yaml")!);
    repository.git("mv", "stacks/customers/c00003.yaml", "stacks/customers/third.yaml");
    const report = await compared();
    expect(kinds(report)).toEqual(["c00001 changed", "c00002 removed", "c00006 added"]);
    expect(report.totals).toEqual({
      ...{ customers: 7, changed: 1, added: 1, removed: 1, invalid: 0, unchanged: 4 },
      ...{ creates: 57, updates: 1, replaces: 0, deletes: 57 },
    });
    expect(report).toMatchObject({ version: 1, head: "working tree", programChanged: false, violations: [] });
    expect(report.base).toBe(repository.git("rev-parse", "main").trim());
  });

  test("the same change of many customers is one class, whatever their names, accounts, projects and domains", async () => {
    fleet(6);
    for (const n of [1, 2, 3]) repository.edit(`c0000${n}.yaml`, "region: us-east-1\n", "region: us-east-1\n        vpn: { pskGenerations: { t2: 2 } }\n"); // prettier-ignore
    for (const n of [4, 5]) repository.edit(`c0000${n}.yaml`, "198.51.100.53", "198.51.100.54");
    const { classes } = await compared();
    expect(classes.map(({ customers, example }) => [example, ...customers])).toEqual([
      ["c00001", "c00001", "c00002", "c00003"],
      ["c00004", "c00004", "c00005"],
    ]);
    const [tunnel, route] = classes;
    expect([tunnel?.outages.length, route?.outages.length]).toEqual([1, 0]);
    const again = await compared();
    expect(again.classes.map(({ id }) => id)).toEqual(classes.map(({ id }) => id));
  });

  test("what goes down without anything in its place comes first, however few customers it concerns", async () => {
    fleet(5);
    for (const n of [1, 2, 3]) repository.edit(`c0000${n}.yaml`, "198.51.100.53", "198.51.100.54");
    repository.edit(
      "c00004.yaml",
      "region: us-east-1\n",
      "region: us-east-1\n        vpn: { pskGenerations: { t2: 2 } }\n",
    );
    repository.remove("stacks/customers/c00005.yaml");
    const { classes } = await compared();
    expect(classes.map(({ customers }) => customers.join())).toEqual(["c00005", "c00004", "c00001,c00002,c00003"]);
  });

  test("two commits are compared as they are, whatever is in the working tree", async () => {
    fleet(2);
    repository.git("switch", "--quiet", "--create", "change");
    repository.edit("c00001.yaml", "198.51.100.53", "198.51.100.54");
    repository.commit();
    repository.edit("c00002.yaml", "tier: dev", "tier: gold");
    expect(kinds(await compared({ head: "change" }))).toEqual(["c00001 changed"]);
    expect(kinds(await compared({ base: "change" }))).toEqual(["c00002 changed"]);
    const { base: _, ...rest } = { base: "", root: repository.root, threads: 1 };
    expect(kinds(await diffFleet({ ...rest, head: "change" }))).toEqual(["c00001 changed"]);
  });

  test("nothing differs where only documents, tests and other files of a repository do", async () => {
    fleet(2);
    for (const path of ["README.md", "docs/x.md", "tests/x.ts", "bench/x.ts", ".github/workflows/x.yml", "LICENSE"]) {
      repository.write(path, "x");
    }
    repository.write("stacks/customers/notes.txt", "x");
    expect((await compared()).totals).toMatchObject({ customers: 2, unchanged: 2 });
  });

  test("a comparison can be ended, and tells how far it is", async () => {
    fleet(3);
    for (const n of [1, 2, 3]) repository.edit(`c0000${n}.yaml`, "tier: dev", "tier: gold");
    const seen: string[] = [];
    await compared({ onProgress: ({ done, total }) => seen.push(`${done}/${total}`) });
    expect(seen).toEqual(["1/3", "2/3", "3/3"]);
    const stop = new AbortController();
    const ended = compared({ signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
    await expect(ended).rejects.toThrow("enough");
  });
});

describe("wrong input", () => {
  const problems = ({ customers }: DiffReport): string[] =>
    customers.flatMap(({ kind, problems: all }) => all.map(({ file, line, path, message }) => `${kind} ${file}:${line} ${path}: ${message}`)); // prettier-ignore

  test("fails on a ref that is not there, and says how to get it", async () => {
    fleet(1);
    const message = "expected a branch, tag or commit of this repository, got nowhere; git fetch brings what is missing, git branch -a lists what is here"; // prettier-ignore
    await expect(compared({ base: "nowhere" })).rejects.toThrow(message);
    await expect(compared({ head: "--output=x" })).rejects.toThrow("got --output=x");
  });

  test("fails outside a git repository", async () => {
    fleet(1);
    repository.remove(".git");
    await expect(compared()).rejects.toThrow(/^expected a project in a git repository, .* is in none; run git init/);
  });

  test("fails in a shallow clone whose history ends too early, and where there is no default branch", async () => {
    fleet(1);
    repository.git("switch", "--quiet", "--create", "change");
    repository.write("README.md", "changed");
    repository.commit();
    repository.git("switch", "--quiet", "main");
    repository.write("README.md", "another");
    repository.commit();
    const clone = join(repository.root, "clone");
    repository.git(
      "clone",
      "--quiet",
      "--depth=1",
      "--no-single-branch",
      "--branch=change",
      `file://${repository.root}`,
      clone,
    );
    await expect(diffFleet({ root: clone })).rejects.toThrow(
      "expected a commit where this left origin/HEAD, found none: this is a shallow clone and its history ends too early; run git fetch --unshallow, or give --base <ref>",
    );
    repository.git("branch", "--move", "main", "trunk");
    await expect(diffFleet({ root: repository.root })).rejects.toThrow("found none of origin/HEAD, main and master; give --base <ref>"); // prettier-ignore
  });

  test("fails on a file at head that is no customer: wrong yaml, a misspelt key, bytes that are no text", async () => {
    fleet(3);
    repository.customer("c00001.yaml", "name: c00001\nspec: [\n");
    repository.edit("c00002.yaml", "accountID:", "accountId:");
    repository.customer("c00003.yaml", new Uint8Array([0, 255, 254, 1, 2, 3]));
    const report = await compared();
    expect(kinds(report)).toEqual(["c00001 invalid", "c00002 invalid", "c00003 invalid"]);
    expect(problems(report).map((one) => one.slice(0, 110))).toEqual([
      expect.stringMatching(/^invalid stacks\/customers\/c00001.yaml:\d+ /),
      expect.stringContaining("c00002.yaml:29 spec.infrastructure.privateCodeHost.aws.accountId: unknown key"),
      expect.stringContaining("c00003.yaml:1 : expected utf-8 text"),
    ]);
    expect([report.totals.invalid, report.classes]).toEqual([3, []]);
  });

  test("a file that base could not read counts as a new customer's", async () => {
    const files = fleetFiles(2);
    repository = new FleetRepository(new Map([...files, ["c00002.yaml", "name: [\n"]]));
    repository.customer("c00002.yaml", files.get("c00002.yaml")!);
    expect(kinds(await compared())).toEqual(["c00002 added"]);
  });

  test("fails where a customer gets another name in the same file", async () => {
    fleet(1);
    repository.edit("c00001.yaml", "name: c00001", "name: other");
    expect(problems(await compared())).toEqual([
      "invalid stacks/customers/c00001.yaml:3 name: expected c00001 as deployed, got other, which no deployed resource holds in its name; make a new stack beside it",
    ]);
  });

  test("fails where a copied file brings a name or an account another customer has, and tells both files", async () => {
    fleet(2);
    repository.customer("c00003.yaml", fleetFiles(3).get("c00003.yaml")!.replace("name: c00003", "name: c00001"));
    repository.edit("c00002.yaml", "100000000002", "100000000001");
    repository.commit();
    const report = await compared({ base: "main~1" });
    expect(problems(report).map((one) => one.split(";")[0])).toEqual([
      "invalid stacks/customers/c00003.yaml:3 name: expected a name of its own, got c00001, which stacks/customers/c00001.yaml has too",
      expect.stringContaining("c00002.yaml:29 spec.infrastructure.privateCodeHost.aws.accountID: expected 100000000002 as deployed, got 100000000001"),
      "invalid stacks/customers/c00002.yaml:29 spec.infrastructure.privateCodeHost.aws.accountID: expected an aws account of its own, got 100000000001, which stacks/customers/c00001.yaml has too",
    ]); // prettier-ignore
    repository.edit("c00003.yaml", "tier: dev", "tier: gold");
    expect(kinds(await compared())).toEqual(["c00001 changed"]);
  });

  test("a link in the place of a file, a folder and a hidden file are no customers", async () => {
    fleet(1);
    symlinkSync("c00001.yaml", join(repository.root, "stacks/customers/link.yaml"));
    repository.write("stacks/customers/.hidden.yaml", "x");
    repository.write("stacks/customers/old/c00009.yaml", "x");
    repository.commit();
    const report = await compared({ base: "main~1" });
    // The link is read like a file, and brings a name that is taken.
    expect(report.customers.map(({ file, kind }) => `${file} ${kind}`)).toEqual(["stacks/customers/link.yaml invalid"]);
  });
});

describe("causeway diff", () => {
  const causeway = (...args: string[]) =>
    run(process.execPath, [join(ROOT, "bin/causeway.js"), "diff", ...args], repository.root);

  test("tells classes with outages first, and ends with 5 where nothing was to change", async () => {
    fleet(2);
    repository.edit(
      "c00001.yaml",
      "region: us-east-1\n",
      "region: us-east-1\n        vpn: { pskGenerations: { t2: 2 } }\n",
    );
    repository.write(".env", "SECRET=1");
    const { code, stdout, stderr } = await causeway("--base", "main", "--expect-no-changes");
    expect([code, stderr]).toEqual([5, ""]);
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "c00001 (4 to replace, 1 to update)",
      "  ! tunnel t2: aws gives it another key, and takes it down for that (4 to 15 minutes, others carry the traffic)",
      "  ± replace RouterInterface c00001-aws-100000000001-us-east-1-t2",
      '      vpnTunnel: "c00001-aws-100000000001-us-east-1-t2" -> [unknown] (forces a replacement)',
    ]);
    expect(stdout).toContain(
      "2 customers: 1 changed, 1 unchanged; 0 to create, 1 to update, 4 to replace, 0 to delete\n",
    );
    const shown = stdout.split("\n").slice(0, -2).join("\n");
    expect(readFileSync(join(ROOT, "docs/diff.md"), "utf8")).toContain(`\`\`\`text\n${shown}\n\`\`\``);
  });

  test("asks the policies about those who change, and takes no other head for that", async () => {
    fleet(2);
    repository.edit("c00001.yaml", "tier: dev", "tier: gold");
    const permit = "    permits: { executorNAT: { reason: CHG-7 gives the addresses up } }\n";
    repository.edit("c00001.yaml", "    registries:\n", `${permit}    registries:\n`);
    const { code, stdout } = await causeway("--base", "main", "--policy", "--json");
    const { violations } = JSON.parse(stdout) as DiffReport;
    expect([code, violations.map(({ stack, policy, level, resource }) => [stack, policy, level, resource])]).toEqual([
      0,
      ["nat-1", "nat-2"].map((key) => ["c00001", "protected", "advisory", `c00001-${key}`]),
    ]);
    const elsewhere = await causeway("--base", "main", "--head", "main", "--policy");
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      2,
      "--policy: expected the working tree as head, got --head too; leave one of them out\n",
    ]);
  });

  test("gives data alone with --json, ends with 2 for a refused file and for a wrong ref", async () => {
    fleet(1);
    repository.edit("c00001.yaml", "accountID:", "accountId:");
    const { code, stdout } = await causeway("--base", "main", "--json");
    expect([code, (JSON.parse(stdout) as DiffReport).totals.invalid]).toEqual([2, 1]);
    const wrong = await causeway("--base", "nowhere");
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toMatch(/^expected a branch, tag or commit of this repository, got nowhere; .*\n$/);
    expect(existsSync(join(repository.root, ".causeway"))).toBe(false);
    expect(execFileSync("git", ["status", "--short"], { cwd: repository.root, encoding: "utf8" })).toBe(
      " M stacks/customers/c00001.yaml\n",
    );
  });
});

test("what a program is: everything but customers, documents, tests and hidden files", () => {
  fleet(1);
  const program = [
    "index.ts",
    "plan/plan.ts",
    "package-lock.json",
    "Pulumi.yaml",
    "engine/pulumi-cli/x",
    "stacks/load.ts",
  ];
  const other = ["README.md", "docs/a.png", "tests/a.ts", "bench/a.ts", "stacks/customers/a.yaml", ".ci/run", "LICENSE", "eslint.config.js"]; // prettier-ignore
  expect(program.filter(isProgramFile)).toEqual(program);
  expect(other.filter(isProgramFile)).toEqual([]);
});
