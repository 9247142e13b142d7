import type { Plan } from "./plan.ts";
import type { SelfHostedPlan } from "./selfHosted/plan.ts";

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
  if (type === "aws:ec2/vpcEndpoint:VpcEndpoint") return undefined;
  const owners = registries.flatMap((registry) => {
    const path = `registries[${registry.key}]`;
    const own = [registry.name, registry.selfHosted?.name].filter((one) => one !== undefined);
    const fits = own.filter((one) => name === one || name.startsWith(`${one}-`));
    return fits.map((fit) => ({ registry, path, length: fit.length }));
  });
  const [owner] = owners.sort((a, b) => b.length - a.length);
  if (owner === undefined) return undefined;
  const { registry, path } = owner;
  if (type.startsWith("gcp:")) return registry.publishGcp && `${path}.publish.gcp`;
  // a publisher's load balancer has the registry's own name, that of a registry run here another
  const isPublisher =
    type === "aws:ec2/vpcEndpointService:VpcEndpointService" ||
    (type === "aws:lb/loadBalancer:LoadBalancer" && name === registry.name);
  if (registry.publishAws !== undefined && isPublisher) return `${path}.publish.aws`;
  if (registry.selfHosted !== undefined) return selfHostedPath(`${path}.selfHosted`, registry.selfHosted, type, name);
  return registry.codeArtifact && `${path}.codeArtifact`;
}

/** What goes with a field of its own needs leave for that field alone. */
function selfHostedPath(path: string, registry: SelfHostedPlan, type: string, name: string): string {
  if (type === "aws:secretsmanager/secret:Secret" && name === `${registry.name}-access-key`)
    return `${path}.s3Identity`;
  return type === "aws:backup/vault:Vault" ? `${path}.backup` : path;
}
