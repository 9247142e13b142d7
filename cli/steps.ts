import type { Operation, OperationResult, Step } from "../engine/driver.ts";
import { isCloudResource } from "../fleet/resources.ts";

/** How each engine operation is written: a sign, what it did, what it would do. */
const VERBS: Readonly<Record<string, readonly [sign: string, did: string, would: string]>> = {
  create: ["+", "created", "to create"],
  update: ["~", "updated", "to update"],
  delete: ["-", "deleted", "to delete"],
  replace: ["±", "replaced", "to replace"],
  "create-replacement": ["+", "created in its place", "to create in its place"],
  "delete-replaced": ["-", "deleted, replaced", "to delete, replaced"],
};

/** What an operation did to a resource, or undefined where it left it as it was. */
export const verbOf = (op: string): string | undefined => VERBS[op]?.[1];

/** The halves of a replacement are told as one. */
const WHOLE = new Set(["create", "update", "delete", "replace"]);

const changed = (steps: readonly Step[]): readonly Step[] =>
  steps.filter(({ type, op }) => isCloudResource(type) && WHOLE.has(op));

/**
 * One line a changed resource: sign, type, name, and which inputs differ; never a value. A stack that was only just
 * created is told by its count, which comes after this.
 */
export function describeSteps(steps: readonly Step[], operation: Operation): string {
  const shown = changed(steps);
  if (operation !== "preview" && shown.length > 20 && shown.every(({ op }) => op === "create" || op === "delete"))
    return "";
  const lines = shown.map(({ type, urn, op, diffs, replaceKeys }) => {
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    const because = replaceKeys !== undefined && replaceKeys.length > 0 ? `, because of ${replaceKeys.join(", ")}` : "";
    const what = diffs !== undefined && diffs.length > 0 ? `  (${diffs.join(", ")}${because})` : "";
    return `${VERBS[op]?.[0] ?? "?"} ${type}  ${name}${what}`;
  });
  return lines.join("\n");
}

/** `acme: 2 updated, 68 unchanged, in 3.1 s`, or that there is nothing to do. */
export function summarise(
  stack: string,
  operation: Operation,
  { steps, changes, durationMs }: OperationResult,
): string {
  const counts = new Map<string, number>();
  for (const { op } of changed(steps)) {
    const verb = VERBS[op]?.[operation === "preview" ? 2 : 1] ?? op;
    counts.set(verb, (counts.get(verb) ?? 0) + 1);
  }
  const seconds = `in ${(durationMs / 1000).toFixed(1)} s`;
  const parts = [...counts].map(([verb, count]) => `${count} ${verb}`);
  if (parts.length === 0) return `${stack}: no changes, ${seconds}`;
  return `${stack}: ${[...parts, ...(changes.same === undefined ? [] : [`${changes.same} unchanged`]), seconds].join(", ")}`;
}
