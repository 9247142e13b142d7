import * as pulumi from "@pulumi/pulumi";
import type { EndpointOutputs } from "../components/awsPrivateLink.ts";
import type { PrivateServiceConnect } from "../components/privateServiceConnect.ts";
import type { VpnTunnels } from "../components/vpnTunnels.ts";
import type { AwsConnectionPlan } from "../plan/aws.ts";
import type { Deployed } from "../plan/deployed.ts";
import { planHandoff, type Handoff, type HandoffMade } from "../plan/handoff.ts";
import type { Plan, RegistryPlan } from "../plan/plan.ts";
import { mapValues } from "../plan/records.ts";

/** One tunnel as an operator looks it up in either cloud. */
export interface TunnelOutput {
  readonly connection: string;
  readonly key: string;
  readonly name: pulumi.Input<string>;
  readonly insideCidr: string;
  readonly awsInsideAddress: string;
  readonly gcpInsideAddress: string;
  readonly gatewayInterface: number;
  readonly externalInterface: number;
  readonly amazonSideAsn: number;
  readonly gcpAsn: number;
  readonly pskGeneration: number;
}

/** What a stack tells the world; no secret in any of it. `deployed` is what the next run compares the file with. */
export interface StackOutputs {
  readonly handoff: pulumi.Output<Handoff>;
  /** IPv4 by address key. */
  readonly natAddresses: Readonly<Record<string, pulumi.Output<string>>>;
  /** Interface endpoints by `vpce-svc-…`, Private Service Connect endpoints by domain. */
  readonly endpoints: Readonly<Record<string, object>>;
  readonly tunnels: readonly TunnelOutput[];
  readonly dnsProxy: { readonly hash: pulumi.Output<string>; readonly proxyTag?: string } | null;
  /** By key; `made` holds what is made or published here, by kind. */
  readonly registries: Readonly<
    Record<
      string,
      { readonly dnsName: string; readonly path: RegistryPlan["path"]; readonly made?: RegistryOutputs["made"] }
    >
  >;
  readonly deployed: pulumi.Output<Deployed>;
}

/** The resources outputs are made of. */
export interface BuiltParts {
  readonly natAddresses: Readonly<Record<string, pulumi.Output<string>>>;
  readonly endpoints: Readonly<Record<string, EndpointOutputs>>;
  readonly psc: Readonly<Record<string, PrivateServiceConnect>>;
  readonly tunnels: readonly { connection: AwsConnectionPlan; tunnelNames: VpnTunnels["tunnelNames"] }[];
  readonly dnsProxyHash?: pulumi.Output<string>;
  /** Of the registries made or published here, by key. */
  readonly registries: Readonly<Record<string, RegistryOutputs>>;
}

/** What is known of a registry made or published here once it exists. */
export interface RegistryOutputs {
  /** By kind: `codeArtifact`, `selfHosted`, `endpointService`, `serviceAttachment`. No secret in any of it. */
  readonly made: Readonly<Record<string, Readonly<Record<string, pulumi.Input<unknown>>>>>;
  /** DNS records the customer is asked for. */
  readonly records: pulumi.Input<HandoffMade["records"]>;
}

export function stackOutputs(plan: Plan, parts: BuiltParts): StackOutputs {
  const endpointStates = pulumi.all(mapValues(parts.endpoints, ({ state }) => state));
  const endpointIds = pulumi.all(mapValues(parts.endpoints, ({ id }) => id));
  const pscStatuses = pulumi.all(mapValues(parts.psc, ({ status }) => status));
  const natAddresses = pulumi.all(parts.natAddresses);
  const records = pulumi.all(mapValues(parts.registries, (registry) => pulumi.output(registry.records)));
  return {
    handoff: pulumi
      .all([natAddresses, endpointStates, endpointIds, pscStatuses, records])
      .apply(([nat, states, ids, statuses, asked]) =>
        planHandoff(plan, {
          ...{ natAddresses: nat, endpointStates: states, endpointIds: ids, pscStatuses: statuses },
          records: asked,
        }),
      ),
    natAddresses: parts.natAddresses,
    endpoints: {
      ...parts.endpoints,
      ...mapValues(parts.psc, ({ address, status }) => ({ address, status })),
    },
    tunnels: parts.tunnels.flatMap(tunnelOutputs),
    dnsProxy:
      parts.dnsProxyHash === undefined
        ? null
        : {
            hash: parts.dnsProxyHash,
            ...(plan.dnsProxy?.proxyTag === undefined ? {} : { proxyTag: plan.dnsProxy.proxyTag }),
          },
    registries: Object.fromEntries(
      plan.registries.map(({ key, dnsName, path }) => {
        const made = parts.registries[key]?.made;
        return [key, { dnsName, path, ...(made === undefined ? {} : { made }) }];
      }),
    ),
    deployed: endpointStates.apply((states): Deployed => ({
      version: 1,
      values: plan.guardedValues,
      endpointStates: states,
    })),
  };
}

const tunnelOutputs = ({ connection, tunnelNames }: BuiltParts["tunnels"][number]): TunnelOutput[] =>
  connection.tunnels.map((tunnel) => ({
    connection: connection.key,
    key: tunnel.key,
    name: tunnelNames[tunnel.key] ?? "",
    insideCidr: tunnel.insideCidr,
    awsInsideAddress: tunnel.awsInsideAddress,
    gcpInsideAddress: tunnel.gcpInsideAddress,
    gatewayInterface: tunnel.gatewayInterface,
    externalInterface: tunnel.externalInterface,
    amazonSideAsn: connection.amazonSideAsn,
    gcpAsn: connection.gcpAsn,
    pskGeneration: tunnel.pskGeneration,
  }));
