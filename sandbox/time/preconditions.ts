/**
 * What the clouds themselves demand to exist before a resource can be created, whatever order a program chose: read from
 * the world and from the arguments that were really sent.
 */
import { addressOf, blockOf } from "../addresses.ts";
import type { Deployed } from "../deploy.ts";
import { isRecord, type Values } from "../values.ts";
import { keyOf, type World } from "../world.ts";
import { queueOf, type Task } from "./account.ts";

/**
 * The creation of each resource after those it could not have been created without: resources the cloud looked up, and
 * resources whose results (ids, ARNs, URLs, addresses, DNS names) its arguments carry.
 */
export function unavoidable(created: readonly Deployed[], world: World): Task[] {
  const lookedUp = lookups(created, world);
  const makers = makersOf(created);
  return created.map((one) => {
    const carried = [...makers].filter(([result, maker]) => maker !== one.key && carries(textOf(one), result));
    return {
      ...{ key: one.key, type: one.type, operation: "create" as const },
      after: [...new Set([...(lookedUp.get(one.key) ?? []), ...carried.map(([, maker]) => maker)])],
      ...queueOf(one.type, one.inputs),
    };
  });
}

/** By key: the keys of resources that the cloud found and holds for it. */
function lookups(created: readonly Deployed[], world: World): Map<string, string[]> {
  const identity = ({ type, id }: { type: string; id: string }): string => `${type}|${id}`;
  const keys = new Map(created.map((one) => [identity(one), one.key]));
  const found = new Map<string, string[]>();
  for (const summary of world.list()) {
    const object = world.get(keyOf(summary));
    const key = keys.get(identity(summary));
    if (object === undefined || key === undefined) continue;
    const held = [...object.uses, ...object.within].map((other) => world.get(other));
    found.set(
      key,
      held.flatMap((other) => (other ? (keys.get(identity(other)) ?? []) : [])),
    );
  }
  return found;
}

/** What a cloud makes up: URLs, ARNs, ids with hexadecimal digits, addresses, DNS names. A name is the program's own. */
const RESULT = /^(https:\/\/|arn:|projects\/|[a-z]+-[0-9a-f]{8,17}$|vpce-|\d+\.\d+\.\d+\.\d+$)/;

/** The maker of each result: whoever showed it first, since all others can only have been given it. */
function makersOf(created: readonly Deployed[]): Map<string, string> {
  const makers = new Map<string, string>();
  for (const { key, id, inputs, outputs } of created) {
    const given = textsIn(inputs);
    for (const text of [id, ...textsIn(outputs)]) {
      if (RESULT.test(text) && !makers.has(text) && !given.some((other) => says(other, text))) makers.set(text, key);
    }
  }
  return makers;
}

/** True when an argument said the result beforehand: itself, or as an address of a range it gave. */
function says(argument: string, result: string): boolean {
  if (argument === result) return true;
  const [block, address] = [argument.includes("/") ? blockOf(argument) : undefined, addressOf(result)];
  return block !== undefined && address !== undefined && address >= block.first && address <= block.last;
}

const textOf = ({ inputs }: { inputs: Values }): string => textsIn(inputs).join("\n");

/** True when the text holds the result and not merely something that begins or ends like it. */
function carries(text: string, result: string): boolean {
  for (let at = text.indexOf(result); at >= 0; at = text.indexOf(result, at + 1)) {
    const [before, after] = [text[at - 1] ?? "", text[at + result.length] ?? ""];
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}
