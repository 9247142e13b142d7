import { formatRange, range, subRange } from "./cidr.ts";
import type { AwsConnection, Customer, PrivateLink } from "./customer.ts";
import { isPermitted } from "./guards.ts";
import { physicalName } from "./names.ts";
import { CIPHER_SUITES, planTunnels, type CipherSuite, type ConnectionKey, type Tunnel } from "./tunnels.ts";

/** One availability zone's share of the VPC; `id` is the AZ id, since AZ names differ between accounts. */
export interface Zone {
  readonly id: string;
  readonly cidr: string;
}

/** One rule of an endpoint's security group: executors in `cidr` may open TCP connections to `port`. */
export interface IngressRule {
  /** `<subnet>-<port>`: from the data, so that reordering ports or subnets renames nothing. */
  readonly key: string;
  readonly cidr: string;
  readonly port: number;
}

/** One interface endpoint. */
export interface EndpointPlan extends PrivateLink {
  /** Physical and logical name, `<customer>-vpce-svc-…`. */
  readonly name: string;
  readonly ingress: readonly IngressRule[];
  readonly protect: boolean;
}

/** One VPN connection: one customer gateway, two tunnels. */
export interface VpnConnectionPlan {
  readonly key: ConnectionKey;
  readonly gatewayInterface: 0 | 1;
  readonly tunnels: readonly [Tunnel, Tunnel];
}

/** Everything that exists once per (AWS account, region). */
export interface AwsConnectionPlan {
  /** `aws-<account>-<region>` */
  readonly key: string;
  /** `<customer>-aws-<account>-<region>` */
  readonly name: string;
  readonly accountID: string;
  readonly region: string;
  readonly vpcCidr: string;
  readonly zones: readonly Zone[];
  readonly endpoints: readonly EndpointPlan[];
  readonly vpnConnections: readonly VpnConnectionPlan[];
  readonly tunnels: readonly Tunnel[];
  readonly redundancyType: "FOUR_IPS_REDUNDANCY" | "TWO_IPS_REDUNDANCY";
  readonly gcpAsn: number;
  readonly amazonSideAsn: number;
  readonly cipherSuite: CipherSuite;
  readonly dpdTimeoutSeconds: number;
  readonly logRetentionDays: number;
  /** Every port any endpoint of the VPC listens on, sorted: what executors and guests may reach in `vpcCidr`. */
  readonly ports: readonly number[];
  /** Resource kinds that refuse to be replaced or deleted until a permit names what guards them. */
  readonly protect: {
    readonly vpc: boolean;
    readonly vpnGateway: boolean;
    readonly customerGateways: boolean;
    readonly vpnConnections: boolean;
    readonly externalGateway: boolean;
  };
}

/**
 * A zone's block: the VPC is cut into eight and the AZ id's own number picks one, so adding or removing a zone never
 * moves another. AWS numbers at most six zones a region today.
 */
function planZone(vpcCidr: string, id: string): Zone {
  const vpc = range(vpcCidr);
  return { id, cidr: formatRange(subRange(vpc, vpc.prefix + 3, Number(id.slice(id.lastIndexOf("az") + 2)) - 1)) };
}

function planEndpoint(customer: Customer, link: PrivateLink): EndpointPlan {
  const ingress = customer.executors.subnets.flatMap((subnet) =>
    link.ports.map((port) => ({ key: `${subnet.name}-${port}`, cidr: subnet.ipCidrRange, port })),
  );
  const guards = [`privateCodeHost.aws.privateLinks[${link.serviceId}]`, "privateCodeHost.aws.vpcCidr"];
  return {
    ...link,
    name: physicalName(customer.name, link.serviceId),
    ingress,
    protect: !isAnyPermitted(customer, guards),
  };
}

const isAnyPermitted = (customer: Customer, paths: readonly string[]): boolean =>
  paths.some((path) => isPermitted(customer, path));

function planProtection(customer: Customer): AwsConnectionPlan["protect"] {
  const held = (...fields: string[]) =>
    !isAnyPermitted(
      customer,
      fields.map((field) => `privateCodeHost.aws.${field}`),
    );
  return {
    vpc: held("vpcCidr"),
    vpnGateway: held("vpn.amazonSideAsn"),
    customerGateways: held("highAvailable") && !isPermitted(customer, "gcp.routerAsn"),
    vpnConnections: held("highAvailable", "vpn.insideCidr"),
    externalGateway: held("highAvailable", "vpn.insideCidr"),
  };
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planAwsConnection(customer: Customer, connection: AwsConnection): AwsConnectionPlan {
  const key = `aws-${connection.accountID}-${connection.region}`;
  const tunnels = planTunnels(range(connection.insideCidr), connection.highAvailable, connection.pskGenerations);
  const endpoints = connection.privateLinks.map((link) => planEndpoint(customer, link));
  return {
    key,
    name: physicalName(customer.name, key),
    accountID: connection.accountID,
    region: connection.region,
    vpcCidr: connection.vpcCidr,
    zones: connection.availabilityZoneIDs.map((id) => planZone(connection.vpcCidr, id)),
    endpoints,
    vpnConnections: pairTunnels(tunnels),
    tunnels,
    redundancyType: connection.highAvailable ? "FOUR_IPS_REDUNDANCY" : "TWO_IPS_REDUNDANCY",
    gcpAsn: customer.gcp.routerAsn,
    amazonSideAsn: connection.amazonSideAsn,
    cipherSuite: CIPHER_SUITES[connection.proposal],
    dpdTimeoutSeconds: customer.health.dpdTimeoutSeconds,
    logRetentionDays: customer.health.logRetentionDays,
    ports: [...new Set(endpoints.flatMap(({ ports }) => ports))].sort((a, b) => a - b),
    protect: planProtection(customer),
  };
}

function pairTunnels(tunnels: readonly Tunnel[]): readonly VpnConnectionPlan[] {
  return (["a", "b"] as const).flatMap((key) => {
    const [first, second] = tunnels.filter((tunnel) => tunnel.connection === key);
    if (first === undefined || second === undefined) return [];
    return [{ key, gatewayInterface: first.gatewayInterface, tunnels: [first, second] as const }];
  });
}
