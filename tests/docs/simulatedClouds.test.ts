/**
 * The page on the simulated clouds, held against their tables. This tier cannot show that the prose of a row is complete.
 */
import { describe, expect, test } from "vitest";
import { MODELS, REQUESTS } from "../../sandbox/rules/apiModels.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { DURATIONS } from "../../sandbox/time/durations.ts";
import { read } from "./support.ts";

const page = read("docs/simulated-clouds.md");
const cells = (line: string): string[] => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim());
const rows = new Map(
  page
    .split("\n")
    .filter((line) => /^\| `[a-z]+:/.test(line))
    .map((line) => [cells(line)[0]!.replaceAll("`", ""), cells(line)]),
);
const types = Object.values(TABLES).flatMap(({ source, types: known }) =>
  Object.entries(known).map(([type, table]) => ({ type, source: `${source.split(" ")[0]} ${table.source}` })),
);

test("every simulated type has a row and no other has", () => {
  expect([...rows.keys()].sort()).toEqual(types.map(({ type }) => type).sort());
});

describe.each(types)("$type", ({ type, source }) => {
  test("its row has the source of its arguments, its members and its durations", () => {
    const [, from, members, rule, seconds] = rows.get(type)!;
    expect(from).toBe(source);
    expect(Number(members)).toBe(Object.values(REQUESTS[type] ?? {}).filter((request) => request !== null).length);
    expect(rule!.length).toBeGreaterThan(5);
    expect(seconds).toBe(DURATIONS[type]!.create.join(" to "));
  });
});

test("the page names the versions the API models were cut out of", () => {
  for (const [name, version] of Object.entries(MODELS.packages)) expect(page).toContain(`\`${name}\` ${version}`);
  for (const [name, revision] of Object.entries(MODELS.revisions))
    expect(page).toContain(`${name} revision ${revision}`);
});
