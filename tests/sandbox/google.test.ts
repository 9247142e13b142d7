/**
 * Tier: provider protocol. Shows what the simulated Google Cloud refuses once a request arrives, in Google's words. It
 * cannot show that Google refuses nothing else, nor whether a tunnel it accepts carries traffic.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";

const { PROJECT, REGION } = estate;
const NETWORK = `projects/${PROJECT}/global/networks/executors`;
const TUNNEL = "gcp:compute/vPNTunnel:VPNTunnel";
const EXTERNAL = "gcp:compute/externalVpnGateway:ExternalVpnGateway";
const INTERFACE = "gcp:compute/routerInterface:RouterInterface";
const PEER = "gcp:compute/routerPeer:RouterPeer";
const NAT = "gcp:compute/routerNat:RouterNat";
const ADDRESS = "gcp:compute/address:Address";
const RULE = "gcp:compute/forwardingRule:ForwardingRule";
let sandbox: Sandbox;
let outside: estate.Outside;
let google: Provider;
let near: estate.GoogleSide;
let external: Resource;
let tunnels: Resource[];
let face: Resource;

const OUTSIDE = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"];
const externalArgs = {
  name: "aws",
  redundancyType: "FOUR_IPS_REDUNDANCY",
  interfaces: OUTSIDE.map((ipAddress, id) => ({ id, ipAddress })),
};
const on = { router: "vpn", region: REGION };
const link = { ...on, name: "if0", ipRange: "169.254.32.2/30", vpnTunnel: "t0" };
const session = {
  ...on,
  name: "peer0",
  interface: "if0",
  ipAddress: "169.254.32.2",
  peerIpAddress: "169.254.32.1",
  peerAsn: 64512,
};

beforeAll(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  outside = await estate.seed(sandbox);
  google = await estate.google(sandbox);
  near = await estate.googleSide(google);
  external = await google.create(EXTERNAL, externalArgs);
  tunnels = [];
  for (const index of [0, 1]) tunnels.push(await google.create(TUNNEL, estate.tunnelArgs(near, external, index)));
  face = await google.create(INTERFACE, link);
});

afterAll(async () => {
  google.close();
  await sandbox.close();
});

test("a gateway has two addresses nobody else has, a tunnel the address of its peer", async () => {
  const addresses = [estate.outsideAddress(near.gateway, 0), estate.outsideAddress(near.gateway, 1)];
  expect(addresses[0]).toMatch(/^198\.51\.100\.\d+$/);
  expect(new Set(addresses).size).toBe(2);
  expect(near.gateway.id).toBe(`projects/${PROJECT}/regions/${REGION}/vpnGateways/vpn`);
  expect(near.gateway.state["selfLink"]).toBe(`https://www.googleapis.com/compute/v1/${near.gateway.id}`);
  expect(tunnels.map(({ state }) => state["peerIp"])).toEqual(OUTSIDE.slice(0, 2));
});

test("fails for a name that is taken", async () => {
  await expect(
    google.create("gcp:compute/router:Router", { name: "vpn", network: NETWORK, region: REGION }),
  ).rejects.toThrow(
    `Error creating Router: googleapi: Error 409: The resource 'projects/${PROJECT}/regions/${REGION}/routers/vpn' already exists, alreadyExists`,
  );
});

const REFERENCES: [string, string, Values, string][] = [
  [
    "a network that does not exist",
    "gcp:compute/router:Router",
    { name: "r", network: "none" },
    `Error 404: The resource 'projects/${PROJECT}/global/networks/none' was not found, notFound`,
  ],
  [
    "a URL of something else",
    "gcp:compute/router:Router",
    { name: "r", network: `projects/${PROJECT}/regions/${REGION}/routers/vpn` },
    "The URL is malformed.",
  ],
  [
    "a subnetwork over another one",
    "gcp:compute/subnetwork:Subnetwork",
    { name: "s", network: NETWORK, ipCidrRange: "10.10.0.128/25" },
    "Invalid IPCidrRange: 10.10.0.128/25 conflicts with existing subnetwork 'executors' in region 'us-central1'.",
  ],
  [
    "an external gateway without its fourth address",
    EXTERNAL,
    { ...externalArgs, name: "e", interfaces: externalArgs.interfaces.slice(0, 3) },
    "Interface ids of FOUR_IPS_REDUNDANCY must be 0, 1, 2, 3.",
  ],
  [
    "an external gateway with one address twice",
    EXTERNAL,
    { ...externalArgs, name: "e", interfaces: OUTSIDE.map((_, id) => ({ id, ipAddress: OUTSIDE[0] })) },
    "Interfaces must have different IP addresses.",
  ],
  [
    "an external gateway with a private address",
    EXTERNAL,
    { name: "e", redundancyType: "SINGLE_IP_INTERNALLY_REDUNDANT", interfaces: [{ id: 0, ipAddress: "10.0.0.1" }] },
    "Must be a public IPv4 address",
  ],
  [
    "an interface with the address of its network",
    INTERFACE,
    { ...link, name: "i", ipRange: "169.254.32.4/30" },
    "Must hold a host address, not the address of the network.",
  ],
  [
    "an interface that is not link-local",
    INTERFACE,
    { ...link, name: "i", ipRange: "10.0.0.1/30" },
    "Must be a link-local IPv4 range",
  ],
  [
    "an interface over another one's range",
    INTERFACE,
    { ...link, name: "i", ipRange: "169.254.32.1/30", vpnTunnel: "t1" },
    "Overlaps with the range 169.254.32.2/30 of interface if0.",
  ],
  [
    "a second interface on a tunnel",
    INTERFACE,
    { ...link, name: "i", ipRange: "169.254.32.6/30" },
    "The tunnel is linked to interface if0 already.",
  ],
  [
    "an interface for a tunnel that does not exist",
    INTERFACE,
    { ...link, name: "i", ipRange: "169.254.32.6/30", vpnTunnel: "t9" },
    "vpnTunnels/t9' was not found",
  ],
  [
    "a peer on an interface that does not exist",
    PEER,
    { ...session, interface: "if9" },
    "Router vpn has no such interface.",
  ],
  [
    "a peer with the router's own ASN",
    PEER,
    { ...session, peerAsn: 64520 },
    "The peer ASN must differ from the router's; only external BGP is supported.",
  ],
  [
    "a peer outside the interface's range",
    PEER,
    { ...session, peerIpAddress: "169.254.32.5" },
    "Must be another host address in 169.254.32.2/30.",
  ],
  [
    "a peer with the interface's own address",
    PEER,
    { ...session, peerIpAddress: "169.254.32.2" },
    "Must be another host address in 169.254.32.2/30.",
  ],
  [
    "a peer that speaks from another address",
    PEER,
    { ...session, ipAddress: "169.254.32.1", peerIpAddress: "169.254.32.2" },
    "Must be the address of the interface, 169.254.32.2.",
  ],
  [
    "an auto mode network",
    "gcp:compute/network:Network",
    { name: "auto" },
    "the sandbox does not simulate auto mode networks",
  ],
];

test.each(REFERENCES)("fails for %s", async (_name, type, args, message) => {
  await expect(google.create(type, args)).rejects.toThrow(message);
});

const TUNNELS: [string, Values, string][] = [
  [
    "the same two ends as another",
    { name: "t9", peerExternalGatewayInterface: 0 },
    "A tunnel with same peer external VPN gateway interface and same VPN gateway interface exists.",
  ],
  ["a third interface of the gateway", { vpnGatewayInterface: 2 }, "vpnGatewayInterface must be one of 0, 1, not 2"],
  [
    "an interface the other gateway does not have",
    { peerExternalGatewayInterface: 4 },
    "The gateway aws has no such interface.",
  ],
  ["no router", { router: undefined }, "The field is required for an HA VPN tunnel to an external gateway."],
];

test.each(TUNNELS)("fails for a tunnel with %s", async (_name, change, message) => {
  const args = { ...estate.tunnelArgs(near, external, 0), name: "t9", peerExternalGatewayInterface: 2, ...change };
  await expect(google.create(TUNNEL, args)).rejects.toThrow(message);
});

test("fails for a tunnel whose router is in another network", async () => {
  const network = await google.create("gcp:compute/network:Network", { name: "other", autoCreateSubnetworks: false });
  const router = await google.create("gcp:compute/router:Router", {
    name: "other",
    network: network.id,
    bgp: { asn: 64530 },
  });
  const args = { ...estate.tunnelArgs(near, external, 2), router: router.id };
  await expect(google.create(TUNNEL, args)).rejects.toThrow("The router must be in the network of the VPN gateway.");
  await google.delete(router);
  await google.delete(network);
});

test("fails for a router's ASN that becomes its peer's", async () => {
  const peer = await google.create(PEER, session);
  const { __defaults: _, ...args } = near.router.inputs;
  const update = google.update(near.router, { ...args, bgp: { ...(args["bgp"] as Values), asn: 64512 } });
  await expect(update).rejects.toThrow("The peer peer0 has the same ASN; only external BGP is supported.");
  await expect(google.delete(face)).rejects.toThrow("BGP peer peer0 refers to an interface that does not exist.");
  await google.delete(peer);
});

test("fails to delete what is still used, in Google's words", async () => {
  await expect(google.delete(external)).rejects.toThrow(
    `The external_vpn_gateway resource 'projects/${PROJECT}/global/externalVpnGateways/aws' is already being used by '${tunnels[0]!.id}', resourceInUseByAnotherResource`,
  );
  await expect(google.delete(tunnels[0]!)).rejects.toThrow(
    `The vpn_tunnel resource '${tunnels[0]!.id}' is already being used by 'projects/${PROJECT}/regions/${REGION}/routers/vpn'`,
  );
  await expect(google.delete(near.gateway)).rejects.toThrow("resourceInUseByAnotherResource");
  await expect(google.delete(near.router)).rejects.toThrow("resourceInUseByAnotherResource");
});

test("fails for an address that another NAT has, and for a subnetwork translated twice", async () => {
  const address = await google.create(ADDRESS, { name: "nat-1", region: REGION });
  const router = await google.create("gcp:compute/router:Router", { name: "nat", network: NETWORK, region: REGION });
  const listed = [{ name: "executors", sourceIpRangesToNats: ["ALL_IP_RANGES"] }];
  const ranges = { sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS", subnetworks: listed };
  const args = {
    name: "n0",
    router: "nat",
    region: REGION,
    natIpAllocateOption: "MANUAL_ONLY",
    natIps: [address.state["selfLink"]],
    ...ranges,
  };
  const nat = await google.create(NAT, args);
  await expect(google.create(NAT, { ...args, name: "n1" })).rejects.toThrow(
    "is already being used by another resource",
  );
  const second = await google.create(ADDRESS, { name: "nat-2", region: REGION });
  const again = { ...args, name: "n1", natIps: [second.state["selfLink"]] };
  await expect(google.create(NAT, again)).rejects.toThrow("Its ranges are translated by NAT n0 already.");
  await expect(google.delete(address)).rejects.toThrow(
    `The address resource '${address.id}' is already being used by 'projects/${PROJECT}/regions/${REGION}/routers/nat'`,
  );
  const moved = await google.update(nat, { ...args, natIps: [second.state["selfLink"]] });
  await google.delete(address);
  await google.delete(moved);
  await google.delete(router);
});

test("internal addresses come from their subnetwork, without the ones Google keeps", async () => {
  const inner = { addressType: "INTERNAL", region: REGION, subnetwork: "executors" };
  const first = await google.create(ADDRESS, { ...inner, name: "i1" });
  const second = await google.create(ADDRESS, { ...inner, name: "i2" });
  expect([first.state["address"], second.state["address"]]).toEqual(["10.10.0.2", "10.10.0.3"]);
  await expect(google.create(ADDRESS, { ...inner, name: "i3", address: "10.10.0.3" })).rejects.toThrow(
    "is already being used by another resource",
  );
  await expect(google.create(ADDRESS, { ...inner, name: "i3", address: "10.10.0.1" })).rejects.toThrow(
    "must be in the range of subnetwork executors",
  );
});

test("a Private Service Connect endpoint follows what the producer decides", async () => {
  const address = await google.create(ADDRESS, {
    name: "psc",
    addressType: "INTERNAL",
    region: REGION,
    subnetwork: "executors",
  });
  const args = {
    name: "psc",
    region: REGION,
    network: NETWORK,
    loadBalancingScheme: "",
    ipAddress: address.state["selfLink"],
  };
  const target = estate.ATTACHMENT;
  const far = target.replace(REGION, "europe-west1");
  await expect(google.create(RULE, { ...args, target: far })).rejects.toThrow(
    "must be in the region of the forwarding rule, us-central1.",
  );
  await expect(google.create(RULE, { ...args, target: `${target}-2` })).rejects.toThrow(
    "serviceAttachments/registry-2' was not found, notFound",
  );
  await expect(google.create(RULE, { ...args, target, loadBalancingScheme: undefined })).rejects.toThrow(
    "must have an empty load balancing scheme",
  );
  const rule = await google.create(RULE, { ...args, target });
  expect(rule.state).toMatchObject({ pscConnectionStatus: "PENDING", ipAddress: address.state["address"] });
  await outside.attachment.accept(PROJECT);
  expect((await google.read(rule))!.state["pscConnectionStatus"]).toBe("ACCEPTED");
  await outside.attachment.reject(PROJECT);
  expect((await google.read(rule))!.state["pscConnectionStatus"]).toBe("REJECTED");
  await expect(google.delete(address)).rejects.toThrow("resourceInUseByAnotherResource");
});

test("fails for records that do not fit their zone, and for a zone that still has some", async () => {
  const zone = await google.create("gcp:dns/managedZone:ManagedZone", { name: "z", dnsName: "registry.example.com." });
  const record = { managedZone: "z", name: "registry.example.com.", type: "A", ttl: 60, rrdatas: ["10.10.0.2"] };
  await google.create("gcp:dns/recordSet:RecordSet", record);
  const make = (change: Values): Promise<Resource> =>
    google.create("gcp:dns/recordSet:RecordSet", { ...record, ...change });
  await expect(make({})).rejects.toThrow("'registry.example.com. (A)' already exists, alreadyExists");
  await expect(make({ name: "example.com." })).rejects.toThrow(
    "'example.com.' is not in the zone registry.example.com.",
  );
  await expect(make({ name: "a.registry.example.com.", rrdatas: ["here"] })).rejects.toThrow("'here'");
  await expect(google.delete(zone)).rejects.toThrow("containerNotEmpty");
});

test("what must not be deleted is kept, what is abandoned stays in the cloud", async () => {
  const kept = await google.create(ADDRESS, { name: "kept", region: REGION, deletionPolicy: "PREVENT" });
  await expect(google.delete(kept)).rejects.toThrow('without setting deletion_policy="DELETE" first');
  const left = await google.create(ADDRESS, { name: "left", region: REGION, deletionPolicy: "ABANDON" });
  await google.delete(left);
  expect(await google.read(left)).toBeDefined();
});

test("data sources find what somebody else made", async () => {
  const network = await google.invoke("gcp:compute/getNetwork:getNetwork", { name: "executors" });
  expect(network).toMatchObject({
    id: NETWORK,
    subnetworksSelfLinks: [expect.stringMatching(/subnetworks\/executors$/)],
  });
  const subnet = await google.invoke("gcp:compute/getSubnetwork:getSubnetwork", { name: "executors", region: REGION });
  expect(subnet).toMatchObject({ ipCidrRange: "10.10.0.0/24", network: network["selfLink"] });
  await expect(google.invoke("gcp:compute/getNetwork:getNetwork", { name: "none" })).rejects.toThrow(
    "was not found, notFound",
  );
});
