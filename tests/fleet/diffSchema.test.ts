// The form of a report, on a report written by hand. That comparisons write this form and nothing else, diff.test.ts shows.
import { expect, test } from "vitest";
import { diffReportJsonSchema } from "../../fleet/diff/index.ts";
import { DiffReportSchema } from "../../fleet/diff/schema.ts";
import type { CustomerDiff, DiffReport } from "../../fleet/diff/types.ts";

const customer: CustomerDiff = {
  ...{ stack: "c00001", file: "stacks/customers/c00001.yaml", kind: "changed", outages: [], problems: [] },
  resources: [
    {
      kind: "update",
      type: "gcp:compute/firewall:Firewall",
      name: "f",
      changes: [],
      replaceKeys: [],
      protected: false,
    },
  ],
};

const report: DiffReport = {
  ...{ version: 1, base: "a", head: "b", programChanged: false, classes: [], violations: [], customers: [customer] },
  totals: {
    ...{ customers: 1, changed: 1, added: 0, removed: 0, invalid: 0, unchanged: 0 },
    ...{ creates: 0, updates: 1, replaces: 0, deletes: 0 },
  },
};

/** A report of a later release, which says more everywhere. */
const later = {
  ...{ ...report, took: 12, totals: { ...report.totals, protected: 0 } },
  customers: [{ ...customer, owner: "team", resources: [{ ...customer.resources[0], cost: 3 }] }],
};

test("what a later release adds at any place is left out, and the rest is read", () => {
  expect(DiffReportSchema.parse(later)).toEqual(report);
});

test("fails on a field that is missing or of another form, and on another version", () => {
  const { base: _, ...missing } = report;
  for (const wrong of [missing, { ...report, programChanged: "no" }, { ...report, version: 2 }]) {
    expect(DiffReportSchema.safeParse(wrong).success).toBe(false);
  }
});

test("the JSON Schema asks for every field and refuses none that is added", () => {
  const schema = diffReportJsonSchema() as { required: string[] };
  expect(schema.required.toSorted()).toEqual(Object.keys(report).toSorted());
  expect(JSON.stringify(schema)).not.toContain("additionalProperties");
});
