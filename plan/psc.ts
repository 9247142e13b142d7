import type { Customer, PscEndpoint } from "./customer.ts";
import { isPermitted } from "./guards.ts";
import { domainKey, physicalName } from "./names.ts";
import { mayReplaceAttachment } from "./publish/plan.ts";

/** One Private Service Connect endpoint with its names decided. */
export interface PscEndpointPlan extends PscEndpoint {
  /** `<customer>-psc-<first label>-<hash>`: address, forwarding rule and zone share it. */
  readonly name: string;
  /** Executor subnet the address is taken from. */
  readonly subnet: string;
  /** Project the service is published from, for the reader of a hand-off. */
  readonly producerProject: string;
  readonly protectAddress: boolean;
  readonly protectRule: boolean;
}

function producerProject({ registries }: Customer, { target }: PscEndpoint): string {
  if (target.kind === "attachment") return target.targetService.split("/")[1] ?? "";
  return registries.find(({ key }) => key === target.registry)?.publish.gcp?.projectID ?? "";
}

/** The endpoints of a customer, sorted by domain. */
export function planPsc(customer: Customer): readonly PscEndpointPlan[] {
  const block = customer.privateServiceConnect;
  if (block === undefined) return [];
  return block.endpoints.map((endpoint) => {
    const path = `privateCodeHost.gcp.privateServiceConnectEndpoints[${endpoint.domain}]`;
    const subnetPermitted = isPermitted(customer, "privateCodeHost.gcp.subnet");
    const { target } = endpoint;
    const attachmentPermitted = target.kind === "registry" && mayReplaceAttachment(customer, target.registry);
    return {
      ...endpoint,
      name: physicalName(customer.name, "psc", domainKey(endpoint.domain)),
      subnet: block.subnet,
      producerProject: producerProject(customer, endpoint),
      protectAddress: !subnetPermitted && !isPermitted(customer, path),
      protectRule: !subnetPermitted && !attachmentPermitted && !isPermitted(customer, `${path}.targetService`),
    };
  });
}
