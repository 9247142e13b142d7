import { z } from "zod";
import type { DiffReport } from "../diff/types.ts";

/** Largest report read, in bytes: 10,000 customers that all change have some 50 MB. */
export const LARGEST_REPORT = 256 * 1024 * 1024;

const text = z.string();
const texts = z.array(text);
const number = z.int().min(0);

const resource = z.object({
  kind: z.enum(["create", "update", "replace", "delete"]),
  type: text,
  name: text,
  changes: z.array(
    z.object({ path: text, before: z.unknown().optional(), after: z.unknown().optional(), replaces: z.boolean() }),
  ),
  replaceKeys: texts,
  protected: z.boolean(),
});

const outage = z.object({
  what: text,
  kind: z.enum(["tunnel", "endpoint", "address", "route", "executors", "all tunnels"]),
  why: text,
  seconds: z.nullable(z.tuple([z.number().min(0), z.number().min(0)])),
  redundant: z.boolean(),
});

const problem = z.object({ file: text, line: z.int().min(1), column: z.int().min(1), path: text, message: text });

const violation = z.object({
  stack: text,
  policy: text,
  level: z.enum(["advisory", "mandatory"]),
  message: text,
  resource: text.optional(),
});

const customer = z.object({
  stack: text,
  file: text,
  kind: z.enum(["added", "removed", "changed", "unchanged", "invalid"]),
  resources: z.array(resource),
  outages: z.array(outage),
  problems: z.array(problem),
});

const totals = z.object({
  customers: number,
  changed: number,
  added: number,
  removed: number,
  invalid: number,
  unchanged: number,
  creates: number,
  updates: number,
  replaces: number,
  deletes: number,
});

const diffReport = z.object({
  version: z.literal(1),
  base: text,
  head: text,
  programChanged: z.boolean(),
  totals,
  classes: z.array(
    z.object({ id: text, customers: texts, example: text, resources: z.array(resource), outages: z.array(outage) }),
  ),
  customers: z.array(customer),
  violations: z.array(violation),
});

/**
 * A report as `causeway diff --json` has written it, perhaps on a stranger's machine: everything that is not of the
 * format is refused or dropped.
 * @throws Error that names the first place that is not as it should be
 */
export function parseReport(json: string): DiffReport {
  const read = diffReport.safeParse(fromJson(json));
  if (read.success) return read.data as DiffReport;
  const [issue] = read.error.issues;
  throw new Error(`expected a report of causeway diff --json, version 1; ${issue?.path.join(".")}: ${issue?.message}`);
}

/** What `causeway policy --json` prints: one entry a customer, or the problems of files that it cannot ask about. */
const policyAnswer = z.union([
  z.object({ customers: z.array(z.object({ stack: text, violations: z.array(violation.omit({ stack: true })) })) }),
  z.object({ problems: z.array(z.unknown()) }),
]);

/**
 * The report with what `causeway policy --json` found.
 * @throws Error where `json` is not of its format
 */
export function withViolations(report: DiffReport, json: string): DiffReport {
  const read = policyAnswer.safeParse(fromJson(json));
  if (!read.success) throw new Error("expected what causeway policy --json prints, got something else");
  const customers = "customers" in read.data ? read.data.customers : [];
  const found = customers.flatMap(({ stack, violations }) => violations.map((one) => ({ stack, ...one })));
  return { ...report, violations: [...report.violations, ...(found as DiffReport["violations"])] };
}

function fromJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error("expected JSON, got something else; was the command that writes it cut off?");
  }
}
