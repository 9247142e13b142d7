// What an edit does to registries that are made and published here, told in this process from two graphs. What an update
// then does the engine shows (tests/exhaustive); how long it takes only real clouds can.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ownProgram } from "../../fleet/diff/program.ts";
import type { CustomerDiff } from "../../fleet/diff/types.ts";
import { Comparer } from "../../fleet/diff/worker.ts";
import { ROOT } from "../support/project.ts";

const START = readFileSync(join(ROOT, "stacks/customers/both-ends.yaml"), "utf8");
const at = (text: string) => ({ file: "both-ends.yaml", content: new TextEncoder().encode(text) });

let comparer: Comparer;
beforeAll(async () => {
  comparer = await Comparer.of({ program: ownProgram(ROOT), today: "2026-11-21" });
});

async function edited(from: string, to: string, ...permits: string[]): Promise<CustomerDiff> {
  expect(START).toContain(from);
  const leave = permits.map((path) => `      "${path}": { reason: CHG-1 a planned change }\n`);
  const base = permits.length === 0 ? START : `${START}    permits:\n${leave.join("")}`;
  return (await comparer.diff({ ask: "diff", stack: "both-ends", base: at(base), head: at(base.replace(from, to)) }))
    .diff;
}

const told = ({ resources }: CustomerDiff): string[] =>
  resources.map(({ kind, type, name }) => `${kind} ${type.split(":").at(-1)} ${name}`);

describe("an edit of a registry that is made or published here", () => {
  it("is compared where both ends are in one customer, every kind of registry at once", async () => {
    const diff = await edited("tier: demo", "tier: gold");
    expect([diff.kind, diff.outages, diff.problems]).toEqual(["changed", [], []]);
    expect(new Set(diff.resources.map(({ kind }) => kind))).toEqual(new Set(["update"]));
  });

  it("takes a store away, makes another, and puts it behind what asks the stores", async () => {
    const stores = "registries[packages].codeArtifact.stores";
    const diff = await edited("-prod }", "-prod, stores: [npm, pypi, cargo] }", stores);
    expect(told(diff)).toEqual([
      "create Repository both-ends-packages-crates-io-store",
      "delete Repository both-ends-packages-maven-central-store",
      "update Repository both-ends-packages-shared",
    ]);
  });
});
