import { getNetwork } from "@pulumi/gcp/compute/getNetwork.js";
import { getSubnetwork } from "@pulumi/gcp/compute/getSubnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { SubnetPlan } from "../plan/plan.ts";
import type { NetworkLinks } from "./network.ts";

export interface ExistingNetworkArgs {
  readonly projectID: string;
  readonly networkName: string;
  readonly region: string;
  readonly subnets: readonly SubnetPlan[];
}

/**
 * Finds a network that is there already; nothing of it is modified. Every executor subnet must have the range the
 * customer file says, since security groups and BGP are planned from it.
 * @throws RunError where the network or a subnet is not there or has another range, before anything is declared on it
 */
export async function existingNetwork(
  args: ExistingNetworkArgs,
  provider: pulumi.ProviderResource,
): Promise<NetworkLinks> {
  const { projectID: project, networkName, region, subnets } = args;
  const opts = { provider };
  const network = await found(`gcp.network: a network ${networkName} in ${project}`, () =>
    getNetwork({ name: networkName, project }, opts),
  );
  const links = await Promise.all(
    subnets.map(async ({ name, ipCidrRange }) => {
      const path = `executors.subnets.${name}`;
      const subnet = await found(`${path}: a subnetwork ${name} in ${project}, ${region}`, () =>
        getSubnetwork({ name, project, region }, opts),
      );
      if (subnet.ipCidrRange !== ipCidrRange) {
        throw refusal(
          `${path}.ipCidrRange: expected ${subnet.ipCidrRange}, the range the subnetwork has, got ${ipCidrRange}; correct the file`,
        );
      }
      if (!sameNetwork(subnet.network, network.selfLink)) {
        throw refusal(
          `${path}: expected a subnetwork of the network ${networkName}, got one of ${lastPart(subnet.network)}; correct gcp.network or the subnet`,
        );
      }
      return [name, pulumi.output(subnet.selfLink)] as const;
    }),
  );
  return { selfLink: pulumi.output(network.selfLink), subnetLinks: Object.fromEntries(links) };
}

const refusal = (message: string): pulumi.RunError => new pulumi.RunError(`spec.infrastructure.${message}`);

async function found<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const [path, thing] = what.split(": ", 2);
    throw refusal(
      `${path}: expected ${thing}, google answered: ${(error as Error).message}; create it first or correct the file`,
    );
  }
}

const lastPart = (link: string): string => link.slice(link.lastIndexOf("/") + 1);

/** Whether two links name one network; the API version in front may differ. */
const sameNetwork = (a: string, b: string): boolean =>
  a.slice(a.indexOf("projects/")) === b.slice(b.indexOf("projects/"));
