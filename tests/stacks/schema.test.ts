/**
 * The JSON Schema that editors use: generated, complete, and never stricter than the loader. How an editor shows it
 * cannot be shown here.
 */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { customerJsonSchema } from "../../stacks/load.ts";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

const schema = customerJsonSchema() as JsonSchema & { readonly $schema: string };

/** All schemas with their paths. */
function all(node: JsonSchema, path = ""): readonly (readonly [path: string, JsonSchema])[] {
  const { properties = {}, additionalProperties, items } = node;
  return [
    [path, node],
    ...Object.entries(properties).flatMap(([key, inner]) => all(inner, `${path}.${key}`)),
    ...(typeof additionalProperties === "object" ? all(additionalProperties, `${path}.<key>`) : []),
    ...(items === undefined ? [] : all(items, `${path}[]`)),
  ];
}

/** Registries made or published here, which have tests of their own. */
const MADE_HERE = /registries\.<key>\.(codeArtifact|selfHosted|publish)/;

describe("the json schema", () => {
  test("is what stacks/customer.schema.json holds", async () => {
    const file = fileURLToPath(new URL("../../stacks/customer.schema.json", import.meta.url));
    const generated = await format(JSON.stringify(schema), { parser: "json", printWidth: 120 });
    expect(readFileSync(file, "utf8")).toBe(generated);
  });

  test("is draft 7, which editors know", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
  });

  test("describes every key a person may write", () => {
    const written = all(schema).filter(([path]) => path !== "" && !path.endsWith("[]") && !path.endsWith(">"));
    const plain = written.filter(([, { description }]) => description === undefined).map(([path]) => path);
    expect(plain).toEqual([]);
  });

  test("refuses unknown keys in every block", () => {
    const blocks = all(schema).filter(([, { properties }]) => properties !== undefined);
    expect(blocks.filter(([path]) => !MADE_HERE.test(path)).length).toBe(21);
    expect(blocks.filter(([, { additionalProperties }]) => additionalProperties !== false)).toEqual([]);
  });

  test("asks for what has no default, and for nothing else", () => {
    const outside = all(schema).filter(([path]) => !MADE_HERE.test(path));
    const required = outside.flatMap(([path, { required: keys = [] }]) => keys.map((key) => `${path}.${key}`));
    expect(required.map((path) => path.replace(".spec.infrastructure", "~")).sort()).toEqual(
      [
        ".name",
        ".spec",
        "~",
        "~.executorPrivateDNS.proxyTag",
        "~.executorPrivateDNS.routes[].source",
        "~.executors",
        "~.executors.subnets",
        "~.executors.subnets.<key>.ipCidrRange",
        "~.gcp",
        "~.gcp.network",
        "~.gcp.projectID",
        "~.gcp.region",
        "~.permits.<key>.reason",
        "~.privateCodeHost.aws.accountID",
        "~.privateCodeHost.aws.region",
        "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].domain",
      ].sort(),
    );
  });

  test("takes account ids and image tags without quotes, as the loader does", () => {
    const both = all(schema).filter(([, { type }]) => Array.isArray(type));
    expect(new Set(both.map(([path]) => path.split(".").at(-1)))).toEqual(new Set(["proxyTag", "accountID"]));
  });
});

/** Rules without a field (secrets, construction) and rules that come with kinds which are not possible yet. */
const NO_FIELD = ["V6", "V16", "V31", "V39"];
const LATER = ["V9", "V13", "V34", "V35"];

test("every validation rule is tested by name, has no field, or comes later", () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const texts = readdirSync(folder)
    .filter((name) => name !== "schema.test.ts")
    .map((name) => readFileSync(folder + name, "utf8"));
  const named = new Set(texts.join("\n").match(/(?<=")V\d+(?=[ :])/g));
  const expected = Array.from({ length: 39 }, (_, index) => `V${index + 1}`).filter(
    (id) => ![...NO_FIELD, ...LATER].includes(id),
  );
  expect([...named].sort()).toEqual(expected.sort());
});
