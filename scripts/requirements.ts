/**
 * Prints which requirement rows have no test: `node scripts/requirements.ts [--json]`. Rows are those of the documents in
 * docs/requirements; a test holds a row where its title names it in square brackets, such as [CA-05] or [A.2 domain].
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const ROOT = join(import.meta.dirname, "..");

/** Must, should, may. */
export type Priority = "M" | "S" | "O";

export interface Requirement {
  /** `CA-05`, or the section and the name of a row of a table, `A.2 domain`. */
  readonly row: string;
  readonly priority: Priority;
  readonly what: string;
  /** Why it is left out, or what of it: then it begins with `in part`. */
  readonly leftOut?: string;
}

/** One naming of a row in the title of a test. */
export interface Naming {
  /** Relative to the root of the repository, with the line. */
  readonly place: string;
  /** As written. */
  readonly name: string;
}

export interface Coverage extends Requirement {
  /** Places of the tests that hold the row, those of the simulated clouds not among them. */
  readonly tests: readonly string[];
}

export interface Report {
  readonly rows: readonly Coverage[];
  /** Names in titles that no row has. */
  readonly unknown: readonly Naming[];
}

/** The rows of a document: `| row | priority | what | left out |`. */
export function requirementsOf(text: string): readonly Requirement[] {
  return text.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, row = "", priority = "", what = "", leftOut = ""] = cells;
    if (cells.length !== 6 || !/^[MSO]$/.test(priority)) return [];
    return [{ row, priority: priority as Priority, what, ...(leftOut === "" ? {} : { leftOut }) }];
  });
}

const NAME = /^((CA|SR|CP|X)-\d\d|A\.[238]|B\.[12346]|C\.[123]|D(\.1)?|E\.\d+)( .+)?$/;

/** Rows that titles name; a bracket may name several, with commas between them. */
export function namingsIn(source: string, file: string): readonly Naming[] {
  return source.split("\n").flatMap((line, index) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return [];
    const brackets = [...line.matchAll(/\[([^\][]+)\]/g)].filter(({ index: at }) => isQuoted(line, at));
    const names = new Set(brackets.flatMap(([, inside = ""]) => namesIn(inside)));
    return [...names].map((name) => ({ place: `${file}:${index + 1}`, name }));
  });
}

/** Whether a place in a line has a quotation mark on either side, as what is in a title has. */
const isQuoted = (line: string, at: number): boolean => /["'`]/.test(line.slice(0, at)) && /["'`]/.test(line.slice(at));

/** A comma may also be part of a row's name: what begins like no row belongs to the one before. */
function namesIn(inside: string): readonly string[] {
  if (!NAME.test(inside.split(/[,;]/)[0]!.trim())) return [];
  return inside.split(/[,;]\s*/).reduce<string[]>((names, part) => {
    if (NAME.test(part.trim())) return [...names, part.trim()];
    return [...names.slice(0, -1), `${names.at(-1)}, ${part}`];
  }, []);
}

const letters = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const words = (name: string): string =>
  `${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, " ")
    .trim()} `;

/**
 * The row a title means: letter case, spaces and hyphens aside, and with more words behind it. `A.3 npm` is about row
 * `A.3`; where a section's rows are all named ones, a name has to be one of theirs.
 */
export function rowNamed<Row extends { readonly row: string }>(name: string, rows: readonly Row[]): Row | undefined {
  const same = rows.find(({ row }) => letters(row) === letters(name));
  if (same !== undefined) return same;
  const wider = rows.filter(({ row }) => words(name).startsWith(words(row)));
  return wider.sort((a, b) => b.row.length - a.row.length)[0];
}

/** The rows with the tests that hold them. */
export function report(requirements: readonly Requirement[], namings: readonly Naming[]): Report {
  const named = namings.map((naming) => ({ naming, row: rowNamed(naming.name, requirements)?.row }));
  return {
    rows: requirements.map((requirement) => ({
      ...requirement,
      tests: named
        .filter(({ row, naming }) => row === requirement.row && !naming.place.startsWith("tests/sandbox/"))
        .map(({ naming }) => naming.place),
    })),
    unknown: named.filter(({ row }) => row === undefined).map(({ naming }) => naming),
  };
}

/** Rows of M and S that have neither a test nor a reason. */
export const missing = ({ rows }: Report): readonly Coverage[] =>
  rows.filter(({ priority, tests, leftOut }) => priority !== "O" && tests.length === 0 && leftOut === undefined);

/** The report of the checkout. */
export function reportHere(): Report {
  const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  const documents = globSync("docs/requirements/*.md", { cwd: ROOT });
  const tests = globSync("tests/**/*.test.ts", { cwd: ROOT }).sort();
  // What a requirement is called is tested with names that no row has.
  const namings = tests
    .filter((path) => path !== "tests/requirements.test.ts")
    .flatMap((path) => namingsIn(read(path), path));
  return report(
    documents.flatMap((path) => requirementsOf(read(path))),
    namings,
  );
}

function describe(found: Report): string {
  const { rows, unknown } = found;
  const tested = rows.filter(({ tests }) => tests.length > 0);
  const part = tested.filter(({ leftOut }) => leftOut !== undefined);
  const left = rows.filter(({ tests, leftOut }) => tests.length === 0 && leftOut !== undefined);
  return [
    `${rows.length} rows: ${tested.length} tested (${part.length} in part), ${left.length} left out with a reason`,
    ...missing(found).map(({ row, priority, what }) => `no test   ${row} (${priority}): ${what}`),
    ...left.map(({ row, priority, leftOut }) => `left out  ${row} (${priority}): ${leftOut}`),
    ...part.map(({ row, priority, leftOut }) => `in part   ${row} (${priority}): ${leftOut}`),
    ...unknown.map(({ name, place }) => `no row    ${name}: ${place}`),
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: "boolean" } } });
  const found = reportHere();
  console.log(values.json ? JSON.stringify(found, undefined, 2) : describe(found));
  if (missing(found).length > 0 || found.unknown.length > 0) process.exitCode = 1;
}
