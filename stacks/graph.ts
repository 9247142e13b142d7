import { resourceGraph, type Graph, type GraphOptions } from "../engine/graph.ts";
import type { Customer } from "../plan/customer.ts";
import { planCustomer } from "../plan/plan.ts";
import { build } from "./build.ts";

/** Project name of `Pulumi.yaml`; part of every URN. */
export const PROJECT = "causeway";

export interface CustomerGraphOptions {
  /** Values of computed outputs, on top of a resource's inputs; with none they are unknown, as in a preview. */
  readonly outputs?: NonNullable<GraphOptions["outputs"]>;
}

/**
 * Every resource of a customer, as the engine would be told of it, in this process: no engine, no account, no secret. A
 * network that exists already is answered from the customer file; whether it really exists only the cloud can say.
 */
export function customerGraph(customer: Customer, options: CustomerGraphOptions = {}): Promise<Graph> {
  const plan = planCustomer(customer);
  return resourceGraph(async () => ({ ...(await build(plan)) }), {
    project: PROJECT,
    stack: customer.name,
    preview: options.outputs === undefined,
    invoke: (token, args) => answer(customer, token, args),
    ...(options.outputs === undefined ? {} : { outputs: options.outputs }),
  });
}

/** What the clouds would say of what the customer file says is there: the network, and certificates. */
function answer(
  { gcp, executors, registries }: Customer,
  token: string,
  args: Record<string, unknown>,
): Record<string, unknown> {
  const project = `https://www.googleapis.com/compute/v1/projects/${gcp.projectID}`;
  const name = String(args["name"]);
  if (token === "gcp:compute/getNetwork:getNetwork") return { ...args, selfLink: `${project}/global/networks/${name}` };
  if (token === "gcp:compute/getSubnetwork:getSubnetwork") {
    const subnet = executors.subnets.find((candidate) => candidate.name === name);
    const selfLink = `${project}/regions/${gcp.region}/subnetworks/${name}`;
    return {
      ...args,
      selfLink,
      ipCidrRange: subnet?.ipCidrRange ?? "",
      network: `${project}/global/networks/${gcp.network.name}`,
    };
  }
  if (token === "aws:acm/getCertificate:getCertificate") {
    const certificates = registries.flatMap(({ origin }) =>
      origin.kind === "selfHosted" ? [origin.selfHosted.certificate] : [],
    );
    const found = certificates.find((one) => one.kind === "existing" && one.domain === args["domain"]);
    return { ...args, arn: found?.kind === "existing" ? found.arn : "", status: "ISSUED", certificate: "" };
  }
  throw new Error(`no answer for invoke ${token}`);
}
