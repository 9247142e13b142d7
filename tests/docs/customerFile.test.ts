// The document of the customer file against the schema and the guards. Whether a sentence in it is well put, only a reader
// can say.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { guardKind, guardedPaths } from "../../plan/guards.ts";
import { withTables } from "../../scripts/registryFields.ts";
import { customerJsonSchema } from "../../stacks/schema.ts";
import { read } from "./support.ts";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

interface Field {
  readonly path: string;
  /** `required`, `none` or the default as a value. */
  readonly default: unknown;
}

/** Every key a file may have, members of maps as `<key>`, of lists as `[]`. */
function fieldsOf(schema: Schema, path = ""): Field[] {
  const { properties = {}, additionalProperties, items, required = [] } = schema;
  const below = Object.entries(properties).flatMap(([key, value]) => {
    const own = path === "" ? key : `${path}.${key}`;
    const fallback = required.includes(key) ? "required" : "default" in value ? { value: value.default } : "none";
    return [{ path: own, default: fallback }, ...fieldsOf(value, own)];
  });
  const member = typeof additionalProperties === "object" ? fieldsOf(additionalProperties, `${path}.<key>`) : [];
  return [...below, ...member, ...(items === undefined ? [] : fieldsOf(items, `${path}[]`))];
}

const BASE = "spec.infrastructure.";
const SCHEMA: readonly Field[] = fieldsOf(customerJsonSchema())
  .filter(({ path }) => path !== "spec" && path !== "spec.infrastructure")
  .map((field) => ({ ...field, path: field.path.replace(BASE, "") }));

/** What is made or published here has tables of its own, behind the one of all other fields. */
const MADE = ["codeArtifact", "selfHosted", "publish"].map((block) => `registries.<key>.${block}.`);
const isMade = ({ path }: Field): boolean => MADE.some((start) => path.startsWith(start));
const IN_ORDER = [...SCHEMA.filter((field) => !isMade(field)), ...SCHEMA.filter(isMade)];

/** The rows of the tables of fields: path, default, form, change, rule. */
const ROWS = read("docs/customer-file.md")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
  .map(([path = "", fallback = "", form = "", change = "", rule = ""]) => ({
    path: path.trim().replaceAll("`", ""),
    default: fallback.trim(),
    form: form.trim(),
    change: change.trim(),
    rule: rule.trim(),
  }));

/** A path with its members left out, so that a row and a guard can be compared. */
const bare = (path: string): string => path.replace(/\[[^\]]*\]|\.<key>/g, "");

/** A path with a member for every map and list, as a customer file would name it. */
const withMembers = (path: string): string => path.replace(/\[\]|\.<key>/g, "[member]");

describe("the table of fields", () => {
  test("has every path of the schema and no other, each once, in the schema's order", () => {
    expect(SCHEMA.length).toBeGreaterThan(150);
    expect(ROWS.map(({ path }) => path)).toEqual(IN_ORDER.map(({ path }) => path));
  });

  test("is what scripts/registryFields.ts makes of registries made or published here", () => {
    expect(withTables(read("docs/customer-file.md"))).toBe(read("docs/customer-file.md"));
  });

  test.each(SCHEMA)("has the default of $path", ({ path, default: expected }) => {
    const cell = ROWS.find((row) => row.path === path)?.default ?? "";
    if (typeof expected === "string") expect(cell.split(":")[0]).toBe(expected);
    else expect({ value: parse(cell.replaceAll("`", "")) as unknown }).toEqual(expected);
  });

  test("has a form for every field", () => {
    expect(ROWS.filter(({ form }) => form === "").map(({ path }) => path)).toEqual([]);
  });

  test("calls guarded what a permit can lift, and nothing else", () => {
    const guarded = ROWS.filter(({ change }) => change.includes("**guarded**")).map(({ path }) => bare(path));
    expect(guarded.sort()).toEqual([...guardedPaths()].map(bare).sort());
  });

  test("calls fixed what no permit can lift, and nothing else", () => {
    const fixed = ROWS.filter(({ change }) => change.includes("**fixed**")).map(({ path }) => path);
    const inGuards = ROWS.filter(({ path }) => guardKind(withMembers(path)) === "fixed").map(({ path }) => path);
    expect(fixed.filter((path) => !path.startsWith("gcp.network."))).toEqual(inGuards);
  });
});
