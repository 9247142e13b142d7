/**
 * Tier: the network of a simulated world. One thing is changed by hand on either side of the VPN, and the state of the
 * tunnels says what an operator would find. That the real clouds word it alike is what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { networkStatus, tunnelName, type TunnelStatus } from "../../sandbox/index.ts";
import { AWS } from "../../sandbox/aws/index.ts";
import { GCP } from "../../sandbox/gcp/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { ARTIFACTORY, block, Console } from "./networkWorld.ts";

let console: Console;
beforeEach(async () => {
  console = await Console.open();
});

/** What is wrong, by the last part of a tunnel's name; empty where all four carry routes. */
function faults(): Record<string, string> {
  const said = networkStatus(console.world).tunnels.flatMap((tunnel): [string, string][] => {
    const why = tunnel.up ? tunnel.session.reason : tunnel.reason;
    return why === undefined ? [] : [[tunnelName(tunnel).split("-").at(-1)!, why]];
  });
  return Object.fromEntries(said);
}

const tunnel = (key: string): TunnelStatus =>
  networkStatus(console.world).tunnels.find((one) => tunnelName(one).endsWith(key))!;

const output = (className: string, end: string, name: string): unknown => {
  const object = console.find(className, end);
  const definition = object.cloud === "aws" ? AWS : GCP;
  return definition.handlers[object.type]!.outputs!(object, console.world, {})[name];
};

describe("as the program makes it", () => {
  test("four tunnels are established, each session carries one route each way, and redundancy is met", () => {
    const { tunnels, redundancy, routes } = networkStatus(console.world);
    expect(tunnels.map(({ google, up }) => [google?.state, up])).toEqual(Array(4).fill(["ESTABLISHED", true]));
    expect(tunnels.map(({ session }) => session)).toEqual(
      Array(4).fill({ up: true, toAws: ["10.10.0.0/24"], toGoogle: ["10.127.0.0/24"] }),
    );
    expect(tunnels.map(({ aws }) => aws?.tunnel)).toEqual([1, 2, 1, 2]);
    expect(tunnels.map(({ warning }) => warning)).toEqual(Array(4).fill(undefined));
    expect(redundancy).toMatchObject([{ gateway: "dev-vpn", met: true }]);
    expect(routes.google).toMatchObject([{ network: "dev", destination: "10.127.0.0/24", region: "us-central1" }]);
    expect(routes.google[0]!.tunnels).toHaveLength(4);
    expect(routes.aws).toMatchObject([{ destination: "10.10.0.0/24", account: "222233334444" }]);
  });

  test("the resources' own outputs say the same", () => {
    expect(output("VPNTunnel", "t0", "detailedStatus")).toBe("Tunnel is up and running.");
    expect(output("VpnConnection", "", "vgwTelemetries")).toMatchObject([
      { status: "UP", acceptedRouteCount: 1, statusMessage: "1 BGP ROUTES" },
      { status: "UP", acceptedRouteCount: 1, statusMessage: "1 BGP ROUTES" },
    ]);
  });

  test("the status can be kept to some accounts", () => {
    expect(networkStatus(console.world, ["another-project"])).toEqual({
      tunnels: [],
      redundancy: [],
      routes: { google: [], aws: [] },
      endpoints: [],
      nats: [],
    });
    expect(networkStatus(console.world, ["222233334444"]).tunnels).toHaveLength(4);
    expect(networkStatus(console.world, ["222233334444"]).endpoints).toHaveLength(1);
  });
});

describe("IPsec", () => {
  test("fails with another key on one end, on that tunnel alone, and everything stays reachable", async () => {
    await console.edit(console.find("VPNTunnel", "t1"), { secrets: { sharedSecret: "another" } });
    expect(faults()).toEqual({ t1: "pre-shared keys differ" });
    expect(tunnel("t1").google?.state).toBe("AUTHORIZATION_ERROR");
    expect(tunnel("t1").session).toEqual({ up: false, reason: "the tunnel is down", toAws: [], toGoogle: [] });
    expect(output("VPNTunnel", "t1", "detailedStatus")).toBe("Authorization error: bad shared secret.");
    expect(console.trouble(ARTIFACTORY)).toBe("reachable");
    expect(networkStatus(console.world).routes.google[0]!.tunnels).toHaveLength(3);
  });

  test("fails with another key on AWS's end, and AWS's telemetry shows it", async () => {
    const { connection } = tunnel("t3").aws!;
    await console.edit(console.find("VpnConnection", connection), { secrets: { tunnel2PresharedKey: "another" } });
    expect(faults()).toEqual({ t3: "pre-shared keys differ" });
    expect(output("VpnConnection", connection, "vgwTelemetries")).toMatchObject([
      { status: "UP" },
      { status: "DOWN", acceptedRouteCount: 0, statusMessage: "IPSEC IS DOWN" },
    ]);
  });

  test("fails on the wrong interface of the HA VPN gateway", async () => {
    await console.edit(console.find("VPNTunnel", "t2"), { args: { vpnGatewayInterface: 0 } });
    const { t2, ...others } = faults();
    expect(others).toEqual({});
    expect(t2).toMatch(
      /^AWS expects 198\.51\.100\.2 \(customer gateway cgw-\w+ of vpn-\w+\), but the tunnel comes from 198\.51\.100\.1 \(interface 0 of dev-vpn\)$/,
    );
    expect(networkStatus(console.world).redundancy).toMatchObject([
      { met: false, reason: "no tunnel from interface 1 to 2" },
    ]);
  });

  test("fails towards an address AWS has no tunnel at", async () => {
    const external = console.find("ExternalVpnGateway");
    const interfaces = (external.args["interfaces"] as Values[]).map((one) =>
      one["id"] === 1 ? { ...one, ipAddress: "192.0.2.99" } : one,
    );
    const lost = tunnel("t1").aws!;
    await console.edit(external, { args: { interfaces } });
    expect(faults()).toEqual({
      t1: "no AWS tunnel has the address 192.0.2.99 that interface 1 of dev-aws-222233334444-us-east-1 names",
      [`${lost.connection} tunnel 2`.split("-").at(-1)!]: `no Google tunnel leads to ${lost.address}`,
    });
  });

  test("fails with the customer gateway of another address", async () => {
    const { connection } = tunnel("t0").aws!;
    const customer = String(console.find("VpnConnection", connection).args["customerGatewayId"]);
    await console.edit(console.find("CustomerGateway", customer), { args: { ipAddress: "198.51.100.77" } });
    expect(Object.keys(faults())).toEqual(["t0", "t1"]);
    expect(faults()["t0"]).toContain("AWS expects 198.51.100.77");
  });

  test("fails without an IKE version in common", async () => {
    await console.edit(console.find("VPNTunnel", "t0"), { args: { ikeVersion: 1 } });
    expect(faults()).toEqual({ t0: "AWS allows ikev2, Google uses ikev1" });
    expect(tunnel("t0").google?.state).toBe("NEGOTIATION_FAILURE");
  });

  test.each<[string, Values, Values, string]>([
    [
      "phase 1 encryption",
      { tunnel1Phase1EncryptionAlgorithms: ["AES128"] },
      { cipherSuite: { phase1: { encryptions: ["AES-CBC-256"] } } },
      "no phase 1 encryption in common: AWS allows AES-CBC-128, Google AES-CBC-256",
    ],
    [
      "phase 1 integrity",
      {},
      { cipherSuite: { phase1: { integrities: ["HMAC-SHA2-512-256"] } } },
      "no phase 1 integrity in common: AWS allows HMAC-SHA2-256-128, Google HMAC-SHA2-512-256",
    ],
    [
      "a Diffie-Hellman group in phase 2",
      {},
      { cipherSuite: { phase2: { pfs: ["Group-20"] } } },
      "no phase 2 Diffie-Hellman group in common: AWS allows Group-14, Google Group-20",
    ],
    [
      "the group Google dropped",
      { tunnel1Phase2DhGroupNumbers: [22] },
      {},
      "no phase 2 Diffie-Hellman group in common: AWS allows Group-22, Google Group-2, Group-5, Group-14, Group-15, " +
        "Group-16, Group-17, Group-18, Group-19, Group-20, Group-21, Group-23, Group-24",
    ],
  ])("fails without %s in common", async (_, aws, google, reason) => {
    await console.edit(console.find("VpnConnection", tunnel("t0").aws!.connection), { args: aws });
    await console.edit(console.find("VPNTunnel", "t0"), { args: google });
    expect(faults()).toEqual({ t0: reason });
  });

  test("fails on phase 1 before keys are compared, and on phase 2 after", async () => {
    const suite = (phase: string): Values => ({ cipherSuite: { [phase]: { encryptions: ["AES-CBC-128"] } } });
    await console.edit(console.find("VPNTunnel", "t0"), {
      args: suite("phase1"),
      secrets: { sharedSecret: "another" },
    });
    await console.edit(console.find("VPNTunnel", "t1"), {
      args: suite("phase2"),
      secrets: { sharedSecret: "another" },
    });
    expect(faults()).toEqual({
      t0: "no phase 1 encryption in common: AWS allows AES-CBC-256, Google AES-CBC-128",
      t1: "pre-shared keys differ",
    });
  });

  test("with GCM no integrity is agreed on", async () => {
    const gcm = { EncryptionAlgorithms: ["AES256-GCM-16"], IntegrityAlgorithms: ["SHA2-512"] };
    const args = Object.fromEntries(
      [1, 2].flatMap((phase) => Object.entries(gcm).map(([name, value]) => [`tunnel1Phase${phase}${name}`, value])),
    );
    await console.edit(console.find("VpnConnection", tunnel("t0").aws!.connection), { args });
    const phase = { encryptions: ["AES-GCM-16-256"], integrities: ["HMAC-SHA1-96"] };
    await console.edit(console.find("VPNTunnel", "t0"), { args: { cipherSuite: { phase1: phase, phase2: phase } } });
    expect(faults()).toEqual({});
  });

  test("more than one value per list works, with a warning about rekeying", async () => {
    const args = { tunnel1Phase1EncryptionAlgorithms: undefined, tunnel1Phase2DhGroupNumbers: [14, 20] };
    await console.edit(console.find("VpnConnection", tunnel("t0").aws!.connection), { args });
    expect(faults()).toEqual({});
    expect(tunnel("t0").warning).toBe(
      "may fail to rekey: AWS offers several values for phase 1 encryption, phase 2 Diffie-Hellman group",
    );
  });
});

describe("a BGP session", () => {
  test("fails with the inside addresses swapped", async () => {
    const swapped = { ipAddress: "169.254.32.1", peerIpAddress: "169.254.32.2" };
    const peer = console.find("RouterPeer", "t0");
    expect([peer.args["ipAddress"], peer.args["peerIpAddress"]]).toEqual(["169.254.32.2", "169.254.32.1"]);
    await console.edit(peer, { args: swapped, attrs: swapped });
    expect(faults()).toEqual({
      t0: "inside addresses are swapped: AWS has 169.254.32.1, which Google takes for its own",
    });
    expect(tunnel("t0").up).toBe(true);
    expect(output("VpnConnection", tunnel("t0").aws!.connection, "vgwTelemetries")).toMatchObject([
      { status: "DOWN", statusMessage: "IPSEC IS UP" },
      { status: "UP" },
    ]);
  });

  test("fails with the inside addresses of another tunnel", async () => {
    const other = { ipAddress: "169.254.32.6", peerIpAddress: "169.254.32.5" };
    await console.edit(console.find("RouterPeer", "t0"), { args: other, attrs: other });
    expect(faults()).toEqual({ t0: "inside addresses differ: Google has 169.254.32.6, AWS expects 169.254.32.2" });
  });

  test("fails with another peer address", async () => {
    await console.edit(console.find("RouterPeer", "t0"), { args: { peerIpAddress: "169.254.32.3" } });
    expect(faults()).toEqual({ t0: "inside addresses differ: AWS has 169.254.32.1, Google expects 169.254.32.3" });
  });

  test("fails with another ASN than AWS expects, on every session", async () => {
    const router = console.find("Router", "dev-vpn");
    await console.edit(router, { args: block(router, "bgp", { asn: 65009 }) });
    const reason = "ASNs differ: Google has 65009, AWS expects 65001";
    expect(faults()).toEqual({ t0: reason, t1: reason, t2: reason, t3: reason });
    expect(console.trouble(ARTIFACTORY)).toContain(`bgp session ours: no session announces 10.127.0.4: `);
  });

  test("fails with another ASN than Google expects", async () => {
    await console.edit(console.find("RouterPeer", "t3"), { args: { peerAsn: 64599 } });
    expect(faults()).toEqual({ t3: "ASNs differ: AWS has 64512, Google expects 64599" });
  });

  test("fails while the peer is disabled", async () => {
    await console.edit(console.find("RouterPeer", "t2"), { args: { enable: false } });
    expect(faults()).toEqual({ t2: "BGP peer dev-aws-222233334444-us-east-1-t2 is disabled" });
  });

  test("fails without a peer, and without an interface", async () => {
    await console.drop(console.find("RouterPeer", "t0"));
    await console.drop(console.find("RouterPeer", "t1"));
    await console.drop(console.find("RouterInterface", "t1"));
    expect(faults()).toEqual({
      t0: "router interface dev-aws-222233334444-us-east-1-t0 has no BGP peer",
      t1: "no router interface is linked to the tunnel",
    });
  });

  test("fails with static routes only", async () => {
    const { connection } = tunnel("t0").aws!;
    await console.edit(console.find("VpnConnection", connection), { args: { staticRoutesOnly: true } });
    const reason = `${connection} has static routes only and speaks no BGP`;
    expect(faults()).toEqual({ t0: reason, t1: reason });
  });

  test("fails when Google advertises more than 100 prefixes", async () => {
    const router = console.find("Router", "dev-vpn");
    const ranges = (count: number): Values =>
      block(router, "bgp", {
        advertisedIpRanges: Array.from({ length: count }, (_, index) => ({ range: `10.10.${index}.0/24` })),
      });
    await console.edit(router, { args: ranges(100) });
    expect(faults()).toEqual({});
    await console.edit(router, { args: ranges(101) });
    expect(faults()["t0"]).toBe("AWS closes the session: Google advertises 101 prefixes, AWS takes 100");
  });
});

describe("routes", () => {
  test("a peer's own list is advertised in the router's place", async () => {
    const args = { advertiseMode: "CUSTOM", advertisedIpRanges: [{ range: "10.10.0.0/25" }] };
    await console.edit(console.find("RouterPeer", "t0"), { args });
    expect(tunnel("t0").session.toAws).toEqual(["10.10.0.0/25"]);
    expect(tunnel("t1").session.toAws).toEqual(["10.10.0.0/24"]);
  });

  test("a router without a list advertises the subnets of its region", async () => {
    const router = console.find("Router", "dev-vpn");
    await console.edit(router, { args: block(router, "bgp", { advertiseMode: "DEFAULT", advertisedIpRanges: [] }) });
    expect(tunnel("t0").session.toAws).toEqual(["10.10.0.0/24"]);
    const tx = console.world.begin();
    const subnet = console.find("Subnetwork");
    tx.drop(subnet);
    tx.put({ ...subnet, region: "us-east4" });
    await tx.commit();
    expect(tunnel("t0").session.toAws).toEqual([]);
    await console.edit(console.find("Network"), { args: { routingMode: "GLOBAL" } });
    expect(tunnel("t0").session.toAws).toEqual(["10.10.0.0/24"]);
  });

  test("a subnet is preferred to what is learned within its range", async () => {
    await console.edit(console.find("Subnetwork"), { args: { ipCidrRange: "10.127.0.0/16" } });
    expect(networkStatus(console.world).routes.google).toMatchObject([{ hiddenBy: "executors" }]);
  });

  test("a gateway that is attached to no VPC announces nothing", async () => {
    await console.drop(console.find("VpnGatewayAttachment"));
    const { tunnels, routes } = networkStatus(console.world);
    expect(tunnels.map(({ session }) => [session.up, session.toGoogle])).toEqual(Array(4).fill([true, []]));
    expect(routes).toEqual({ google: [], aws: [] });
  });

  test("a route table without propagation learns nothing", async () => {
    await console.drop(console.find("VpnGatewayRoutePropagation"));
    expect(networkStatus(console.world).routes.aws).toEqual([]);
  });
});
