/** A comparison as a person reads it: what is refused, what goes down, what is deleted, then the rest. */
import type pc from "picocolors";
import type { CustomerDiff, DiffClass, DiffReport, Outage, ResourceChange } from "../fleet/diff/index.ts";
import { count } from "./count.ts";

type Colors = ReturnType<typeof pc.createColors>;

/** Members of a class named in full; a fleet's would fill the screen. */
const NAMED = 12;
/** Characters of one value. */
const WIDTH = 160;

/** The whole report as text. */
export function renderDiff(report: DiffReport, colors: Colors): string {
  const invalid = report.customers.filter(({ kind }) => kind === "invalid");
  const blocks = [
    ...invalid.map((customer) => invalidBlock(customer, colors)),
    ...report.classes.map((one) => classBlock(one, kindOf(report, one), colors)),
    summary(report, colors),
  ];
  return blocks.join("\n\n");
}

const kindOf = ({ customers }: DiffReport, { example }: DiffClass): CustomerDiff["kind"] =>
  customers.find(({ stack }) => stack === example)?.kind ?? "changed";

function invalidBlock({ stack, problems }: CustomerDiff, { red }: Colors): string {
  const lines = problems.map(({ file, line, column, path, message }) => {
    const place = path === "" ? "" : `${path}: `;
    return `  ${file}:${line}:${column}: ${place}${message}`;
  });
  return [red(`${stack}: refused`), ...lines].join("\n");
}

function classBlock(one: DiffClass, kind: CustomerDiff["kind"], colors: Colors): string {
  const { customers, example, resources, outages } = one;
  const names =
    customers.slice(0, NAMED).join(", ") + (customers.length > NAMED ? `, and ${customers.length - NAMED} more` : "");
  const what = kind === "changed" ? "" : ` ${kind}`;
  const title =
    customers.length === 1 ? `${names}${what}` : `${count(customers.length, "customer")}${what} in one way: ${names}`;
  const shown = customers.length === 1 ? [] : [colors.dim(`  shown for ${example}`)];
  return [
    colors.bold(`${title} (${operations(resources)})`),
    ...shown,
    ...outages.map((outage) => outageLine(outage, colors)),
    ...protectedLines(resources, colors),
    ...resourceLines(resources, kind, colors),
  ].join("\n");
}

function outageLine({ what, why, seconds, redundant }: Outage, { red, yellow }: Colors): string {
  const color = redundant ? yellow : red;
  return color(`  ! ${what}: ${why} (${duration(seconds)}${redundant ? ", others carry the traffic" : ""})`);
}

/** `2 to 15 minutes`, `40 to 160 seconds`, or that nothing here ends it. */
function duration(seconds: Outage["seconds"]): string {
  if (seconds === null) return "for good, or until the customer acts";
  const [least, most] = seconds;
  if (most < 180) return `${least} to ${most} seconds`;
  return `${Math.floor(least / 60)} to ${Math.ceil(most / 60)} minutes`;
}

function protectedLines(resources: readonly ResourceChange[], { red }: Colors): readonly string[] {
  const held = resources.filter((resource) => resource.protected);
  if (held.length === 0) return [];
  return [
    red(`  ! protected, so the engine refuses until a permit is deployed: ${held.map(({ name }) => name).join(", ")}`),
  ];
}

const MARKS = { delete: "-", replace: "±", create: "+", update: "~" } as const;
const ORDER = ["delete", "replace", "create", "update"] as const;

function resourceLines(
  resources: readonly ResourceChange[],
  kind: CustomerDiff["kind"],
  colors: Colors,
): readonly string[] {
  // Of a customer that comes or goes everything does; the sum in the title says it.
  if (kind !== "changed") return [];
  const color = { delete: colors.red, replace: colors.red, create: colors.green, update: colors.yellow };
  return ORDER.flatMap((operation) =>
    resources
      .filter((resource) => resource.kind === operation)
      .flatMap((resource) => [
        color[operation](`  ${MARKS[operation]} ${operation} ${resource.type.split(":").at(-1)} ${resource.name}`),
        ...changeLines(resource),
      ]),
  );
}

const changeLines = ({ changes }: ResourceChange): readonly string[] =>
  changes.map(({ path, before, after, replaces }) => {
    const forced = replaces ? " (forces a replacement)" : "";
    return `      ${path}: ${value(before)} -> ${value(after)}${forced}`;
  });

function value(given: unknown): string {
  if (given === undefined) return "none";
  const text = typeof given === "string" && given.startsWith("[") ? given : JSON.stringify(given);
  return text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
}

function summary({ base, head, programChanged, totals }: DiffReport, { bold }: Colors): string {
  const { customers, unchanged, invalid, creates, updates, replaces, deletes } = totals;
  const kinds = (["changed", "added", "removed"] as const).flatMap((kind) =>
    totals[kind] > 0 ? `${totals[kind]} ${kind}` : [],
  );
  const refused = invalid > 0 ? [`${invalid} refused`] : [];
  const program = programChanged ? "; the program differs, so each ref's own was run for every customer" : "";
  const made = `${creates} to create, ${updates} to update, ${replaces} to replace, ${deletes} to delete`;
  return [
    bold(`${count(customers, "customer")}: ${[...kinds, ...refused, `${unchanged} unchanged`].join(", ")}; ${made}`),
    `${short(base)} to ${short(head)}${program}`,
  ].join("\n");
}

const short = (ref: string): string => (/^[0-9a-f]{40,}$/.test(ref) ? ref.slice(0, 12) : ref);

function operations(resources: readonly ResourceChange[]): string {
  return ORDER.flatMap((operation) => {
    const n = resources.filter(({ kind }) => kind === operation).length;
    return n === 0 ? [] : [`${n} to ${operation}`];
  }).join(", ");
}
