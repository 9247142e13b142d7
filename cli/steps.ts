import type { EngineError, Kept, Operation, OperationResult, Step } from "../engine/driver.ts";
import type { Customer } from "../plan/customer.ts";
import { planCustomer } from "../plan/plan.ts";
import { releasePaths } from "../plan/release.ts";

/** Whether a resource is one a cloud knows, and not a component or a provider. */
export const isShown = (type: string): boolean => !type.startsWith("causeway:") && !type.startsWith("pulumi:");

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
  steps.filter(({ type, op }) => isShown(type) && WHOLE.has(op));

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

/** Protected resources an operation stopped at: those it lists, or those its message names by URN. */
export function protectedIn({ kept, message }: EngineError): readonly Pick<Kept, "type" | "name">[] {
  const listed = kept.filter((resource) => resource.protected);
  if (listed.length > 0 || !/protect/.test(message)) return listed;
  const urns = new Set(Array.from(message.matchAll(/urn:pulumi:[^"'\s]+/g), ([urn]) => urn));
  return [...urns].map((urn) => {
    const [, , types = "", name = ""] = urn.split("::");
    return { type: types.slice(types.lastIndexOf("$") + 1), name };
  });
}

/** How to give leave for protected resources; empty where none of them can be given. */
export function describeRelease(customer: Customer, held: readonly Pick<Kept, "type" | "name">[]): string {
  const release = releasePaths(planCustomer(customer));
  const paths = [...new Set(held.flatMap(({ type, name }) => release(type, name) ?? []))];
  if (paths.length === 0) return "";
  return [
    "to release them, add to the customer file, run up, then this again:",
    "  spec.infrastructure.permits:",
    ...paths.map((path) => `    ${path}: { reason: <why, 10 to 200 characters> }`),
  ].join("\n");
}

/** What a destroy left, and how to give leave for it. */
export function describeKept(customer: Customer, kept: readonly Kept[]): string {
  const held = kept.filter((resource) => resource.protected && isShown(resource.type));
  if (held.length === 0) return "";
  const release = releasePaths(planCustomer(customer));
  const lines = held.map(({ type, name }) => `  ${type}  ${name}  (permits: ${release(type, name) ?? "none"})`);
  const others = kept.filter(({ type }) => isShown(type)).length - held.length;
  return [
    `${held.length} protected resources stay${others > 0 ? `, and ${others} they need` : ""}:`,
    ...lines,
    describeRelease(customer, held),
  ].join("\n");
}
