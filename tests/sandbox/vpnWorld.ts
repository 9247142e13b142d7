/** Executors, a VPN and a vendor's VPC, to which tests add interface endpoints and what is behind them. */
import { Deployment } from "../../sandbox/deploy.ts";
import { dnsNames } from "../../sandbox/aws/endpoint.ts";
import {
  editObject,
  reach,
  removeObject,
  seedExecutors,
  World,
  type CloudObject,
  type Hop,
  type Reach,
} from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { keyOf } from "../../sandbox/world.ts";

export const PROJECT = "vendor-acme";
export const VENDOR = "222233334444";
export const CUSTOMER = "111122223333";
export const REGION = "us-east-1";
const GOOGLE = "us-east4";
const METADATA = "dns-proxy";

export class VpnWorld {
  readonly world = World.inMemory("11".repeat(32));
  readonly #deployment = new Deployment(this.world);
  readonly #routes = new Map<string, string>();
  #count = 0;

  static async open(): Promise<VpnWorld> {
    const it = new VpnWorld();
    await it.#providers();
    await it.#google();
    await it.#vpc();
    await it.#vpn();
    return it;
  }

  async #providers(): Promise<void> {
    const provider = (key: string, name: string, inputs: Values): Promise<Values> =>
      this.#deployment.register({ key, type: `pulumi:providers:${name}`, name: key, inputs });
    await provider("vendor", "aws", { region: REGION, allowedAccountIds: [VENDOR] });
    await provider("customer", "aws", { region: REGION, allowedAccountIds: [CUSTOMER] });
    await provider("google", "gcp", { project: PROJECT, region: GOOGLE });
  }

  /** Makes a resource in the vendor's account or project, or as the customer. */
  async make(type: string, inputs: Values, provider?: "customer"): Promise<Values> {
    const key = `r${this.#count++}`;
    const own = type.startsWith("gcp:") ? "google" : (provider ?? "vendor");
    return this.#deployment.register({ key, type, name: key, inputs, provider: own });
  }

  async #google(): Promise<void> {
    await this.make("gcp:compute/network:Network", { name: "main", autoCreateSubnetworks: false });
    const args = { name: "executors", network: "main", ipCidrRange: "10.10.0.0/24" };
    await this.make("gcp:compute/subnetwork:Subnetwork", args);
    await seedExecutors(this.world, { project: PROJECT, region: GOOGLE, subnet: "executors", metadataKey: METADATA });
    await this.route({});
  }

  /** Has dns-proxy ask for names under other names, beside those it has been told before. */
  async route(routes: Readonly<Record<string, string>>): Promise<void> {
    for (const [source, destination] of Object.entries(routes)) this.#routes.set(source, destination);
    const rewrites = [...this.#routes].map(([from, to]) => `    rewrite name exact ${from}. ${to}.`);
    const common = [
      "(common) {",
      "    bind 127.0.0.1",
      "    acl . {",
      "        allow net 127.0.0.0/8",
      "        drop",
      "    }",
      "}",
    ];
    const forward = ["    forward . 169.254.169.254 {", "    }"];
    const lines = [...common, ". {", "    import common", ...rewrites, ...forward, "}", ""];
    const start = "ExecStart=/usr/local/bin/coredns -conf /var/lib/causeway/current/corefile";
    const rest = { guestRules: "", caBundle: "", units: { "dns-proxy.service": start } };
    const value = JSON.stringify({ version: 2, corefile: lines.join("\n"), ...rest });
    const [item] = this.world.all("gcp:compute/projectMetadataItem:ProjectMetadataItem");
    if (item) await editObject(this.world, keyOf(item), { value });
    else await this.make("gcp:compute/projectMetadataItem:ProjectMetadataItem", { key: METADATA, value });
  }

  /** Forgets a name's route. */
  async unroute(source: string): Promise<void> {
    this.#routes.delete(source);
    await this.route({});
  }

  async #vpc(): Promise<void> {
    const dns = { enableDnsSupport: true, enableDnsHostnames: true };
    const { id: vpcId } = await this.make("aws:ec2/vpc:Vpc", { cidrBlock: "10.99.0.0/24", ...dns });
    for (const [index, availabilityZoneId] of ["use1-az1", "use1-az2"].entries())
      await this.make("aws:ec2/subnet:Subnet", { vpcId, cidrBlock: `10.99.0.${index * 64}/26`, availabilityZoneId });
    const group = await this.make("aws:ec2/securityGroup:SecurityGroup", { vpcId, name: "endpoint" });
    const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "10.10.0.0/24" };
    await this.make("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
      securityGroupId: group["id"],
      ...rule,
    });
  }

  /** One connection with two tunnels. */
  async #vpn(): Promise<void> {
    const [vpc] = this.world.all("aws:ec2/vpc:Vpc");
    const bgp = { asn: 64514 };
    const router = await this.make("gcp:compute/router:Router", { name: "vpn", network: "main", bgp });
    const gateway = await this.make("gcp:compute/haVpnGateway:HaVpnGateway", { name: "vpn", network: "main" });
    const own = await this.make("aws:ec2/vpnGateway:VpnGateway", { amazonSideAsn: "64515" });
    const vpnGatewayId = own["id"];
    await this.make("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", { vpcId: vpc!.id, vpnGatewayId });
    const into = { routeTableId: vpc!.attrs["mainRouteTableId"], vpnGatewayId };
    await this.make("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", into);
    const { ipAddress } = (gateway["vpnInterfaces"] as Values[])[0]!;
    const customer = await this.make("aws:ec2/customerGateway:CustomerGateway", {
      ...{ bgpAsn: "64514", ipAddress, type: "ipsec.1" },
    });
    const ends = { customerGatewayId: customer["id"], vpnGatewayId, type: "ipsec.1" };
    const connection = await this.make("aws:ec2/vpnConnection:VpnConnection", ends);
    const interfaces = [1, 2].map((n) => ({ id: n - 1, ipAddress: connection[`tunnel${n}Address`] }));
    const external = { name: "aws", redundancyType: "TWO_IPS_REDUNDANCY", interfaces };
    await this.make("gcp:compute/externalVpnGateway:ExternalVpnGateway", external);
    for (const n of [1, 2]) await this.#tunnel(connection, n, String(router["name"]));
  }

  async #tunnel(connection: Values, n: number, router: string): Promise<void> {
    const name = `t${n}`;
    await this.make("gcp:compute/vPNTunnel:VPNTunnel", {
      ...{ name, router, vpnGateway: "vpn", vpnGatewayInterface: 0, peerExternalGateway: "aws", ikeVersion: 2 },
      ...{ peerExternalGatewayInterface: n - 1, sharedSecret: connection[`tunnel${n}PresharedKey`] },
    });
    const ipRange = `${String(connection[`tunnel${n}CgwInsideAddress`])}/30`;
    await this.make("gcp:compute/routerInterface:RouterInterface", { name, router, ipRange, vpnTunnel: name });
    const peerIpAddress = connection[`tunnel${n}VgwInsideAddress`];
    const peerAsn = Number(connection[`tunnel${n}BgpAsn`]);
    await this.make("gcp:compute/routerPeer:RouterPeer", { name, router, interface: name, peerAsn, peerIpAddress });
  }

  /** An interface endpoint in the vendor's VPC. @returns its regional DNS name, with `bucket` in a wildcard's place */
  async endpoint(serviceName: string, more: Values = {}): Promise<string> {
    const [vpc] = this.world.all("aws:ec2/vpc:Vpc").filter(({ account }) => account === VENDOR);
    const subnetIds = this.world.referrers(vpc!, "aws:ec2/subnet:Subnet").map(({ id }) => id);
    const [group] = this.world.all("aws:ec2/securityGroup:SecurityGroup").filter(({ account }) => account === VENDOR);
    const made = await this.make("aws:ec2/vpcEndpoint:VpcEndpoint", {
      ...{
        vpcId: vpc!.id,
        vpcEndpointType: "Interface",
        serviceName,
        subnetIds,
        securityGroupIds: [group!.id],
        ...more,
      },
    });
    const found = this.world.all("aws:ec2/vpcEndpoint:VpcEndpoint").find(({ id }) => id === made["id"])!;
    return dnsNames(found, this.world)[0]!.dnsName.replace("*", "bucket");
  }

  /** A Cloud NAT for the executors. */
  async nat(): Promise<void> {
    const all = { sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES", natIpAllocateOption: "AUTO_ONLY" };
    await this.make("gcp:compute/routerNat:RouterNat", { name: "nat", router: "vpn", ...all });
  }

  /** The object of a class that the test says. */
  find(className: string, which: (object: CloudObject) => boolean = () => true): CloudObject {
    const types = [...new Set(this.world.list().map(({ type }) => type))].filter((type) =>
      type.endsWith(`:${className}`),
    );
    return types.flatMap((type) => this.world.all(type)).find(which)!;
  }

  edit(object: CloudObject, changes: Values): Promise<void> {
    return editObject(this.world, keyOf(object), changes);
  }

  remove(object: CloudObject): Promise<void> {
    return removeObject(this.world, keyOf(object));
  }

  /** Changes what a console could not, such as what a machine runs. */
  async force(object: CloudObject, change: Partial<CloudObject> | undefined): Promise<void> {
    const tx = this.world.begin();
    if (change === undefined) tx.drop(object);
    else tx.put({ ...object, ...change });
    await tx.commit();
  }

  reach(name: string, port = 443): Reach {
    return reach(this.world, { executor: "executors", guest: false }, name, port);
  }

  trouble(name: string, port = 443): string {
    return said(this.reach(name, port).broken);
  }
}

/** `<kind> <side>: <what>` of the hop that fails, or `reachable`. */
export function said(broken: Hop | undefined): string {
  return broken === undefined ? "reachable" : `${broken.kind} ${broken.side}: ${broken.what}`;
}
