/**
 * Tier: the network of a simulated world. One thing of a published registry is broken in the producer's project, and the
 * way there is followed up to it. That Google's proxies and health checkers behave so is what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { customerSide, seedGoogleBackends, serviceAttachment } from "../../sandbox/index.ts";
import { CONSUMER, GROUP, NAME, PRODUCER, Producer, REGION } from "./googleProducer.ts";
import { selfSigned } from "./selfSigned.ts";

let it: Producer;
beforeEach(async () => {
  it = await Producer.open();
});

const ATTACHMENT = `projects/${PRODUCER}/regions/${REGION}/serviceAttachments/npm`;
const NETWORK = `projects/${PRODUCER}/global/networks/shared`;

describe("a registry published from Google Cloud", () => {
  test("is reached over every hop of the producer's, each the customer's affair [C.2]", () => {
    expect(it.trouble()).toBe("reachable");
    expect(it.reach().hops.map(({ kind, side }) => `${kind} ${side}`)).toEqual([
      ...["dns-proxy ours", "private zone ours", "firewall ours", "route ours", "private service connect ours"],
      ...["service attachment customer", "load balancer customer", "backend service customer"],
      ...["firewall customer", "firewall customer", "health check customer", "certificate customer"],
    ]);
  });

  test("fails at the attachment while no list has the project, and once it is rejected [CP-23]", async () => {
    await it.edit("ServiceAttachment", "npm", { consumerAcceptLists: [] });
    expect(it.trouble()).toBe("service attachment customer: npm has vendor-acme on neither of its lists (PENDING)");
    await serviceAttachment(it.world, ATTACHMENT).accept(CONSUMER);
    expect(it.trouble()).toBe("reachable");
    await it.edit("ServiceAttachment", "npm", { consumerAcceptLists: [], consumerRejectLists: [CONSUMER] });
    expect(it.trouble()).toBe("service attachment customer: npm rejects vendor-acme (REJECTED)");
  });

  test("fails at the attachment once it is gone, and stays closed when one is made again", async () => {
    const { args } = it.find("ServiceAttachment", "npm");
    await it.remove("ServiceAttachment", "npm");
    expect(it.trouble()).toBe(
      "private service connect customer: npm-0 was closed: the customer took the service attachment away (CLOSED)",
    );
    await it.make("serviceAttachment", args);
    expect(it.trouble()).toContain("(CLOSED)");
  });

  test("fails on another port at the load balancer", () => {
    expect(it.trouble(8443)).toBe("load balancer customer: npm listens on 443, not on 8443");
  });

  test("fails where the forwarding rule is gone, and where nothing is behind the backend service", async () => {
    await it.edit("RegionBackendService", "npm", { backends: [] });
    expect(it.trouble()).toBe("backend service customer: npm has no backend");
    await it.force(
      it.world.all("gcp:compute/forwardingRule:ForwardingRule").find(({ account }) => account === PRODUCER)!,
      undefined,
    );
    expect(it.trouble()).toBe("load balancer customer: the forwarding rule behind npm no longer exists");
  });

  test("fails where the network lets in neither the NAT subnet nor the health checks [CP-24]", async () => {
    await it.remove("Firewall", "nat-in");
    expect(it.trouble()).toBe(
      "firewall customer: network shared lets the NAT subnets, 10.61.0.0/29, not in to registry:443",
    );
    await it.make("firewall", {
      ...{ name: "nat-in", network: NETWORK, allows: [{ protocol: "tcp" }], sourceRanges: ["10.61.0.0/24"] },
      targetServiceAccounts: ["npm@x.iam.gserviceaccount.com"],
    });
    expect(it.trouble()).toBe("reachable");
    await it.edit("Firewall", "probes-in", { sourceRanges: ["35.191.0.0/16"] });
    expect(it.trouble()).toBe(
      "firewall customer: network shared lets health checks, 130.211.0.0/22, not in to registry:443",
    );
  });

  test("fails where a rule lets in other machines alone", async () => {
    await it.edit("Firewall", "nat-in", { targetTags: ["web"] });
    expect(it.trouble()).toContain("lets the NAT subnets");
    await it.edit("Firewall", "nat-in", { targetTags: undefined, sourceRanges: undefined, sourceTags: ["web"] });
    expect(it.trouble()).toContain("lets the NAT subnets");
  });

  test("fails where the health check asks where nothing listens", async () => {
    await it.edit("RegionHealthCheck", "tcp", { tcpHealthCheck: { port: 8080 } });
    await it.edit("Firewall", "probes-in", { allows: [{ protocol: "tcp" }] });
    expect(it.trouble()).toBe("health check customer: tcp asks registry on 8080, where it does not listen");
    await it.edit("RegionHealthCheck", "tcp", { tcpHealthCheck: {} });
    expect(it.trouble()).toBe("health check customer: tcp asks registry on 80, where it does not listen");
    await it.edit("RegionHealthCheck", "tcp", { tcpHealthCheck: undefined, sslHealthCheck: {} });
    expect(it.trouble()).toBe("reachable");
    await it.edit("RegionHealthCheck", "tcp", {
      tcpHealthCheck: { portSpecification: "USE_SERVING_PORT" },
      sslHealthCheck: undefined,
    });
    expect(it.trouble()).toBe("reachable");
  });

  test("fails at the machines: none, on another port, with another certificate, with a CA nobody trusts", async () => {
    const group = it.find("InstanceGroup", "registry");
    await it.force(group, { attrs: { ...group.attrs, addresses: [] } });
    expect(it.trouble()).toBe("service customer: nothing answers in registry");
    await it.force(group, { args: { ...group.args, certificateNames: ["other.example"] } });
    expect(it.trouble()).toBe(`certificate customer: the certificate of registry is for other.example, not ${NAME}`);
    await it.force(group, { args: { ...group.args, privateCA: "-----BEGIN CERTIFICATE-----" } });
    expect(it.trouble()).toBe(`certificate ours: executors do not trust the private CA behind ${NAME}`);
    await it.force(group, { args: { ...group.args, ports: [8443] } });
    expect(it.trouble()).toBe("health check customer: tcp asks registry on 443, where it does not listen");
  });

  test("is listed on the customer's side with who asks for it [CP-26]", () => {
    expect(
      customerSide(it.world).map(({ kind, acceptsAtOnce, allowed, consumers }) => ({
        ...{ kind, acceptsAtOnce, allowed, consumers },
      })),
    ).toEqual([
      {
        ...{ kind: "service attachment", acceptsAtOnce: false, allowed: [CONSUMER] },
        consumers: [{ who: CONSUMER, account: CONSUMER, state: "ACCEPTED" }],
      },
    ]);
  });
});

describe("a registry behind a proxy of Google's", () => {
  beforeEach(async () => {
    await it.make("subnetwork", {
      ...{ name: "proxies", network: NETWORK, ipCidrRange: "10.62.0.0/26" },
      ...{ purpose: "REGIONAL_MANAGED_PROXY", role: "ACTIVE" },
    });
    await it.make("regionBackendService", {
      ...{ name: "proxied", loadBalancingScheme: "INTERNAL_MANAGED", protocol: "HTTPS", healthChecks: "tcp" },
      backends: [{ group: GROUP, balancingMode: "UTILIZATION" }],
    });
    await it.make("regionUrlMap", { name: "map", defaultService: "proxied" });
    await it.make("regionSslCertificate", { name: "own", ...selfSigned(NAME) });
    await it.make("regionSslCertificate", { name: "other", ...selfSigned("other.example") });
    await it.make("regionTargetHttpsProxy", { name: "https", urlMap: "map", sslCertificates: ["own"] });
    await it.make("forwardingRule", {
      ...{ name: "https", loadBalancingScheme: "INTERNAL_MANAGED", ports: ["443"], network: NETWORK },
      ...{ subnetwork: "registry", target: `projects/${PRODUCER}/regions/${REGION}/targetHttpsProxies/https` },
    });
    await it.make("subnetwork", {
      ...{ name: "nat-2", network: NETWORK, ipCidrRange: "10.61.1.0/29", purpose: "PRIVATE_SERVICE_CONNECT" },
    });
    await it.edit("ServiceAttachment", "npm", { targetService: "https", natSubnets: ["nat-2"] });
  });

  test("is let in from the proxies' subnetwork, not from the NAT's [CP-24]", async () => {
    expect(it.trouble()).toBe(
      "firewall customer: network shared lets the proxies, 10.62.0.0/26, not in to registry:443",
    );
    await it.edit("Firewall", "nat-in", { sourceRanges: ["10.62.0.0/26"] });
    expect(it.trouble()).toBe("reachable");
  });

  test("fails at the proxy's certificate, whatever the machines present [CP-22]", async () => {
    await it.edit("Firewall", "nat-in", { sourceRanges: ["10.62.0.0/26"] });
    const group = it.find("InstanceGroup", "registry");
    await it.force(group, { args: { ...group.args, certificateNames: ["other.example"] } });
    expect(it.trouble()).toBe("reachable");
    await it.edit("RegionTargetHttpsProxy", "https", { sslCertificates: ["other"] });
    expect(it.trouble()).toBe(`certificate customer: the certificate of https is for other.example, not ${NAME}`);
  });

  test("fails at the machines' certificate where the proxy passes tls on [CP-22]", async () => {
    await it.edit("Firewall", "nat-in", { sourceRanges: ["10.62.0.0/26"] });
    const managed = { name: "tcp", loadBalancingScheme: "INTERNAL_MANAGED" };
    await it.make("regionBackendService", {
      ...{ ...managed, protocol: "TCP", healthChecks: "tcp" },
      backends: [{ group: GROUP, balancingMode: "UTILIZATION" }],
    });
    const proxy = await it.make("regionTargetTcpProxy", { name: "tcp", backendService: "tcp" });
    await it.make("forwardingRule", {
      ...{ ...managed, ports: ["443"], network: NETWORK, subnetwork: "registry", target: proxy["selfLink"] },
    });
    await it.edit("ServiceAttachment", "npm", { targetService: "tcp" });
    expect(it.trouble()).toBe("reachable");
    const group = it.find("InstanceGroup", "registry");
    await it.force(group, { args: { ...group.args, certificateNames: ["other.example"] } });
    expect(it.trouble()).toBe(`certificate customer: the certificate of registry is for other.example, not ${NAME}`);
  });

  test("fails at machines elsewhere that nobody has, or that listen on another port [CP-22]", async () => {
    const zone = `${REGION}-a`;
    const hybrid = { name: "hybrid", network: NETWORK, zone, networkEndpointType: "NON_GCP_PRIVATE_IP_PORT" };
    await it.make("networkEndpointGroup", hybrid);
    const group = `projects/${PRODUCER}/zones/${zone}/networkEndpointGroups/hybrid`;
    await it.edit("RegionBackendService", "proxied", { backends: [{ group, balancingMode: "RATE", maxRate: 100 }] });
    expect(it.trouble()).toBe("service customer: nothing answers in hybrid");
    const endpoint = { networkEndpointGroup: "hybrid", zone, ipAddress: "10.60.0.2", port: 8443 };
    await it.make("networkEndpoint", endpoint);
    expect(it.trouble()).toBe("service customer: registry listens on 443, not on 8443");
  });
});

describe("connections of an attachment", () => {
  test("wait once the limit of their project is reached, the oldest go first [CP-23]", async () => {
    await it.connect(1);
    await it.connect(2);
    expect(statuses()).toEqual(["ACCEPTED", "ACCEPTED", "PENDING"]);
    await it.edit("ServiceAttachment", "npm", {
      consumerAcceptLists: [{ projectIdOrNum: CONSUMER, connectionLimit: 3 }],
    });
    expect(statuses()).toEqual(["ACCEPTED", "ACCEPTED", "ACCEPTED"]);
    await it.edit("ServiceAttachment", "npm", {
      consumerAcceptLists: [{ projectIdOrNum: CONSUMER, connectionLimit: 0 }],
    });
    expect(it.trouble()).toBe(
      "service attachment customer: npm has reached the connection limit of vendor-acme (PENDING)",
    );
  });

  test("need attention once the NAT subnets have no address for them [CP-21]", async () => {
    const limit = [{ projectIdOrNum: CONSUMER, connectionLimit: 10 }];
    await it.edit("ServiceAttachment", "npm", { consumerAcceptLists: limit });
    for (const index of [1, 2, 3, 4]) await it.connect(index);
    expect(statuses()).toEqual([...Array<string>(4).fill("ACCEPTED"), "NEEDS_ATTENTION"]);
    await it.make("subnetwork", {
      ...{ name: "nat-2", network: NETWORK, ipCidrRange: "10.61.0.8/29", purpose: "PRIVATE_SERVICE_CONNECT" },
    });
    await it.edit("ServiceAttachment", "npm", { natSubnets: ["nat", "nat-2"] });
    expect(statuses()).toEqual(Array(5).fill("ACCEPTED"));
  });

  test("that were accepted stay so without reconciliation, and do not with it [CP-23]", async () => {
    await it.edit("ServiceAttachment", "npm", { reconcileConnections: false, consumerAcceptLists: [] });
    expect(statuses()).toEqual(["ACCEPTED"]);
    await it.connect(1);
    expect(statuses()).toEqual(["ACCEPTED", "PENDING"]);
    await it.edit("ServiceAttachment", "npm", { reconcileConnections: true });
    expect(statuses()).toEqual(["PENDING", "PENDING"]);
  });

  test("are accepted by network, by endpoint, or all of them", async () => {
    const entries = [
      { networkUrl: `projects/${CONSUMER}/global/networks/main` },
      { endpointUrl: `projects/${CONSUMER}/regions/${REGION}/forwardingRules/npm-0` },
    ];
    for (const entry of entries) {
      await it.edit("ServiceAttachment", "npm", { consumerAcceptLists: [{ ...entry, connectionLimit: 1 }] });
      expect(statuses()).toEqual(["ACCEPTED"]);
    }
    await it.edit("ServiceAttachment", "npm", {
      consumerAcceptLists: [{ networkUrl: "projects/other/global/networks/main", connectionLimit: 1 }],
    });
    expect(statuses()).toEqual(["PENDING"]);
    await it.edit("ServiceAttachment", "npm", { consumerAcceptLists: [], connectionPreference: "ACCEPT_AUTOMATIC" });
    expect(statuses()).toEqual(["ACCEPTED"]);
  });
});

function statuses(): unknown[] {
  return customerSide(it.world)[0]!.consumers.map(({ state }) => state);
}

describe("what a customer has before", () => {
  test("is put there once, and fails for a path that names no instance group", async () => {
    const before = it.world.list().length;
    const spec = {
      ...{ project: PRODUCER, region: REGION, network: "shared", instanceGroup: GROUP },
      subnet: { name: "registry", ipCidrRange: "10.60.0.0/24" },
    };
    await seedGoogleBackends(it.world, spec);
    expect(it.world.list()).toHaveLength(before);
    await expect(seedGoogleBackends(it.world, { ...spec, instanceGroup: "registry" })).rejects.toThrow(
      "registry is no instance group: use projects/",
    );
  });
});
