/**
 * Tier: the network of a simulated world. One thing is broken by hand, and the way to a registry is followed up to it: the
 * hop named is that one and no other. Packets, sizes and timeouts are what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import {
  customerSide,
  endpointService,
  findExecutors,
  NoExecutorsError,
  reach,
  seedEndpointService,
  seedExecutors,
  seedLoadBalancer,
  seedServiceAttachment,
  serviceAttachment,
} from "../../sandbox/index.ts";
import { artefactOf, type DnsProxy } from "../../sandbox/network/artefact.ts";
import type { Values } from "../../sandbox/values.ts";
import { ARTIFACTORY, ATTACHMENT, block, Console, MAVEN, NAMES, PACKAGES, SERVICE_ID } from "./networkWorld.ts";

let console: Console;
beforeEach(async () => {
  console = await Console.open();
});

/** What fails on the executor and in a virtual machine on it. */
const both = (name: string): string[] => [console.trouble(name), console.trouble(name, { guest: true })];

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

describe("names", () => {
  test("fail without a route in dns-proxy", async () => {
    await console.editArtefact(
      "corefile",
      "rewrite stop name exact artifactory.dev.example.",
      "rewrite stop name exact other.",
    );
    expect(both(ARTIFACTORY)).toEqual(
      Array(2).fill(
        `public dns ours: nobody knows ${ARTIFACTORY}: no dns-proxy route, no private zone, no public name`,
      ),
    );
  });

  test("fail where a route leads to an endpoint that is gone", async () => {
    await console.editArtefact("corefile", "artifactory.dev.example. vpce-0", "artifactory.dev.example. vpce-1");
    expect(console.trouble(ARTIFACTORY)).toMatch(/^public dns ours: nobody knows vpce-1/);
  });

  test("a zonal name leads to the address of that zone alone", async () => {
    const endpoint = console.find("VpcEndpoint");
    const zonal = `vpce-[0-9a-f]+-[0-9a-f]+`;
    const corefile = (artefactOf(console.world, findExecutors(console.world, "executors")) as { proxy: DnsProxy })
      .proxy;
    const regional = corefile.rewrites.get(ARTIFACTORY)!;
    const zone = String(console.world.all("aws:ec2/subnet:Subnet")[1]!.attrs["availabilityZone"]);
    const name = regional.replace(new RegExp(`^(${zonal})\\.`), `$1-${zone}.`);
    const addresses = (endpoint.attrs["networkInterfaces"] as Values[]).map(({ ip }) => String(ip));
    const told = console.reach(name).hops.find(({ kind }) => kind === "public dns")!.what;
    expect(addresses.filter((address) => told.endsWith(` is ${address}`))).toHaveLength(1);
  });

  test("fail where dns-proxy does not listen for guests, or does not answer them", async () => {
    await console.editArtefact("corefile", "bind 10.61.0.1 127.0.0.1", "bind 127.0.0.1");
    expect(both(MAVEN)).toEqual(["reachable", "dns-proxy ours: does not answer 10.61.0.2 at 10.61.0.1"]);
    console = await Console.open();
    await console.editArtefact("corefile", "allow net 10.61.0.0/16 127.0.0.0/8", "allow net 127.0.0.0/8");
    expect(both(MAVEN)).toEqual(["reachable", "dns-proxy ours: does not answer 10.61.0.2 at 10.61.0.1"]);
  });

  test("fail without a resolver, and with one nobody answers at", async () => {
    await console.editArtefact("corefile", "forward . 169.254.169.254", "forward example.org. 169.254.169.254");
    expect(console.trouble(PACKAGES)).toBe(`dns-proxy ours: has no resolver for ${PACKAGES}`);
    await console.editArtefact("corefile", "198.51.100.53", "198.51.100.54");
    expect(console.trouble(MAVEN)).toBe("resolver ours: nobody answers DNS at 198.51.100.54");
  });

  test("fail where the customer's resolver does not know the name", async () => {
    await console.editArtefact("corefile", "maven.edge.dev.example.", "maven.old.dev.example.");
    await console.editArtefact("corefile", "forward maven.edge.dev.example.", "forward dev.example.");
    expect(console.trouble(MAVEN)).toBe("resolver customer: 198.51.100.53 does not know maven.old.dev.example");
  });

  test("fail where a name only a resolver knows is asked for in public", async () => {
    await console.editArtefact("corefile", "forward maven.edge.dev.example. 198.51.100.53", "");
    expect(console.trouble(MAVEN)).toMatch(/^public dns ours: nobody knows maven\.edge\.dev\.example/);
  });

  test("fail where the resolver cannot be asked", async () => {
    const network = String(console.find("Network").attrs["selfLink"]);
    const denies = [{ protocol: "udp", ports: ["53"] }];
    const rule = { ...console.find("Firewall", "-deny"), id: "no-dns", name: "no-dns" };
    const args = { network, direction: "EGRESS", priority: 10, denies };
    const tx = console.world.begin();
    tx.put({ ...rule, args });
    await tx.commit();
    expect(console.trouble(MAVEN)).toBe("firewall ours: no-dns denies udp to 198.51.100.53:53");
  });

  test("fail where a private zone hides the name", async () => {
    await console.drop(console.find("RecordSet"));
    expect(console.trouble(PACKAGES)).toMatch(/^private zone ours: zone dev-psc-\S+ hides packages\.dev\.example/);
  });

  test("fail where the private zone is not of the executors' network", async () => {
    const tx = console.world.begin();
    tx.put({ ...console.find("ManagedZone"), uses: [] });
    await tx.commit();
    expect(console.trouble(PACKAGES)).toMatch(/^public dns ours: nobody knows packages\.dev\.example/);
  });

  test("fail in a wrong record at its address", async () => {
    await console.edit(console.find("RecordSet"), { args: { rrdatas: ["10.10.0.9"] } });
    expect(console.trouble(PACKAGES)).toBe("private service connect ours: no endpoint has the address 10.10.0.9");
  });

  test("a CNAME in a private zone is followed", async () => {
    await seedLoadBalancer(console.world, { name: "edge.dev.example", allowlist: ["*"] });
    await console.edit(console.find("RecordSet"), { args: { type: "CNAME", rrdatas: ["edge.dev.example."] } });
    expect(console.trouble(PACKAGES)).toBe("reachable");
  });

  test("without metadata executors ask Google's resolver", async () => {
    await console.drop(console.find("ProjectMetadataItem"));
    expect(both(PACKAGES)[0]).toBe("reachable");
    expect(both(PACKAGES)[1]).toMatch(/^guest rules ours: /);
    expect(console.trouble(MAVEN)).toMatch(/^public dns ours: nobody knows maven\.dev\.example/);
  });

  test.each<[string, "corefile" | "guestRules", string, string, string]>([
    ["a server block that is none", "corefile", ".:53 {", ":53 {", "the Corefile has no server block for .:53"],
    [
      "a rewrite of another form",
      "corefile",
      "name exact",
      "name suffix",
      "a rewrite that is not understood: stop name suffix",
    ],
    ["rules that are never committed", "guestRules", "COMMIT\n", "", "the guest rules are never committed"],
    [
      "a rule of another form",
      "guestRules",
      "-j ACCEPT",
      "-j LOG",
      "a guest rule that is not understood: -A CAUSEWAY-GUEST",
    ],
  ])("fail with %s", async (_, key, from, to, why) => {
    await console.editArtefact(key, from, to);
    expect(console.trouble(ARTIFACTORY)).toContain(`dns-proxy ours: metadata causeway-dns-proxy: ${why}`);
  });

  test("fail with metadata that is no JSON", async () => {
    await console.edit(console.find("ProjectMetadataItem"), { args: { value: "{" } });
    expect(console.trouble(MAVEN)).toBe("dns-proxy ours: metadata causeway-dns-proxy: not JSON");
  });
});

describe("guest rules", () => {
  test.each([
    ["for another port", "--dport 443", "--dport 8443"],
    ["for another range", "-d 10.127.0.0/27", "-d 10.128.0.0/27"],
    ["from a part of the guests", "-s 10.61.0.0/16", "-s 10.61.0.0/24"],
    ["that are not put first", "first CNI-ADMIN CAUSEWAY-GUEST\n", ""],
    ["in a chain that does not exist", ":CAUSEWAY-GUEST - [0:0]\n", ""],
  ])("fail for guests alone with rules %s", async (_, from, to) => {
    await console.editArtefact("guestRules", from, to);
    expect(both(ARTIFACTORY)).toEqual([
      "reachable",
      "guest rules ours: the executor drops what a guest sends to 10.127.0.4:443: no rule lets it through",
    ]);
  });

  test("fail for the second zone's address too", async () => {
    await console.editArtefact("guestRules", "-d 10.127.0.32/27", "-d 10.127.0.32/32");
    expect(console.trouble(ARTIFACTORY, { guest: true })).toContain("sends to 10.127.0.36:443");
  });

  test("fail for guests alone where they may not ask dns-proxy", async () => {
    await console.editArtefact("guestRules", "first INPUT CAUSEWAY-INPUT\n", "");
    expect(both(MAVEN)).toEqual([
      "reachable",
      "guest rules ours: the executor drops what a guest asks dns-proxy at 10.61.0.1:53",
    ]);
  });
});

describe("the egress firewall", () => {
  test("fails without the rule that allows, at the one that denies", async () => {
    await console.drop(console.find("Firewall", "us-east-1-allow"));
    expect(console.trouble(ARTIFACTORY)).toBe(
      "firewall ours: dev-aws-111122223333-us-east-1-deny denies tcp to 10.127.0.4:443",
    );
  });

  test.each<[string, Values]>([
    ["for another port", { allows: [{ protocol: "tcp", ports: ["8443"] }] }],
    ["for another protocol", { allows: [{ protocol: "udp", ports: ["443"] }] }],
    ["for another range", { destinationRanges: ["10.128.0.0/24"] }],
    ["for another service account", { targetServiceAccounts: ["others@causeway-dev-4f2a.iam.gserviceaccount.com"] }],
    ["for machines with a tag", { targetServiceAccounts: undefined, targetTags: ["executor"] }],
    ["after the one that denies", { priority: 1200 }],
    ["with the priority of the one that denies", { priority: 1100 }],
    ["that is disabled", { disabled: true }],
    ["the other way round", { direction: "INGRESS" }],
  ])("fails with a rule %s", async (_, args) => {
    await console.edit(console.find("Firewall", "us-east-1-allow"), { args });
    expect(console.trouble(ARTIFACTORY)).toMatch(/^firewall ours: dev-aws-111122223333-us-east-1-deny denies/);
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
    await console.edit(console.find("VpnGateway"), { args: { vpcId: undefined } });
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

describe("the customer's side", () => {
  test("lists services, load balancers and attachments with who asks for them", () => {
    expect(
      customerSide(console.world).map(({ kind, id, allowed, consumers }) => [kind, id, allowed, consumers.length]),
    ).toEqual([
      ["endpoint service", SERVICE_ID, ["arn:aws:iam::111122223333:root"], 1],
      ["load balancer", "maven.edge.dev.example", ["*"], 0],
      ["service attachment", ATTACHMENT, ["causeway-dev-4f2a"], 1],
    ]);
  });

  test("what is seeded again keeps what was decided", async () => {
    const balancer = await seedLoadBalancer(console.world, { name: "lb.example", allowlist: ["192.0.2.7"] });
    await balancer.allow("192.0.2.8");
    await seedLoadBalancer(console.world, { name: "lb.example", allowlist: ["192.0.2.7"] });
    expect(console.find("LoadBalancer", "lb.example").args["allowlist"]).toEqual(["192.0.2.7", "192.0.2.8"]);
    await balancer.reject("192.0.2.7");
    expect(console.find("LoadBalancer", "lb.example").args["allowlist"]).toEqual(["192.0.2.8"]);
    await balancer.delete();
    expect(customerSide(console.world)).toHaveLength(3);
  });

  test("fails to accept what did not ask, and to name an attachment that is none", async () => {
    const service = await seedEndpointService(console.world, {
      ...{ region: "us-east-1", serviceId: "vpce-svc-0fedcba9876543210", availabilityZoneIDs: [] },
      ...{ allowedPrincipals: [], acceptanceRequired: true },
    });
    await expect(service.accept("vpce-0")).rejects.toThrow(
      "no endpoint vpce-0 asks for com.amazonaws.vpce.us-east-1.vpce-svc-0fedcba9876543210",
    );
    const wrong = { targetService: "packages", acceptedProjects: [], autoAccept: true };
    await expect(seedServiceAttachment(console.world, wrong)).rejects.toThrow(
      "packages is no service attachment: use projects/",
    );
  });
});
