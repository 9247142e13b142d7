import { seed } from "../../fleet/seed.ts";
import { resourceGraph, type Graph, type GraphNode } from "../../engine/graph.ts";
import type { Customer } from "../../plan/customer.ts";
import { planCustomer } from "../../plan/plan.ts";
import { AWS_INVOKES } from "../../sandbox/aws/invokes.ts";
import { CloudError } from "../../sandbox/errors.ts";
import { Deployment, seedCertificate, seedHostedZone, World, type Deployed } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { build } from "../../stacks/build.ts";
import { ACCOUNT, CERTIFICATE, REGION, ZONE } from "./selfHostedFiles.ts";

/** A registry on simulated AWS, without an engine. */
export interface Cloud {
  readonly world: World;
  readonly created: readonly Deployed[];
  readonly graph: Graph;
  /** Inputs of the resources of a class that the registry is made of, by name. */
  all(className: string): readonly GraphNode[];
  one(className: string): GraphNode;
}

export interface CloudOptions {
  /** Names of the certificate that is there; none is there where it is empty. */
  readonly certificateNames?: readonly string[];
}

const HOSTS = ["registry.acme.example", "quilt.acme.example"];

/** Runs a customer's program once; whatever the cloud refuses fails. */
export async function deploy(customer: Customer, { certificateNames = HOSTS }: CloudOptions = {}): Promise<Cloud> {
  const world = World.inMemory("00");
  await seed(world, customer);
  // what the file names was put there; here it is decided by the test
  for (const certificate of world.all("aws:acm/certificate:Certificate")) {
    const tx = world.begin();
    tx.drop(certificate);
    await tx.commit();
  }
  if (certificateNames.length > 0) await seedCertificate(world, { arn: CERTIFICATE, domainNames: certificateNames });
  await seedHostedZone(world, { accountID: ACCOUNT, zoneID: ZONE, name: "acme.example" });
  const deployment = new Deployment(world);
  const graph = await resourceGraph(async () => ({ ...(await build(planCustomer(customer))) }), {
    project: "causeway",
    stack: customer.name,
    preview: false,
    invoke: (token, args) => ask(world, token, args),
    outputs: async (type, name, inputs, { custom, urn, provider }) =>
      custom
        ? deployment.register({
            key: urn,
            type,
            name,
            inputs: inputs,
            ...(provider === undefined ? {} : { provider }),
          })
        : {},
  });
  const below = new Set(graph.nodes.filter(({ type }) => type.endsWith(":SelfHostedRegistry")).map(({ urn }) => urn));
  const all = (className: string): readonly GraphNode[] =>
    graph.nodes
      .filter(({ type, parent }) => type.endsWith(`:${className}`) && below.has(parent ?? ""))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const one = (className: string): GraphNode => {
    const [only, ...others] = all(className);
    if (only === undefined || others.length > 0)
      throw new Error(`expected one ${className}, got ${all(className).length}`);
    return only;
  };
  return { world, created: deployment.created, graph, all, one };
}

function ask(world: World, token: string, args: Record<string, unknown>): Values {
  try {
    return AWS_INVOKES[token]!(args, { cloud: "aws", account: ACCOUNT, region: REGION }, world);
  } catch (error) {
    throw error instanceof CloudError ? new Error(error.message) : error;
  }
}

/** Text of the user data that the registry's instances start with. */
export const userDataOf = (cloud: Cloud): string =>
  Buffer.from(String(cloud.one("LaunchTemplate").inputs["userData"]), "base64").toString();
