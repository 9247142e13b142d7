import { NetworkEndpoint } from "@pulumi/gcp/compute/networkEndpoint.js";
import { NetworkEndpointGroup } from "@pulumi/gcp/compute/networkEndpointGroup.js";
import { RegionBackendService } from "@pulumi/gcp/compute/regionBackendService.js";
import { RegionHealthCheck } from "@pulumi/gcp/compute/regionHealthCheck.js";
import { RegionTargetHttpsProxy } from "@pulumi/gcp/compute/regionTargetHttpsProxy.js";
import { RegionTargetTcpProxy } from "@pulumi/gcp/compute/regionTargetTcpProxy.js";
import { RegionUrlMap } from "@pulumi/gcp/compute/regionUrlMap.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceAttachmentPlan } from "../../plan/publish/plan.ts";

/** Connections and requests a second at which a proxy takes the next address first; there is no hard limit behind it. */
const CONNECTIONS_PER_ENDPOINT = 1000;
const REQUESTS_PER_ENDPOINT = 1000;

type Backend = { readonly group: pulumi.Input<string> } & Readonly<Record<string, pulumi.Input<string> | number>>;

/** A backend service with its health check, and the addresses outside Google Cloud where they are the backends. */
export function createBackends(
  name: string,
  plan: ServiceAttachmentPlan,
  parent: pulumi.Resource,
): RegionBackendService {
  const { region, mode, networkPath: network, backends } = plan;
  const check = createHealthCheck(name, plan, parent);
  const members = backends.kind === "groups" ? backends.groups : [createRemote(name, plan, backends, parent)];
  const proxied = mode === "proxy";
  return new RegionBackendService(
    name,
    {
      name: plan.name,
      region,
      loadBalancingScheme: proxied ? "INTERNAL_MANAGED" : "INTERNAL",
      protocol: proxied && plan.certificate !== undefined ? "HTTP" : "TCP",
      healthChecks: check.selfLink,
      backends: members.map((group) => ({ group, ...balancing(group, plan) })),
      ...(proxied ? {} : { network }),
      ...(proxied && backends.kind === "groups" && backends.portName !== undefined
        ? { portName: backends.portName }
        : {}),
      connectionDrainingTimeoutSec: 300,
    },
    // A proxy takes backends of its own protocol alone, and they take no other one while it has them.
    { parent, deleteBeforeReplace: true, replaceOnChanges: ["protocol"] },
  );
}

/** Source: Cloud Load Balancing documentation, "Backend services overview", Balancing mode. */
function balancing(group: pulumi.Input<string>, { mode, certificate }: ServiceAttachmentPlan): Omit<Backend, "group"> {
  if (mode === "passthrough") return { balancingMode: "CONNECTION" };
  const machines = typeof group === "string" && group.includes("/instanceGroups/");
  if (machines) return { balancingMode: "UTILIZATION", capacityScaler: 1 };
  return certificate === undefined
    ? { balancingMode: "CONNECTION", maxConnectionsPerEndpoint: CONNECTIONS_PER_ENDPOINT, capacityScaler: 1 }
    : { balancingMode: "RATE", maxRatePerEndpoint: REQUESTS_PER_ENDPOINT, capacityScaler: 1 };
}

function createHealthCheck(name: string, plan: ServiceAttachmentPlan, parent: pulumi.Resource): RegionHealthCheck {
  const { healthCheck, region } = plan;
  const port = healthCheck.port ?? (plan.mode === "passthrough" ? plan.ports[0]! : plan.backendPort);
  const request = { port, ...(healthCheck.path === undefined ? {} : { requestPath: healthCheck.path }) };
  return new RegionHealthCheck(
    name,
    {
      name: plan.name,
      region,
      ...(healthCheck.protocol === "TCP" ? { tcpHealthCheck: { port } } : {}),
      ...(healthCheck.protocol === "HTTP" ? { httpHealthCheck: request } : {}),
      ...(healthCheck.protocol === "HTTPS" ? { httpsHealthCheck: request } : {}),
      logConfig: { enable: true },
    },
    { parent, deleteBeforeReplace: true },
  );
}

/** Addresses over VPN or Interconnect. @returns self link of their group */
function createRemote(
  name: string,
  plan: ServiceAttachmentPlan,
  { addresses, zone }: { readonly addresses: readonly string[]; readonly zone: string },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const group = new NetworkEndpointGroup(
    name,
    {
      name: plan.endpointGroupName,
      zone,
      network: plan.networkPath,
      networkEndpointType: "NON_GCP_PRIVATE_IP_PORT",
      defaultPort: plan.backendPort,
    },
    { parent },
  );
  for (const ipAddress of addresses) {
    new NetworkEndpoint(
      `${name}-${ipAddress}`,
      { networkEndpointGroup: group.name, zone, ipAddress, port: plan.backendPort },
      { parent },
    );
  }
  return group.selfLink;
}

/** The proxy in front of a backend service: one that ends TLS where there is a certificate, one for TCP otherwise. */
export function createProxy(
  name: string,
  plan: ServiceAttachmentPlan,
  backends: RegionBackendService,
  parent: pulumi.Resource,
): { readonly target: pulumi.Output<string>; readonly subnet: Subnetwork | undefined } {
  const { region, certificate, proxySubnet, networkPath: network } = plan;
  const subnet =
    proxySubnet?.kind === "create"
      ? new Subnetwork(
          `${name}-proxies`,
          {
            name: `${plan.name}-proxies`,
            region,
            network,
            ipCidrRange: proxySubnet.range,
            purpose: "REGIONAL_MANAGED_PROXY",
            role: "ACTIVE",
          },
          { parent, protect: plan.protect },
        )
      : undefined;
  if (certificate === undefined) {
    const proxy = new RegionTargetTcpProxy(
      name,
      { name: plan.name, region, backendService: backends.selfLink },
      { parent, deleteBeforeReplace: true },
    );
    return { target: proxy.selfLink, subnet };
  }
  const map = new RegionUrlMap(
    name,
    { name: plan.name, region, defaultService: backends.selfLink },
    // Each goes with what it leads to, which nothing may have when it is deleted.
    { parent, deleteBeforeReplace: true, replaceOnChanges: ["defaultService"] },
  );
  const proxy = new RegionTargetHttpsProxy(
    name,
    { name: plan.name, region, urlMap: map.selfLink, sslCertificates: [certificate] },
    { parent, deleteBeforeReplace: true, replaceOnChanges: ["urlMap"] },
  );
  return { target: proxy.selfLink, subnet };
}
