/** Values of arguments: finding them by path, and showing them without secrets. */
import type { GraphNode } from "../../engine/graph.ts";
import { serialOf } from "../../plan/dnsProxy.ts";
import { isSensitive, UNKNOWN } from "../../sandbox/differences.ts";

/** Stands for a secret in a report. */
export const SECRET = "[secret]";
/** Stands in a report for what only an update will know. */
export const NOT_KNOWN = "[unknown]";

/** The steps of a path such as `tags.Name`, `labels["a/b"]` or `interfaces[0].ipAddress`. */
export function stepsOf(path: string): readonly (string | number)[] {
  const steps = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
  return Array.from(steps, ([, quoted, index, name]) => {
    if (index !== undefined) return Number(index);
    return name ?? (JSON.parse(`"${quoted ?? ""}"`) as string);
  });
}

/** The value at a path; undefined where there is none. */
export function valueAt(values: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    values,
  );
}

/** A resource's argument at a path as a report may show it; undefined where it is not set. */
export function shownValue(node: GraphNode, inputs: Readonly<Record<string, unknown>>, path: string): unknown {
  const value = valueAt(inputs, path);
  if (value === undefined) return undefined;
  const top = String(stepsOf(path)[0]);
  if (isSensitive(node.type, top)) return SECRET;
  return shown(value, path, new Set(node.secretInputs));
}

function shown(value: unknown, path: string, secrets: ReadonlySet<string>): unknown {
  if (isWithinSecret(path, secrets)) return SECRET;
  if (value === UNKNOWN) return NOT_KNOWN;
  if (Array.isArray(value)) return value.map((item, index) => shown(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, shown(item, `${path}.${key}`, secrets)] as const),
  );
}

/** Whether a path is a secret's, or a part of one. */
function isWithinSecret(path: string, secrets: ReadonlySet<string>): boolean {
  if (secrets.size === 0) return false;
  for (const secret of secrets) {
    if (path === secret || path.startsWith(`${secret}.`) || path.startsWith(`${secret}[`)) return true;
  }
  return false;
}

/** A text and what became of it, path by path; a document in JSON by its own keys. */
export interface Shown {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Longer texts are shown by the lines that differ. */
const LONG = 200;

const beginning = (value: unknown): unknown =>
  typeof value === "string" && value.length > LONG ? `${value.slice(0, LONG)}…` : value;

/** A change as a reader wants it: a document by the keys that differ, a long text by the lines that do. */
export function readable({ path, before, after }: Shown): readonly Shown[] {
  if (before === NOT_KNOWN || after === NOT_KNOWN) return [compact(path, beginning(before), beginning(after))];
  if (typeof before !== "string" || typeof after !== "string") return [compact(path, before, after)];
  const [old, now] = [record(before), record(after)];
  if (old === undefined || now === undefined) return [compact(path, ...differingLines(before, after))];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return keys
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .flatMap((key) => readable(compact(`${path}.${key}`, old[key], now[key])));
}

function compact(path: string, before: unknown, after: unknown): Shown {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function record(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The lines that only one of both texts has; where only the order differs, what lies between equal begins and ends. */
function differingLines(before: string, after: string): [string, string] {
  if (before.length <= LONG && after.length <= LONG) return [before, after];
  const [old, now] = [before.split("\n"), after.split("\n")];
  const [gone, added] = [missing(old, now), missing(now, old)].map((lines) =>
    // it changes with any other line of a Corefile, and says nothing of its own
    lines.filter((line) => serialOf(line) === undefined),
  );
  if (gone!.length + added!.length > 0) return [gone!.join("\n"), added!.join("\n")];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const part = (lines: readonly string[]): string => lines.slice(start, lines.length - end).join("\n");
  return [part(old), part(now)];
}

/** Lines of one text beyond those of the other, as often as they are more there. */
function missing(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
