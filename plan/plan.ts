import { planAwsConnection, type AwsConnectionPlan } from "./aws.ts";
import { planCodeArtifact, type CodeArtifactPlan } from "./codeArtifact/plan.ts";
import type { Certificate, Customer, Network, Registry, Route } from "./customer.ts";
import { planDnsProxy, type DnsProxyPlan } from "./dnsProxy.ts";
import type { PrivateDestination } from "./guestRules.ts";
import { guardedValues, isPermitted } from "./guards.ts";
import { physicalName } from "./names.ts";
import { planNat, type NatPlan } from "./nat.ts";
import { planPsc, type PscEndpointPlan } from "./psc.ts";
import {
  planEndpointService,
  planServiceAttachment,
  type EndpointServicePlan,
  type ServiceAttachmentPlan,
} from "./publish/plan.ts";
import { planSelfHosted, type SelfHostedPlan } from "./selfHosted/plan.ts";

/** A subnet executors run in; `protect` holds where this stack creates it. */
export interface SubnetPlan {
  readonly name: string;
  readonly ipCidrRange: string;
  readonly protect: boolean;
}

/** Google's half of the VPN, shared by every AWS connection. */
export interface HaVpnPlan {
  /** HA VPN gateway and Cloud Router. */
  readonly name: string;
  readonly asn: number;
  readonly keepaliveInterval: number;
  /** Executor subnets and nothing else: AWS has no way back to the rest of the network. */
  readonly advertisedRanges: readonly string[];
  readonly protect: boolean;
}

/** What executors may open on one connection; everything else at `destination` is denied and logged. */
export interface EgressPlan {
  readonly name: string;
  readonly destination: PrivateDestination;
  readonly ports: readonly number[];
}

/** A registry: how it is reached, as the hand-off tells it, and what of it is made here. */
export interface RegistryPlan {
  readonly key: string;
  /** `<customer>-<key>` */
  readonly name: string;
  readonly dnsName: string;
  readonly certificate: Certificate;
  readonly codeArtifact?: CodeArtifactPlan;
  readonly selfHosted?: SelfHostedPlan;
  readonly publishAws?: EndpointServicePlan;
  readonly publishGcp?: ServiceAttachmentPlan;
  readonly path:
    | { readonly kind: "privateLink"; readonly link: string }
    | { readonly kind: "privateServiceConnect"; readonly domain: string }
    | { readonly kind: "public"; readonly destination: string };
}

/** A customer with every number and name decided, as frozen data: equal customers give equal plans. */
export interface Plan {
  readonly name: string;
  readonly displayName: string;
  readonly projectID: string;
  readonly region: string;
  readonly network: Network;
  readonly subnets: readonly SubnetPlan[];
  readonly serviceAccount?: string;
  /** GCP labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** AWS tags, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
  readonly haVpn?: HaVpnPlan;
  readonly awsConnections: readonly AwsConnectionPlan[];
  readonly pscEndpoints: readonly PscEndpointPlan[];
  /** Whether the file has a place for Private Service Connect endpoints, filled or not. */
  readonly awaitsPsc: boolean;
  readonly nat?: NatPlan;
  readonly egress: readonly EgressPlan[];
  readonly dnsProxy?: DnsProxyPlan;
  readonly registries: readonly RegistryPlan[];
  /** Values the next run compares with, see `Deployed`. */
  readonly guardedValues: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Turns a customer into a plan. Pure: the same customer gives the same plan, and a key that comes or goes changes only
 * what is made from that key.
 * @throws nothing for a `Customer` that `loadCustomer` made.
 */
export function planCustomer(customer: Customer): Plan {
  const { name, gcp, executors } = customer;
  const awsConnections = customer.aws.map((connection) => planAwsConnection(customer, connection));
  const pscEndpoints = planPsc(customer);
  const nat = planNat(customer);
  const dnsProxy = planDnsProxy(customer, awsConnections);
  return deepFreeze({
    name,
    displayName: customer.displayName,
    projectID: gcp.projectID,
    region: gcp.region,
    network: gcp.network,
    subnets: executors.subnets.map((subnet) => ({
      ...subnet,
      protect: !isPermitted(customer, `executors.subnets.${subnet.name}.ipCidrRange`),
    })),
    ...(executors.serviceAccount === undefined ? {} : { serviceAccount: executors.serviceAccount }),
    labels: { ...customer.labels, "causeway-customer": name },
    tags: { ...customer.labels, "causeway:customer": name },
    ...(awsConnections.length === 0 ? {} : { haVpn: planHaVpn(customer) }),
    awsConnections,
    pscEndpoints,
    awaitsPsc: customer.privateServiceConnect !== undefined,
    ...(nat === undefined ? {} : { nat }),
    egress: executors.serviceAccount === undefined ? [] : planEgress(awsConnections, pscEndpoints),
    ...(dnsProxy === undefined ? {} : { dnsProxy }),
    registries: customer.registries.map((registry) => planRegistry(customer, registry)),
    guardedValues: guardedValues(customer),
  });
}

function planHaVpn(customer: Customer): HaVpnPlan {
  return {
    name: physicalName(customer.name, "vpn"),
    asn: customer.gcp.routerAsn,
    keepaliveInterval: customer.health.keepaliveInterval,
    advertisedRanges: customer.executors.subnets.map(({ ipCidrRange }) => ipCidrRange),
    protect: !isPermitted(customer, "privateCodeHost.aws"),
  };
}

/** An endpoint's own DNS name, written out in a route: `<endpoint>.<service>.<region>.vpce.amazonaws.com`. */
const ENDPOINT_NAME = /\.(vpce-svc-[0-9a-f]+)\.[^.]+\.vpce\.amazonaws\.com$/;

const planEgress = (
  connections: readonly AwsConnectionPlan[],
  endpoints: readonly PscEndpointPlan[],
): readonly EgressPlan[] => [
  ...connections.map(({ name, vpcCidr, ports }) => ({ name, destination: { cidr: vpcCidr }, ports })),
  ...endpoints.map(({ name, domain, ports }) => ({ name, destination: { privateServiceConnect: domain }, ports })),
];

const routeOf = (customer: Customer, dnsName: string): Route | undefined =>
  customer.executorPrivateDNS?.routes.find(({ source }) => source === dnsName);

function planRegistry(customer: Customer, registry: Registry): RegistryPlan {
  const { key, dnsName, certificate, origin, publish } = registry;
  return {
    key,
    name: physicalName(customer.name, key),
    dnsName,
    certificate,
    ...(origin.kind === "codeArtifact"
      ? { codeArtifact: planCodeArtifact(customer, registry, origin.codeArtifact) }
      : {}),
    ...(origin.kind === "selfHosted" ? { selfHosted: planSelfHosted(customer, registry, origin.selfHosted) } : {}),
    ...(publish.aws === undefined ? {} : { publishAws: planEndpointService(customer, registry, publish.aws) }),
    ...(publish.gcp === undefined ? {} : { publishGcp: planServiceAttachment(customer, registry, publish.gcp) }),
    path: registryPath(customer, registry),
  };
}

function registryPath(customer: Customer, { key, dnsName }: Registry): RegistryPlan["path"] {
  const links = customer.aws.flatMap(({ privateLinks }) => privateLinks);
  const own = links.find((link) => link.target.kind === "registry" && link.target.registry === key);
  if (own !== undefined) return { kind: "privateLink", link: own.key };
  const target = routeOf(customer, dnsName)?.target;
  if (target?.kind === "privateLink") return { kind: "privateLink", link: target.link };
  if (target?.kind === "privateServiceConnect") return { kind: "privateServiceConnect", domain: target.domain };
  const endpoint = customer.privateServiceConnect?.endpoints.find(({ domain }) => domain === dnsName);
  if (endpoint !== undefined) return { kind: "privateServiceConnect", domain: endpoint.domain };
  const destination = target?.destination ?? dnsName;
  const serviceId = ENDPOINT_NAME.exec(destination)?.[1];
  return serviceId === undefined ? { kind: "public", destination } : { kind: "privateLink", link: serviceId };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
