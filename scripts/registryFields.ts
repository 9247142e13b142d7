/**
 * Writes the tables of docs/customer-file.md about registries that are made or published here, from the schema: forms
 * from the messages about a value that is none, the rest from the descriptions. A test fails while the two differ.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { CODE_ARTIFACT_GUARDS } from "../plan/codeArtifact/guards.ts";
import { guardKind } from "../plan/guards.ts";
import { PUBLISH_GUARDS } from "../plan/publish/guards.ts";
import { SELF_HOSTED_GUARDS } from "../plan/selfHosted/guards.ts";
import { codeArtifact } from "../stacks/schema/registries/codeArtifact.ts";
import { publish } from "../stacks/schema/registries/publish.ts";
import { selfHosted } from "../stacks/schema/registries/selfHosted.ts";

const DOCUMENT = join(import.meta.dirname, "../docs/customer-file.md");

/** The blocks by their key below `registries.<key>`. */
const BLOCKS = { codeArtifact, selfHosted, publish };

interface Field {
  readonly path: string;
  readonly cells: readonly string[];
}

interface Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly additionalProperties?: Json | boolean;
  readonly items?: Json;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** What is inside "optional" and "default". */
function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}

/** What a value has to be, from the message about one that is not. */
function formOf(schema: z.ZodType, json: Json): string {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) return "block";
  if (inner instanceof z.ZodRecord) return `map${upTo(json.maxProperties)}`;
  if (inner instanceof z.ZodArray) {
    const element = bare(inner.element as z.ZodType);
    const members = element instanceof z.ZodObject ? "" : `, each ${formOf(element, json.items ?? {})}`;
    const least = json.minItems === undefined || json.minItems === 0 ? "" : `, at least ${json.minItems}`;
    return `list${members}${least}${upTo(json.maxItems)}`;
  }
  const message = inner.safeParse([]).error?.issues[0]?.message ?? "";
  return (/^expected (.*?), got /.exec(message)?.[1] ?? "").replaceAll("|", "\\|").replaceAll("<", "\\<");
}

const upTo = (most: number | undefined): string => (most === undefined ? "" : `, at most ${most}`);

function defaultOf(key: string, json: Json, parent: Json): string {
  if (parent.required?.includes(key)) return "required";
  if (!("default" in json)) return "none";
  const text = stringify(json.default, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim();
  return `\`${text}\``;
}

const barePath = (path: string): string => path.replace(/\[[^\]]*\]|\.<key>/g, "");
const GUARDS = new Map(
  [...CODE_ARTIFACT_GUARDS, ...SELF_HOSTED_GUARDS, ...PUBLISH_GUARDS].map((guard) => [barePath(guard.path), guard]),
);

/** Whether a change is refused, and what it would do. */
function changeOf(path: string): string {
  const guard = GUARDS.get(barePath(path));
  if (guard === undefined || guardKind(path.replace(/\[\]|\.<key>/g, "[member]")) === "none") return "";
  if (guard.kind === "fixed") return `**fixed**: ${guard.advice ?? "make a new stack beside it"}`;
  return guard.kind === "removal" ? `remove: **guarded**, ${guard.cost}` : `**guarded**: ${guard.cost}`;
}

function fieldOf(path: string, key: string, schema: z.ZodType, [json, parent]: readonly [Json, Json]): Field {
  const sentences = (json.description ?? "").split(/(?<=\.) /).map((sentence) => sentence.replace(/\.$/, ""));
  const rule = sentences.filter((sentence) => !/^Guarded|^Fixed on|is guarded|are guarded/.test(sentence)).join(". ");
  const cells = [defaultOf(key, json, parent), formOf(schema, json), changeOf(path)];
  return { path, cells: [...cells, rule.replaceAll("|", "\\|").replaceAll("<", "\\<")] };
}

/** Every field below a block, in the schema's order; members of maps are `<key>`, those of lists `[]`. */
function fieldsOf(schema: z.ZodType, json: Json, path: string): readonly Field[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return fieldsOf(inner.element as z.ZodType, json.items ?? {}, `${path}[]`);
  if (inner instanceof z.ZodRecord) {
    const value = typeof json.additionalProperties === "object" ? json.additionalProperties : {};
    return fieldsOf(inner.valueType as z.ZodType, value, `${path}.<key>`);
  }
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, member]) => {
    const own = json.properties?.[key] ?? {};
    const below = `${path}.${key}`;
    return [fieldOf(below, key, member, [own, json]), ...fieldsOf(member, own, below)];
  });
}

const jsonOf = (schema: z.ZodType): Json =>
  z.toJSONSchema(schema, { target: "draft-7", io: "input", reused: "inline" }) as Json;

/** The table of one block. */
export function tableOf(block: keyof typeof BLOCKS): string {
  const rows = fieldsOf(BLOCKS[block], jsonOf(BLOCKS[block]), `registries.<key>.${block}`);
  const head = "| path | default | form | changing it on a live stack | rule |\n|---|---|---|---|---|";
  return [head, ...rows.map(({ path, cells }) => `| \`${path}\` | ${cells.join(" | ")} |`)].join("\n");
}

const marked = (block: string): RegExp =>
  new RegExp(`(<!-- fields of ${block} -->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end of ${block} -->)`);

/** The document with its tables made anew. */
export const withTables = (text: string): string =>
  (Object.keys(BLOCKS) as (keyof typeof BLOCKS)[]).reduce(
    (before, block) => before.replace(marked(block), (_, start: string, end: string) => start + tableOf(block) + end),
    text,
  );

if (import.meta.main) writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8")));
