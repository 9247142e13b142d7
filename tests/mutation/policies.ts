/** What the policies say of the graph as it was sent. */
import { checkPolicies } from "../../policy/index.ts";
import type { Aftermath } from "./catchers.ts";

/** The first mandatory policy that what was sent breaks, as a preview with the pack would say it. */
export function policyTrouble({ graph, created }: Aftermath): string | undefined {
  if (graph === undefined) return undefined;
  const sent = new Map(created.map(({ key, inputs }) => [key, inputs]));
  const nodes = graph.nodes.flatMap((node) => {
    if (!node.custom || node.external || node.type.startsWith("pulumi:")) return [node];
    const inputs = sent.get(node.urn);
    return inputs === undefined ? [] : [{ ...node, inputs }];
  });
  const broken = checkPolicies({ ...graph, nodes }).find(({ level }) => level === "mandatory");
  return broken && `policy ${broken.policy}: ${broken.message}`;
}
