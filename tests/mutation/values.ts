/** Values nested in arguments, by path; texts that hold JSON or lines are opened too. */
import { isRecord, type Values } from "../../sandbox/values.ts";

/** A key, an index, `#json` for the document in a text, or `#lines` for its lines. */
export type Step = string | number;
export type Path = readonly Step[];

export const REMOVED = Symbol("removed");

/** One value at its place. */
export interface Site {
  readonly path: Path;
  readonly value: unknown;
}

function opened(value: unknown): { readonly step: "#json" | "#lines"; readonly inner: unknown } | undefined {
  if (typeof value !== "string") return undefined;
  const document = /^\s*\{/.test(value) ? parsed(value) : undefined;
  if (document !== undefined) return { step: "#json", inner: document };
  // a script is one thing, which its own tests run; a line of it is no setting
  if (/^(import|const|export) /m.test(value)) return undefined;
  return value.trimEnd().includes("\n") ? { step: "#lines", inner: value.split("\n") } : undefined;
}

/** A filter pattern begins like a document and is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every value within: leaves, and whole lists and maps. */
export function sitesIn(value: unknown, path: Path = []): Site[] {
  const inside = opened(value);
  const here = path.length === 0 ? [] : [{ path, value }];
  if (inside)
    return [
      ...here,
      ...sitesIn(inside.inner, [...path, inside.step]).filter((site) => site.path.length > path.length + 1),
    ];
  if (Array.isArray(value)) return [...here, ...value.flatMap((item, index) => sitesIn(item, [...path, index]))];
  if (!isRecord(value)) return here;
  return [...here, ...Object.entries(value).flatMap(([key, item]) => sitesIn(item, [...path, key]))];
}

export function valueAt(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined || value === undefined) return value;
  if (step === "#json" || step === "#lines") return valueAt(opened(value)?.inner, rest);
  return valueAt((value as Values)[step], rest);
}

/** The same value with another one at a path. */
export function withValue(value: unknown, path: Path, next: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (step === "#json") return JSON.stringify(withValue(opened(value)!.inner, rest, next), undefined, 2);
  if (step === "#lines") return (withValue(opened(value)!.inner, rest, next) as string[]).join("\n");
  if (Array.isArray(value)) {
    const items = value as unknown[];
    const item = rest.length === 0 ? next : withValue(items[Number(step)], rest, next);
    return items.flatMap((old, index) => (index !== step ? [old] : item === REMOVED ? [] : [item]));
  }
  const copy: Values = { ...(value as Values) };
  const item = rest.length === 0 ? next : withValue(copy[step], rest, next);
  if (item === REMOVED) delete copy[step];
  else copy[step] = item;
  return copy;
}

/** `tags.Name`, `interfaces[0].ipAddress`, `value#corefile[3]`. */
export function shown(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (step === "#json") return "#";
      if (step === "#lines") return "";
      return index === 0 || path[index - 1] === "#json" ? step : `.${step}`;
    })
    .join("");
}
