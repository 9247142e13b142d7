/**
 * What an update would change of one resource, by the tables alone: no world, no engine, no provider. It knows what forces
 * a replacement; it does not know what a cloud computed, so arguments that the cloud fills in count as unchanged.
 */
import { withDefaults } from "./check.ts";
import { diff, type Difference } from "./diff.ts";
import { CONDITIONS, EQUIVALENCES } from "./replacement.ts";
import { TABLES, type ResourceTable } from "./tables.ts";
import type { Values } from "./values.ts";

export type { Difference, PropertyChange } from "./diff.ts";
export { UNKNOWN } from "./values.ts";

/** The table of a type; undefined for a type the simulated clouds do not have. */
function tableOf(type: string): ResourceTable | undefined {
  const provider = Object.values(TABLES).find(({ types }) => types[type] !== undefined);
  return provider?.types[type];
}

/** Whether the simulated clouds know a type, and with it what replaces it. */
export const isKnownType = (type: string): boolean => tableOf(type) !== undefined;

/** Whether a type's argument is a secret whoever declares it. */
export const isSensitive = (type: string, argument: string): boolean =>
  tableOf(type)?.inputs[argument]?.sensitive === true;

/**
 * What differs between the arguments of a resource before and after, and which of it replaces the resource.
 * @param after Unknown values as `UNKNOWN`.
 * @param ignored Names of arguments that are not compared.
 * @returns undefined for a type the simulated clouds do not have
 */
export function argumentDifference(
  type: string,
  before: Values,
  after: Values,
  ignored: readonly string[] = [],
): Difference | undefined {
  const table = tableOf(type);
  if (table === undefined) return undefined;
  const [conditions, equivalences] = [CONDITIONS[type] ?? {}, EQUIVALENCES[type] ?? {}];
  const state = { ...serviceDefaults(table), ...withDefaults(table, before) };
  return diff({ table, placement: {}, conditions, equivalences }, state, withDefaults(table, after), ignored);
}

function serviceDefaults({ inputs }: ResourceTable): Values {
  const known = Object.entries(inputs).filter(([, { serviceDefault }]) => serviceDefault !== undefined);
  return Object.fromEntries(known.map(([name, { serviceDefault }]) => [name, serviceDefault]));
}
