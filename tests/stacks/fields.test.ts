/**
 * Every field of the schema is wrong in at least one case, and its message is asserted in full. What several fields
 * decide together is in the `rules*.test.ts` beside this file; what an account would refuse cannot be shown here.
 */
import { describe, expect, test } from "vitest";
import { customerJsonSchema } from "../../stacks/load.ts";
import { CASES as OURS } from "./fieldsOurs.ts";
import { CASES as THEIRS } from "./fieldsTheirs.ts";
import { ACME, edited, problems } from "./support.ts";

const CASES = [...OURS, ...THEIRS];

describe("a field that is wrong has exactly one problem, said in full", () => {
  test.each(CASES)("fails on %s", (_field, edits, expected) => {
    expect(problems(edited(ACME, edits))).toEqual(expected);
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** Paths of all fields: `[]` for an element of a list, `<key>` for a member of a map. */
function fieldsOf({ properties = {}, additionalProperties, items }: JsonSchema, path = ""): readonly string[] {
  const at = (inner: JsonSchema, step: string): readonly string[] => {
    const own = `${path}${step}`.replace(/^\./, "").replace("spec.infrastructure.", "~.");
    return [own, ...fieldsOf(inner, own)];
  };
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => at(inner, `.${key}`)),
    ...(typeof additionalProperties === "object" ? at(additionalProperties, ".<key>") : []),
    ...(items === undefined ? [] : at(items, "[]")),
  ];
}

/** Registries made or published here, which have tests of their own. */
const MADE_HERE = /registries\.<key>\.(codeArtifact|selfHosted|publish)[.]/;

test("every field of the schema has a case in which it is wrong", () => {
  const fields = fieldsOf(customerJsonSchema()).filter((path) => !MADE_HERE.test(path));
  expect(fields.length).toBe(88);
  expect([...new Set(CASES.map(([field]) => field))].sort()).toEqual([...fields].sort());
});
