// That every requirement row has a test that names it, or a reason. Whether the test holds what the row asks for, only a
// reader can say.
import { describe, expect, test } from "vitest";
import { dangling, missing, namingsIn, report, reportHere, requirementsOf, rowNamed } from "../scripts/requirements.ts";
import type { Requirement } from "../scripts/requirements.ts";

const here = reportHere();

describe("the rows of docs/requirements", () => {
  test("are all read, each once", () => {
    const rows = here.rows.map(({ row }) => row);
    const named = (pattern: RegExp): number => rows.filter((row) => pattern.test(row)).length;
    expect(new Set(rows).size).toBe(rows.length);
    expect([/^CA-/, /^SR-/, /^CP-/, /^X-/, /^E\./].map(named)).toEqual([42, 16, 19, 5, 12]);
    expect([/^A\.2 /, /^A\.8 /, /^B\.1 /, /^B\.3 /].map(named)).toEqual([15, 9, 15, 8]);
  });

  test("have a test or a reason where they are M or S", () => {
    expect(missing(here).map(({ row }) => row)).toEqual([]);
  });

  test("have a reason that fits: none that says a tested row is left out whole, none in part without a test", () => {
    const untrue = here.rows.filter(
      ({ tests, leftOut = "see " }) =>
        !leftOut.startsWith("see ") && tests.length > 0 !== leftOut.startsWith("in part: "),
    );
    expect(untrue.map(({ row, leftOut }) => `${row}: ${leftOut}`)).toEqual([]);
  });

  test("refer to no row without tests of its own", () => {
    expect(dangling(here).map(({ row }) => row)).toEqual([]);
  });

  test("are the only ones that titles name", () => {
    expect(here.unknown.map(({ name, place }) => `${place} ${name}`)).toEqual([]);
  });
});

const row = (name: string, more: Partial<Requirement> = {}): Requirement => {
  return { row: name, priority: "M", what: "what", ...more };
};

describe("reading", () => {
  test("takes rows from tables of four columns with a priority, and nothing else", () => {
    const text =
      "| row | | what | left out |\n| --- | --- | --- | --- |\n| CA-01 | M | a domain | |\n| B.2 | O | it | why |";
    expect(requirementsOf(text)).toEqual([
      row("CA-01", { what: "a domain" }),
      row("B.2", { priority: "O", what: "it", leftOut: "why" }),
    ]);
  });

  test("takes names from titles, several of them, and not from comments or code", () => {
    const source = [
      'test("a [CA-05]", () => {',
      "test(`b [SR-20] [A.2 domain]`, () => {",
      'test("c [CA-01, B.3 IAM user, 5 permissions]", () => {',
      "// d [CA-09]",
      "const e = rows[D];",
    ].join("\n");
    expect(namingsIn(source, "t").map(({ place, name }) => `${place} ${name}`)).toEqual([
      ...["t:1 CA-05", "t:2 SR-20", "t:2 A.2 domain", "t:3 CA-01", "t:3 B.3 IAM user, 5 permissions"],
    ]);
  });

  test("takes a placeholder for every row that is a text of the file", () => {
    const source =
      'const TOOLS = ["npm", "pip", "none of them"];\ntest.each(TOOLS)("signs in with %s [A.8 %s]", () => {';
    expect(namingsIn(source, "t").map(({ name }) => name)).toEqual(["A.8 npm", "A.8 pip"]);
  });

  test("finds a row whatever the case and spaces, or with a detail behind it", () => {
    const rows = ["A.2 domain", "A.2 domain secrecy", "A.3", "B.1 Catalog Host"].map((name) => row(name));
    const found = ["A.2 Domain", "A.2 domain secrecy", "A.3 npm", "B.1 catalogHost"].map((name) =>
      rowNamed(name, rows),
    );
    expect(found.map((one) => one?.row)).toEqual(["A.2 domain", "A.2 domain secrecy", "A.3", "B.1 Catalog Host"]);
  });

  test("fails to find what is no row", () => {
    expect(rowNamed("CA-99", [row("CA-01"), row("A.3")])).toBeUndefined();
    expect(report([row("CA-01")], [{ place: "t:1", name: "CA-99" }]).unknown).toEqual([
      { place: "t:1", name: "CA-99" },
    ]);
  });
});

describe("a row", () => {
  const optional = row("CA-46", { priority: "O" });
  const names = (
    tests: readonly string[],
    rows: readonly Requirement[] = [row("CA-01"), optional],
  ): readonly string[] =>
    missing(
      report(
        rows,
        tests.map((place) => ({ place, name: "CA-01" })),
      ),
    ).map(({ row: name }) => name);

  test("is missing without a test, unless it is optional", () => {
    expect(names([])).toEqual(["CA-01"]);
  });

  test("is held by a test of the program, and not by one of the simulated clouds", () => {
    expect(names(["tests/components/a.test.ts:1"])).toEqual([]);
    expect(names(["tests/sandbox/a.test.ts:1"])).toEqual(["CA-01"]);
  });

  test("may be held by the tests of another row, where that one has some", () => {
    const rows = [row("CA-01"), row("CA-02", { leftOut: "see CA-01" })];
    const loose = (place: string) => dangling(report(rows, [{ place, name: "CA-01" }])).map(({ row: name }) => name);
    expect(loose("tests/plan/a.test.ts:1")).toEqual([]);
    expect(loose("tests/sandbox/a.test.ts:1")).toEqual(["CA-02"]);
  });

  test("is settled by a reason", () => {
    expect(names([], [row("CA-01", { leftOut: "there is none" })])).toEqual([]);
  });
});
