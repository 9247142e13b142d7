import type { Plan } from "./plan.ts";

/**
 * Which permit releases a protected resource: the path to name under `permits` before it may be removed. Resources of an
 * AWS connection go together, so the block above them is named; a network this stack created is held by its subnets.
 * @returns a look-up by type token and logical name
 */
export function releasePaths(plan: Plan): (type: string, name: string) => string | undefined {
  const psc = plan.pscEndpoints.map(({ name, domain }): [string, string] => [
    name,
    `privateCodeHost.gcp.privateServiceConnectEndpoints[${domain}]`,
  ]);
  const subnets = plan.subnets.map(({ name }): [string, string] => [name, `executors.subnets[${name}]`]);
  const byType = (type: string): Map<string, string> => {
    if (type === "gcp:compute/subnetwork:Subnetwork") return new Map(subnets);
    return new Map([...psc, ...(plan.nat?.addresses ?? []).map(({ name }): [string, string] => [name, "executorNAT"])]);
  };
  return (type, name) => {
    const connection = type.startsWith("aws:") || /VpnGateway$/.test(type);
    return connection ? "privateCodeHost.aws" : byType(type).get(name);
  };
}
