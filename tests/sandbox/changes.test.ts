/**
 * Tier: provider protocol. Shows which changes are done in place, which replace, and what an update or a refresh gives.
 * It cannot show what the engine makes of a replacement, nor how long a change interrupts anything.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type CloudObject, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { UNKNOWN, type Provider, type Resource } from "./client.ts";
import * as estate from "./estate.ts";

let sandbox: Sandbox;
let aws: Provider;
let google: Provider;
let side: estate.AwsSide;
let near: estate.GoogleSide;
let connection: Resource;
let external: Resource;
let tunnel: Resource;

beforeAll(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  await estate.seed(sandbox);
  [aws, google] = [await estate.aws(sandbox), await estate.google(sandbox)];
  side = await estate.awsSide(aws);
  near = await estate.googleSide(google);
  const ipAddress = estate.outsideAddress(near.gateway, 0);
  const customer = await aws.create("aws:ec2/customerGateway:CustomerGateway", {
    type: "ipsec.1",
    bgpAsn: "64520",
    ipAddress,
  });
  connection = await aws.create("aws:ec2/vpnConnection:VpnConnection", estate.connectionArgs(side.gateway, customer));
  external = await google.create(
    "gcp:compute/externalVpnGateway:ExternalVpnGateway",
    estate.externalArgs([connection]),
  );
  tunnel = await google.create("gcp:compute/vPNTunnel:VPNTunnel", estate.tunnelArgs(near, external, 0));
});

afterAll(async () => {
  aws.close();
  google.close();
  await sandbox.close();
});

/** The resource's arguments as the program gave them, changed. */
function changed({ inputs }: Resource, change: Values): Values {
  const { __defaults: defaulted, ...args } = inputs;
  for (const name of defaulted as string[]) delete args[name];
  return { ...args, ...change };
}

type Case = [string, () => [Provider, Resource, Values], string[]];

const CHANGES: Case[] = [
  ["a tag", () => [aws, side.vpc, { tags: { Name: "x" } }], ["tags add"]],
  ["a VPC's range", () => [aws, side.vpc, { cidrBlock: "10.98.0.0/24" }], ["cidrBlock update-replace"]],
  ["a VPC's tenancy", () => [aws, side.vpc, { instanceTenancy: "dedicated" }], ["instanceTenancy update-replace"]],
  ["a region of its own", () => [aws, side.vpc, { region: "us-west-2" }], ["region update-replace"]],
  ["the region it has anyway", () => [aws, side.vpc, { region: "us-east-1" }], []],
  ["a zone left out", () => [aws, side.subnets[0]!, { availabilityZoneId: undefined }], []],
  ["an AWS key", () => [aws, connection, { tunnel1PresharedKey: "another.key.0" }], ["tunnel1PresharedKey update"]],
  [
    "an inside range",
    () => [aws, connection, { tunnel2InsideCidr: "169.254.40.0/30" }],
    ["tunnel2InsideCidr update-replace"],
  ],
  ["a timeout set to what AWS takes anyway", () => [aws, connection, { tunnel1DpdTimeoutSeconds: 30 }], []],
  ["a timeout", () => [aws, connection, { tunnel1DpdTimeoutSeconds: 45 }], ["tunnel1DpdTimeoutSeconds update"]],
  [
    "the other gateway of a connection",
    () => [aws, connection, { customerGatewayId: "cgw-2" }],
    ["customerGatewayId update"],
  ],
  ["a Google key", () => [google, tunnel, { sharedSecret: "another.key.0" }], ["sharedSecret update-replace"]],
  ["a tunnel's label", () => [google, tunnel, { labels: { team: "x" } }], ["labels add"]],
  [
    "a cipher suite",
    () => [google, tunnel, { cipherSuite: { phase1: { dhs: ["Group-14"] } } }],
    ["cipherSuite add-replace"],
  ],
  ["a gateway by its path, not its URL", () => [google, tunnel, { vpnGateway: near.gateway.id }], []],
  ["a router by its name alone", () => [google, tunnel, { router: "vpn" }], []],
  ["another router", () => [google, tunnel, { router: "other" }], ["router update-replace"]],
  [
    "a router's ASN",
    () => [
      google,
      near.router,
      { bgp: { asn: 64521, advertiseMode: "CUSTOM", advertisedIpRanges: [{ range: "10.10.0.0/24" }] } },
    ],
    ["bgp.asn update"],
  ],
  ["the description of a gateway", () => [google, near.gateway, { description: "x" }], ["description add-replace"]],
  ["another project", () => [google, near.gateway, { project: "other-project" }], ["project update-replace"]],
  [
    "an address of the other side",
    () => [
      google,
      external,
      { interfaces: [{ id: 0, ipAddress: "203.0.113.200" }, (external.inputs["interfaces"] as Values[])[1]] },
    ],
    ["interfaces[0].ipAddress update-replace"],
  ],
  [
    "an address not known yet",
    () => [
      google,
      external,
      { interfaces: [{ id: 0, ipAddress: UNKNOWN }, (external.inputs["interfaces"] as Values[])[1]] },
    ],
    ["interfaces[0].ipAddress update-replace"],
  ],
];

test.each(CHANGES)("changing %s is planned as the provider would", async (_name, make, expected) => {
  const [provider, resource, change] = make();
  const answer = await provider.diff(resource, changed(resource, change));
  expect(answer.details).toEqual(expected);
  expect(answer.changed).toBe(expected.length > 0);
  expect(answer.replaces.length > 0).toBe(expected.some((detail) => detail.endsWith("-replace")));
});

test("an explicit name makes a replacement delete first, an automatic one does not", async () => {
  const named = await google.diff(tunnel, changed(tunnel, { sharedSecret: "another.key.0" }));
  expect(named.deleteBeforeReplace).toBe(true);
  const renamed = await google.diff(tunnel, changed(tunnel, { name: "t9" }));
  expect(renamed).toMatchObject({ replaces: ["name"], deleteBeforeReplace: true });
  const inPlace = await google.diff(tunnel, changed(tunnel, { labels: { a: "b" } }));
  expect(inPlace.deleteBeforeReplace).toBe(false);
  const address = await google.create("gcp:compute/address:Address", { region: estate.REGION }, "nat");
  const automatic = await google.diff(address, { region: estate.REGION, description: "x" });
  expect(automatic).toMatchObject({ replaces: ["description"], deleteBeforeReplace: false });
  expect((await aws.diff(side.vpc, changed(side.vpc, { cidrBlock: "10.98.0.0/24" }))).deleteBeforeReplace).toBe(false);
});

test("a subnetwork grows in place and moves by replacement", async () => {
  const args = {
    name: "grow",
    network: `projects/${estate.PROJECT}/global/networks/executors`,
    ipCidrRange: "10.30.1.0/24",
  };
  const subnet = await google.create("gcp:compute/subnetwork:Subnetwork", args);
  expect((await google.diff(subnet, { ...args, ipCidrRange: "10.30.0.0/23" })).details).toEqual(["ipCidrRange update"]);
  expect((await google.diff(subnet, { ...args, ipCidrRange: "10.30.2.0/24" })).details).toEqual([
    "ipCidrRange update-replace",
  ]);
  const grown = await google.update(subnet, { ...args, ipCidrRange: "10.30.0.0/23" });
  expect(grown.state).toMatchObject({ ipCidrRange: "10.30.0.0/23", gatewayAddress: "10.30.0.1" });
});

test("a rule takes another range in place and another kind of source by replacement", async () => {
  const args = {
    securityGroupId: side.group.id,
    ipProtocol: "tcp",
    fromPort: 22,
    toPort: 22,
    cidrIpv4: "10.10.0.0/24",
  };
  const rule = await aws.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", args);
  expect((await aws.diff(rule, { ...args, cidrIpv4: "10.10.1.0/24" })).details).toEqual(["cidrIpv4 update"]);
  const { cidrIpv4: _, ...rest } = args;
  const other = await aws.diff(rule, { ...rest, referencedSecurityGroupId: side.group.id });
  expect(other.details).toEqual(["cidrIpv4 delete-replace", "referencedSecurityGroupId add-replace"]);
});

test("the order of a set is no change, of a list it is", async () => {
  const ends = {
    tunnel1Phase1EncryptionAlgorithms: ["AES256", "AES128"],
    tunnel2Phase1EncryptionAlgorithms: ["AES256"],
  };
  const updated = await aws.update(connection, changed(connection, ends));
  const swapped = changed(updated, { tunnel1Phase1EncryptionAlgorithms: ["AES128", "AES256"] });
  expect((await aws.diff(updated, swapped)).details).toEqual([]);
  const record = { managedZone: "z", name: "a.example.com.", type: "A", rrdatas: ["192.0.2.1", "192.0.2.2"] };
  await google.create("gcp:dns/managedZone:ManagedZone", { name: "z", dnsName: "example.com." });
  const records = await google.create("gcp:dns/recordSet:RecordSet", record);
  expect((await google.diff(records, { ...record, rrdatas: ["192.0.2.2", "192.0.2.1"] })).changed).toBe(true);
});

test("a new key is taken over in place and known to the next refresh", async () => {
  const args = changed(connection, { tunnel1PresharedKey: "a.third.key.0" });
  const updated = await aws.update(connection, args);
  expect(updated.state["tunnel1PresharedKey"]).toBe("a.third.key.0");
  expect(String(updated.state["customerGatewayConfiguration"])).toContain(
    "<pre_shared_key>a.third.key.0</pre_shared_key>",
  );
  const read = (await aws.read(updated))!;
  expect(read.inputs["tunnel1PresharedKey"]).toBe("a.third.key.0");
  expect((await aws.diff(read, args)).details).toEqual([]);
  connection = updated;
});

/** Changes an object in the cloud behind the engine's back. */
async function tamper(resource: Resource, change: (object: CloudObject) => CloudObject): Promise<void> {
  const cloud = resource.type.startsWith("aws") ? "aws" : "gcp";
  const account = cloud === "aws" ? estate.ACCOUNT : estate.PROJECT;
  const region = cloud === "aws" ? "us-east-1" : estate.REGION;
  const object = sandbox.world.find({ cloud, account, region }, resource.type, resource.id)!;
  const tx = sandbox.world.begin();
  tx.put(change(object));
  await tx.commit();
}

test("a refresh shows what was changed in the cloud, keys included", async () => {
  const { args, secrets } = {
    args: { tags: { by: "hand" } },
    secrets: { tunnel1PresharedKey: sandbox.world.hash("by hand") },
  };
  await tamper(connection, (object) => ({
    ...object,
    args: { ...object.args, ...args },
    secrets: { ...object.secrets, ...secrets },
  }));
  const read = (await aws.read(connection))!;
  expect(read.state["tunnel1PresharedKey"]).toBe("(changed outside this program)");
  const answer = await aws.diff(read, changed(connection, {}));
  expect(answer.details).toEqual(["tags delete", "tunnel1PresharedKey update"]);
  expect((await aws.update(read, changed(connection, {}))).state["tags"]).toBeUndefined();
});

test("an argument the cloud fills in keeps its value when it is left out of an update", async () => {
  const args = { vpcId: side.vpc.id, cidrBlock: "10.99.0.128/26", availabilityZoneId: "use1-az3" };
  const subnet = await aws.create("aws:ec2/subnet:Subnet", args);
  const updated = await aws.update(subnet, { vpcId: side.vpc.id, cidrBlock: "10.99.0.128/26", tags: { a: "b" } });
  expect(updated.state).toMatchObject({ availabilityZoneId: "use1-az3", tags: { a: "b" } });
});

test("a closed Private Service Connect endpoint is made anew where the program asks for it", async () => {
  const { attachment } = await estate.seed(sandbox);
  const [network, subnetwork] = [`projects/${estate.PROJECT}/global/networks/executors`, "executors"];
  const address = await google.create("gcp:compute/address:Address", {
    name: "psc",
    addressType: "INTERNAL",
    subnetwork,
  });
  const args = {
    name: "psc",
    loadBalancingScheme: "",
    network,
    target: estate.ATTACHMENT,
    ipAddress: address.state["selfLink"],
  };
  const rule = await google.create("gcp:compute/forwardingRule:ForwardingRule", { ...args, recreateClosedPsc: true });
  expect(rule.state["pscConnectionStatus"]).toBe("PENDING");
  await attachment.accept(estate.PROJECT);
  expect((await google.read(rule))!.state["pscConnectionStatus"]).toBe("ACCEPTED");
  await attachment.delete();
  const closed = (await google.read(rule))!;
  expect(closed.state["pscConnectionStatus"]).toBe("CLOSED");
  expect((await google.diff(closed, args)).details).toEqual(["recreateClosedPsc update"]);
  const again = await google.diff(closed, { ...args, recreateClosedPsc: true });
  expect(again.details).toEqual(["pscConnectionStatus update-replace"]);
});
