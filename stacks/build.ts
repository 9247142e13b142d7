import type { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import { AwsPrivateLink, type EndpointOutputs } from "../components/awsPrivateLink.ts";
import { AwsVpnPeer } from "../components/awsVpnPeer.ts";
import { DnsProxy } from "../components/dnsProxy.ts";
import { ExecutorFirewall } from "../components/executorFirewall.ts";
import { ExecutorNat } from "../components/executorNat.ts";
import { HaVpnGateway } from "../components/haVpnGateway.ts";
import { existingNetwork } from "../components/existingNetwork.ts";
import { ExecutorNetwork, type NetworkLinks } from "../components/network.ts";
import { PrivateServiceConnect } from "../components/privateServiceConnect.ts";
import { VpnTunnels } from "../components/vpnTunnels.ts";
import type { AwsConnectionPlan } from "../plan/aws.ts";
import type { Plan } from "../plan/plan.ts";
import type { PscEndpointPlan } from "../plan/psc.ts";
import { mapValues } from "../plan/records.ts";
import { stackOutputs, type StackOutputs } from "./outputs.ts";
import { awsProvider, CustomerProviders, gcpProvider, type Credentials } from "./providers.ts";
import { buildRegistries, endpointPolicies, registryOutputs, type BuiltRegistries } from "./registries.ts";

/** One AWS connection's resources, as far as others need them. */
interface AwsConnection {
  readonly plan: AwsConnectionPlan;
  readonly endpoints: Readonly<Record<string, EndpointOutputs>>;
  readonly tunnelNames: VpnTunnels["tunnelNames"];
}

/**
 * Declares everything a plan holds; the only place that knows which component serves which kind. Providers are explicit,
 * so nothing is ever created in an account that the customer file does not name.
 * @returns the stack's outputs
 * @throws RunError where a network that should exist does not
 */
export async function build(plan: Plan, credentials: Credentials = {}): Promise<StackOutputs> {
  const gcp = gcpProvider(plan.name, plan.projectID, plan.region, credentials);
  const onGcp = { providers: [gcp] };
  const { region, labels, name } = plan;
  const { selfLink: network, subnetLinks } = await networkOf(plan, gcp);
  const haVpn = plan.haVpn && new HaVpnGateway(plan.haVpn.name, { ...plan.haVpn, network, region, labels }, onGcp);
  const registries = await buildRegistries(plan, new CustomerProviders(name, credentials));
  const aws = haVpn
    ? plan.awsConnections.map((connection) => buildAws(plan, connection, haVpn, gcp, registries, credentials))
    : [];
  acceptOwn(plan, aws, registries);
  const psc = plan.pscEndpoints.map((endpoint) => {
    const subnetwork = subnetLink(subnetLinks, endpoint.subnet);
    const resource = new PrivateServiceConnect(
      endpoint.name,
      { endpoint, targetService: targetOf(endpoint, registries), region, network, subnetwork, labels },
      onGcp,
    );
    return { endpoint, resource };
  });
  const pscAddresses = Object.fromEntries(psc.map(({ endpoint, resource }) => [endpoint.domain, resource.address]));
  const nat =
    plan.nat && new ExecutorNat(plan.nat.name, { nat: plan.nat, region, network, subnetLinks, labels }, onGcp);
  if (plan.serviceAccount !== undefined && plan.egress.length > 0) {
    const { serviceAccount, egress } = plan;
    new ExecutorFirewall(name, { network, serviceAccount, egress, pscAddresses }, onGcp);
  }
  const endpoints = Object.assign({}, ...aws.map((connection) => connection.endpoints)) as AwsConnection["endpoints"];
  const endpointNames = mapValues(endpoints, ({ dnsName }) => dnsName);
  const proxy =
    plan.dnsProxy &&
    new DnsProxy(name, { proxy: plan.dnsProxy, endpointNames, pscAddresses, blobHosts: registries.blobHosts }, onGcp);
  return stackOutputs(plan, {
    natAddresses: nat?.addresses ?? {},
    endpoints,
    psc: Object.fromEntries(psc.map(({ endpoint, resource }) => [endpoint.domain, resource])),
    registries: registryOutputs(plan, registries),
    tunnels: aws.map(({ plan: connection, tunnelNames }) => ({ connection, tunnelNames })),
    ...(proxy === undefined ? {} : { dnsProxyHash: proxy.hash }),
  });
}

function buildAws(
  plan: Plan,
  connection: AwsConnectionPlan,
  haVpn: HaVpnGateway,
  gcp: GcpProvider,
  registries: BuiltRegistries,
  credentials: Credentials,
): AwsConnection {
  const { name } = connection;
  const tags = { ...plan.tags, "causeway:connection": connection.key };
  const aws = awsProvider(name, connection.accountID, connection.region, credentials);
  const random = new RandomProvider(name);
  const serviceNames = mapValues(registries.endpointServices, ({ serviceName }) => serviceName);
  const policies = endpointPolicies(plan, connection, registries);
  const privateLink = new AwsPrivateLink(name, { connection, tags, serviceNames, policies }, { providers: [aws] });
  const peer = new AwsVpnPeer(
    name,
    {
      connection,
      vpcId: privateLink.vpcId,
      routeTableId: privateLink.routeTableId,
      interfaceAddresses: haVpn.interfaceAddresses,
      tags,
    },
    { providers: [aws, random] },
  );
  const { gateway, router } = haVpn;
  const { region, labels } = plan;
  const { tunnelNames } = new VpnTunnels(
    name,
    { connection, region, gateway, router, peers: peer.tunnels, labels },
    { providers: [gcp] },
  );
  return { plan: connection, endpoints: privateLink.endpoints, tunnelNames };
}

/** Accepts our own endpoints to the services we publish: both ends are in this program, and nobody need be asked. */
function acceptOwn({ registries }: Plan, connections: readonly AwsConnection[], built: BuiltRegistries): void {
  for (const { path, key } of registries) {
    if (path.kind !== "privateLink") continue;
    const endpoint = connections.map(({ endpoints }) => endpoints[path.link]).find((one) => one !== undefined);
    if (endpoint !== undefined) built.endpointServices[key]?.accept(endpoint.id);
  }
}

function targetOf({ name, target }: PscEndpointPlan, { attachments }: BuiltRegistries): pulumi.Input<string> {
  if (target.kind === "attachment") return target.targetService;
  const published = attachments[target.registry];
  if (published === undefined) throw new RangeError(`${name}: no service attachment of ${target.registry}`);
  return published.targetService;
}

function networkOf({ name, network, projectID, region, subnets }: Plan, gcp: GcpProvider): Promise<NetworkLinks> {
  const args = { projectID, networkName: network.name, region, subnets };
  if (network.kind === "existing") return existingNetwork(args, gcp);
  return Promise.resolve(new ExecutorNetwork(name, args, { providers: [gcp] }));
}

function subnetLink(links: NetworkLinks["subnetLinks"], name: string): pulumi.Output<string> {
  const link = links[name];
  if (link === undefined) throw new RangeError(`no executor subnet ${name}`);
  return link;
}
