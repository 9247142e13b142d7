import { z } from "zod";
import { DiffReportSchema } from "../diff/schema.ts";
import type { DiffReport } from "../diff/types.ts";
import { visible } from "./text.ts";

/** Largest report read, in bytes: 10,000 customers that all change have some 50 MB. */
export const LARGEST_REPORT = 256 * 1024 * 1024;

/**
 * A report as `causeway diff --json` has written it, perhaps on a stranger's machine: whatever is not of the
 * format is refused.
 * @throws Error that names the first place that is not as it should be
 */
export function parseReport(json: string): DiffReport {
  const read = DiffReportSchema.safeParse(fromJson(json));
  if (read.success) return read.data as DiffReport;
  const [issue] = read.error.issues;
  const what = visible(`${issue?.path.join(".")}: ${issue?.message}`);
  throw new Error(`expected a report of causeway diff --json, version 1; ${what}`);
}

const violation = z.object({
  policy: z.string(),
  level: z.enum(["advisory", "mandatory"]),
  message: z.string(),
  resource: z.string().optional(),
});

/** What `causeway policy --json` prints: one entry a customer, or the problems of files that it cannot ask about. */
const policyAnswer = z.union([
  z.object({ customers: z.array(z.object({ stack: z.string(), violations: z.array(violation) })) }),
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
