/**
 * What the clouds' own API models say of the members that arguments become: AWS's service models and Google's discovery
 * documents, as `scripts/apiModels.py` cut them out. They know things the providers let through.
 */
import type { Failure, Rule } from "../check.ts";
import models from "../tables/apiModels.json" with { type: "json" };
import requests from "../tables/requests.json" with { type: "json" };
import { isRecord, isUnknown, list, type Values } from "../values.ts";

/** What an API model says of one member of a request. */
export interface Member {
  readonly type: string;
  readonly enum?: readonly string[];
  /** Of the whole text. */
  readonly pattern?: string;
  /** Value for numbers, length for texts. */
  readonly min?: number;
  readonly max?: number;
}

/** Where the arguments of a type go, by argument: service, operation or schema, and path; null for the provider's own. */
export const REQUESTS = requests as Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** Members by type and argument, and the members each operation of AWS demands. */
export const MODELS = models as unknown as {
  readonly packages: Readonly<Record<string, string>>;
  readonly revisions: Readonly<Record<string, string>>;
  readonly required: Readonly<Record<string, readonly string[]>>;
  readonly arguments: Readonly<Record<string, Readonly<Record<string, Member>>>>;
};

/** One rule a type. */
export function apiRules(cloud: "aws" | "gcp"): Rule[] {
  return Object.entries(MODELS.arguments)
    .filter(([type]) => type.startsWith(`${cloud}:`))
    .map(([type, members]) => ({
      type,
      rule: "arguments are what the API's own model lets a request hold",
      source:
        cloud === "aws"
          ? `botocore ${MODELS.packages["botocore"]}`
          : `discovery documents ${Object.keys(MODELS.revisions).join(", ")}`,
      check: (args) => wrong(type, members, args),
    }));
}

function wrong(type: string, members: Readonly<Record<string, Member>>, args: Values): Failure | undefined {
  for (const [argument, member] of Object.entries(members)) {
    if (!member.enum && !member.pattern && member.min === undefined && member.max === undefined) continue;
    for (const path of spelledOut(argument)) {
      const why = valuesAt(args, path.split("."))
        .map((value) => misfit(member, value))
        .find((one) => one !== undefined);
      if (why === undefined) continue;
      const [service, operation] = REQUESTS[type]![argument]!.split(" ");
      return { property: path, reason: `${path} ${why} (${service} ${operation})` };
    }
  }
  return undefined;
}

/** An argument that is there once a tunnel. */
export const spelledOut = (argument: string): string[] =>
  argument.includes("*") ? ["1", "2"].map((tunnel) => argument.replace("*", tunnel)) : [argument];

/** Every value at a path, whatever lists are on the way. */
export function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return list(value).flatMap((item) => valuesAt(item, path));
  const [step, ...rest] = path;
  if (step !== undefined) return isRecord(value) && value[step] !== undefined ? valuesAt(value[step], rest) : [];
  return isRecord(value) ? Object.values(value) : [value];
}

function misfit(member: Member, value: unknown): string | undefined {
  if (isUnknown(value) || value === "" || (typeof value !== "string" && typeof value !== "number")) return undefined;
  const shown = JSON.stringify(value);
  if (member.enum && !member.enum.includes(String(value)))
    return `must be one of ${member.enum.join(", ")}, not ${shown}`;
  if (typeof value === "string" && member.pattern !== undefined && !patternOf(member.pattern)?.test(value))
    return `must match ${member.pattern}`;
  const size = typeof value === "string" && !NUMBERS.has(member.type) ? value.length : Number(value);
  const fits = size >= (member.min ?? -Infinity) && size <= (member.max ?? Infinity);
  return fits ? undefined : `must be ${member.min ?? "any"} to ${member.max ?? "any"}, not ${size}`;
}

const NUMBERS = new Set(["integer", "long", "number"]);
const PATTERNS = new Map<string, RegExp>();

function patternOf(pattern: string): RegExp | undefined {
  // Properties of characters and pairs of surrogates are read as such with this flag alone.
  const whole = /\\p\{/i.test(pattern) || pattern.includes("\\uD800");
  const known = PATTERNS.get(pattern) ?? new RegExp(`^(?:${pattern})$`, whole ? "u" : "");
  PATTERNS.set(pattern, known);
  return known;
}
