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
  /** Why it is left out; or what of it, after `in part: `; or the rows whose tests hold it, after `see `. */
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

/** Names of every row of the documents. */
const ROWS: ReadonlySet<string> = new Set(readRequirements().map(({ row }) => row));

const NAME = /^((CA|SR|CP|X)-\d\d|A\.[238]|B\.[12346]|C\.[123]|D(\.1)?|E\.\d+)( .+)?$/;

/**
 * Rows that titles name; a bracket may name several, with commas between them. One with a placeholder, `[A.8 %s]`, stands
 * for every row of that section whose name is a text of the file.
 */
export function namingsIn(source: string, file: string): readonly Naming[] {
  return source.split("\n").flatMap((line, index) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return [];
    const brackets = [...line.matchAll(/\[([^\][]+)\]/g)].filter(({ index: at }) => isQuoted(line, at));
    const names = brackets.flatMap(([, inside = ""]) => namesIn(inside)).flatMap((name) => filledIn(name, source));
    return [...new Set(names)].map((name) => ({ place: `${file}:${index + 1}`, name }));
  });
}

/** Whether a place in a line has a quotation mark on either side, as what is in a title has. */
const isQuoted = (line: string, at: number): boolean => /["'`]/.test(line.slice(0, at)) && /["'`]/.test(line.slice(at));

/** A name with a placeholder, once for every row of the documents that the file has as a text. */
function filledIn(name: string, source: string): readonly string[] {
  if (!name.endsWith("%s")) return [name];
  const section = name.slice(0, -2);
  return [...source.matchAll(/"([^"\n]{1,40})"/g)].flatMap(([, text = ""]) => {
    const full = section + text;
    return ROWS.has(full) ? [full] : [];
  });
}

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

/** Whether a row's tests are those of other rows, `see A.2 domain, B.2`, and each of these has some. */
function heldElsewhere({ leftOut }: Requirement, rows: readonly Coverage[]): boolean {
  if (leftOut?.startsWith("see ") !== true) return false;
  const others = leftOut.slice(4).split(", ");
  return others.every((name) => (rows.find(({ row }) => row === name)?.tests.length ?? 0) > 0);
}

/** Rows that refer to a row without a test. */
export const dangling = ({ rows }: Report): readonly Coverage[] =>
  rows.filter((row) => row.leftOut?.startsWith("see ") === true && !heldElsewhere(row, rows));

function readRequirements(): readonly Requirement[] {
  const documents = globSync("docs/requirements/*.md", { cwd: ROOT });
  return documents.flatMap((path) => requirementsOf(readFileSync(join(ROOT, path), "utf8")));
}

/** The report of the checkout. */
export function reportHere(): Report {
  const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  const tests = globSync("tests/**/*.test.ts", { cwd: ROOT }).sort();
  // What a requirement is called is tested with names that no row has.
  const namings = tests
    .filter((path) => path !== "tests/requirements.test.ts")
    .flatMap((path) => namingsIn(read(path), path));
  return report(readRequirements(), namings);
}

function describe(found: Report): string {
  const { rows, unknown } = found;
  const tested = rows.filter(({ tests }) => tests.length > 0);
  const part = tested.filter(({ leftOut }) => leftOut !== undefined);
  const elsewhere = rows.filter((row) => heldElsewhere(row, rows));
  const left = rows.filter(
    ({ tests, leftOut }) => tests.length === 0 && leftOut !== undefined && !leftOut.startsWith("see "),
  );
  return [
    `${rows.length} rows: ${tested.length} tested (${part.length} in part), ${elsewhere.length} by tests of other rows, ${left.length} left out with a reason`,
    ...missing(found).map(({ row, priority, what }) => `no test   ${row} (${priority}): ${what}`),
    ...left.map(({ row, priority, leftOut }) => `left out  ${row} (${priority}): ${leftOut}`),
    ...part.map(({ row, priority, leftOut }) => `in part   ${row} (${priority}): ${leftOut}`),
    ...dangling(found).map(({ row, leftOut }) => `no test   ${row}: ${leftOut}`),
    ...unknown.map(({ name, place }) => `no row    ${name}: ${place}`),
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: "boolean" } } });
  const found = reportHere();
  console.log(values.json ? JSON.stringify(found, undefined, 2) : describe(found));
  if (missing(found).length + dangling(found).length + found.unknown.length > 0) process.exitCode = 1;
}
