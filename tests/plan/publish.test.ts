// Names, numbers and guards of what a registry is published by: that the clouds take them is for the component tests.
import { describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import { planCustomer } from "../../plan/plan.ts";
import type { PublishGcp } from "../../plan/publish/customer.ts";
import { PUBLISH_GUARDS, publishValues } from "../../plan/publish/guards.ts";
import { listener, publishedOnAws, publishedOnGoogle, registry, onAws, onGoogle } from "../support/published.ts";

const service = (customer: Customer) => planCustomer(customer).registries[0]!.publishAws!;
const attachment = (customer: Customer) => planCustomer(customer).registries[0]!.publishGcp!;
const permit = (path: string): Partial<Customer> => ({ permits: [{ path, reason: "CHG-1 moves the registry" }] });

describe("the plan of an endpoint service", () => {
  it("names a load balancer within 32 characters, never with what aws keeps for itself [CP-01]", () => {
    expect(service(publishedOnAws({}, { name: "internal" })).loadBalancerName).toBe("int-npm");
    const long = service(publishedOnAws({}, { name: "a-customer-with-a-long-name" }));
    expect(long.loadBalancerName).toBe("a-customer-with-a-long-name-npm");
    expect(long.listeners[0]!.targetGroupName).toMatch(/^a-customer-with-a-long-[0-9a-f]{8}$/);
  });

  it("gives a target group another name with whatever replaces it, and keeps it otherwise [CP-03]", () => {
    const name = (changes: Parameters<typeof listener>[0]) =>
      service(publishedOnAws({ listeners: [listener(changes)] })).listeners[0]!.targetGroupName;
    const before = name({});
    expect(name({ healthCheck: { protocol: "HTTP", path: "/" }, idleTimeoutSeconds: 600 })).toBe(before);
    expect(name({ target: { kind: "addresses", addresses: ["10.50.0.99"], outsideVpc: false } })).toBe(before);
    expect(name({ targetPort: 8443 })).not.toBe(before);
    expect(name({ target: { kind: "instances", instances: ["i-0000000000000000a"] } })).not.toBe(before);
  });

  it("leads to private ranges alone where the targets' addresses are not known [CP-01]", () => {
    const target = { kind: "autoScalingGroup", autoScalingGroup: "npm" } as const;
    expect(service(publishedOnAws({ listeners: [listener({ target })] })).reach.map(({ cidr }) => cidr)).toEqual([
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "100.64.0.0/10",
    ]);
  });
});

describe("the plan of a service attachment", () => {
  it("tells before the last address of the nat subnet is used [CP-21]", () => {
    const at = (natRange: string) => attachment(publishedOnGoogle({ natRange })).natAlarmAt;
    expect([at("10.61.0.0/24"), at("10.61.0.0/28"), at("10.61.0.0/29")]).toEqual([201, 9, 3]);
  });

  it("begins names with a letter and leaves room for what hangs on them [CP-22]", () => {
    const { name, natSubnetName } = attachment(publishedOnGoogle({}, { name: "3com" }));
    expect([name, natSubnetName]).toEqual(["r-3com-npm", "r-3com-npm-nat-10-61-0-0"]);
    const long = attachment(publishedOnGoogle({}, { name: "c".repeat(60) }));
    expect(long.natSubnetName.length).toBeLessThanOrEqual(63);
  });

  it("moves to another nat subnet beside the old one, and keeps one that grows [CP-21]", () => {
    const name = (natRange: string) => attachment(publishedOnGoogle({ natRange })).natSubnetName;
    expect(name("10.61.0.0/23")).toBe(name("10.61.0.0/24"));
    expect(name("10.62.0.0/24")).not.toBe(name("10.61.0.0/24"));
  });
});

describe("what cuts a customer off", () => {
  it("is guarded, field by field, for every registry that is published", () => {
    const both = { ...publishedOnAws(), registries: [registry({ aws: onAws(), gcp: onGoogle() })] };
    expect(publishValues(both)).toEqual({
      "registries[npm].publish.aws": true,
      "registries[npm].publish.aws.accountID": "444455556666",
      "registries[npm].publish.aws.region": "us-east-1",
      "registries[npm].publish.aws.vpcID": "vpc-0000000000000000a",
      "registries[npm].publish.aws.privateDns": undefined,
      "registries[npm].publish.aws.subnets[subnet-0000000000000000a]": true,
      "registries[npm].publish.aws.subnets[subnet-0000000000000000b]": true,
      "registries[npm].publish.aws.listeners[443]": true,
      "registries[npm].publish.gcp": true,
      "registries[npm].publish.gcp.projectID": "acme-shared",
      "registries[npm].publish.gcp.region": "us-central1",
      "registries[npm].publish.gcp.network": "shared",
      "registries[npm].publish.gcp.subnetwork": "registry",
      "registries[npm].publish.gcp.natRange": "10.61.0.0/24",
      "registries[npm].publish.gcp.mode": "passthrough",
      "registries[npm].publish.gcp.certificate": "none",
      "registries[npm].publish.gcp.proxySubnet": "none",
      "registries[npm].publish.gcp.ports": "443",
      "registries[npm].publish.gcp.domainName": "none",
    });
  });

  it("has a guard for every value that is kept, and a value for every guard", () => {
    const both = { ...publishedOnAws(), registries: [registry({ aws: onAws(), gcp: onGoogle() })] };
    const general = Object.keys(publishValues(both)).map((path) => path.replace(/\[[^\]]+\]/g, "[<key>]"));
    expect([...new Set(general)].sort()).toEqual(PUBLISH_GUARDS.map(({ path }) => path).sort());
    expect(publishValues({})).toEqual({});
  });

  it("is protected until a permit names it [CP-09] [CP-25]", () => {
    expect(service(publishedOnAws()).protect).toBe(true);
    expect(service(publishedOnAws({}, permit("registries[npm].publish.aws"))).protect).toBe(false);
    const google = (path: string): boolean => attachment(publishedOnGoogle({}, permit(path))).protect;
    expect(attachment(publishedOnGoogle()).protect).toBe(true);
    const fields: readonly (keyof PublishGcp)[] = [
      ...(["network", "subnetwork", "mode", "certificate", "ports", "domainName"] as const),
    ];
    for (const field of fields) expect([field, google(`registries[npm].publish.gcp.${field}`)]).toEqual([field, false]);
    expect(google("registries[npm].publish.gcp.natRange")).toBe(true);
  });

  it("lets our own endpoint go with the attachment it leads to [CP-25]", () => {
    const held = (path?: string): boolean[] => {
      const leave = path === undefined ? {} : permit(`registries[npm].publish.gcp${path}`);
      return planCustomer(publishedOnGoogle({}, leave)).pscEndpoints.map(({ protectRule }) => protectRule);
    };
    expect([held(), held(".natRange")]).toEqual([[true], [true]]);
    expect([held(""), held(".mode"), held(".certificate")]).toEqual([[false], [false], [false]]);
  });
});
