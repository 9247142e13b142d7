import type { CloudObject, World } from "../../sandbox/world.ts";
import { keyOf } from "../../sandbox/world.ts";

/**
 * The clouds without what they made up: ids, addresses and moments are replaced by what they belong to, so that two worlds
 * that came about differently can be compared. One text an object, sorted.
 */
export function shapeOf(world: World): string[] {
  const objects = world.list().map((summary) => world.get(keyOf(summary))!);
  const labels = objects.flatMap((object): [string, string][] => {
    const label = `${object.type.split(":").at(-1)} ${nameOf(object)}`;
    const made = Object.entries(object.attrs).filter(([, value]) => typeof value === "string" && isMadeUp(value));
    const telling = made.map(([key, value]): [string, string] => [String(value), `<${label} ${key}>`]);
    return [[object.id, `<${label}>`] as [string, string], ...telling].filter(([text]) => text.length > 6);
  });
  labels.sort(([left], [right]) => right.length - left.length);
  return objects.map((object) => shape(object, labels)).sort();
}

const nameOf = ({ id, name, args }: CloudObject): string => {
  const tags = args["tags"] as Record<string, unknown> | undefined;
  // an endpoint service is named by its id
  const own = name !== undefined && name !== id && name.includes(id) ? undefined : name;
  return own ?? String(tags?.["Name"] ?? name ?? "");
};

/** Ids and public addresses; the rest of what is filled in follows from the arguments. */
const isMadeUp = (text: string): boolean =>
  /^[a-z]+-0?[0-9a-f]{8,17}/.test(text) || /^(?!10\.|169\.254\.)\d+\.\d+\.\d+\.\d+$/.test(text);

function shape(object: CloudObject, labels: readonly [string, string][]): string {
  const { cloud, account, region, type, args, attrs, uses, within, secrets } = object;
  const told = { cloud, account, region, type, name: nameOf(object), args, attrs, uses, within };
  let text = JSON.stringify(sorted({ ...told, secrets: Object.keys(secrets) }));
  for (const [from, to] of labels) text = text.replaceAll(from, to);
  return (
    text
      .replaceAll(/\b\d{4}-\d\d-\d\dT[0-9:.+-]+Z?/g, "<time>")
      .replaceAll(/\b(?!10\.|169\.254\.)\d+\.\d+\.\d+\.\d+\b(?!\/)/g, "<address>")
      // who of several endpoints gets which free address is nobody's promise
      .replaceAll(/"ip":"10\.[\d.]+"/g, '"ip":"<private>"')
      .replaceAll(/"([a-z]+Id)":(?:"\d{6,}"|\d{6,}|"ARO[0-9A-Z]+")/g, '"$1":0')
      .replaceAll(/\b(vpce-svc-[0-9a-f]{17})\b|\b[0-9a-f]{8,}\b/g, (_found, kept: string | undefined) => kept ?? "#")
  );
}

/** Keys in one order, however an object came about. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
