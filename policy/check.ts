import type { Graph, GraphNode } from "../engine/graph.ts";
import {
  isAbout,
  messageOf,
  partOf,
  type DeclaredResource,
  type DeclaredStack,
  type Policy,
  type Violation,
} from "./policy.ts";
import { POLICIES } from "./rules/index.ts";

export interface CheckOptions {
  /** @default every policy of the pack */
  readonly policies?: readonly Policy[];
}

/**
 * The policies a resource graph breaks, in the order of the policies: the same answer the engine gives with the pack. Pure;
 * values that only an update will know break nothing.
 */
export function checkPolicies(graph: Graph, options: CheckOptions = {}): readonly Violation[] {
  const stack = declaredStack(graph);
  return (options.policies ?? POLICIES).flatMap((policy) => violationsOf(policy, stack));
}

function violationsOf(policy: Policy, stack: DeclaredStack): readonly Violation[] {
  if (policy.scope === "stack") {
    return policy
      .check(partOf(policy, stack))
      .map(({ message, resource }) => violation(policy, stack, message, resource));
  }
  return stack.resources
    .filter((resource) => isAbout(policy, resource))
    .flatMap((resource) => policy.check(resource).map((found) => violation(policy, stack, found, resource)));
}

function violation(
  policy: Policy,
  stack: DeclaredStack,
  found: string,
  resource: DeclaredResource | undefined,
): Violation {
  const { id, level } = policy;
  const name = stack.resources[0]?.urn.split("::")[0]?.slice("urn:pulumi:".length) ?? "";
  const about = resource === undefined ? {} : { resource: resource.name, urn: resource.urn };
  return { stack: name, policy: id, level, message: messageOf(policy, found), ...about };
}

/** A resource graph in the shape policies look at. */
export const declaredStack = ({ nodes, outputs, secretOutputs }: Graph): DeclaredStack => ({
  resources: nodes.filter(({ external }) => !external).map(declaredResource),
  outputs,
  secretOutputs,
});

function declaredResource(node: GraphNode): DeclaredResource {
  const { urn, type, name, inputs, protect, deleteBeforeReplace, propertyDependencies, secretInputs } = node;
  const provider = node.provider ?? defaultProvider(node);
  return {
    urn,
    type,
    name,
    props: inputs,
    protect,
    deleteBeforeReplace,
    propertyDependencies,
    secretInputs,
    secretOutputs: node.additionalSecretOutputs,
    ...(provider === undefined ? {} : { provider }),
  };
}

/** The provider the engine would make for a resource that is given none; see `DeclaredResource.provider`. */
function defaultProvider({ urn, type, custom, version = "0" }: GraphNode): string | undefined {
  if (!custom || type.startsWith("pulumi:")) return undefined;
  const [prefix, project] = urn.split("::");
  return `${prefix}::${project}::pulumi:providers:${type.split(":")[0]}::default_${version.replaceAll(/[.+-]/g, "_")}`;
}
