/**
 * Simulated clouds: AWS, Google Cloud and the random provider, as Pulumi resource providers in this process. They refuse
 * what the clouds refuse and remember in one file what was made in them.
 */
import { AWS } from "./aws/index.ts";
import { GCP } from "./gcp/index.ts";
import { CloudPackage } from "./package.ts";
import { ProviderServer, type Faults } from "./provider/server.ts";
import { RandomPackage } from "./random.ts";
import { TABLES, type PackageName } from "./tables.ts";
import { World } from "./world.ts";

export { CloudError, WorldFileError, WorldInUseError } from "./errors.ts";
export { Deployment, RefusedError, type Deployed, type Registration, type Stage } from "./deploy.ts";
export { editObject, listObjects, removeObject, type Listed } from "./console.ts";
export * from "./otherSide.ts";
export * from "./customerEstate.ts";
export type { Fault, Faults, Operation } from "./provider/server.ts";
export type { PackageName } from "./tables.ts";
export { account, queueOf, type Account, type Span, type Task as CloudTask } from "./time/account.ts";
export { DURATIONS, type Durations } from "./time/durations.ts";
export { unavoidable } from "./time/preconditions.ts";
export { customerSide, type Consumer, type Theirs } from "./customerSide.ts";
export { findExecutors, NoExecutorsError, seedExecutors, type ExecutorsSpec } from "./executors.ts";
export { loadBalancer, seedLoadBalancer, type LoadBalancer, type LoadBalancerSpec } from "./loadBalancers.ts";
export { reach, type Reach, type Source } from "./network/reach.ts";
export { reachRegistry, type RegistryReach } from "./network/registry.ts";
export type { Hop, HopKind, Side } from "./network/walk.ts";
export { label as tunnelName, networkStatus } from "./network/status.ts";
export type { EndpointStatus, NatStatus, NetworkStatus, Redundancy } from "./network/status.ts";
export type { LearnedRoute, PropagatedRoute } from "./network/routes.ts";
export type { TunnelStatus } from "./network/tunnels.ts";
export type { CloudObject, Summary } from "./world.ts";
export { World } from "./world.ts";

export interface SandboxOptions {
  /** Where the state of the clouds is kept; made when it does not exist. */
  readonly worldFile: string;
  /** For tests: called before each operation; an error it returns is answered in the operation's place. */
  readonly faults?: Faults;
}

export interface Sandbox {
  /** The loopback port of each provider. */
  readonly ports: Readonly<Record<PackageName, number>>;
  /** Environment for the Pulumi CLI that makes it use these providers. */
  readonly env: Readonly<Record<string, string>>;
  /** What is in the clouds. */
  readonly world: World;
  /** Stops the providers and closes the world's file. */
  close(): Promise<void>;
}

/**
 * Starts the simulated clouds.
 * @throws WorldInUseError when another process has the world open
 * @throws WorldFileError when the file is not a world
 */
export async function startSandbox({ worldFile, faults }: SandboxOptions): Promise<Sandbox> {
  const world = World.open(worldFile);
  const packages = [
    new CloudPackage(TABLES.aws, AWS, world),
    new CloudPackage(TABLES.gcp, GCP, world),
    new RandomPackage(),
  ];
  const servers = packages.map((each) => [each.name, new ProviderServer(each, faults)] as const);
  await Promise.all(servers.map(([, server]) => server.start()));
  const ports = Object.fromEntries(servers.map(([name, server]) => [name, server.port])) as Record<PackageName, number>;
  const attach = Object.entries(ports).map(([name, port]) => `${name}:${port}`);
  return {
    ports,
    env: { PULUMI_DEBUG_PROVIDERS: attach.join(",") },
    world,
    async close() {
      for (const [, server] of servers) server.stop();
      await world.close();
    },
  };
}
