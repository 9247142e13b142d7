import type { DiffClass, ResourceChange } from "../diff/types.ts";
import { code, count } from "./text.ts";

/** `2 creates, 1 replacement`. */
export function operationsOf(counts: Readonly<Record<ResourceChange["kind"], number>>): string {
  const words = { delete: "deletion", replace: "replacement", create: "creation", update: "update" } as const;
  const some = (Object.keys(words) as ResourceChange["kind"][]).filter((kind) => counts[kind] > 0);
  return some.map((kind) => count(counts[kind], words[kind])).join(", ") || "no operations";
}

/** How many resources of a class are created, updated, replaced and deleted. */
export function operationCounts(resources: readonly ResourceChange[]): Record<ResourceChange["kind"], number> {
  const counts = { create: 0, update: 0, replace: 0, delete: 0 };
  for (const { kind } of resources) counts[kind]++;
  return counts;
}

/** `300 customers, such as acme`, or the one customer. */
export const whoOf = ({ customers, example }: DiffClass): string =>
  customers.length === 1 ? code(example) : `${count(customers.length, "customer")} such as ${code(example)}`;

/** `aws:ec2/vpnConnection:VpnConnection` as `VpnConnection`. */
export const shortType = (type: string): string => type.split(":").at(-1) ?? type;
