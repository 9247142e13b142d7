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
    const registry = registryPath(plan, type, name);
    if (registry !== undefined) return registry;
    const connection = type.startsWith("aws:") || /VpnGateway$/.test(type);
    return connection ? "privateCodeHost.aws" : byType(type).get(name);
  };
}

/** What one registry is made of begins with its name; the longest that fits is its own. */
function registryPath({ registries }: Plan, type: string, name: string): string | undefined {
  const [owner] = registries
    .filter((registry) => name === registry.name || name.startsWith(`${registry.name}-`))
    .sort((a, b) => b.name.length - a.name.length);
  if (owner === undefined || type === "aws:ec2/vpcEndpoint:VpcEndpoint") return undefined;
  const path = `registries[${owner.key}]`;
  if (type.startsWith("gcp:")) return owner.publishGcp && `${path}.publish.gcp`;
  const isPublished = type === "aws:ec2/vpcEndpointService:VpcEndpointService" || name === owner.name;
  if (owner.publishAws !== undefined && isPublished) return `${path}.publish.aws`;
  if (owner.selfHosted !== undefined) return `${path}.selfHosted`;
  return owner.codeArtifact && `${path}.codeArtifact`;
}
