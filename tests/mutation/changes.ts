/** What a value may be changed to by mistake, according to its kind. */
import { addressOf, blockOf, dotted, isNetwork } from "../../sandbox/addresses.ts";
import type { Argument } from "../../sandbox/tables.ts";
import { isRecord } from "../../sandbox/values.ts";
import { REMOVED } from "./values.ts";

/** Services of the customer that no file names. */
export const OTHER_SERVICE = "vpce-svc-0fedcba9876543210";
export const OTHER_ATTACHMENT = "projects/dev-customer-shared/regions/us-central1/serviceAttachments/other";

/** One changed value, with what was done to it in words. */
export interface Change {
  readonly change: string;
  readonly value: unknown;
}

const change = (words: string, value: unknown): Change => ({ change: words, value });

/** Changes that need nothing but the value and what its table says. */
export function changesOf(value: unknown, argument: Argument | undefined): Change[] {
  const removed = change("left out", REMOVED);
  if (Array.isArray(value)) return value.length === 0 ? [removed] : [removed, change("emptied", [])];
  if (isRecord(value)) return [removed];
  if (typeof value === "number") return [removed, change("one more", value + 1), change("one less", value - 1)];
  if (typeof value === "boolean") return [removed, change("the other way round", !value)];
  return typeof value === "string" ? [removed, ...textChanges(value, argument)] : [removed];
}

function textChanges(value: string, argument: Argument | undefined): Change[] {
  if (argument?.enum) return otherMembers(value, argument.enum);
  const named = NAMED.find(([pattern]) => pattern.test(value));
  if (named) return [change(named[2], value.replace(named[0], named[1])), change("misspelt", misspelt(value))];
  if (/^\d{1,10}$/.test(value))
    return [change("one more", String(Number(value) + 1)), change("one less", String(Number(value) - 1))];
  if (addressOf(value) !== undefined) return [change("the next address", dotted(addressOf(value)! + 1))];
  if (blockOf(value) !== undefined) return rangeChanges(value);
  if (value.includes("\n") || value.startsWith("{")) return [change("emptied", "")];
  return [...partChanges(value), change("misspelt", misspelt(value))];
}

/** What has a name of the kind that clouds know: another one that exists. */
const NAMED: readonly (readonly [pattern: RegExp, other: string, words: string])[] = [
  [/vpce-svc-[0-9a-f]+/, OTHER_SERVICE, "another service of the customer"],
  [/projects\/.*\/serviceAttachments\/.*/, OTHER_ATTACHMENT, "another service of the customer"],
  [/^us-central1$/, "us-east1", "another region"],
  [/^use1-az\d$/, "use1-az6", "another zone"],
];

/** The neighbours of an enum's member. */
function otherMembers(value: string, all: readonly unknown[]): Change[] {
  const members = all.filter((member) => !String(member).includes("<"));
  const at = members.indexOf(value);
  const others = [members[at + 1] ?? members[0], members[at - 1] ?? members.at(-1)];
  return [...new Set(others)]
    .filter((other) => other !== value)
    .map((other) => change(`set to ${String(other)}`, other));
}

function rangeChanges(value: string): Change[] {
  const { first, last, prefix } = blockOf(value)!;
  const host = addressOf(value.split("/")[0]!)!;
  const moved = change("moved", `${dotted(host + (last - first + 1))}/${prefix}`);
  if (!isNetwork(value)) return [moved, change("the next address", `${dotted(host + 1)}/${prefix}`)];
  const halved = change("halved", `${dotted(first)}/${prefix + 1}`);
  if (prefix === 0) return [halved];
  const wide = blockOf(`${dotted(first)}/${prefix - 1}`)!;
  return [moved, halved, change("widened", `${dotted(wide.first)}/${prefix - 1}`)];
}

/** Addresses and ports inside a longer text. */
function partChanges(value: string): Change[] {
  if (!value.includes(" ")) return [];
  const addresses = [...value.matchAll(/\d+\.\d+\.\d+\.\d+/g)].map(({ 0: found, index }) => {
    const next = dotted(addressOf(found)! + 65536);
    return change("another address in it", `${value.slice(0, index)}${next}${value.slice(index + found.length)}`);
  });
  const port = value.replace(/--dport (\d+)/, (_, found: string) => `--dport ${Number(found) + 1}`);
  return [...addresses, change("another port in it", port)].filter((one) => one.value !== value);
}

function misspelt(value: string): string {
  const at = Math.max(0, value.search(/[a-z0-9](?=[^a-z0-9]*$)/i));
  return `${value.slice(0, at)}${value[at] === "x" ? "y" : "x"}${value.slice(at + 1)}`;
}
