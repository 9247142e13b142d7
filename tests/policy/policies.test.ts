// Every policy against graphs in this process: a good one, and for each policy graphs that break it alone. That an engine
// enforces them is for tests/exhaustive/policy.test.ts; that they are the right policies only a reader can say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../engine/graph.ts";
import { ConfigError } from "../../plan/errors.ts";
import { checkPolicies, POLICIES } from "../../policy/index.ts";
import { PUBLIC_DOMAINS } from "../../policy/rules/dns.ts";
import { customerGraph } from "../../stacks/graph.ts";
import { loadCustomer, parseCustomer } from "../../stacks/load.ts";
import { customerFiles, documents, TODAY } from "../docs/support.ts";
import type { Customer } from "../../plan/customer.ts";
import { connection, customer, everyKind, link } from "../support/customers.ts";
import { ROOT } from "../support/project.ts";
import { BREAKING } from "./breaking.ts";
import { answered, Edited, knownGraph, previewGraph } from "./graphs.ts";

const ids = (graph: Graph): readonly string[] => [...new Set(checkPolicies(graph).map(({ policy }) => policy))];
const lines = (graph: Graph): readonly string[] =>
  checkPolicies(graph).map(({ policy, level, resource }) => `${policy} ${level} ${resource ?? ""}`);

/** Whether a type token is that of a class in the package it names; the file's name has its own upper case. */
function declaredBySdk(type: string): boolean {
  const [, name = "", module = "", file = ""] = /^(\w+):(\w+)\/(\w+):/.exec(type) ?? [];
  const folder = join(ROOT, "node_modules/@pulumi", name, module === "index" ? "." : module);
  const found = readdirSync(folder).find((path) => path.toLowerCase() === `${file.toLowerCase()}.js`);
  return found !== undefined && readFileSync(join(folder, found), "utf8").includes(`'${type}'`);
}

let good: Graph;
beforeAll(async () => {
  good = await knownGraph("dev");
});

describe("the list", () => {
  test("has forty-five policies, each with an id of its own and every text a person needs", () => {
    expect(POLICIES).toHaveLength(45);
    expect(new Set(POLICIES.map(({ id }) => id)).size).toBe(45);
    for (const { id, title, reason, fix, source } of POLICIES) {
      expect(id).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(title).toMatch(/^([A-Z]|dns-proxy ).*[^.]$/);
      expect(reason).toMatch(/^[A-Z].*\.$/);
      expect(fix).toMatch(/^[a-z].*[^.]$/);
      expect(source).toMatch(/^[A-Z]|^https:\/\/github\.com\//);
    }
  });

  test("is advisory only where a permit may lift what it asks", () => {
    expect(POLICIES.filter(({ level }) => level === "advisory").map(({ id }) => id)).toEqual(["protected"]);
  });

  test("is about types that the providers' packages have", () => {
    const types = new Set(POLICIES.flatMap((policy) => (policy.scope === "resource" ? (policy.types ?? []) : [])));
    const unknown = [...types].filter((type) => !type.startsWith("pulumi:providers:") && !declaredBySdk(type));
    expect(types.size).toBeGreaterThan(50);
    expect(unknown).toEqual([]);
  });

  test("has a graph that breaks each policy", () => {
    expect(Object.keys(BREAKING)).toEqual(POLICIES.map(({ id }) => id));
    expect(Object.values(BREAKING).filter((breaks) => breaks.length === 0)).toEqual([]);
  });
});

describe.each(POLICIES.map(({ id }) => id))("%s", (id) => {
  test.each((BREAKING[id] ?? []).map((change, index) => [index + 1, change] as const))(
    "fails on change %i, which breaks no other policy",
    (_, change) => {
      expect(ids(change(new Edited(good)).graph)).toEqual([id]);
    },
  );
});

describe("customers", () => {
  const OTHER = {
    accountID: "444455556666",
    vpcCidr: "10.128.0.0/24",
    insideCidr: "169.254.33.0/28",
    amazonSideAsn: 64513,
    privateLinks: [link("c3")],
  };
  const DRAINING = {
    addresses: [
      { key: "nat-1", state: "draining" as const },
      { key: "nat-2", state: "active" as const },
    ],
    minPortsPerVm: 64,
    maxPortsPerVm: 128,
  };

  test("dev breaks nothing, with its values known and before they are", async () => {
    expect(lines(good)).toEqual([]);
    expect(lines(await previewGraph("dev"))).toEqual([]);
  });

  test("acme breaks nothing but the protection of the address its permit gives up", async () => {
    expect(lines(await knownGraph("acme"))).toEqual(["protected advisory acme-nat-3"]);
    expect(lines(await previewGraph("acme"))).toEqual(["protected advisory acme-nat-3"]);
  });

  const FIXTURES = join(ROOT, "tests/fixtures/customers");
  test.each(readdirSync(FIXTURES))("%s breaks nothing", async (file) => {
    const { customer } = loadCustomer(join(FIXTURES, file), { today: TODAY });
    expect(lines(await customerGraph(customer))).toEqual([]);
  });

  const VARIANTS: readonly [string, Customer][] = [
    ["one VPN connection instead of two", everyKind({ aws: [connection({ highAvailable: false })] })],
    ["the other proposal", everyKind({ aws: [connection({ proposal: "aes256gcm16-sha256-ecp384" })] })],
    ["no private link yet", everyKind({ aws: [connection({ privateLinks: [] })], executorPrivateDNS: undefined! })],
    [
      "two links and several ports",
      everyKind({ aws: [connection({ privateLinks: [link("a1", [22, 443]), link("b2")] })] }),
    ],
    [
      "private dns at AWS",
      everyKind({ aws: [connection({ privateLinks: [{ ...link("a1"), privateDnsEnabled: true }] })] }),
    ],
    ["two AWS accounts", everyKind({ aws: [connection(), connection(OTHER)] })],
    [
      "executors of a service account",
      everyKind({ executors: { ...customer().executors, serviceAccount: "e@x.iam" } }),
    ],
    ["a draining address", everyKind({ executorNAT: DRAINING })],
    ["nothing but executors", customer()],
  ];
  test.each(VARIANTS)("with %s break nothing", async (_, variant) => {
    expect(lines(await customerGraph(variant, { outputs: answered }))).toEqual([]);
    expect(lines(await customerGraph(variant))).toEqual([]);
  });

  test("no customer file that a document shows breaks anything mandatory", async () => {
    const shown = documents().flatMap((document) => customerFiles(document));
    const valid = shown.flatMap(({ text }) => {
      try {
        return [parseCustomer(text, "shown.yaml", { today: TODAY }).customer];
      } catch (error) {
        if (error instanceof ConfigError) return []; // shown as a mistake, or as a step whose last update is not given
        throw error;
      }
    });
    expect(valid.length).toBeGreaterThan(10);
    const graphs = await Promise.all(valid.map((customer) => customerGraph(customer)));
    expect(graphs.flatMap(lines).filter((line) => !line.startsWith("protected advisory "))).toEqual([]);
  });
});

describe("a violation", () => {
  test("names stack, policy, level and resource, and says what was found and what to do", () => {
    const graph = new Edited(good).inputs("SecurityGroupIngressRule", { cidrIpv4: "0.0.0.0/0" }).graph;
    const name = "dev-vpce-svc-0123456789abcdef0-executors-443";
    expect(checkPolicies(graph)).toEqual([
      {
        stack: "dev",
        policy: "aws-ingress-from-anywhere",
        level: "mandatory",
        message: "expected ingress from executors, got ingress from 0.0.0.0/0; name the executor subnets' ranges",
        resource: name,
        urn: new Edited(good).node("SecurityGroupIngressRule").urn,
      },
    ]);
  });

  test("never shows a pre-shared key", () => {
    const key = "obviously-fake-key";
    const broken = new Edited(good)
      .inputs("VPNTunnel", { sharedSecret: key }, "-t0")
      .inputs("VPNTunnel", { sharedSecret: key }, "-t1")
      .inputs("VpnConnection", { tunnel1PresharedKey: key, tunnel2PresharedKey: key });
    const violations = checkPolicies({ ...broken.graph, outputs: { [`for the ticket`]: key } });
    expect([...new Set(violations.map(({ policy }) => policy))]).toEqual([
      "psk-strength",
      "psk-per-tunnel",
      "no-secret-outputs",
    ]);
    expect(JSON.stringify(violations)).not.toContain(key);
  });

  test("is told for a choice of policies where one is given", () => {
    const graph = new Edited(good).without("FlowLog").without("DefaultSecurityGroup").graph;
    const policies = POLICIES.filter(({ id }) => id === "aws-flow-logs");
    expect(checkPolicies(graph, { policies }).map(({ policy }) => policy)).toEqual(["aws-flow-logs"]);
  });
});

test("values that only an update will know break nothing", () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const nodes = good.nodes.map((node) => ({
    ...node,
    inputs: Object.fromEntries(Object.keys(node.inputs).map((key) => [key, unknown])),
  }));
  expect(ids({ ...good, nodes, outputs: {} })).toEqual([]);
});

test.each(PUBLIC_DOMAINS)("%s is refused in a customer file as well", (domain) => {
  const text = readFileSync(join(ROOT, "stacks/customers/dev.yaml"), "utf8").replaceAll(
    "maven.dev.example",
    `a.${domain}`,
  );
  expect(() => parseCustomer(text, "dev.yaml", { today: TODAY })).toThrow(`which is under ${domain}`);
});
