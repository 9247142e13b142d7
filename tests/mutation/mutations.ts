/** Every mutation of a deployment: taken from its graph, one changed value or one resource left out at a time. */
import type { GraphNode } from "../../engine/graph.ts";
import type { Deployed } from "../../sandbox/deploy.ts";
import { TABLES, type Argument, type PackageName } from "../../sandbox/tables.ts";
import type { Values } from "../../sandbox/values.ts";
import type { DeployedCustomer } from "../support/deployed.ts";
import { changesOf, type Change } from "./changes.ts";
import { REMOVED, shown, sitesIn, valueAt, withValue, type Path, type Site } from "./values.ts";

/** How many resources of the same type lend their values to one place; further ones would show the same again. */
const SIBLINGS = 3;

/** A resource of the program, or a bystander, whose output is sent in the place of the right one's. */
interface Instead {
  /** URN of a resource of the program. */
  readonly urn?: string;
  readonly bystander?: Deployed;
  readonly output: Path;
  /** Text in which the right one's output stands. */
  readonly within?: { readonly text: string; readonly right: string };
}

export interface Mutation {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Empty where the whole resource is left out. */
  readonly path: Path;
  readonly at: string;
  readonly change: string;
  /** The changed arguments, or undefined for a resource left out; `made` waits for a resource of the program. */
  readonly send: (inputs: Values, made: (urn: string) => Promise<Deployed>) => Promise<Values | undefined>;
}

/** All mutations of a deployment, in the order of its graph. */
export function mutationsOf(
  deployed: DeployedCustomer,
  bystanders: readonly Deployed[],
  mutates: (node: GraphNode) => boolean = () => true,
): Mutation[] {
  const all = new Context(deployed, bystanders);
  return deployed
    .graph!.nodes.filter(({ type, custom }) => custom && !type.startsWith("pulumi:"))
    .filter(mutates)
    .flatMap((node) => [leftOut(node), ...argumentsIn(node).flatMap((site) => all.mutationsAt(node, site))]);
}

/** Without what marks files and archives in the record of a graph, which is no argument. */
const argumentsIn = ({ inputs }: GraphNode): Site[] =>
  sitesIn(inputs).filter(({ path }) => !path.some((step) => String(step).startsWith("__pulumi")));

function leftOut({ urn, type, name }: GraphNode): Mutation {
  return { urn, type, name, path: [], at: "", change: "resource left out", send: async () => undefined };
}

class Context {
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #created: ReadonlyMap<string, Deployed>;
  readonly #bystanders: readonly Deployed[];
  readonly #before = new Map<string, ReadonlySet<string>>();

  constructor({ graph, created }: DeployedCustomer, bystanders: readonly Deployed[]) {
    this.#nodes = new Map(graph!.nodes.map((node) => [node.urn, node]));
    this.#created = new Map(created.map((one) => [one.key, one]));
    this.#bystanders = bystanders;
  }

  mutationsAt(node: GraphNode, site: Site): Mutation[] {
    const plain = [...changesOf(site.value, argumentAt(node.type, site.path)), ...this.#asInSiblings(node, site)];
    const distinct = plain.filter(
      ({ value }, index) => value !== site.value && plain.findIndex((other) => same(other.value, value)) === index,
    );
    const changed = this.#isReference(node, site) ? distinct.filter(({ value }) => value === REMOVED) : distinct;
    return [
      ...changed.map(({ change, value }) => this.#mutation(node, site, change, async () => value)),
      ...this.#elsewhere(node, site),
    ];
  }

  #mutation(node: GraphNode, { path }: Site, change: string, next: (made: Made) => Promise<unknown>): Mutation {
    const { urn, type, name } = node;
    return {
      ...{ urn, type, name, path, at: shown(path), change },
      send: async (inputs, made) => withValue(inputs, path, await next(made)) as Values,
    };
  }

  /** What resources of the same type have at the same place. */
  #asInSiblings(node: GraphNode, { path, value }: Site): Change[] {
    if (typeof value !== "string" && typeof value !== "number") return [];
    return [...this.#nodes.values()]
      .filter((other) => other.type === node.type && other.urn !== node.urn)
      .map((other) => ({ change: "as in a sibling", value: valueAt(other.inputs, path) }))
      .filter((change) => change.value !== value && typeof change.value === typeof value)
      .filter((change, index, all) => all.findIndex((other) => other.value === change.value) === index)
      .slice(0, SIBLINGS);
  }

  #isReference(node: GraphNode, site: Site): boolean {
    return this.#references(node, site).some(({ output, right }) => output.length > 0 && right === site.value);
  }

  /** Outputs of others that a value is, or holds. */
  #references(node: GraphNode, { path, value }: Site): { maker: Deployed; output: Path; right: string }[] {
    if (typeof value !== "string") return [];
    const makers = (node.propertyDependencies[String(path[0])] ?? []).flatMap((urn) => this.#created.get(urn) ?? []);
    const all = makers.flatMap((maker) =>
      outputsOf(maker)
        .filter(({ right }) => right !== "")
        .map((output) => ({ maker, ...output })),
    );
    const exact = all.find(({ right }) => right === value);
    if (exact) return [exact];
    const parts = all.filter(({ maker, right }) => isResult(maker, right) && value.includes(right));
    return makers.flatMap((maker) => {
      const [longest] = parts.filter((part) => part.maker === maker).sort((a, b) => b.right.length - a.right.length);
      return longest ?? [];
    });
  }

  /** The same output of every other resource of the right one's type. */
  #elsewhere(node: GraphNode, site: Site): Mutation[] {
    return this.#references(node, site).flatMap(({ maker, output, right }) => {
      const within = right === site.value ? {} : { within: { text: site.value as string, right } };
      const others = [...this.#created.values()].filter(
        ({ type, key }) => type === maker.type && key !== maker.key && !this.#comesAfter(key, node.urn),
      );
      const wrong: [string, Instead][] = [
        ...others
          .slice(0, SIBLINGS)
          .map(({ key, name }): [string, Instead] => [`points to ${name}`, { urn: key, output, ...within }]),
        ...this.#bystanders
          .filter(({ type }) => type === maker.type)
          .map((bystander): [string, Instead] => ["points to a bystander", { bystander, output, ...within }]),
      ];
      return wrong.map(([change, instead]) => this.#mutation(node, site, change, (made) => resolve(instead, made)));
    });
  }

  /** Whether a resource waits, directly or not, for another. */
  #comesAfter(urn: string, other: string): boolean {
    const known = this.#before.get(urn);
    if (known) return known.has(other) || urn === other;
    const before = new Set<string>();
    this.#before.set(urn, before);
    for (const one of this.#nodes.get(urn)?.dependencies ?? []) {
      before.add(one);
      this.#comesAfter(one, other);
      for (const further of this.#before.get(one) ?? []) before.add(further);
    }
    return before.has(other) || urn === other;
  }
}

type Made = (urn: string) => Promise<Deployed>;

async function resolve({ urn, bystander, output, within }: Instead, made: Made): Promise<unknown> {
  const maker = bystander ?? (await made(urn!));
  const value = valueAt({ id: maker.id, ...maker.outputs }, output);
  return within === undefined ? value : within.text.replaceAll(within.right, String(value));
}

/** Whether an output is something nobody but its maker could have known. */
const isResult = ({ type }: Deployed, text: string): boolean =>
  type.endsWith(":RandomPassword")
    ? text.length > 20 && !text.startsWith("$2")
    : /^(https:\/\/|arn:|[a-z]+-[0-9a-f]{8,17}$|vpce-|\d+\.\d+\.\d+\.\d+$)/.test(text);

/** Texts among a resource's outputs, its id first and its name last. */
function outputsOf({ id, outputs }: Deployed): { output: Path; right: string }[] {
  const found = sitesIn({ id, ...outputs }).filter(
    ({ value, path }) => typeof value === "string" && !path.includes("#json"),
  );
  const texts = found.map(({ path, value }) => ({ output: path, right: value as string }));
  return [...texts.filter(({ output }) => output[0] !== "name"), ...texts.filter(({ output }) => output[0] === "name")];
}

function argumentAt(type: string, path: Path): Argument | undefined {
  const table = TABLES[type.split(":")[0] as PackageName].types[type];
  const [first, ...rest] = path;
  let argument = table?.inputs[String(first)];
  for (const step of rest)
    argument = typeof step === "number" ? argument?.item : (argument?.fields?.[step] ?? argument?.item);
  return argument;
}

const same = (left: unknown, right: unknown): boolean =>
  left === right || (typeof left === "object" && JSON.stringify(left) === JSON.stringify(right));
