/**
 * Public recipes for a VPN between Google Cloud and AWS, by the shapes of their resources: what works for others must work
 * here. Names and ranges are made up; nothing of the recipes' code is used. This tier cannot show recipes with a transit
 * gateway, which the simulated clouds do not have.
 */
import { expect, test } from "vitest";
import { Deployment, RefusedError } from "../../sandbox/deploy.ts";
import { networkStatus } from "../../sandbox/network/status.ts";
import type { Values } from "../../sandbox/values.ts";
import { World } from "../../sandbox/world.ts";

const REGION = "us-central1";

/** One recipe's resources in clouds of their own. */
class Recipe {
  readonly world = World.inMemory();
  readonly #deployment = new Deployment(this.world);
  #count = 0;

  async start(): Promise<void> {
    await this.#provider("aws", { region: "us-east-1", allowedAccountIds: ["111122223333"] });
    await this.#provider("gcp", { project: "acme-prod-4f2a", region: REGION });
    await this.#provider("random", {});
  }

  async #provider(name: string, inputs: Values): Promise<void> {
    await this.#deployment.register({ key: name, type: `pulumi:providers:${name}`, name, inputs });
  }

  async make(type: string, inputs: Values): Promise<Values> {
    const name = `r${this.#count++}`;
    return this.#deployment.register({ key: name, type, name, inputs });
  }

  /** Google's side as all of them have it: a network, a router that announces every subnet, a gateway. */
  async google(): Promise<{ router: Values; gateway: Values }> {
    const network = await this.make("gcp:compute/network:Network", { name: "vpc", autoCreateSubnetworks: false });
    const inNetwork = { network: network["selfLink"], region: REGION };
    await this.make("gcp:compute/subnetwork:Subnetwork", { name: "a", ipCidrRange: "10.0.0.0/24", ...inNetwork });
    const bgp = { asn: 64514, advertiseMode: "CUSTOM", advertisedGroups: ["ALL_SUBNETS"] };
    const router = await this.make("gcp:compute/router:Router", { name: "vpn", ...inNetwork, bgp });
    return { router, gateway: await this.make("gcp:compute/haVpnGateway:HaVpnGateway", { name: "vpn", ...inNetwork }) };
  }

  /** AWS's side: a VPC, a gateway beside it that is then attached, routes into the main table. */
  async aws(): Promise<Values> {
    const vpc = await this.make("aws:ec2/vpc:Vpc", { cidrBlock: "10.1.0.0/16" });
    await this.make("aws:ec2/subnet:Subnet", { vpcId: vpc["id"], cidrBlock: "10.1.0.0/24" });
    const gateway = await this.make("aws:ec2/vpnGateway:VpnGateway", { amazonSideAsn: "64515" });
    const attached = { vpcId: vpc["id"], vpnGatewayId: gateway["id"] };
    await this.make("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", attached);
    const routes = { routeTableId: vpc["mainRouteTableId"], vpnGatewayId: gateway["id"] };
    await this.make("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", routes);
    return gateway;
  }

  /** One connection to one interface of Google's gateway, with more options or none. */
  async connection(google: Values, aws: Values, index: number, options: Values = {}): Promise<Values> {
    const { ipAddress } = (google["vpnInterfaces"] as Values[])[index]!;
    const args = { bgpAsn: "64514", ipAddress, type: "ipsec.1" };
    const customer = await this.make("aws:ec2/customerGateway:CustomerGateway", args);
    const ends = { customerGatewayId: customer["id"], vpnGatewayId: aws["id"], type: "ipsec.1" };
    return this.make("aws:ec2/vpnConnection:VpnConnection", { ...ends, ...options });
  }

  async external(connections: readonly Values[]): Promise<Values> {
    const addresses = connections.flatMap((one) => [one["tunnel1Address"], one["tunnel2Address"]]);
    return this.make("gcp:compute/externalVpnGateway:ExternalVpnGateway", {
      name: "aws",
      redundancyType: addresses.length === 4 ? "FOUR_IPS_REDUNDANCY" : "TWO_IPS_REDUNDANCY",
      interfaces: addresses.map((ipAddress, id) => ({ id, ipAddress })),
    });
  }

  /** A tunnel and its session, with what AWS chose for it. */
  async tunnel(
    google: { router: Values; gateway: Values },
    external: Values,
    connection: Values,
    at: [number, 1 | 2, number],
  ): Promise<void> {
    const [peerExternalGatewayInterface, n, vpnGatewayInterface] = at;
    const name = `t${peerExternalGatewayInterface}`;
    const router = google.router["name"];
    await this.make("gcp:compute/vPNTunnel:VPNTunnel", {
      ...{ name, region: REGION, router, vpnGateway: google.gateway["id"], vpnGatewayInterface },
      ...{ peerExternalGateway: external["id"], peerExternalGatewayInterface },
      ...{ sharedSecret: connection[`tunnel${n}PresharedKey`], ikeVersion: 2 },
    });
    const ipRange = `${String(connection[`tunnel${n}CgwInsideAddress`])}/30`;
    await this.make("gcp:compute/routerInterface:RouterInterface", {
      name,
      region: REGION,
      router,
      ipRange,
      vpnTunnel: name,
    });
    await this.make("gcp:compute/routerPeer:RouterPeer", {
      ...{ name, region: REGION, router, interface: name, peerAsn: Number(connection[`tunnel${n}BgpAsn`]) },
      ...{ peerIpAddress: connection[`tunnel${n}VgwInsideAddress`], advertisedRoutePriority: 100 },
    });
  }
}

async function recipe(): Promise<Recipe> {
  const started = new Recipe();
  await started.start();
  return started;
}

const SINGLE = {
  Phase1EncryptionAlgorithms: ["AES256"],
  Phase1IntegrityAlgorithms: ["SHA2-256"],
  Phase1DhGroupNumbers: [14],
};
const BOTH_PHASES = {
  ...SINGLE,
  Phase2EncryptionAlgorithms: ["AES256"],
  Phase2IntegrityAlgorithms: ["SHA2-256"],
  Phase2DhGroupNumbers: [14],
};
const forTunnels = (options: Values): Values =>
  Object.fromEntries(
    [1, 2].flatMap((n) => Object.entries(options).map(([name, value]) => [`tunnel${n}${name}`, value])),
  );

/** Which tunnel of which connection ends where, as all four-tunnel recipes have it. */
const FOUR: readonly (readonly [connection: 0 | 1, at: [number, 1 | 2, number]])[] = [
  [0, [0, 1, 0]],
  [0, [1, 2, 0]],
  [1, [2, 1, 1]],
  [1, [3, 2, 1]],
];

test("four tunnels with keys and inside ranges that AWS chose (Cloud Foundation Fabric, recipe-vpn-aws-gcp)", async () => {
  const made = await recipe();
  const google = await made.google();
  const aws = await made.aws();
  const connections = [await made.connection(google.gateway, aws, 0), await made.connection(google.gateway, aws, 1)];
  const external = await made.external(connections);
  for (const [which, at] of FOUR) await made.tunnel(google, external, connections[which]!, at);
  const status = networkStatus(made.world);
  expect(status.tunnels.map(({ up, session }) => [up, session.up])).toEqual(Array(4).fill([true, true]));
  expect(status.redundancy).toEqual([expect.objectContaining({ met: true })]);
  expect(status.routes.google).toEqual([expect.objectContaining({ destination: "10.1.0.0/16" })]);
  expect(status.routes.aws).toEqual([expect.objectContaining({ destination: "10.0.0.0/24" })]);
  // what the recipe leaves to AWS's defaults works today and may fail when keys are renewed
  expect(status.tunnels.every(({ warning }) => warning !== undefined)).toBe(true);
});

test("four tunnels with one proposal a phase, as Google's tutorial asks (GoogleCloudPlatform, gcp-to-aws-ha-vpn)", async () => {
  const made = await recipe();
  const google = await made.google();
  const aws = await made.aws();
  const options = forTunnels({ ...BOTH_PHASES, IkeVersions: ["ikev2"] });
  const connections = [
    await made.connection(google.gateway, aws, 0, options),
    await made.connection(google.gateway, aws, 1, options),
  ];
  const external = await made.external(connections);
  for (const [which, at] of FOUR) await made.tunnel(google, external, connections[which]!, at);
  const { tunnels } = networkStatus(made.world);
  expect(tunnels.map(({ up, session, warning }) => [up, session.up, warning])).toEqual(
    Array(4).fill([true, true, undefined]),
  );
});

test("two tunnels of one connection on one interface, which Google counts as no redundancy", async () => {
  const made = await recipe();
  const google = await made.google();
  const connection = await made.connection(google.gateway, await made.aws(), 0);
  const external = await made.external([connection]);
  await made.tunnel(google, external, connection, [0, 1, 0]);
  await made.tunnel(google, external, connection, [1, 2, 0]);
  const { tunnels, redundancy } = networkStatus(made.world);
  expect(tunnels.map(({ up, session }) => [up, session.up])).toEqual(Array(2).fill([true, true]));
  expect(redundancy).toEqual([expect.objectContaining({ met: false })]);
});

test("the second tunnel of one connection on the other interface never comes up", async () => {
  const made = await recipe();
  const google = await made.google();
  const connection = await made.connection(google.gateway, await made.aws(), 0);
  const external = await made.external([connection]);
  await made.tunnel(google, external, connection, [0, 1, 0]);
  await made.tunnel(google, external, connection, [1, 2, 1]);
  expect(networkStatus(made.world).tunnels.map(({ up }) => up)).toEqual([true, false]);
});

test("fails with a key in the alphabet of base64url, which two public modules draw from and AWS refuses", async () => {
  const made = await recipe();
  const google = await made.google();
  const key = { tunnel1PresharedKey: "Zm9v-YmFy-obviously-fake", tunnel2PresharedKey: "Zm9vYmFyobviouslyfake" };
  const connection = made.connection(google.gateway, await made.aws(), 0, key);
  await expect(connection).rejects.toThrow(RefusedError);
  await expect(connection).rejects.toThrow("tunnel1PresharedKey");
});
