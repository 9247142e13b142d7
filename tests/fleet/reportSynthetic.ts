import type {
  ChangeKind,
  CustomerDiff,
  DiffClass,
  DiffReport,
  Outage,
  PolicyViolation,
  ResourceChange,
} from "../../fleet/diff/types.ts";

const KINDS: readonly ChangeKind[] = ["delete", "replace", "update", "create"];

/** A change as `causeway diff` describes them. */
export const resource = (over: Partial<ResourceChange> = {}): ResourceChange => ({
  kind: "update",
  type: "aws:ec2/vpnConnection:VpnConnection",
  name: "acme-aws-111122223333-us-east-1-b",
  changes: [{ path: "tunnel1PresharedKey", before: "[secret]", after: "[secret]", replaces: false }],
  replaceKeys: [],
  protected: false,
  ...over,
});

export const outage = (over: Partial<Outage> = {}): Outage => ({
  what: "tunnel t2",
  kind: "tunnel",
  why: "its key changes, so the session is set up again",
  seconds: [60, 300],
  redundant: true,
  ...over,
});

export const diffClass = (over: Partial<DiffClass> = {}): DiffClass => ({
  id: "c0ffee01",
  customers: ["acme"],
  example: "acme",
  resources: [resource()],
  outages: [],
  ...over,
});

export const customer = (over: Partial<CustomerDiff> = {}): CustomerDiff => ({
  stack: "acme",
  file: "stacks/customers/acme.yaml",
  kind: "changed",
  resources: [],
  outages: [],
  problems: [],
  ...over,
});

export const violation = (over: Partial<PolicyViolation> = {}): PolicyViolation => ({
  stack: "acme",
  policy: "no-public-gateway",
  level: "mandatory",
  message: "a private network has no way out",
  ...over,
});

/** A report whose totals follow from its classes and customers. */
export function reportOf(parts: Partial<Omit<DiffReport, "totals">> = {}, unchanged = 0): DiffReport {
  const { classes = [], customers = [], violations = [] } = parts;
  const kinds = (kind: CustomerDiff["kind"]): number => customers.filter((one) => one.kind === kind).length;
  const operations = (kind: ChangeKind): number =>
    classes.reduce((sum, one) => sum + one.customers.length * one.resources.filter((r) => r.kind === kind).length, 0);
  return {
    version: 1,
    base: "main",
    head: "feature",
    programChanged: false,
    ...parts,
    classes,
    customers,
    violations,
    totals: {
      customers: customers.length + unchanged,
      changed: kinds("changed"),
      added: kinds("added"),
      removed: kinds("removed"),
      invalid: kinds("invalid"),
      unchanged,
      creates: operations("create"),
      updates: operations("update"),
      replaces: operations("replace"),
      deletes: operations("delete"),
    },
  };
}

/** `n` customers of which no two change alike, each with an outage, a deletion, and every tenth with a refused file. */
export function everyoneDifferent(n: number): DiffReport {
  const names = Array.from({ length: n }, (_, index) => `customer-${String(index).padStart(5, "0")}`);
  const classes = names.map((name, index) =>
    diffClass({
      id: index.toString(16).padStart(8, "0"),
      customers: [name],
      example: name,
      outages: [outage({ what: `endpoint ${name}`, kind: "endpoint", redundant: index % 2 === 0 })],
      resources: Array.from({ length: 1 + (index % 30) }, (_, place) =>
        resource({ kind: KINDS[place % 4] ?? "update", name: `${name}-${place}` }),
      ),
    }),
  );
  const customers = names.map((stack, index) => {
    const file = `stacks/customers/${stack}.yaml`;
    if (index % 10 > 0) return customer({ stack, file });
    const problems = [{ file, line: 7, column: 3, path: "spec", message: `expected a region, got ${stack}` }];
    return customer({ stack, file, kind: "invalid", problems });
  });
  const violations = names.map((stack, index) => violation({ stack, policy: `rule-${index % 40}` }));
  return reportOf({ classes, customers, violations });
}
