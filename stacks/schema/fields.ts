import { z } from "zod";
import { formatRange, parseAddress, parseLoose } from "../../plan/cidr.ts";
import { AWS_REGIONS, GCP_REGIONS } from "../../plan/regions.ts";
import { either, inWords, isPlaceholder, mistake, nearest, show } from "../wording.ts";
import type { Help } from "../wording.ts";

/** The kinds of value a customer file holds, each with the message about a value that is none of its kind. */

type Said = (issue: { readonly input?: unknown }) => string;

const say =
  (help: Help, wanted?: "text" | "number" | "other"): Said =>
  ({ input }) =>
    mistake(input, help, wanted);

/** A text that matches a pattern (shown to editors) and passes a test that no pattern can say. */
export function text(help: Help, pattern?: RegExp, accept?: (text: string) => boolean): z.ZodString {
  const error = say(help);
  let schema = z.string({ error });
  if (pattern !== undefined) schema = schema.regex(pattern, { error, abort: true });
  return accept === undefined ? schema : schema.refine((value) => !isPlaceholder(value) && accept(value), { error });
}

/** A whole number within bounds. */
export function whole(help: Help, min: number, max: number): z.ZodNumber {
  const error = say(help, "number");
  return z.int({ error }).min(min, { error, abort: true }).max(max, { error });
}

/** One of a few words; a word that is nearly one of them is answered with it. */
export function oneOf<const Values extends readonly [string, ...string[]]>(
  what: string,
  values: Values,
): z.ZodEnum<{ [Value in Values[number]]: Value }> {
  const fix = (got: unknown): string => `write ${nearest(String(got), values) ?? "one of these"}`;
  return z.enum(values, { error: say({ expected: either(values), what, fix }, "other") });
}

const BOOLEAN_WORDS: Readonly<Record<string, boolean>> = {
  no: false,
  n: false,
  off: false,
  false: false,
  yes: true,
  y: true,
  on: true,
  true: true,
};

/** `true` or `false`; the words older YAML took for them are answered with the one that is meant. */
export function flag(what = "true or false"): z.ZodBoolean {
  const fix = (got: unknown): string => {
    const meant = BOOLEAN_WORDS[String(got).toLowerCase()];
    return meant === undefined ? "write true or false" : `write ${meant}`;
  };
  const error: Said = ({ input }) => {
    const word = typeof input === "string" ? BOOLEAN_WORDS[input.toLowerCase()] : undefined;
    if (word === undefined) return mistake(input, { expected: "true or false", what, fix }, "other");
    return input === String(word)
      ? `expected true or false, got ${JSON.stringify(input)}, which the quotes make text; write ${word}`
      : `expected true or false, got ${show(input)}, which yaml 1.2 reads as text; write ${word}`;
  };
  return z.boolean({ error });
}

const blockHelp = (example: string): Help => ({ expected: "a block", what: example, fix: `write ${example}` });

/** A block whose keys are all known. */
export function block<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  example: string,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, { error: say(blockHelp(example), "other") });
}

/** A map from keys of the customer's choice to blocks or texts. */
export function map<Value extends z.ZodType>(
  key: z.ZodString,
  value: Value,
  example: string,
  max: number,
): z.ZodRecord<z.ZodString, Value> {
  const error = say(blockHelp(example), "other");
  const tooMany: Said = ({ input }) => {
    const count = Object.keys(input as object).length;
    return count === 0
      ? `expected at least one entry, got none; write ${example}`
      : `expected at most ${max} entries, got ${count}; remove some`;
  };
  return z
    .record(key, value, { error })
    .refine((entries) => Object.keys(entries).length <= max, { error: tooMany })
    .meta({ maxProperties: max });
}

/** A list; `example` is an element as it may be written. */
export function list<Element extends z.ZodType>(
  element: Element,
  example: string,
  min: number,
  max: number,
): z.ZodArray<Element> {
  const help = { expected: "a list", what: `a list, [${example}]`, fix: `write it as a list, [${example}]` };
  const size: Said = ({ input }) => {
    const count = (input as readonly unknown[]).length;
    return count < min
      ? `expected at least ${inWords(min)}, got none; add one such as ${example}`
      : `expected at most ${max}, got ${count}; remove some`;
  };
  return z
    .array(element, { error: say(help, "other") })
    .min(min, { error: size })
    .max(max, { error: size });
}

/** A key of a map that becomes part of physical names. */
export const key = (what: string, max = 30): z.ZodString =>
  text(
    {
      expected: `1 to ${max} of a-z, 0-9 and -, no - first or last`,
      what,
      fix: "write it in lower case without other characters",
    },
    new RegExp(`^[a-z0-9]([a-z0-9-]{0,${max - 2}}[a-z0-9])?$`),
  );

/** A reference to an entry of `registries`. */
export const registryKey = key("the key of a registry in registries");

/** A Google Cloud resource name. Source: RFC 1035 as Compute Engine applies it to resource names. */
export const gcpName = (what: string): z.ZodString =>
  text(
    {
      expected: "1 to 63 of a-z, 0-9 and -, a letter first, no - last",
      what,
      fix: "write the name as google shows it",
    },
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  );

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What is wrong with a DNS name and how to write it; undefined where nothing is. Case does not matter. */
export function dnsNameFix(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(lower)) return "write the name alone, without scheme, port or path";
  if (/[^\x20-\x7e]/.test(lower)) return "write its ascii form, xn--";
  if (lower.endsWith(".")) return `write ${show(name.replace(/\.+$/, ""))}, without the dot`;
  if (lower.includes("*")) return "routes are exact, write each name out";
  if (/[:/]/.test(lower)) return "write the name alone, without scheme, port or path";
  if (lower.length > 253) return "a dns name has at most 253 characters, shorten it";
  const labels = lower.split(".");
  if (labels.length < 2) return "write it in full, with its domain";
  if (/^\d+$/.test(labels.at(-1)!)) return "this is an address, write a name that resolves to it";
  const bad = labels.find((label) => !LABEL.test(label));
  return bad === undefined
    ? undefined
    : `${bad === "" ? "two dots in a row have nothing between them" : `${show(bad)} is no label (1 to 63 of a-z, 0-9 and -)`}, correct it`;
}

/** A DNS name in any case, folded to lower case (V26). */
export const dnsName = (what: string): z.ZodString =>
  text(
    { expected: "a dns name", what, fix: (value) => dnsNameFix(String(value)) ?? "correct it" },
    undefined,
    (name) => dnsNameFix(name) === undefined,
  )
    .overwrite((name) => name.toLowerCase())
    .meta({ maxLength: 253, pattern: "^[A-Za-z0-9.-]+\\.[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*$" });

/** An IPv4 address. */
export const address = (what: string, fix: (value: string) => string | undefined): z.ZodString =>
  text(
    { expected: "an ipv4 address", what, fix: (value) => fix(String(value)) ?? "write four numbers from 0 to 255" },
    undefined,
    (value) => parseAddress(value) !== undefined && fix(value) === undefined,
  ).meta({ format: "ipv4" });

const CIDR = "^\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}$";

/** An IPv4 range whose address is the network address, and that passes a further test. */
export function range(expected: string, what: string, fix?: (value: string) => string | undefined): z.ZodString {
  const wrong = (value: string): string | undefined => {
    const loose = parseLoose(value);
    if (loose === undefined) return "write an ipv4 address and a prefix length, such as 10.10.0.0/24";
    if (formatRange(loose) !== value) return `its range starts earlier, write ${formatRange(loose)}`;
    return fix?.(value);
  };
  const help = { expected, what, fix: (value: unknown) => wrong(String(value)) ?? "correct it" };
  return text(help, undefined, (value) => wrong(value) === undefined).meta({ pattern: CIDR });
}

const region = (cloud: string, example: string, known: readonly string[]): z.ZodString => {
  const fix = (value: unknown): string => {
    const meant = nearest(String(value), known);
    return meant === undefined ? `regions look like ${example}` : `write ${meant}`;
  };
  return text({ expected: `${cloud} region`, what: `the region, such as ${example}`, fix }, undefined, (value) =>
    known.includes(value),
  ).meta({ enum: known });
};

export const gcpRegion = (): z.ZodString => region("a google cloud", "us-central1", GCP_REGIONS);
export const awsRegion = (): z.ZodString => region("an aws", "us-east-1", AWS_REGIONS);

/** TCP ports (V4). */
export const ports = () =>
  list(whole({ expected: "a port from 1 to 65535", what: "the port", fix: "correct it" }, 1, 65535), "443", 1, 20)
    .default([443])
    .describe("TCP ports, unique. A port added or dropped changes in place; a dropped one takes no new connections.");
