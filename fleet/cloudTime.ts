import type { Step } from "../engine/driver.ts";
import type { Graph, GraphNode } from "../engine/graph.ts";
import type { Customer } from "../plan/customer.ts";
import { account, DURATIONS, queueOf, type Account, type CloudTask } from "../sandbox/index.ts";
import { customerGraph } from "../stacks/graph.ts";

/** The whole of one change, not its halves. */
const CHANGES: Readonly<Record<string, readonly CloudTask["operation"][]>> = {
  create: ["create"],
  update: ["update"],
  delete: ["delete"],
  replace: ["delete", "create"],
};

/**
 * What the steps of an operation would take in real clouds, by the program's own dependencies. A replacement counts as a
 * deletion and then a creation, and what has left the program counts as if nothing waited for it.
 */
export async function cloudTime(customer: Customer, steps: readonly Step[]): Promise<Account> {
  const graph = await customerGraph(customer);
  return account(tasksOf(graph, steps));
}

export function tasksOf(
  { nodes }: Pick<Graph, "nodes">,
  steps: readonly Pick<Step, "urn" | "type" | "op">[],
): CloudTask[] {
  const known = new Map(nodes.map((node) => [node.urn, node]));
  return steps.flatMap(({ urn, type, op }) =>
    (DURATIONS[type] === undefined ? [] : (CHANGES[op] ?? [])).map((operation) => {
      const node = known.get(urn);
      const others = operation === "delete" ? dependents(nodes, urn) : (node?.dependencies ?? []);
      const own = operation === "create" && op === "replace" ? [keyOf(urn, "delete")] : [];
      const queue = node === undefined ? {} : queueOf(type, node.inputs);
      return {
        key: keyOf(urn, operation),
        type,
        operation,
        after: [...own, ...waitedFor(others, operation)],
        ...queue,
      };
    }),
  );
}

const keyOf = (urn: string, operation: CloudTask["operation"]): string =>
  operation === "delete" ? `delete ${urn}` : urn;

const waitedFor = (urns: readonly string[], operation: CloudTask["operation"]): string[] =>
  urns.map((urn) => keyOf(urn, operation));

const dependents = (nodes: readonly GraphNode[], urn: string): string[] =>
  nodes.filter(({ dependencies }) => dependencies.includes(urn)).map((node) => node.urn);

/** `would take about 9 min in real clouds (6 to 12)`, or nothing where nothing would take any time. */
export function describeCloudTime({ least, typical, most }: Account): string | undefined {
  if (most === 0) return undefined;
  if (typical < 90)
    return `would take about ${Math.ceil(typical)} s in real clouds (${Math.ceil(least)} to ${Math.ceil(most)})`;
  const [low, middle, high] = [least, typical, most].map((seconds) => Math.max(1, Math.round(seconds / 60)));
  return `would take about ${middle} min in real clouds (${low} to ${high})`;
}
