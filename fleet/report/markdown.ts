import type { CustomerDiff, DiffClass, DiffReport, Outage, PolicyViolation } from "../diff/types.ts";
import { details, withoutDetail } from "./details.ts";
import { fit, type Section } from "./fit.ts";
import { code, count, duration, prose } from "./text.ts";
import { operationCounts, operationsOf, shortType, whoOf } from "./wording.ts";

/** First line of the comment, which no reader sees and by which the next run finds it. */
export const MARKER = "<!-- causeway:report -->";

/**
 * Longest comment, in UTF-16 units, which are never fewer than the characters GitHub counts. GitHub refuses bodies of
 * more than 65,536 characters: "body is too long (maximum is 65536 characters)".
 */
export const COMMENT_LIMIT = 64_000;

/** Shortest limit that holds the first lines and a count of everything else. */
const LEAST_LIMIT = 4_000;

/** How a comment is written. */
export interface CommentOptions {
  /** Most UTF-16 units. @default COMMENT_LIMIT */
  readonly limit?: number;
  /** Address of the full report, for what the comment leaves out. */
  readonly artefact?: string;
}

/**
 * What a pull request does to a fleet, as one comment in GitHub's Markdown: outages and deletions, files refused, policy,
 * classes of equal changes, and folded below them each class in detail. Where it would be too long, detail is left out
 * first, then single entries; what is left out is counted.
 * @throws RangeError on a limit below 4,000 or above 65,536, and TypeError on an address that is none
 */
export function renderComment(report: DiffReport, options: CommentOptions = {}): string {
  const limit = options.limit ?? COMMENT_LIMIT;
  if (!(limit >= LEAST_LIMIT && limit <= 65_536)) {
    throw new RangeError(`limit: expected ${LEAST_LIMIT} to 65536 characters, got ${limit}`);
  }
  const where = fullReport(options.artefact);
  const head = header(report, where);
  const body = fit(
    [perils(report, where), refused(report, where), violated(report, where), classes(report, where)],
    limit - head.length - 1 - withoutDetail(report.classes.length, where).length,
  );
  const summary = `${head}\n${body}`;
  return `${summary}${details(report.classes, limit - summary.length, where)}`.trimEnd() + "\n";
}

/** @throws TypeError on an address that would not be a link */
function fullReport(artefact: string | undefined): string {
  if (artefact === undefined) return "the full report";
  if (!/^https?:\/\/[\w.:-]+\/[\w./?=&%-]*$/.test(artefact)) {
    throw new TypeError(`artefact: expected an address such as https://host/path, got ${JSON.stringify(artefact)}`);
  }
  return `the [full report](${artefact})`;
}

function header({ base, head, totals, programChanged }: DiffReport, where: string): string {
  const affected = totals.customers - totals.unchanged;
  const title =
    affected === 0 ? "no customer changes" : `${count(affected, "customer")} of ${totals.customers} affected`;
  const lines = [MARKER, `## Causeway: ${title}`, "", `${code(base)} to ${code(head)}: ${totalsOf(totals)}.`];
  if (programChanged) {
    lines.push(
      "",
      "**The program differs**, not only customer files: every customer was compared with the code of each side.",
    );
  }
  if (totals.removed > 0) {
    lines.push("", `A removed file deletes nothing: ${count(totals.removed, "stack")} must be destroyed by hand.`);
  }
  if (affected > 0) lines.push("", `Everything is in ${where}.`);
  return `${lines.join("\n")}\n`;
}

function totalsOf(totals: DiffReport["totals"]): string {
  const customers = (["changed", "added", "removed", "invalid", "unchanged"] as const)
    .filter((kind) => totals[kind] > 0)
    .map((kind) => count(totals[kind], kind, kind));
  const operations = operationsOf({
    create: totals.creates,
    update: totals.updates,
    replace: totals.replaces,
    delete: totals.deletes,
  });
  return `${customers.join(", ") || "no customers"}; ${operations}`;
}

interface Peril {
  readonly line: string;
  readonly kind: "outage" | "deletion";
  readonly customers: readonly string[];
  /** Greater is worse. */
  readonly severity: number;
}

/** Outages and deletions, the worst first: what nothing else carries before what something does. */
function perils({ classes }: DiffReport, where: string): Section {
  const all = classes
    .flatMap((one) => [...one.outages.map((outage) => outagePeril(one, outage)), ...deletionPeril(one)])
    .sort((a, b) => b.severity - a.severity || b.customers.length - a.customers.length);
  const rest = (shown: number): string => {
    const left = all.slice(shown);
    const outages = left.filter(({ kind }) => kind === "outage").length;
    const kinds = [
      ...(outages > 0 ? [count(outages, "more outage")] : []),
      ...(left.length > outages
        ? [count(left.length - outages, "more class with deletions", "more classes with deletions")]
        : []),
    ];
    const customers = new Set(left.flatMap(({ customers: names }) => names)).size;
    return `- **${kinds.join(" and ")}**, of ${count(customers, "customer")}: see ${where}`;
  };
  return { title: "### Outages and deletions", entries: all.map(({ line }) => line), rest, weight: 5 };
}

function outagePeril(one: DiffClass, outage: Outage): Peril {
  const carried = outage.redundant ? "another path carries the traffic" : "**nothing else carries the traffic**";
  const [, most] = outage.seconds ?? [0, Infinity];
  return {
    line: `- **outage** of ${code(outage.what)}, ${duration(outage.seconds)}, ${carried}: ${whoOf(one)}: ${prose(outage.why)}`,
    kind: "outage",
    customers: one.customers,
    severity: (outage.redundant ? 0 : 1e9) + Math.min(most, 1e8),
  };
}

/** Resources named in the line of a class that deletes. */
const DELETIONS_NAMED = 5;

function deletionPeril(one: DiffClass): readonly Peril[] {
  const deleted = one.resources.filter(({ kind }) => kind === "delete");
  if (deleted.length === 0) return [];
  const named = deleted.slice(0, DELETIONS_NAMED).map(({ type, name }) => `${code(shortType(type))} ${code(name)}`);
  const more = deleted.length > named.length ? ` and ${deleted.length - named.length} more` : "";
  const kept = deleted.filter((resource) => resource.protected).length;
  const refusal = kept > 0 ? `; ${kept} of them protected, which the engine refuses to delete` : "";
  return [
    {
      line: `- **deletion**: ${whoOf(one)}: ${named.join(", ")}${more}${refusal}`,
      kind: "deletion",
      customers: one.customers,
      severity: 5e8,
    },
  ];
}

function refused({ customers }: DiffReport, where: string): Section {
  const invalid = customers.filter(({ kind }) => kind === "invalid");
  const problems = invalid.flatMap(({ problems: found }) => found);
  const entries = problems.map(({ file, line, column, path, message }) => {
    const place = `${code(`${file}:${line}:${column}`)}${path === "" ? "" : ` ${code(path)}`}`;
    return `- ${place}: ${prose(message)}`;
  });
  const bare = invalid.filter((one) => one.problems.length === 0).map(({ file }: CustomerDiff) => `- ${code(file)}`);
  const rest = (shown: number): string =>
    `- ${count(entries.length + bare.length - shown, "more problem")} in ${count(invalid.length, "file")}: see ${where}`;
  return { title: "### Files that are refused", entries: [...entries, ...bare], rest, weight: 2 };
}

function violated({ violations }: DiffReport, where: string): Section {
  const groups = new Map<string, PolicyViolation[]>();
  for (const violation of violations) {
    const key = JSON.stringify([violation.level, violation.policy]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [violation]);
    else group.push(violation);
  }
  // "mandatory" sorts behind "advisory".
  const sorted = [...groups].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, group]) => group);
  const entries = sorted.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const stacks = new Set(group.map(({ stack }) => stack)).size;
    const who = stacks === 1 ? code(first.stack) : `${count(stacks, "customer")} such as ${code(first.stack)}`;
    const resource = first.resource === undefined ? "" : ` ${code(first.resource)}`;
    return [`- **${first.level}** ${code(first.policy)}: ${who}${resource}: ${prose(first.message)}`];
  });
  const rest = (shown: number): string => `- ${count(entries.length - shown, "more rule")} broken: see ${where}`;
  return { title: "### Policy", entries, rest, weight: 2 };
}

/** Customers named in the line of a class. */
const CUSTOMERS_NAMED = 8;

function classes({ classes: all }: DiffReport, where: string): Section {
  const entries = all.map(({ id, customers, resources }) => {
    const names = customers.slice(0, CUSTOMERS_NAMED).map((name) => code(name, 40));
    const more = customers.length > names.length ? ` and ${customers.length - names.length} more` : "";
    const operations = operationsOf(operationCounts(resources));
    return `- ${code(id)}: **${count(customers.length, "customer")}**, ${operations} each: ${names.join(", ")}${more}`;
  });
  const rest = (shown: number): string => {
    const left = all.slice(shown);
    const customers = left.reduce((sum, one) => sum + one.customers.length, 0);
    return `- **${count(left.length, "more class", "more classes")}**, of ${count(customers, "customer")}: see ${where}`;
  };
  return { title: "### Classes of equal changes", entries, rest, weight: 3 };
}
