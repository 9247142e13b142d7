import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph, GraphNode } from "../../engine/graph.ts";
import { customerGraph } from "../../stacks/graph.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { answers } from "../support/declared.ts";
import { ROOT } from "../support/project.ts";

/** Day the shipped files are read on: permits and certificates in them are in date. */
const TODAY = "2026-11-20";

/** Thirty-one characters, obviously made up, different for every tunnel of every connection. */
const generated = (name: string): string => name.replaceAll("-", ".").slice(-31).padStart(31, "x");

/** What the clouds would answer, with keys as long as real ones. */
export const answered: typeof answers = (type, name, inputs) =>
  type === "random:index/randomPassword:RandomPassword" ? { result: generated(name) } : answers(type, name, inputs);

/** A shipped customer's graph with every value known, as an update would see it. */
export const knownGraph = (customer: string): Promise<Graph> => customerGraph(load(customer), { outputs: answered });

/** A shipped customer's graph as a preview of a new stack sees it: what the clouds decide is unknown. */
export const previewGraph = (customer: string): Promise<Graph> => customerGraph(load(customer));

function load(customer: string) {
  const path = join("stacks/customers", `${customer}.yaml`);
  return parseCustomer(readFileSync(join(ROOT, path), "utf8"), path, { today: TODAY }).customer;
}

/** Changes to a graph, each of which gives another graph and leaves the first alone. */
export class Edited {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** The first node of a class, components aside, whose name ends so. */
  node(className: string, ending = ""): GraphNode {
    const found = this.graph.nodes.find(
      ({ type, name }) => type.endsWith(`:${className}`) && !type.startsWith("causeway:") && name.endsWith(ending),
    );
    if (found === undefined) throw new Error(`the graph has no ${className} …${ending}`);
    return found;
  }

  /** With other inputs of one node; `undefined` takes one away. */
  inputs(className: string, inputs: Record<string, unknown>, ending = ""): Edited {
    return this.options(className, { inputs: { ...this.node(className, ending).inputs, ...inputs } }, ending);
  }

  /** With other fields of one node. */
  options(className: string, fields: Partial<GraphNode>, ending = ""): Edited {
    const { urn } = this.node(className, ending);
    return this.#nodes((nodes) => nodes.map((node) => (node.urn === urn ? { ...node, ...fields } : node)));
  }

  without(className: string, ending = ""): Edited {
    const { urn } = this.node(className, ending);
    return this.#nodes((nodes) => nodes.filter((node) => node.urn !== urn));
  }

  /** With one more node, made like the first of a class but for what is given. */
  like(className: string, fields: Partial<GraphNode> & { readonly name: string }): Edited {
    const model = this.node(className);
    const type = fields.type ?? model.type;
    const urn = `${model.urn.split("::").slice(0, 2).join("::")}::${type}::${fields.name}`;
    return this.#nodes((nodes) => [...nodes, { ...model, propertyDependencies: {}, ...fields, urn }]);
  }

  #nodes(change: (nodes: readonly GraphNode[]) => readonly GraphNode[]): Edited {
    return new Edited({ ...this.graph, nodes: change(this.graph.nodes) });
  }
}
