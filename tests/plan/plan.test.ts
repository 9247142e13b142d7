// What is decided before any cloud is asked; that the clouds take it is for the engine tier to show.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contains, overlaps, range } from "../../plan/cidr.ts";
import type { Customer } from "../../plan/customer.ts";
import { planCustomer, type Plan } from "../../plan/plan.ts";
import { connection, customer, everyKind, link } from "../support/customers.ts";

const onlyConnection = (plan: Plan) => {
  const [only, ...rest] = plan.awsConnections;
  if (only === undefined || rest.length > 0) throw new Error("expected one connection");
  return only;
};

describe("the tunnel matrix", () => {
  test("puts both tunnels of a connection on one HA VPN interface, with AWS first and Google second in each /30", () => {
    const rows = onlyConnection(planCustomer(everyKind())).tunnels.map((t) => [
      t.key, t.connection, t.awsTunnel, t.externalInterface, t.gatewayInterface, t.insideCidr, t.awsInsideAddress, t.gcpInsideAddress,
    ]); // prettier-ignore
    expect(rows).toEqual([
      ["t0", "a", 1, 0, 0, "169.254.32.0/30", "169.254.32.1", "169.254.32.2"],
      ["t1", "a", 2, 1, 0, "169.254.32.4/30", "169.254.32.5", "169.254.32.6"],
      ["t2", "b", 1, 2, 1, "169.254.32.8/30", "169.254.32.9", "169.254.32.10"],
      ["t3", "b", 2, 3, 1, "169.254.32.12/30", "169.254.32.13", "169.254.32.14"],
    ]);
  });

  test("without high availability has two tunnels, both on interface 0, and one connection (V18)", () => {
    const single = onlyConnection(planCustomer(everyKind({ aws: [connection({ highAvailable: false })] })));
    expect(single.redundancyType).toBe("TWO_IPS_REDUNDANCY");
    expect(single.vpnConnections.map(({ key }) => key)).toEqual(["a"]);
    expect(single.tunnels.map((t) => [t.key, t.gatewayInterface, t.externalInterface])).toEqual([
      ["t0", 0, 0],
      ["t1", 0, 1],
    ]);
  });

  test("with high availability has two connections and four addresses (V18)", () => {
    const pair = onlyConnection(planCustomer(everyKind()));
    expect(pair.redundancyType).toBe("FOUR_IPS_REDUNDANCY");
    expect(pair.vpnConnections.map((c) => [c.key, c.gatewayInterface, c.tunnels.map(({ key }) => key)])).toEqual([
      ["a", 0, ["t0", "t1"]],
      ["b", 1, ["t2", "t3"]],
    ]);
  });
});

describe("addresses", () => {
  test("a zone's block follows from its own number, so another zone moves nothing (V15)", () => {
    const zones = (ids: string[]) =>
      onlyConnection(planCustomer(everyKind({ aws: [connection({ availabilityZoneIDs: ids })] }))).zones;
    expect(zones(["use1-az1", "use1-az4"])).toEqual([
      { id: "use1-az1", cidr: "10.127.0.0/27" },
      { id: "use1-az4", cidr: "10.127.0.96/27" },
    ]);
    expect(zones(["use1-az4", "use1-az6"])).toEqual([
      { id: "use1-az4", cidr: "10.127.0.96/27" },
      { id: "use1-az6", cidr: "10.127.0.160/27" },
    ]);
  });

  test("zones are disjoint and inside the VPC for every size a VPC may have (V15)", () => {
    const ids = [1, 2, 3, 4, 5, 6].map((n) => `use1-az${n}`);
    for (let prefix = 16; prefix <= 25; prefix++) {
      const vpcCidr = `10.128.0.0/${prefix}`;
      const { zones } = onlyConnection(
        planCustomer(everyKind({ aws: [connection({ vpcCidr, availabilityZoneIDs: ids })] })),
      );
      const blocks = zones.map(({ cidr }) => range(cidr));
      expect(blocks.every((block) => contains(range(vpcCidr), block) && block.prefix <= 28)).toBe(true);
      expect(blocks.some((a, i) => blocks.some((b, j) => i < j && overlaps(a, b)))).toBe(false);
    }
  });

  test("only executor subnets are advertised to AWS (V17)", () => {
    expect(planCustomer(everyKind()).haVpn?.advertisedRanges).toEqual(["10.10.0.0/24", "10.10.1.0/24"]);
  });

  test("NAT carries as many VMs as its active addresses have ports for (V32)", () => {
    const nat = (states: ("active" | "reserved" | "draining")[]) =>
      planCustomer(everyKind({ executorNAT: { addresses: states.map((state, i) => ({ key: `nat-${i}`, state })), minPortsPerVm: 256, maxPortsPerVm: 4096 } })).nat?.capacity; // prettier-ignore
    expect(nat(["active", "active"])).toBe(504);
    expect(nat(["active", "active", "reserved", "draining"])).toBe(504);
  });
});

const digits = fc.stringMatching(/^[0-9a-f]{17}$/);
const customers: fc.Arbitrary<Customer> = fc
  .record({
    links: fc.uniqueArray(digits, { maxLength: 6 }),
    zones: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 2 }),
    subnets: fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 5 }),
    ports: fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 4 }),
    highAvailable: fc.boolean(),
  })
  .map(({ links, zones, subnets, ports, highAvailable }) =>
    customer({
      executors: { maxInstances: 10, subnets: subnets.map((n) => ({ name: `s${n}`, ipCidrRange: `10.10.${n}.0/24` })) },
      aws: [
        connection({
          highAvailable,
          availabilityZoneIDs: zones.map((n) => `use1-az${n}`),
          privateLinks: links.map((id) => link(id, ports)),
        }),
      ],
    }),
  );

describe("stability", () => {
  test("an endpoint's plan does not change when other endpoints come and go", () => {
    fc.assert(
      fc.property(customers, digits, (given, extra) => {
        const [aws] = given.aws;
        fc.pre(aws !== undefined && !aws.privateLinks.some(({ key }) => key === link(extra).key));
        const before = onlyConnection(planCustomer(given));
        const after = onlyConnection(
          planCustomer({ ...given, aws: [{ ...aws, privateLinks: [link(extra), ...aws.privateLinks] }] }),
        );
        expect(after.endpoints.slice(1)).toEqual(before.endpoints);
        expect(after.tunnels).toEqual(before.tunnels);
        expect(after.zones).toEqual(before.zones);
      }),
    );
  });

  test("every ingress rule is one executor subnet and one port, each pair once", () => {
    fc.assert(
      fc.property(customers, (given) => {
        for (const endpoint of onlyConnection(planCustomer(given)).endpoints) {
          const keys = endpoint.ingress.map(({ key }) => key);
          expect(new Set(keys).size).toBe(given.executors.subnets.length * endpoint.ports.length);
        }
      }),
    );
  });

  test("the plan is frozen all the way down", () => {
    const plan = planCustomer(everyKind());
    expect(() => Object.assign(onlyConnection(plan).tunnels[0]!, { insideCidr: "" })).toThrow(TypeError);
  });

  test("before the customer has answered there is a VPN without endpoints", () => {
    const plan = planCustomer(customer({ aws: [connection({ privateLinks: [] })] }));
    expect(onlyConnection(plan).tunnels).toHaveLength(4);
    expect(onlyConnection(plan).endpoints).toEqual([]);
    expect(plan.dnsProxy).toBeUndefined();
  });
});

describe("protection", () => {
  const permitted = (path: string) => everyKind({ permits: [{ path, reason: "CHG-1 planned work" }] });

  test("everything guarded is protected until a permit names it", () => {
    const plan = planCustomer(everyKind());
    expect(Object.values(onlyConnection(plan).protect)).toEqual([true, true, true, true, true]);
    expect([plan.haVpn?.protect, onlyConnection(plan).endpoints[0]?.protect]).toEqual([true, true]);
    expect(plan.nat?.addresses.map(({ protect }) => protect)).toEqual([true, true]);
    expect(plan.pscEndpoints.map((e) => [e.protectAddress, e.protectRule])).toEqual([[true, true]]);
  });

  test("a permit lifts what it names and nothing else", () => {
    expect(
      planCustomer(permitted("executorNAT.addresses[nat-2]")).nat?.addresses.map(({ protect }) => protect),
    ).toEqual([true, false]);
    expect(onlyConnection(planCustomer(permitted("gcp.routerAsn"))).protect).toEqual({
      vpc: true,
      vpnGateway: true,
      customerGateways: false,
      vpnConnections: true,
      externalGateway: true,
    });
    const target = "privateCodeHost.gcp.privateServiceConnectEndpoints[packages.gcp.acme.example].targetService";
    expect(planCustomer(permitted(target)).pscEndpoints.map((e) => [e.protectAddress, e.protectRule])).toEqual([
      [true, false],
    ]);
  });

  test("a permit for the whole AWS block lifts everything of it", () => {
    const plan = planCustomer(permitted("privateCodeHost.aws"));
    expect(Object.values(onlyConnection(plan).protect)).toEqual([false, false, false, false, false]);
    expect([plan.haVpn?.protect, onlyConnection(plan).endpoints[0]?.protect]).toEqual([false, false]);
  });
});
