/**
 * Changes of registries that are live: what loses packages, or cuts a customer off, is refused by the offline comparison
 * before any engine is asked, and goes out once a permit was deployed. What the engine then does is not shown here.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Customer, Registry } from "../../plan/customer.ts";
import type { PublishGcp } from "../../plan/publish/customer.ts";
import { compareWithDeployed } from "../../plan/compare.ts";
import { guardedRegistryPaths, guardedValues } from "../../plan/guards.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { ROOT } from "../support/project.ts";

const { customer } = loadCustomer(join(ROOT, "stacks/customers/both-ends.yaml"));

/** A registry of the file that has the block, and a member that the file no longer has. */
const concrete = (path: string): string => {
  const key = path.includes("codeArtifact") ? "packages" : path.includes("publish.gcp") ? "maven" : "npm";
  const isBlock = /\.(codeArtifact|selfHosted|aws|gcp)$/.test(path);
  return path.replace("<key>", isBlock ? "gone" : key).replace("<key>", "gone");
};

const compare = (path: string, permitted: boolean): readonly string[] => {
  const permit = { path, reason: "CHG-1042 allows it" };
  const leave: Customer = permitted ? { ...customer, permits: [permit] } : customer;
  const values = { ...guardedValues(leave), [path]: "as it was" };
  return compareWithDeployed(leave, { version: 1, values, endpointStates: {} }).map((found) => found.path);
};

describe("a change or removal at a guarded path of a registry", () => {
  test.each(guardedRegistryPaths())("fails without leave, and passes with it: %s", (path) => {
    expect(compare(concrete(path), false)).toEqual([concrete(path)]);
    expect(compare(concrete(path), true)).toEqual([]);
  });

  test("fails whatever the leave where it would lose everything", () => {
    const fixed = ["registries[packages].codeArtifact.kms", "registries[npm].selfHosted.vpcCidr"];
    for (const path of fixed) expect(compare(path, true)).toEqual([path]);
  });

  test("fails where a guarded value is taken away from a block that stays", () => {
    expect(compare("registries[maven].publish.gcp.domainName", false)).toEqual([
      "registries[maven].publish.gcp.domainName",
    ]);
  });
});

const GCP = "registries[maven].publish.gcp";

/** The file with changes to how maven is published on Google Cloud. */
const maven = (changes: Partial<PublishGcp>, permits: Customer["permits"] = []): Customer => ({
  ...customer,
  permits,
  registries: customer.registries.map((registry): Registry => {
    const { gcp } = registry.publish;
    return registry.key === "maven" && gcp !== undefined
      ? { ...registry, publish: { gcp: { ...gcp, ...changes } } }
      : registry;
  }),
});

const found = (values: ReturnType<typeof guardedValues>, now: Customer): readonly string[] =>
  compareWithDeployed(now, { version: 1, values, endpointStates: {} }).map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe("a guarded value that a live block did not have", () => {
  const named = { domainName: "corp.both-ends.example" };
  const leave = [{ path: `${GCP}.domainName`, reason: "CHG-1042 allows it" }];

  test("fails to be added without leave, as a change of it does", () => {
    expect(found(guardedValues(maven({})), maven(named))).toEqual([
      `${GCP}.domainName: expected none as deployed, got corp.both-ends.example, which replaces the forwarding rule and the service attachment, down until we connect again; keep it, or name the path under permits with a reason`,
    ]);
    expect(found(guardedValues(maven({}, leave)), maven(named, leave))).toEqual([]);
  });

  test("passes with a block that is new, and against a record that does not tell of it", () => {
    const values = guardedValues(maven({}));
    const without = (pattern: RegExp): Record<string, string | number | boolean> =>
      Object.fromEntries(Object.entries(values).filter(([path]) => !pattern.test(path)));
    expect(found(without(/^registries\[maven\]\.publish/), maven(named))).toEqual([]);
    expect(found(without(/domainName$/), maven(named))).toEqual([]);
  });

  test("fails to become none without leave", () => {
    expect(found(guardedValues(maven(named)), maven({}))).toEqual([
      expect.stringContaining(
        "expected corp.both-ends.example as deployed, got none, which replaces the forwarding rule",
      ),
    ]);
  });
});

describe("the load balancer of a registry that is published on google cloud", () => {
  const PROXY = { mode: "proxy", proxySubnet: { kind: "create", range: "10.201.0.0/24" } } as const;
  const certificate = "projects/both-ends-shared/regions/us-central1/sslCertificates/maven";
  const proxied = (changes: Partial<PublishGcp> = {}): ReturnType<typeof guardedValues> =>
    guardedValues(maven({ ...PROXY, ...changes }));

  test("fails to begin or to stop ending tls without leave, and takes another certificate as it comes", () => {
    const paths = (values: ReturnType<typeof guardedValues>, now: Partial<PublishGcp>): readonly string[] =>
      found(values, maven({ ...PROXY, ...now })).map((line) => line.slice(0, line.indexOf(", which")));
    expect(paths(proxied(), { certificate })).toEqual([
      `${GCP}.certificate: expected none as deployed, got a certificate`,
    ]);
    expect(paths(proxied({ certificate }), {})).toEqual([
      `${GCP}.certificate: expected a certificate as deployed, got none`,
    ]);
    expect(paths(proxied({ certificate }), { certificate: `${certificate}-2` })).toEqual([]);
  });

  test("fails to move its proxies whatever the leave, unless the network's own subnet is only read", () => {
    const moved = { ...PROXY, proxySubnet: { kind: "create", range: "10.202.0.0/24" } } as const;
    const permits = [{ path: `${GCP}.mode`, reason: "CHG-1042 allows it" }];
    expect(found(proxied(), maven(moved, permits))).toEqual([
      `${GCP}.proxySubnet: expected create 10.201.0.0/24 as deployed, got create 10.202.0.0/24, which would replace the one active subnet of proxies in that region, which google keeps while a load balancer has any; remove the block under its permit, deploy, then write the new one`,
    ]);
    const read = (range: string) => ({ ...PROXY, proxySubnet: { kind: "existing", range } }) as const;
    expect(found(guardedValues(maven(read("10.201.0.0/24"))), maven(read("10.202.0.0/24")))).toEqual([]);
  });

  test("comes and goes with the mode, whose leave is enough", () => {
    const permits = [{ path: `${GCP}.mode`, reason: "CHG-1042 allows it" }];
    expect(found(guardedValues(maven({})), maven({ ...PROXY, certificate })).map((line) => line.split(":")[0])).toEqual(
      [`${GCP}.mode`],
    );
    expect(found(guardedValues(maven({}, permits)), maven({ ...PROXY, certificate }, permits))).toEqual([]);
    expect(found(guardedValues(maven({ ...PROXY, certificate }, permits)), maven({}, permits))).toEqual([]);
  });
});

describe("a connection that is taken away from a registry of the file", () => {
  const without = (part: "aws" | "privateServiceConnect"): readonly string[] => {
    const changed: Customer =
      part === "aws"
        ? { ...customer, aws: customer.aws.map((one) => ({ ...one, privateLinks: [] })) }
        : { ...customer, privateServiceConnect: { ...customer.privateServiceConnect!, endpoints: [] } };
    const deployed = { version: 1, values: guardedValues(customer), endpointStates: {} } as const;
    return compareWithDeployed(changed, deployed).map(({ message }) => message.replace(/^.*which |;.*$/g, ""));
  };

  test("fails without leave, and leaves nobody to accept it again", () => {
    expect(without("aws")).toEqual(
      customer.aws.flatMap(({ privateLinks }) => privateLinks.map(() => "takes the executors' path to it away")),
    );
    expect(without("privateServiceConnect")).toEqual(["takes the executors' path to it away"]);
    expect(without("aws").length).toBeGreaterThan(2);
  });
});
