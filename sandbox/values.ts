/** Property values as the engine sends them: plain JSON with marks for unknowns and secrets. */
import { isDeepStrictEqual } from "node:util";

export type Values = Record<string, unknown>;

/** Source: pulumi/pulumi `sdk/go/common/resource/plugin/rpc.go`: one sentinel per kind of value; the SDK sends the string one. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && UNKNOWNS.has(value);
}

/** True when the value is or holds an unknown. */
export function holdsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  if (isRecord(value)) return Object.values(value).some(holdsUnknown);
  return isUnknown(value);
}

export function isRecord(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks a value as secret for the engine. */
export function secret(value: unknown): Values {
  return { [SIGNATURE]: SECRET, value };
}

/** The same values without secret marks and without nulls, which the engine treats as left out. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  if (value[SIGNATURE] === SECRET) return plain(value["value"]);
  const kept: Values = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null && item !== undefined) kept[key] = plain(item);
  }
  return kept;
}

/** True for what a provider treats like an argument that was left out: nothing, or an empty list, map or text. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** Equality by content; with `set`, lists are equal whatever their order. */
export function equal(left: unknown, right: unknown, set = false): boolean {
  if (set && Array.isArray(left) && Array.isArray(right)) return isDeepStrictEqual(sorted(left), sorted(right));
  return isDeepStrictEqual(left, right);
}

function sorted(items: unknown[]): string[] {
  return items.map((item) => JSON.stringify(ordered(item))).sort();
}

/** The same value with the keys of its records in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, ordered(value[key])]),
  );
}

/** A list argument, whatever is in it; empty when it was left out. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** A list argument as texts; empty when it was left out. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A list-of-blocks argument; empty when it was left out. */
export function blocks(value: unknown): Values[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A text argument, or undefined when it was left out or empty. */
export function text(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The candidate nearest to a mistyped word, if one is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, swap));
    }
    row = next;
  }
  return row[right.length]!;
}
