/** Checks the arguments of a resource against its table: what the provider refuses before any request is sent. */
import type { Argument, ResourceTable } from "./tables.ts";
import { holdsUnknown, isEmpty, isRecord, isUnknown, list, nearest, type Values } from "./values.ts";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** A rule that spans arguments or needs more than a table can say. */
export interface Rule {
  readonly type: string;
  /** The rule in a sentence. */
  readonly rule: string;
  readonly source: string;
  /** Called with arguments that fit the table; unknowns may be among them. Returns what is wrong. */
  check(args: Values): Failure | undefined;
}

/** What a type's checks need: its token, table and rules. */
export interface Subject {
  readonly type: string;
  readonly table: ResourceTable;
  readonly rules: readonly Rule[];
}

/** Every reason to refuse these arguments; empty when there is none. */
export function check(subject: Subject, args: Values): Failure[] {
  const { table, type } = subject;
  const failures: Failure[] = [];
  for (const [name, value] of Object.entries(args)) {
    const argument = table.inputs[name];
    failures.push(...(argument ? checkValue(argument, value, name) : [unknownArgument(type, table, name)]));
  }
  failures.push(...missing(table.inputs, args, ""), ...relations(table.inputs, args));
  if (failures.length > 0) return failures;
  const applicable = subject.rules.filter((rule) => rule.type === type);
  return applicable.map((rule) => rule.check(args)).filter((failure) => failure !== undefined);
}

function unknownArgument(type: string, table: ResourceTable, name: string): Failure {
  if (table.notSimulated.includes(name)) {
    return { property: name, reason: `the sandbox does not simulate ${name} of ${type}: leave it out there` };
  }
  if (table.outputs.includes(name)) {
    return { property: name, reason: `${name} of ${type} is an output and cannot be set` };
  }
  const meant = nearest(name, Object.keys(table.inputs));
  const hint = meant ? `; did you mean ${meant}?` : "";
  return { property: name, reason: `${type} has no argument ${name}${hint}` };
}

function missing(inputs: Record<string, Argument>, args: Values, path: string): Failure[] {
  return Object.entries(inputs)
    .filter(([name, argument]) => argument.required && args[name] === undefined)
    .map(([name]) => ({ property: path + name, reason: `missing required argument ${path + name}` }));
}

/** Checks one value, nested ones included. */
function checkValue(argument: Argument, value: unknown, path: string): Failure[] {
  if (isUnknown(value)) return [];
  if (!hasType(argument, value)) return [{ property: path, reason: `${path} must be a ${argument.type}` }];
  if (Array.isArray(value)) {
    const size = range(argument, value.length, path, " entries");
    return [...size, ...value.flatMap((item, index) => checkItem(argument, item, `${path}[${index}]`))];
  }
  if (argument.fields && isRecord(value)) return checkFields(argument.fields, value, path);
  return checkScalar(argument, value, path);
}

/** In a list, the rules for its entries (enum, pattern) are written on the list itself. */
function checkItem(outer: Argument, value: unknown, path: string): Failure[] {
  const rules = { ...(outer.enum ? { enum: outer.enum } : {}), ...(outer.pattern ? { pattern: outer.pattern } : {}) };
  return checkValue({ ...outer.item!, ...rules }, value, path);
}

function checkFields(fields: Record<string, Argument>, value: Values, path: string): Failure[] {
  const failures = missing(fields, value, `${path}.`);
  for (const [name, item] of Object.entries(value)) {
    const argument = fields[name];
    const meant = nearest(name, Object.keys(fields));
    if (argument) failures.push(...checkValue(argument, item, `${path}.${name}`));
    else if (name !== "__defaults") {
      const hint = meant ? `; did you mean ${meant}?` : "";
      failures.push({ property: `${path}.${name}`, reason: `${path} has no argument ${name}${hint}` });
    }
  }
  return failures;
}

function hasType(argument: Argument, value: unknown): boolean {
  if (argument.type === "list") return Array.isArray(value);
  if (argument.type === "map" || argument.type === "object") return isRecord(value);
  return typeof value === argument.type;
}

function checkScalar(argument: Argument, value: unknown, path: string): Failure[] {
  const refuse = (reason: string): Failure[] => [{ property: path, reason: `${path} ${reason}` }];
  const shown = argument.sensitive ? "this value" : JSON.stringify(value);
  const same = (allowed: unknown): boolean =>
    allowed === value ||
    (argument.caseInsensitive === true && String(allowed).toLowerCase() === String(value).toLowerCase());
  if (argument.enum && value !== "" && !argument.enum.some(same)) {
    return refuse(`must be one of ${argument.enum.join(", ")}, not ${shown}`);
  }
  if (argument.pattern && value !== "" && !new RegExp(argument.pattern).test(String(value))) {
    return refuse(`must match ${argument.pattern}, which ${shown} does not`);
  }
  if (typeof value === "number") return range(argument, value, path, "");
  return typeof value === "string" && value !== "" ? range(argument, value.length, path, " characters") : [];
}

function range(argument: Argument, size: number, path: string, unit: string): Failure[] {
  if (size >= (argument.min ?? -Infinity) && size <= (argument.max ?? Infinity)) return [];
  const [low, high] = [argument.min, argument.max];
  const allowed = high === undefined ? `at least ${low}` : low === undefined ? `at most ${high}` : `${low} to ${high}`;
  return [{ property: path, reason: `${path} must be ${unit ? "of " : ""}${allowed}${unit}, not ${size}` }];
}

/** The rules between arguments. An unknown argument counts as given. */
function relations(inputs: Record<string, Argument>, args: Values): Failure[] {
  const given = (path: string): boolean => {
    const value = path.split(".").reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), args);
    return holdsUnknown(value) || !isEmpty(value);
  };
  const failures: Failure[] = [];
  const said = new Set<string>();
  const refuse = (property: string, reason: string): void => {
    if (!said.has(reason)) failures.push({ property, reason });
    said.add(reason);
  };
  for (const [name, argument] of Object.entries(inputs)) {
    const conflict = given(name) ? argument.conflictsWith?.find(given) : undefined;
    if (conflict) refuse(name, `only one of ${[name, conflict].sort().join(" and ")} can be given`);
    const lacking = given(name) ? argument.requiredWith?.find((other) => !given(other)) : undefined;
    if (lacking) refuse(name, `${name} needs ${lacking}`);
    const one = argument.exactlyOneOf;
    if (one && one.filter(given).length !== 1) refuse(name, `exactly one of ${one.join(", ")} must be given`);
    const some = argument.atLeastOneOf;
    if (some && !some.some(given)) refuse(name, `at least one of ${some.join(", ")} must be given`);
  }
  return failures;
}

/**
 * The arguments with the provider's defaults in the places of those left out, and their names under `__defaults`, as
 * the bridged providers do.
 */
export function withDefaults(table: ResourceTable, args: Values): Values {
  const filled: Values = { ...args };
  const defaulted: string[] = [];
  for (const [name, argument] of Object.entries(table.inputs)) {
    if (args[name] !== undefined) filled[name] = nestedDefaults(argument, args[name]);
    else if (argument.default !== undefined && !argument.conflictsWith?.some((other) => args[other] !== undefined)) {
      filled[name] = argument.default;
      defaulted.push(name);
    }
  }
  return { ...filled, __defaults: defaulted };
}

function nestedDefaults(argument: Argument, value: unknown): unknown {
  if (Array.isArray(value)) {
    return argument.item ? list(value).map((item) => nestedDefaults(argument.item!, item)) : list(value);
  }
  if (!argument.fields || !isRecord(value)) return value;
  const filled: Values = { ...value };
  delete filled["__defaults"];
  for (const [name, field] of Object.entries(argument.fields)) {
    if (filled[name] === undefined && field.default !== undefined) filled[name] = field.default;
    else if (filled[name] !== undefined) filled[name] = nestedDefaults(field, filled[name]);
  }
  return filled;
}

/** Gives an auto-named resource its name: the one it has, or the resource's name with seven hexadecimal digits. */
export function withName(table: ResourceTable, args: Values, old: Values, name: string, suffix: string): Values {
  if (!table.autoName || args["name"] !== undefined) return args;
  const { maxLength, lowercase } = table.autoName;
  const wasAutomatic = Array.isArray(old["__defaults"]) && old["__defaults"].includes("name");
  const stem = (lowercase ? name.toLowerCase() : name).slice(0, maxLength - 8);
  const given = wasAutomatic ? old["name"] : `${stem}-${suffix}`;
  return { ...args, name: given, __defaults: [...((args["__defaults"] as string[] | undefined) ?? []), "name"] };
}
