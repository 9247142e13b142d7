/**
 * Every argument of every resource of the four kinds of connection, changed one at a time. This tier cannot show what a
 * cloud does with a mutation, only what the simulated ones do.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidence, score } from "../mutation/evidence.ts";
import { describeEvidence } from "../mutation/report.ts";
import { CONNECTIONS } from "../mutation/subject.ts";

const folder = join(import.meta.dirname, "../../.causeway");

test("every mutation of a connection is caught or harmless for a reason, and every reason is needed", async () => {
  const found = await evidence(CONNECTIONS);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "mutation.json"), `${JSON.stringify(found, undefined, 2)}\n`);
  console.log(describeEvidence(found));
  expect(found.survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(found.unneeded).toEqual([]);
  expect(found.mutations).toBeGreaterThan(1500);
  expect(score(found)).toBeGreaterThan(80);
});
