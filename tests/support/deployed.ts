import { seed } from "../../cli/sandbox.ts";
import type { Graph, GraphNode } from "../../engine/graph.ts";
import type { Customer } from "../../plan/customer.ts";
import { Deployment, RefusedError, type Deployed } from "../../sandbox/deploy.ts";
import type { Values } from "../../sandbox/values.ts";
import { World } from "../../sandbox/world.ts";
import { customerGraph } from "../../stacks/graph.ts";

/** Ids and addresses are the same in every deployment into a world with this key. */
export const KEY = "00";

export interface DeploymentOptions {
  /** @default an empty one in memory, seeded with what the customer has */
  readonly world?: World;
  /** What is sent in the place of the arguments the program gave; undefined leaves the resource out. */
  readonly send?: (node: GraphNode, world: World, created: readonly Deployed[]) => Values | undefined;
}

/** What came of a customer's program on simulated clouds, without an engine. */
export interface DeployedCustomer {
  readonly world: World;
  readonly created: readonly Deployed[];
  /** Absent when something was refused. */
  readonly graph?: Graph;
  /** By provider or cloud. */
  readonly refused?: RefusedError;
  /** By the program itself, which looks at what the clouds answered. */
  readonly failed?: Error;
}

/** Runs a customer's program once, creating each resource as it is registered. */
export async function deployCustomer(customer: Customer, options: DeploymentOptions = {}): Promise<DeployedCustomer> {
  const world = options.world ?? (await seededWorld(customer));
  const deployment = new Deployment(world);
  const { created } = deployment;
  let refused: RefusedError | undefined;
  const register = async (node: GraphNode): Promise<Values> => {
    const { type, name, urn, provider } = node;
    const inputs = options.send === undefined ? node.inputs : options.send(node, world, created);
    if (inputs === undefined) return {};
    const registration = { key: urn, type, name, inputs, ...(provider === undefined ? {} : { provider }) };
    return deployment.register(registration).catch((error: unknown) => {
      if (error instanceof RefusedError) refused ??= error;
      throw error;
    });
  };
  try {
    const outputs = (_type: string, _name: string, _inputs: Values, node: GraphNode): Promise<Values> =>
      node.custom ? register(node) : Promise.resolve({});
    const graph = await customerGraph(customer, { outputs });
    return { world, created, graph };
  } catch (error) {
    return { world, created, ...(refused === undefined ? { failed: error as Error } : { refused }) };
  }
}

/** The clouds before this program's first update, as the customer file describes them. */
export async function seededWorld(customer: Customer): Promise<World> {
  const world = World.inMemory(KEY);
  await seed(world, customer);
  return world;
}
