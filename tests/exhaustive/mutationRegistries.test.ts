/**
 * Every argument of every resource of every kind of registry, changed one at a time. This tier cannot show what a cloud
 * does with a mutation, only what the simulated ones do.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidence, score, together, type Evidence } from "../mutation/evidence.ts";
import { REGISTRIES } from "../mutation/registries.ts";
import { describeEvidence } from "../mutation/report.ts";

const folder = join(import.meta.dirname, "../../.causeway");
const all: Evidence[] = [];

test.each(REGISTRIES)("every mutation of $name is caught or harmless for a reason", async (subject) => {
  const found = await evidence(subject);
  all.push(found);
  console.log(`${subject.name}: ${describeEvidence({ ...found, unneeded: [] })}`);
  expect(found.survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(found.mutations).toBeGreaterThan(1000);
  expect(score(found)).toBeGreaterThan(70);
});

test("every reason why a mutation of a registry does no harm is needed", () => {
  expect(all).toHaveLength(REGISTRIES.length);
  const found = together(all);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "mutationRegistries.json"), `${JSON.stringify(found, undefined, 2)}\n`);
  expect(found.unneeded).toEqual([]);
});
