/** What an update would do: compares a resource's state with its new arguments, by the tables. */
import type { Argument, ResourceTable } from "./tables.ts";
import { equal, holdsUnknown, isEmpty, isRecord, isUnknown, type Values } from "./values.ts";

export interface PropertyChange {
  /** Property path, e.g. `tags.Name` or `interfaces[0].ipAddress`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

export interface Difference {
  readonly changes: readonly PropertyChange[];
  /** True when a replacement cannot exist beside the old resource because both carry one explicit name. */
  readonly deleteBeforeReplace: boolean;
}

/** Decides whether a change of an argument marked `conditional` replaces the resource. */
export type Condition = (old: unknown, next: unknown, state: Values, args: Values) => boolean;

/** Equality beyond what a table can say. */
export type Equivalence = (old: unknown, next: unknown) => boolean;

export interface DiffSubject {
  readonly table: ResourceTable;
  readonly equivalences: Readonly<Record<string, Equivalence>>;
  /** Conditions by argument; one left out means that every change replaces. */
  readonly conditions: Readonly<Record<string, Condition>>;
  /** What the provider takes for arguments left out, e.g. `region` and `project`. */
  readonly placement: Values;
}

/** Compares the state of a resource with new arguments. */
export function diff(subject: DiffSubject, state: Values, args: Values, ignored: readonly string[] = []): Difference {
  const changes: PropertyChange[] = [];
  for (const [name, argument] of Object.entries(subject.table.inputs)) {
    // A value that is kept nowhere cannot be compared: its version beside it says when it changes.
    if (ignored.includes(name) || argument.writeOnly === true) continue;
    const next = effective(argument, name, state, args, subject.placement);
    if (subject.equivalences[name]?.(state[name], next)) continue;
    const found = compare(argument, state[name], next, name);
    const replaces = (change: PropertyChange): boolean => replacing(subject, name, argument, change, state, args);
    changes.push(...found.map((change) => ({ ...change, replaces: replaces(change) })));
  }
  for (const [name, condition] of Object.entries(subject.conditions)) {
    // A condition on an output: the resource's state itself asks for a replacement.
    if (subject.table.inputs[name] === undefined && condition(state[name], undefined, state, args)) {
      changes.push({ path: name, kind: "update", replaces: true });
    }
  }
  const automatic = Array.isArray(args["__defaults"]) && args["__defaults"].includes("name");
  const named = subject.table.autoName !== undefined && !automatic;
  return { changes, deleteBeforeReplace: named && changes.some((change) => change.replaces) };
}

/** What the argument amounts to: itself, the value the provider or cloud takes for it, or the value the cloud has. */
function effective(argument: Argument, name: string, state: Values, args: Values, placement: Values): unknown {
  const given = args[name];
  if (given !== undefined) return given;
  if (placement[name] !== undefined && state[name] !== undefined) return placement[name];
  if (argument.computed) return state[name];
  return argument.serviceDefault ?? undefined;
}

function replacing(
  { conditions }: DiffSubject,
  name: string,
  argument: Argument,
  change: PropertyChange,
  state: Values,
  args: Values,
): boolean {
  if (argument.forceNew === "conditional") return conditions[name]?.(state[name], args[name], state, args) ?? true;
  if (argument.forceNew) return true;
  // A block may be changed in place while adding or removing it replaces; the fields below say so themselves.
  return change.replaces;
}

function compare(argument: Argument, old: unknown, next: unknown, path: string): PropertyChange[] {
  if (isUnknown(next)) return [{ path, kind: old === undefined ? "add" : "update", replaces: false }];
  if (isEmpty(old) && isEmpty(next)) return [];
  if ((isEmpty(old) && isZero(next)) || (isEmpty(next) && isZero(old))) return [];
  if (same(argument, old, next)) return [];
  if (Array.isArray(old) && Array.isArray(next) && old.length === next.length && !argument.set && argument.item) {
    return next.flatMap((item, index) => compare(argument.item!, old[index], item, `${path}[${index}]`));
  }
  if (isRecord(old) && isRecord(next)) return compareRecords(argument, old, next, path);
  return changed(old, next, path);
}

function compareRecords(argument: Argument, old: Values, next: Values, path: string): PropertyChange[] {
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  return [...names].flatMap((name) => {
    const field = argument.fields?.[name] ?? { type: "string" as const };
    const at = /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    const wanted = next[name] ?? (field.computed ? old[name] : field.serviceDefault);
    return compare(field, old[name], wanted, at).map((change) => ({
      ...change,
      replaces: change.replaces || field.forceNew === true,
    }));
  });
}

function changed(old: unknown, next: unknown, path: string): PropertyChange[] {
  const kind = isEmpty(old) ? "add" : isEmpty(next) ? "delete" : "update";
  return [{ path, kind, replaces: false }];
}

/** The providers cannot tell false and 0 from an argument left out. */
function isZero(value: unknown): boolean {
  return value === false || value === 0;
}

/** True when the provider sees no difference between an argument's value and another. */
export function same(argument: Argument, old: unknown, next: unknown): boolean {
  if (holdsUnknown(next)) return false;
  if (equal(old, next, argument.set)) return true;
  if (typeof old !== "string" || typeof next !== "string") return sameItems(argument, old, next);
  if (argument.urlEquivalent) return sameUrl(old, next);
  if (argument.caseInsensitive) return old.toLowerCase() === next.toLowerCase();
  return argument.json === true && sameJson(old, next);
}

function sameItems(argument: Argument, old: unknown, next: unknown): boolean {
  if (!argument.urlEquivalent || !Array.isArray(old) || !Array.isArray(next)) return false;
  return equal(
    old.map((url) => relative(String(url))),
    next.map((url) => relative(String(url))),
    true,
  );
}

/** The part of a Google resource URL from `projects/` on. */
function relative(url: string): string {
  return url.replace(/^https:\/\/[^/]+\/(compute|dns)\/(v1|beta)\//, "");
}

function sameUrl(left: string, right: string): boolean {
  const [one, other] = [relative(left), relative(right)];
  if (one === other) return true;
  const bare = one.includes("/") !== other.includes("/");
  return bare && one.split("/").at(-1) === other.split("/").at(-1);
}

function sameJson(left: string, right: string): boolean {
  try {
    return equal(JSON.parse(left), JSON.parse(right));
  } catch {
    return false;
  }
}
