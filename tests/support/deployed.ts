import { seed } from "../../fleet/seed.ts";
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
  /**
   * What is sent in the place of the arguments the program gave; undefined leaves the resource out. `made` waits for
   * another resource of the program, by URN.
   */
  readonly send?: (node: GraphNode, made: (urn: string) => Promise<Deployed>) => Sent | Promise<Sent>;
}

type Sent = Values | undefined;

/** What came of a customer's program on simulated clouds, without an engine. */
export interface DeployedCustomer {
  readonly world: World;
  readonly deployment: Deployment;
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
  const waits = new Waits();
  let refused: RefusedError | undefined;
  const outputs = async (type: string, name: string, _inputs: Values, node: GraphNode): Promise<Values> => {
    if (!node.custom) return {};
    const { urn, provider } = node;
    try {
      const inputs = options.send === undefined ? node.inputs : await options.send(node, waits.for);
      if (inputs === undefined) return {};
      const registration = { key: urn, type, name, inputs, ...(provider === undefined ? {} : { provider }) };
      const made = await deployment.register(registration);
      waits.end(created.find(({ key }) => key === urn));
      return made;
    } catch (error) {
      if (error instanceof RefusedError) refused ??= error;
      waits.fail(error);
      throw error;
    }
  };
  try {
    return { world, deployment, created, graph: await customerGraph(customer, { outputs }) };
  } catch (error) {
    return { world, deployment, created, ...(refused === undefined ? { failed: error as Error } : { refused }) };
  }
}

/** Who waits for which resource. */
class Waits {
  readonly #open = new Map<string, PromiseWithResolvers<Deployed>>();
  #failed: { readonly error: unknown } | undefined;

  readonly for = (urn: string): Promise<Deployed> => {
    if (this.#failed) return Promise.reject(this.#failed.error);
    return this.#of(urn).promise;
  };

  end(deployed: Deployed | undefined): void {
    if (deployed) this.#of(deployed.key).resolve(deployed);
  }

  fail(error: unknown): void {
    this.#failed ??= { error };
    for (const wait of this.#open.values()) wait.reject(error);
  }

  #of(urn: string): PromiseWithResolvers<Deployed> {
    const wait = this.#open.get(urn) ?? Promise.withResolvers<Deployed>();
    wait.promise.catch(() => undefined);
    this.#open.set(urn, wait);
    return wait;
  }
}

/** The clouds before this program's first update, as the customer file describes them. */
export async function seededWorld(customer: Customer): Promise<World> {
  const world = World.inMemory(KEY);
  await seed(world, customer);
  return world;
}
