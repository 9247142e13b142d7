// Two refs whose programs differ, in scratch git repositories: copies of this program with small changes, each run as it
// is. Other packages, and a real host of git, this cannot show.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { diffFleet, type DiffOptions, type DiffReport } from "../../fleet/diff/index.ts";
import { addProgram, fleetFiles, FleetRepository } from "../support/fleet.ts";
import { ROOT } from "../support/project.ts";

let repository: FleetRepository;
afterEach(() => repository.dispose());

const compared = (options: Partial<DiffOptions> = {}): Promise<DiffReport> =>
  diffFleet({ root: repository.root, base: "main", threads: 1, today: "2026-11-21", ...options });

const kinds = ({ customers }: DiffReport): string[] => customers.map(({ stack, kind }) => `${stack} ${kind}`);

describe("programs that differ", () => {
  function programRepository(count: number): void {
    repository = new FleetRepository(fleetFiles(count));
    addProgram(repository);
    repository.commit();
  }
  const path = "components/awsPrivateLink.ts";
  const change = (from: string, to: string): void => {
    const text = readFileSync(join(repository.root, path), "utf8");
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    repository.write(path, text.replace(from, to));
  };

  test("each ref's own program is run for every customer, and what comes of it is one class", async () => {
    programRepository(2);
    change("mapPublicIpOnLaunch: false", "mapPublicIpOnLaunch: true");
    repository.commit();
    const report = await compared({ base: "main~1", head: "main" });
    expect([report.programChanged, report.classes.map(({ customers }) => customers.join())]).toEqual([
      true,
      ["c00001,c00002"],
    ]);
    expect(report.classes[0]?.resources.map(({ kind, type, changes }) => [kind, type.split(":").at(-1), changes])).toEqual(
      ["az1", "az2"].map(() => ["update", "Subnet", [{ path: "mapPublicIpOnLaunch", before: false, after: true, replaces: false }]]),
    ); // prettier-ignore
  });

  test("a program that differs and declares the same changes nobody, and its checks are head's", async () => {
    programRepository(1);
    change("/** What is known of one interface endpoint", "/** All that is known of one interface endpoint");
    expect((await compared()).totals).toMatchObject({ customers: 1, unchanged: 1 });
    repository.write(
      "stacks/names.ts",
      readFileSync(join(ROOT, "stacks/names.ts"), "utf8").replace("[0-9a-f]{17}|", ""),
    );
    expect(kinds(await compared())).toEqual(["c00001 invalid"]);
  });

  test("fails on other packages and on a program without a graph, and says what to do", async () => {
    programRepository(1);
    repository.write("package-lock.json", "{}");
    repository.commit();
    await expect(compared({ base: "main~1", head: "main" })).rejects.toThrow(
      /but its package-lock.json differs from the working tree's; run git worktree add <folder> [0-9a-f]{12}, npm ci in that folder, and give --base-root <folder>/,
    );
    const report = await compared({ base: "main~1", head: "main", baseRoot: ROOT });
    expect(report.totals).toMatchObject({ customers: 1, unchanged: 1 });
    repository.remove("lib");
    repository.commit();
    await expect(compared({ base: "main~1", head: "main" })).rejects.toThrow(
      "expected a program that gives the resource graph of a customer (customerGraph of lib/index.ts) at main, found none",
    );
  });
});
