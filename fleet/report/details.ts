import type { ArgumentChange, DiffClass, ResourceChange } from "../diff/types.ts";
import { code, count, htmlCode } from "./text.ts";
import { operationCounts, operationsOf, shortType } from "./wording.ts";

/** Resources shown of one class, and arguments of one resource. */
const MOST = { resources: 100, resourcesBriefly: 30, arguments: 20 };

/** Longest value, in UTF-16 units. */
const LONGEST_VALUE = 80;

/**
 * Each class folded, at most `limit` characters: all briefly where that fits and then, in order, as many as fit with
 * their arguments; else as many as fit briefly, and a count of the others.
 */
export function details(classes: readonly DiffClass[], limit: number, where: string): string {
  let room = limit - withoutDetail(classes.length, where).length;
  const chosen = classes.map((one) => {
    const brief = folded(one, false);
    if (brief.length > room) return undefined;
    room -= brief.length;
    return { one, text: brief };
  });
  const blocks = chosen.map((block) => {
    if (block === undefined) return "";
    const full = folded(block.one, true);
    if (full.length - block.text.length > room) return block.text;
    room -= full.length - block.text.length;
    return full;
  });
  const without = chosen.filter((block) => block === undefined).length;
  return `${blocks.join("")}${without > 0 ? withoutDetail(without, where) : ""}`;
}

/** The line for classes there is no room for. */
export const withoutDetail = (n: number, where: string): string =>
  `${count(n, "class", "classes")} without detail here: see ${where}.\n`;

function folded({ id, customers, example, resources }: DiffClass, deep: boolean): string {
  const shown = resources.slice(0, deep ? MOST.resources : MOST.resourcesBriefly);
  const lines = shown.flatMap((resource) => [resourceLine(resource), ...(deep ? argumentLines(resource) : [])]);
  if (resources.length > shown.length) lines.push(`- ${count(resources.length - shown.length, "more resource")}`);
  const who =
    customers.length === 1 ? htmlCode(example) : `${count(customers.length, "customer")} as ${htmlCode(example)}`;
  const summary = `${htmlCode(id)}: ${who}: ${operationsOf(operationCounts(resources))}`;
  return `<details><summary>${summary}</summary>\n\n${lines.join("\n")}\n\n</details>\n\n`;
}

function resourceLine({ kind, type, name, replaceKeys, protected: kept }: ResourceChange): string {
  const because =
    replaceKeys.length > 0
      ? ` because of ${replaceKeys
          .slice(0, 5)
          .map((key) => code(key))
          .join(", ")}`
      : "";
  const refusal = kept && (kind === "delete" || kind === "replace") ? "; protected, the engine refuses this" : "";
  return `- ${kind} ${code(shortType(type))} ${code(name)}${because}${refusal}`;
}

function argumentLines({ changes }: ResourceChange): readonly string[] {
  const lines = changes.slice(0, MOST.arguments).map((change) => `  - ${code(change.path)}: ${valuesOf(change)}`);
  if (changes.length > lines.length) lines.push(`  - ${count(changes.length - lines.length, "more argument")}`);
  return lines;
}

function valuesOf(change: ArgumentChange): string {
  const value = (of: unknown): string => code(JSON.stringify(of ?? null), LONGEST_VALUE);
  const before = "before" in change ? value(change.before) : "absent";
  const after = "after" in change ? value(change.after) : "absent";
  return `${before} to ${after}${change.replaces ? ", which replaces it" : ""}`;
}
