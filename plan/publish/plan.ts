import { parseRange, size } from "../cidr.ts";
import type { Certificate, Customer, Registry } from "../customer.ts";
import { isPermitted } from "../guards.ts";
import { fit, GCP_NAME_MAX, physicalName, shortHash } from "../names.ts";
import type { PublishAws, PublishGcp, PublishListener } from "./customer.ts";
import { LOAD_BALANCER_NAME_MAX, PRIVATE_RANGES } from "./facts.ts";

/** A rule of the load balancer's security group: it may open connections to a port there. */
export interface ReachPlan {
  /** `<port>-<n>` or `<port>`: from the data, so that another listener renames nothing. */
  readonly key: string;
  readonly port: number;
  /** A range, or a security group the targets are in; absent of a registry that is run here. */
  readonly cidr?: string;
  readonly securityGroupID?: string;
}

/** One listener with the target group it forwards to. */
export interface ListenerPlan extends PublishListener {
  /** Logical name of listener and target group. */
  readonly name: string;
  /** At most 32 characters; changes with whatever replaces the group, so that the new one can be made beside the old. */
  readonly targetGroupName: string;
  readonly listenerProtocol: "TLS" | "TCP";
  readonly targetProtocol: "TLS" | "TCP";
}

/** A network load balancer and an endpoint service, every name decided. */
export interface EndpointServicePlan extends Omit<PublishAws, "listeners"> {
  /** `<customer>-<registry>` */
  readonly name: string;
  /** Name of the registry that the service leads to. */
  readonly dnsName: string;
  readonly tlsType: "self-signed-ca" | "public-ca";
  /** At most 32 characters. */
  readonly loadBalancerName: string;
  readonly listeners: readonly ListenerPlan[];
  readonly reach: readonly ReachPlan[];
  /** ARNs of our accounts, which alone may connect. */
  readonly allowedPrincipals: readonly string[];
  readonly acceptanceRequired: boolean;
  readonly protect: boolean;
}

/** A load balancer and a service attachment, every name decided. */
export interface ServiceAttachmentPlan extends PublishGcp {
  /** `<customer>-<registry>`; every resource's name begins with it. */
  readonly name: string;
  readonly dnsName: string;
  readonly tlsType: "self-signed-ca" | "public-ca";
  /** Names of network and subnetwork in full: `projects/…`. */
  readonly networkPath: string;
  readonly subnetworkPath: string;
  /** Project whose endpoints are accepted: that of the executors. */
  readonly acceptedProject: string;
  /** Ranges the backends see connections from. */
  readonly sourceRange: string;
  /** Used addresses of the NAT subnet at which somebody is told. */
  readonly natAlarmAt: number;
  /** Of the NAT subnet: another place in the network is another subnet, made before the old one goes. */
  readonly natSubnetName: string;
  /** Of a group of addresses: changes with whatever replaces it. */
  readonly endpointGroupName: string;
  readonly protect: boolean;
}

const tlsType = ({ kind }: Certificate): "self-signed-ca" | "public-ca" =>
  kind === "privateCA" ? "self-signed-ca" : "public-ca";

/** AWS keeps names that begin so for itself. Source: Elastic Load Balancing API Reference, CreateLoadBalancer, Name. */
const loadBalancerName = (name: string): string => fit(name.replace(/^internal-/, "int-"), LOAD_BALANCER_NAME_MAX);

/**
 * Everything the customer's AWS side is made of.
 * @throws nothing: what cannot be planned was refused when the file was read.
 */
export function planEndpointService(customer: Customer, registry: Registry, aws: PublishAws): EndpointServicePlan {
  const { listeners: given, ...rest } = aws;
  const name = physicalName(customer.name, registry.key);
  const listeners = given.map((listener) => planListener(name, aws.vpcID ?? "own", listener));
  const protect = !isPermitted(customer, `registries[${registry.key}].publish.aws`);
  return {
    ...rest,
    // leave to remove it is leave to delete the load balancer, which AWS would otherwise refuse half-way
    deletionProtection: aws.deletionProtection && protect,
    name,
    dnsName: registry.dnsName,
    tlsType: tlsType(registry.certificate),
    loadBalancerName: loadBalancerName(name),
    listeners,
    reach: planReach(listeners),
    allowedPrincipals: [...new Set(customer.aws.map(({ accountID }) => `arn:aws:iam::${accountID}:root`))].sort(),
    acceptanceRequired: aws.acceptance === "manual",
    protect,
  };
}

function planListener(name: string, vpc: string, listener: PublishListener): ListenerPlan {
  const { port, mode, target, targetPort, reencrypt } = listener;
  const targetProtocol = mode === "tls-terminate" && reencrypt ? "TLS" : "TCP";
  const replaces = shortHash([vpc, target.kind, targetPort, targetProtocol].join(" "));
  return {
    ...listener,
    name: `${name}-${port}`,
    targetGroupName: fit(`${loadBalancerName(name)}-${port}-${replaces}`, LOAD_BALANCER_NAME_MAX),
    listenerProtocol: mode === "tls-terminate" ? "TLS" : "TCP",
    targetProtocol,
  };
}

/** Where the load balancer has to get: each target at its port and at that of its health check. */
function planReach(listeners: readonly ListenerPlan[]): readonly ReachPlan[] {
  const rules = listeners.flatMap(({ target, targetPort, targetSecurityGroupID: group, healthCheck }) => {
    const ports = [...new Set([targetPort, healthCheck.port ?? targetPort])];
    return ports.flatMap((port): readonly ReachPlan[] => {
      if (target.kind === "own") return [{ key: `${port}`, port }];
      if (group !== undefined) return [{ key: `${port}-${group}`, port, securityGroupID: group }];
      const cidrs = target.kind === "addresses" ? target.addresses.map((address) => `${address}/32`) : PRIVATE_RANGES;
      return cidrs.map((cidr) => ({ key: `${port}-${cidr.replace("/", "-")}`, port, cidr }));
    });
  });
  return [...new Map(rules.map((rule) => [rule.key, rule])).values()];
}

/** What replaces forwarding rule and attachment: a permit for one of these lets both go. */
const REPLACING = ["network", "subnetwork", "mode", "certificate", "ports", "domainName"];

/** Whether the attachment of a registry may go, and with it whatever is connected to it. */
export function mayReplaceAttachment(customer: Customer, registry: string): boolean {
  const path = `registries[${registry}].publish.gcp`;
  return [path, ...REPLACING.map((field) => `${path}.${field}`)].some((each) => isPermitted(customer, each));
}

/** Share of the NAT subnet's addresses at which it is time for a second subnet. */
const NAT_ALARM = 0.8;

/** Addresses of a subnet that Google keeps. Source: Google VPC documentation, Subnets, "Unusable addresses in IPv4 subnet ranges". */
const KEPT_PER_SUBNET = 4;

/**
 * Everything the customer's Google side is made of.
 * @throws nothing: what cannot be planned was refused when the file was read.
 */
export function planServiceAttachment(customer: Customer, registry: Registry, gcp: PublishGcp): ServiceAttachmentPlan {
  const { projectID, region, network, subnetwork, natRange, proxySubnet } = gcp;
  const joined = physicalName(customer.name, registry.key);
  // A Google name begins with a letter, which a customer's may not; what hangs on it takes up to 20 characters.
  const name = fit(/^[a-z]/.test(joined) ? joined : `r-${joined}`, GCP_NAME_MAX - 20);
  const usable = size(parseRange(natRange)!) - KEPT_PER_SUBNET;
  const zone = gcp.backends.kind === "addresses" ? gcp.backends.zone : "";
  return {
    ...gcp,
    name,
    dnsName: registry.dnsName,
    tlsType: tlsType(registry.certificate),
    networkPath: `projects/${projectID}/global/networks/${network}`,
    subnetworkPath: `projects/${projectID}/regions/${region}/subnetworks/${subnetwork}`,
    acceptedProject: customer.gcp.projectID,
    sourceRange: proxySubnet?.range ?? natRange,
    natAlarmAt: Math.max(1, Math.floor(usable * NAT_ALARM)),
    natSubnetName: `${name}-nat-${natRange.split("/")[0]!.replaceAll(".", "-")}`,
    endpointGroupName: `${name}-${shortHash([zone, network, gcp.backendPort].join(" "))}`,
    protect: !mayReplaceAttachment(customer, registry.key),
  };
}
