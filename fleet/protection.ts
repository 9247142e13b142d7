import type { EngineError, Kept } from "../engine/driver.ts";
import type { Customer } from "../plan/customer.ts";
import { covers } from "../plan/guards.ts";
import { planCustomer } from "../plan/plan.ts";
import { releasePaths } from "../plan/release.ts";
import { isCloudResource } from "./resources.ts";

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
  const named = [...new Set(held.flatMap(({ type, name }) => release(type, name) ?? []))];
  const paths = named.filter((path) => !named.some((outer) => outer !== path && covers(outer, path)));
  if (paths.length === 0) return "";
  return [
    "to release them, add to the customer file, run up, then this again:",
    "  spec.infrastructure.permits:",
    ...paths.map((path) => `    ${path}: { reason: <why, 10 to 200 characters> }`),
  ].join("\n");
}

/** What a destroy left, and how to give leave for it. */
export function describeKept(customer: Customer, kept: readonly Kept[]): string {
  const held = kept.filter((resource) => resource.protected && isCloudResource(resource.type));
  if (held.length === 0) return "";
  const release = releasePaths(planCustomer(customer));
  const lines = held.map(({ type, name }) => `  ${type}  ${name}  (permits: ${release(type, name) ?? "none"})`);
  const others = kept.filter(({ type }) => isCloudResource(type)).length - held.length;
  return [
    `${held.length} protected resources stay${others > 0 ? `, and ${others} they need` : ""}:`,
    ...lines,
    describeRelease(customer, held),
  ].join("\n");
}
