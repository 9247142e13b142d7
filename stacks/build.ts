import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
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
import { mapValues } from "../plan/records.ts";
import { stackOutputs, type StackOutputs } from "./outputs.ts";

/** How the program signs in, from stack configuration; absent means the credentials of the environment. */
export interface Credentials {
  /** Role assumed in each AWS account. */
  readonly awsRoleName?: string;
  /** Service account impersonated on Google Cloud. */
  readonly gcpServiceAccount?: string;
}

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
  const gcp = gcpProvider(plan, credentials);
  const onGcp = { providers: [gcp] };
  const { region, labels, name } = plan;
  const { selfLink: network, subnetLinks } = await networkOf(plan, gcp);
  const haVpn = plan.haVpn && new HaVpnGateway(plan.haVpn.name, { ...plan.haVpn, network, region, labels }, onGcp);
  const aws = haVpn ? plan.awsConnections.map((connection) => buildAws(plan, connection, haVpn, gcp, credentials)) : [];
  const psc = plan.pscEndpoints.map((endpoint) => {
    const subnetwork = subnetLink(subnetLinks, endpoint.subnet);
    const resource = new PrivateServiceConnect(endpoint.name, { endpoint, region, network, subnetwork, labels }, onGcp);
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
  const proxy = plan.dnsProxy && new DnsProxy(name, { proxy: plan.dnsProxy, endpointNames, pscAddresses }, onGcp);
  return stackOutputs(plan, {
    natAddresses: nat?.addresses ?? {},
    endpoints,
    psc: Object.fromEntries(psc.map(({ endpoint, resource }) => [endpoint.domain, resource])),
    tunnels: aws.map(({ plan: connection, tunnelNames }) => ({ connection, tunnelNames })),
    ...(proxy === undefined ? {} : { dnsProxyHash: proxy.hash }),
  });
}

function buildAws(
  plan: Plan,
  connection: AwsConnectionPlan,
  haVpn: HaVpnGateway,
  gcp: GcpProvider,
  credentials: Credentials,
): AwsConnection {
  const { name } = connection;
  const tags = { ...plan.tags, "causeway:connection": connection.key };
  const aws = awsProvider(connection, credentials);
  const random = new RandomProvider(name);
  const privateLink = new AwsPrivateLink(name, { connection, tags }, { providers: [aws] });
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

const gcpProvider = ({ name, projectID, region }: Plan, { gcpServiceAccount }: Credentials): GcpProvider =>
  new GcpProvider(name, {
    project: projectID,
    region,
    // Labels are decided by the plan alone.
    addPulumiAttributionLabel: false,
    ...(gcpServiceAccount === undefined ? {} : { impersonateServiceAccount: gcpServiceAccount }),
  });

/** Refuses every account but the connection's own, whatever credentials the environment holds. */
const awsProvider = ({ name, region, accountID }: AwsConnectionPlan, { awsRoleName }: Credentials): AwsProvider =>
  new AwsProvider(name, {
    region,
    allowedAccountIds: [accountID],
    ...(awsRoleName === undefined
      ? {}
      : {
          assumeRoles: [{ roleArn: `arn:aws:iam::${accountID}:role/${awsRoleName}`, sessionName: "causeway" }],
        }),
  });

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
