/**
 * Every argument of every resource of every kind of registry, changed one at a time. There are some 7,860 such mutations,
 * half an hour of one processor's work, so each day has a third of them: CAUSEWAY_DAY chooses the day, CAUSEWAY_EVERY=1 has
 * them all, and only then is it said which reasons nothing needs any more. `npm run evidence` has them all too. This tier
 * cannot show what a cloud does with a mutation, only what the simulated ones do.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidence, score, together, type Evidence } from "../mutation/evidence.ts";
import { REGISTRIES } from "../mutation/registries.ts";
import { describeEvidence } from "../mutation/report.ts";

const folder = join(import.meta.dirname, "../../.causeway");
const EVERYTHING = process.env["CAUSEWAY_EVERY"] === "1";
const PARTS = EVERYTHING ? 1 : 3;
const DAY = Number(process.env["CAUSEWAY_DAY"] ?? Math.floor(Date.now() / 86_400_000));
const HOUR = 3_600_000;
const all: Evidence[] = [];

const mutationsOf = async (subject: (typeof REGISTRIES)[number]): Promise<void> => {
  const found = await evidence(subject, (index) => index % PARTS === DAY % PARTS);
  all.push(found);
  console.log(`${subject.name}: ${describeEvidence({ ...found, unneeded: [] })}`);
  expect(found.survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(found.mutations).toBeGreaterThan(1000 / PARTS);
  expect(score(found)).toBeGreaterThan(70);
};

test.each(REGISTRIES)("every mutation of $name is caught or harmless for a reason", { timeout: HOUR }, mutationsOf);

// Of a third nobody can say it, and it would be a skipped test every day.
if (EVERYTHING) {
  test("every reason why a mutation of a registry does no harm is needed", () => {
    expect(all).toHaveLength(REGISTRIES.length);
    const found = together(all);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "mutationRegistries.json"), `${JSON.stringify(found, undefined, 2)}\n`);
    expect(found.unneeded).toEqual([]);
  });
}
