/** What EventBridge's patterns and CloudWatch Logs' filter patterns match, as far as programs here write them. */
import { isRecord, list, type Values } from "../values.ts";

/**
 * Whether an event fits a pattern of a rule. Source: EventBridge User Guide, Event patterns: every field has to fit, one of
 * a field's values is enough, and `$or` holds alternatives.
 */
export function fitsPattern(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((one) => one === event);
  if (!isRecord(pattern) || !isRecord(event)) return false;
  return Object.entries(pattern).every(([name, wanted]) =>
    name === "$or" ? list(wanted).some((one) => fitsPattern(one, event)) : fitsPattern(wanted, event[name]),
  );
}

/**
 * Whether a log event that is JSON fits a filter pattern of the form `{ $.a.b = "text" }`, with `!=`, `&&`, `||` and `*`
 * in texts. Source: CloudWatch Logs User Guide, Filter pattern syntax, JSON log events.
 */
export function fitsFilter(pattern: string, event: Values): boolean {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1];
  if (inside === undefined) return false;
  return inside.split("||").some((any) => any.split("&&").every((one) => fitsTerm(one, event)));
}

function fitsTerm(term: string, event: Values): boolean {
  const [, path, operator, text] = /^[\s(]*\$\.([\w.]+)\s*(!?=)\s*"([^"]*)"[\s)]*$/.exec(term) ?? [];
  if (path === undefined) return false;
  const found = path.split(".").reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), event);
  if (typeof found !== "string") return false;
  const escaped = text!.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(found) === (operator === "=");
}
