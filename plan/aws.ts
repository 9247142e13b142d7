import { formatRange, range, subRange } from "./cidr.ts";
import type { AwsConnection, Customer, LinkTarget, PrivateLink, Registry } from "./customer.ts";
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

/** AWS services that a registry made by this program needs an endpoint to; one of each serves every such registry. */
export type ServiceEndpointKey = "codeartifact.api" | "codeartifact.repositories" | "s3";

/** One interface endpoint. */
export interface EndpointPlan {
  /** Key of its private link, or of the AWS service it leads to. */
  readonly key: string;
  /** Physical and logical name, e.g. `<customer>-vpce-svc-…`. */
  readonly name: string;
  /** Name of its security group, the VPC's alone. */
  readonly groupName: string;
  readonly service: LinkTarget;
  readonly ports: readonly number[];
  readonly privateDnsEnabled: boolean;
  readonly ingress: readonly IngressRule[];
  readonly protect: boolean;
  /** Keys of the registries its policy lets through, sorted; empty where it has no policy. */
  readonly registries: readonly string[];
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

type Endpoint = Pick<EndpointPlan, "key" | "groupName" | "service" | "ports" | "privateDnsEnabled" | "registries">;

/** @param links keys of the private links that need the endpoint: leave to remove all of them is leave to remove it. */
function planEndpoint(customer: Customer, endpoint: Endpoint, links: readonly string[]): EndpointPlan {
  const ingress = customer.executors.subnets.flatMap((subnet) =>
    endpoint.ports.map((port) => ({ key: `${subnet.name}-${port}`, cidr: subnet.ipCidrRange, port })),
  );
  const isFree =
    isPermitted(customer, "privateCodeHost.aws.vpcCidr") ||
    links.every((link) => isPermitted(customer, `privateCodeHost.aws.privateLinks[${link}]`));
  return { ...endpoint, name: physicalName(customer.name, endpoint.groupName), ingress, protect: !isFree };
}

/** The registry a link leads to, if it leads to one of this file. */
const registryBehind = ({ registries }: Customer, { target }: PrivateLink): Registry | undefined =>
  target.kind === "registry" ? registries.find(({ key }) => key === target.registry) : undefined;

/** Whether a registry hands its clients on to S3 for what is in it. */
export const keepsBlobsInS3 = ({ origin }: Registry): boolean =>
  origin.kind === "codeArtifact" || (origin.kind === "selfHosted" && origin.selfHosted.packageBucket !== undefined);

/** CodeArtifact is a service of AWS's own: nobody publishes it, and its links need the two endpoints below instead. */
function planEndpoints(customer: Customer, { region, privateLinks }: AwsConnection): readonly EndpointPlan[] {
  const linked = privateLinks.map((link) => ({ link, registry: registryBehind(customer, link) }));
  const isCodeArtifact = (registry: Registry | undefined): boolean => registry?.origin.kind === "codeArtifact";
  const direct = linked
    .filter(({ registry }) => !isCodeArtifact(registry))
    .map(({ link: { key, target, ports, privateDnsEnabled } }) => {
      const groupName = target.kind === "service" ? key : `registry-${key}`;
      return planEndpoint(customer, { key, groupName, service: target, ports, privateDnsEnabled, registries: [] }, [
        key,
      ]);
    });
  const shared = (key: ServiceEndpointKey, users: typeof linked): readonly EndpointPlan[] => {
    if (users.length === 0) return [];
    const serviceName = `com.amazonaws.${region}.${key}`;
    const endpoint = {
      key,
      groupName: key.replace(".", "-"),
      service: { kind: "service", serviceName } as const,
      ports: [443],
      // S3 resolves privately in a VPC only beside a gateway endpoint, and nothing in this VPC asks.
      privateDnsEnabled: key !== "s3",
      registries: users.flatMap(({ registry }) => registry?.key ?? []).sort(),
    };
    return [
      planEndpoint(
        customer,
        endpoint,
        users.map(({ link }) => link.key),
      ),
    ];
  };
  const codeArtifacts = linked.filter(({ registry }) => isCodeArtifact(registry));
  const blobs = linked.filter(
    ({ link, registry }) => registry !== undefined && keepsBlobsInS3(registry) && link.blobs === "private",
  );
  return [
    ...direct,
    ...shared("codeartifact.api", codeArtifacts),
    ...shared("codeartifact.repositories", codeArtifacts),
    ...shared("s3", blobs),
  ];
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
  const endpoints = planEndpoints(customer, connection);
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
