import type { GraphNode } from "../../engine/graph.ts";

/** One customer at one ref, as its own program declares it. It crosses threads, so it is plain data. */
export interface Side {
  /** `name` of the file. */
  readonly stack: string;
  /** In the order of registration. Computed values are stand-ins. */
  readonly nodes: readonly GraphNode[];
  /** The stack output `deployed`: what the next update is compared with. Unknown in shape here; its own program made it. */
  readonly deployed: unknown;
  /** Words that are this customer's own: names, ids, domains. */
  readonly own: readonly string[];
}

/** What the engine works on: neither components, nor providers, nor what is only looked up. */
export const resourcesOf = (nodes: readonly GraphNode[]): readonly GraphNode[] =>
  nodes.filter(({ custom, external, type }) => custom && !external && !type.startsWith("pulumi:providers:"));
