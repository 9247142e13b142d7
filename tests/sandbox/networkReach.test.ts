/**
 * Tier: the network of a simulated world. One thing is broken by hand, and the way to a registry is followed up to it: the
 * hop named is that one and no other. Packets, sizes and timeouts are what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import {
  endpointService,
  findExecutors,
  NoExecutorsError,
  reach,
  seedExecutors,
  serviceAttachment,
} from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import {
  ARTIFACTORY,
  ATTACHMENT,
  both as bothOf,
  block,
  Console,
  MAVEN,
  NAMES,
  PACKAGES,
  SERVICE_ID,
} from "./networkWorld.ts";

let console: Console;
beforeEach(async () => {
  console = await Console.open();
});

const both = (name: string): string[] => bothOf(console, name);

const kinds = (name: string, guest = false): string[] => console.reach(name, { guest }).hops.map(({ kind }) => kind);

describe("as the program makes it", () => {
  test("every registry is reached from executors and from their guests", () => {
    expect(NAMES.flatMap(both)).toEqual(Array(6).fill("reachable"));
  });

  test("every hop on the way is named, in order", () => {
    const aws = ["tunnel", "return route", "security group", "interface endpoint", "service", "certificate"];
    expect(kinds(ARTIFACTORY)).toEqual(["dns-proxy", "public dns", "firewall", ...aws]);
    expect(kinds(PACKAGES)).toEqual([
      "dns-proxy",
      "private zone",
      "firewall",
      "route",
      "private service connect",
      "certificate",
    ]);
    expect(kinds(MAVEN)).toEqual(["dns-proxy", "resolver", "firewall", "route", "nat", "allowlist", "certificate"]);
    expect(kinds(MAVEN, true)).toContain("guest rules");
  });

  test("a name may be written with a final dot and in capitals", () => {
    expect(console.trouble("Artifactory.Dev.Example.")).toBe("reachable");
  });
});

describe("executors", () => {
  test("fail to be found by a name nobody has, or by one that two projects have", async () => {
    const wanted = () => findExecutors(console.world, "nowhere");
    expect(wanted).toThrow(NoExecutorsError);
    expect(wanted).toThrow("got nowhere; there are: causeway-dev-4f2a/executors");
    const metadataKey = "causeway-dns-proxy";
    await seedExecutors(console.world, {
      project: "other-project",
      region: "us-central1",
      subnet: "executors",
      metadataKey,
    });
    expect(() => findExecutors(console.world, "executors")).toThrow(
      "there are: causeway-dev-4f2a/executors, other-project/executors",
    );
    const source = { executor: "other-project/executors", guest: false };
    expect(reach(console.world, source, ARTIFACTORY, 443).broken?.what).toBe(
      "project other-project has no subnet executors in us-central1",
    );
  });
});

describe("the egress firewall", () => {
  test("fails without the rule that allows, at the one that denies", async () => {
    await console.drop(console.find("Firewall", "us-east-1-allow"));
    expect(console.trouble(ARTIFACTORY)).toBe(
      "firewall ours: dev-aws-222233334444-us-east-1-deny denies tcp to 10.127.0.4:443",
    );
  });

  test.each<[string, Values]>([
    ["for another port", { allows: [{ protocol: "tcp", ports: ["8443"] }] }],
    ["for another protocol", { allows: [{ protocol: "udp", ports: ["443"] }] }],
    ["for another range", { destinationRanges: ["10.128.0.0/24"] }],
    ["for another service account", { targetServiceAccounts: ["others@causeway-dev-4f2a.iam.gserviceaccount.com"] }],
    ["for machines with a tag", { targetServiceAccounts: undefined, targetTags: ["executor"] }],
    ["after the one that denies", { priority: 1200 }],
    ["that is disabled", { disabled: true }],
    ["the other way round", { direction: "INGRESS" }],
  ])("fails with a rule %s", async (_, args) => {
    await console.edit(console.find("Firewall", "us-east-1-allow"), { args });
    expect(console.trouble(ARTIFACTORY)).toMatch(/^firewall ours: dev-aws-222233334444-us-east-1-deny denies/);
  });

  test("fails where a denial has the same priority", async () => {
    await console.edit(console.find("Firewall", "us-east-1-deny"), { args: { priority: 1000 } });
    expect(console.trouble(ARTIFACTORY)).toMatch(/^firewall ours: dev-aws-222233334444-us-east-1-deny denies/);
  });

  test("a range of ports or all of them allows too", async () => {
    for (const allows of [[{ protocol: "TCP", ports: ["400-500"] }], [{ protocol: "6" }], [{ protocol: "all" }]]) {
      await console.edit(console.find("Firewall", "us-east-1-allow"), { args: { allows } });
      expect(console.trouble(ARTIFACTORY)).toBe("reachable");
    }
  });

  test("rules for a service account do not concern executors that have another", async () => {
    await console.drop(console.find("Firewall", "us-east-1-allow"));
    await console.edit(console.find("Executors"), { args: { serviceAccount: "others@x.iam.gserviceaccount.com" } });
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
  });
});

describe("the way to AWS", () => {
  test("fails at the tunnels when all are down, with each one's reason", async () => {
    for (const key of ["t0", "t1", "t2", "t3"]) {
      await console.edit(console.find("VPNTunnel", key), { secrets: { sharedSecret: "another" } });
    }
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^tunnel ours: every tunnel towards 10\.127\.0\.4 is down: \S+-t0: pre-shared keys differ; .*-t3: pre-shared keys differ$/,
    );
  });

  test("fails at the sessions when tunnels are up and no session is", async () => {
    for (const key of ["t0", "t1", "t2", "t3"]) {
      await console.edit(console.find("RouterPeer", key), { args: { enable: false } });
    }
    expect(console.trouble(ARTIFACTORY)).toContain("bgp session ours: no session announces 10.127.0.4: ");
  });

  test("one tunnel alone carries it", async () => {
    for (const key of ["t0", "t2", "t3"]) await console.drop(console.find("RouterPeer", key));
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
  });

  test("fails at the route where nobody announces one", async () => {
    await console.drop(console.find("VpnGatewayAttachment"));
    expect(console.trouble(ARTIFACTORY)).toBe(
      "route ours: network dev has no route to 10.127.0.4: nobody announces one",
    );
  });

  test("fails at the route where a subnet of the network has the range", async () => {
    const subnet = console.find("Subnetwork");
    const tx = console.world.begin();
    tx.put({ ...subnet, id: "other", name: "other", args: { ...subnet.args, ipCidrRange: "10.127.0.0/24" } });
    await tx.commit();
    expect(console.trouble(ARTIFACTORY)).toBe("private service connect ours: no endpoint has the address 10.127.0.4");
  });

  test("fails at the route in another region than the router's, unless the network routes globally", async () => {
    const [subnet, executors] = [console.find("Subnetwork"), console.find("Executors")];
    const id = subnet.id.replace("us-central1", "us-east4");
    const tx = console.world.begin();
    tx.drop(executors);
    tx.put({ ...executors, region: "us-east4" });
    tx.put({ ...subnet, id, region: "us-east4" });
    await tx.commit();
    expect(console.trouble(ARTIFACTORY)).toContain("route ours: network dev has no route to 10.127.0.4");
    await console.edit(console.find("Network"), { args: { routingMode: "GLOBAL" } });
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
    expect(console.trouble(PACKAGES)).toMatch(
      /^private service connect ours: dev-psc-\S+ serves us-central1 alone, not us-east4$/,
    );
  });
});

describe("the way back from AWS", () => {
  test("fails without propagation", async () => {
    await console.drop(console.find("VpnGatewayRoutePropagation"));
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^return route ours: rtb-\w+ has no route to 10\.10\.0\.0\/24: nothing is propagated into it$/,
    );
  });

  test("fails where a subnet has the main route table", async () => {
    await console.drop(console.find("RouteTableAssociation"));
    expect(console.trouble(ARTIFACTORY)).toMatch(/^return route ours: the main route table of vpc-\w+ has no route/);
  });

  test("fails where Google announces something else, or less than the executors' subnet", async () => {
    const router = console.find("Router", "dev-vpn");
    for (const range of ["10.11.0.0/24", "10.10.0.0/25"]) {
      await console.edit(router, { args: block(router, "bgp", { advertisedIpRanges: [{ range }] }) });
      expect(console.trouble(ARTIFACTORY)).toContain("has no route to 10.10.0.0/24: Google announces other ranges");
    }
  });

  test("fails where the VPC has the executors' range itself", async () => {
    await console.edit(console.find("Vpc"), { args: { cidrBlock: "10.0.0.0/8" } });
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^return route ours: replies to 10\.10\.0\.0\/24 stay in vpc-\w+, whose own range 10\.0\.0\.0\/8 overlaps with it$/,
    );
  });
});

describe("the security group", () => {
  test.each<[string, Values]>([
    ["another port", { fromPort: 8443, toPort: 8443 }],
    ["another range", { cidrIpv4: "10.11.0.0/24" }],
    ["a part of the executors", { cidrIpv4: "10.10.0.0/25" }],
    ["another protocol", { ipProtocol: "udp" }],
  ])("fails with a rule for %s", async (_, args) => {
    await console.edit(console.find("SecurityGroupIngressRule"), { args });
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^security group ours: sg-\w+ lets 10\.10\.0\.0\/24 not in on port 443$/,
    );
  });

  test("fails where the endpoint has the VPC's emptied default group", async () => {
    const group = console.find("DefaultSecurityGroup");
    await console.edit(console.find("VpcEndpoint"), { attrs: { securityGroupIds: [group.id] } });
    expect(console.trouble(ARTIFACTORY)).toContain(`security group ours: ${group.id} lets`);
    const ingress = [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["10.0.0.0/8"] }];
    await console.edit(group, { args: { ingress } });
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
  });
});

describe("the customer's endpoint service", () => {
  test("fails while the endpoint waits, and once it is rejected", async () => {
    const endpoint = console.find("VpcEndpoint");
    await console.edit(endpoint, { attrs: { state: "pendingAcceptance" } });
    expect(console.trouble(ARTIFACTORY)).toBe(
      `interface endpoint customer: ${endpoint.id} waits for the customer to accept it (pendingAcceptance)`,
    );
    const service = endpointService(console.world, "us-east-1", SERVICE_ID);
    await service.accept(endpoint.id);
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
    await service.reject(endpoint.id);
    expect(console.trouble(ARTIFACTORY)).toBe(
      `interface endpoint customer: ${endpoint.id} was rejected by the customer`,
    );
  });

  test("fails once the service is deleted", async () => {
    await endpointService(console.world, "us-east-1", SERVICE_ID).delete();
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^interface endpoint customer: vpce-\w+ was rejected by the customer$/,
    );
    await console.edit(console.find("VpcEndpoint"), { attrs: { state: "available" } });
    expect(console.trouble(ARTIFACTORY)).toBe(`service customer: ${SERVICE_ID} no longer exists`);
  });

  test("fails in a zone the service has left", async () => {
    const zones = console.find("VpcEndpointService").args["availabilityZoneIDs"] as string[];
    await console.edit(console.find("VpcEndpointService"), { args: { availabilityZoneIDs: [zones[0]] } });
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^service customer: vpce-svc-\w+ has nothing in zone use1-az\d, where vpce-/,
    );
  });

  test("fails on a port nobody listens on", async () => {
    await console.edit(console.find("VpcEndpointService"), { args: { ports: [8443] } });
    expect(console.trouble(ARTIFACTORY)).toMatch(/^service customer: \S+ listens on 8443, not on 443$/);
  });

  test("fails with a certificate that is not for the private name", async () => {
    await console.edit(console.find("VpcEndpointService"), { args: { certificateNames: ["artifactory.example.com"] } });
    expect(console.trouble(ARTIFACTORY)).toMatch(
      /^certificate customer: the certificate of \S+ is for artifactory\.example\.com, not artifactory\.dev\.example$/,
    );
  });

  test("a wildcard certificate covers one label and no more", async () => {
    await console.edit(console.find("VpcEndpointService"), { args: { certificateNames: ["*.dev.example"] } });
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
    await console.edit(console.find("VpcEndpointService"), { args: { certificateNames: ["*.example"] } });
    expect(console.trouble(ARTIFACTORY)).toMatch(/^certificate customer: /);
  });

  test("fails where executors do not know the private CA", async () => {
    await console.editArtefact("caBundle", "BEGIN CERTIFICATE", "BEGIN CERTIFICATE ");
    expect(both(ARTIFACTORY)).toEqual(
      Array(2).fill(`certificate ours: executors do not trust the private CA behind ${ARTIFACTORY}`),
    );
  });

  test("SSH has no certificate to check", async () => {
    await console.edit(console.find("VpcEndpointService"), { args: { ports: [22], certificateNames: ["x.example"] } });
    await console.edit(console.find("SecurityGroupIngressRule"), { args: { fromPort: 22, toPort: 22 } });
    await console.edit(console.find("Firewall", "us-east-1-allow"), { args: { allows: [{ protocol: "tcp" }] } });
    expect(console.trouble(ARTIFACTORY, { port: 22 })).toBe("reachable");
  });
});

describe("Private Service Connect", () => {
  test("fails while the customer has not accepted, after a rejection, and once the attachment is gone", async () => {
    const attachment = console.find("ServiceAttachment");
    await console.edit(attachment, { args: { autoAccept: false, acceptedProjects: [] } });
    expect(both(PACKAGES)).toEqual(
      Array(2).fill(expect.stringMatching(/^private service connect customer: \S+ waits for .* \(PENDING\)$/)),
    );
    const theirs = serviceAttachment(console.world, ATTACHMENT);
    await theirs.accept("causeway-dev-4f2a");
    expect(console.trouble(PACKAGES)).toBe("reachable");
    await theirs.reject("causeway-dev-4f2a");
    expect(console.trouble(PACKAGES)).toContain("(REJECTED)");
    await theirs.delete();
    expect(console.trouble(PACKAGES)).toContain("the customer took the service attachment away (CLOSED)");
  });

  test("fails without the forwarding rule", async () => {
    await console.drop(console.find("ForwardingRule"));
    expect(console.trouble(PACKAGES)).toBe("private service connect ours: no endpoint has the address 10.10.0.2");
  });

  test("fails with the certificate of another name, and on another port", async () => {
    await console.edit(console.find("ServiceAttachment"), { args: { certificateNames: ["other.example"] } });
    expect(console.trouble(PACKAGES)).toMatch(/^certificate customer: /);
    await console.edit(console.find("ServiceAttachment"), { args: { ports: [8443] } });
    expect(console.trouble(PACKAGES)).toMatch(/^service customer: packages listens on 8443/);
  });
});

describe("a public load balancer", () => {
  test("fails for a NAT address that is not on its allowlist, naming that one", async () => {
    await console.edit(console.find("LoadBalancer"), { args: { allowlist: ["192.0.2.1"] } });
    expect(both(MAVEN)).toEqual(Array(2).fill("allowlist customer: maven.edge.dev.example does not let 192.0.2.2 in"));
    await console.edit(console.find("LoadBalancer"), { args: { allowlist: ["192.0.2.1", "192.0.2.2"] } });
    expect(console.trouble(MAVEN)).toBe("reachable");
  });

  test("an address that drains or is only reserved needs no entry", async () => {
    const nat = console.find("RouterNat");
    const [first, second] = nat.args["natIps"] as string[];
    await console.edit(console.find("LoadBalancer"), { args: { allowlist: ["192.0.2.1"] } });
    await console.edit(nat, { args: { natIps: [first], drainNatIps: [second] } });
    expect(console.trouble(MAVEN)).toBe("reachable");
  });

  test("fails with addresses Google picks", async () => {
    await console.edit(console.find("LoadBalancer"), { args: { allowlist: ["192.0.2.1", "192.0.2.2"] } });
    await console.edit(console.find("RouterNat"), { args: { natIpAllocateOption: "AUTO_ONLY", natIps: [] } });
    expect(console.trouble(MAVEN)).toBe(
      "allowlist customer: maven.edge.dev.example does not let addresses nobody can know beforehand in",
    );
  });

  test("fails without a NAT for the executors' subnet, and without an active address", async () => {
    const subnetworks = [{ name: "executors", sourceIpRangesToNats: ["LIST_OF_SECONDARY_IP_RANGES"] }];
    await console.edit(console.find("RouterNat"), { args: { subnetworks } });
    expect(console.trouble("198.18.255.1")).toBe(
      "nat ours: no Cloud NAT translates subnet executors, so it has no way out",
    );
    await console.edit(console.find("RouterNat"), {
      args: { sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES", natIps: [] },
    });
    expect(console.trouble("198.18.255.1")).toBe("nat ours: Cloud NAT dev-nat has no active address");
  });

  test("fails where the NAT translates another subnet alone", async () => {
    const subnet = console.find("Subnetwork");
    const id = subnet.id.replace(/executors$/, "others");
    const tx = console.world.begin();
    tx.put({ ...subnet, id, name: "others" });
    await tx.commit();
    const subnetworks = [{ name: id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }];
    await console.edit(console.find("RouterNat"), { args: { subnetworks } });
    expect(console.trouble(MAVEN)).toMatch(/^nat ours: no Cloud NAT translates subnet executors/);
  });

  test("fails in a network without a route to the internet", async () => {
    await console.edit(console.find("Network"), { args: { deleteDefaultRoutesOnCreate: true } });
    expect(console.trouble(MAVEN)).toBe("route ours: network dev has no route to the internet");
  });

  test("fails where nothing answers", () => {
    expect(console.trouble("198.18.255.1")).toBe("service customer: nothing answers at 198.18.255.1");
  });

  test("fails with a certificate that lacks the private name", async () => {
    await console.edit(console.find("LoadBalancer"), { args: { certificateNames: ["maven.edge.dev.example"] } });
    expect(console.trouble(MAVEN)).toBe(
      "certificate customer: the certificate of maven.edge.dev.example is for maven.edge.dev.example, not maven.dev.example",
    );
  });
});
