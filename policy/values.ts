/** Reading input values in policies: what is not known yet is never a violation. */
import { UNKNOWN } from "../engine/properties.ts";
import { contains, overlaps, parseLoose, type Range } from "../plan/cidr.ts";
import type { DeclaredResource, DeclaredStack, Finding } from "./policy.ts";

export { UNKNOWN };

/** Type token of a resource class, such as `aws:ec2/vpc:Vpc` for `aws:ec2` and `Vpc`. */
export const token = (module: string, name: string): string =>
  `${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;

export const ec2 = (name: string): string => token("aws:ec2", name);
export const compute = (name: string): string => token("gcp:compute", name);

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;

/** A list, its known elements only; empty where there is none or it is unknown. */
export const itemsOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.filter((item) => !isUnknown(item)) : [];

/** The known texts of a list. */
export const textsOf = (value: unknown): readonly string[] =>
  itemsOf(value).filter((item): item is string => typeof item === "string");

/** A nested value by path, `undefined` where there is none; an unknown on the way is the answer. */
export function valueAt(props: Readonly<Record<string, unknown>>, ...path: readonly string[]): unknown {
  let value: unknown = props;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return value === UNKNOWN ? UNKNOWN : undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? (value === "" ? "an empty text" : value) : JSON.stringify(value);
}

/** The sentence for a value that is not what it should be; none where it is, or is not known yet. */
export function unless(value: unknown, holds: (value: unknown) => boolean, wanted: string): readonly string[] {
  return isUnknown(value) || holds(value) ? [] : [`expected ${wanted}, got ${show(value)}`];
}

/** The resources of these types. */
export const ofType = ({ resources }: DeclaredStack, ...types: readonly string[]): readonly DeclaredResource[] =>
  resources.filter(({ type }) => types.includes(type));

/** The resources one input of a resource comes from. */
export const behind = (resource: DeclaredResource, input: string): readonly string[] =>
  resource.propertyDependencies[input] ?? [];

/** Findings of one resource. */
export const findings = (resource: DeclaredResource, messages: readonly string[]): readonly Finding[] =>
  messages.map((message) => ({ message, resource }));

/** Known IPv4 ranges among texts; what is none is left out. */
export const rangesOf = (texts: readonly string[]): readonly Range[] =>
  texts.flatMap((text) => parseLoose(text.includes("/") ? text : `${text}/32`) ?? []);

/** Whether a text is a range that lies in one of these. */
export const liesIn = (text: string, ranges: readonly Range[]): boolean =>
  rangesOf([text]).some((inner) => ranges.some((outer) => contains(outer, inner)));

/** Whether a text is a range that shares an address with one of these. */
export const meets = (text: string, ranges: readonly Range[]): boolean =>
  rangesOf([text]).some((one) => ranges.some((other) => overlaps(one, other)));

/** The range every address is in, written for either version of IP. */
export const isAnywhere = (text: unknown): boolean =>
  typeof text === "string" && (/^(0\.){3}0\/0$/.test(text) || /^[0:]+\/0$/.test(text));
