/**
 * Every argument of every resource of the four kinds of connection, and of every kind of registry, changed one at a time.
 * This tier cannot show what a cloud does with a mutation, only what the simulated ones do.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidence, score, together, type Evidence } from "../mutation/evidence.ts";
import { REGISTRIES } from "../mutation/registries.ts";
import { describeEvidence } from "../mutation/report.ts";
import { CONNECTIONS } from "../mutation/subject.ts";

const folder = join(import.meta.dirname, "../../.causeway");

function keep(name: string, found: Evidence): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(found, undefined, 2)}\n`);
  console.log(describeEvidence(found));
}

test("every mutation of a connection is caught or harmless for a reason, and every reason is needed", async () => {
  const found = await evidence(CONNECTIONS);
  keep("mutation", found);
  expect(found.survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(found.unneeded).toEqual([]);
  expect(found.mutations).toBeGreaterThan(1500);
  expect(score(found)).toBeGreaterThan(80);
});

test("every mutation of a registry is caught or harmless for a reason, and every reason is needed", async () => {
  const all: Evidence[] = [];
  for (const subject of REGISTRIES) all.push(await evidence(subject));
  const found = together(all);
  keep("mutationRegistries", found);
  expect(found.survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(found.unneeded).toEqual([]);
  expect(found.mutations).toBeGreaterThan(7500);
  expect(score(found)).toBeGreaterThan(80);
});
