/**
 * Two graphs of one customer, compared as the engine would compare the second with what the first left: what is made,
 * edited, replaced and deleted, with replacements that follow from others.
 *
 * Sources of the engine's rules: Pulumi documentation, "Resource options" (deleteBeforeReplace, replaceOnChanges,
 * ignoreChanges, aliases, protect); pulumi/pulumi `pkg/resource/deploy/step_generator.go`, which finds the dependents of a
 * resource that is deleted first by asking for their difference with every argument unknown that depends on it.
 */
import { isDeepStrictEqual } from "node:util";
import type { GraphAlias, GraphNode } from "../../engine/graph.ts";
import { argumentDifference, UNKNOWN, type Difference } from "../../sandbox/differences.ts";
import { resourcesOf, type Side } from "./side.ts";
import type { ArgumentChange, ResourceChange } from "./types.ts";
import { readable, shownValue } from "./values.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** A resource that both sides have. */
interface Pair {
  readonly base: GraphNode;
  readonly head: GraphNode;
  /** Head's arguments; those that depend on something replaced become unknown as that is found out. */
  inputs: Inputs;
  difference: Difference;
}

/** Head's nodes by URN as a preview sees them: what depends on computed values is unknown. */
export type Preview = () => Promise<ReadonlyMap<string, GraphNode>>;

/**
 * Every resource that changes, by type and name.
 * @param preview Asked for only where something is replaced.
 */
export async function compareSides(base: Side, head: Side, preview: Preview): Promise<readonly ResourceChange[]> {
  const [old, now] = [resourcesOf(base.nodes), resourcesOf(head.nodes)];
  const { pairs, created, deleted } = match(old, now);
  await follow(pairs, preview);
  return [
    ...created.map((node) => whole("create", node)),
    ...pairs.flatMap((pair) => changeOf(pair) ?? []),
    ...deleted.map((node) => whole("delete", node)),
  ].sort((a, b) => order(`${a.type} ${a.name}`, `${b.type} ${b.name}`));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A customer that only one side has. */
export const everything = (kind: "create" | "delete", { nodes }: Side): readonly ResourceChange[] =>
  resourcesOf(nodes)
    .map((node) => whole(kind, node))
    .sort((a, b) => order(`${a.type} ${a.name}`, `${b.type} ${b.name}`));

const whole = (kind: "create" | "delete", { type, name, protect }: GraphNode): ResourceChange => ({
  ...{ kind, type, name, changes: [], replaceKeys: [] },
  protected: kind === "delete" && protect,
});

function match(old: readonly GraphNode[], now: readonly GraphNode[]) {
  const left = new Map(old.map((node) => [node.urn, node]));
  const pairs: Pair[] = [];
  const created: GraphNode[] = [];
  for (const head of now) {
    const base = left.get(head.urn) ?? formerly(head, left);
    if (base === undefined) created.push(head);
    else {
      left.delete(base.urn);
      pairs.push({ base, head, inputs: head.inputs, difference: differenceOf(base, head, head.inputs) });
    }
  }
  return { pairs, created, deleted: [...left.values()] };
}

/** The resource that a node was before, by its aliases. */
function formerly(head: GraphNode, left: ReadonlyMap<string, GraphNode>): GraphNode | undefined {
  for (const alias of head.aliases) {
    const found =
      typeof alias === "string" ? left.get(alias) : [...left.values()].find((node) => isAlias(alias, head, node));
    if (found !== undefined) return found;
  }
  return undefined;
}

function isAlias(alias: Exclude<GraphAlias, string>, head: GraphNode, node: GraphNode): boolean {
  const parent = alias.noParent === true ? undefined : (alias.parent ?? head.parent);
  return node.name === (alias.name ?? head.name) && node.type === (alias.type ?? head.type) && node.parent === parent;
}

/** The difference by the tables; of a type that nobody has tables for, argument by argument, with nothing replaced. */
function differenceOf(base: GraphNode, head: GraphNode, inputs: Inputs): Difference {
  const known = argumentDifference(head.type, base.inputs, inputs, head.ignoreChanges);
  const found = known ?? { changes: plainChanges(base.inputs, inputs, head.ignoreChanges), deleteBeforeReplace: false };
  const changes = found.changes.map((change) => ({
    ...change,
    replaces: change.replaces || head.replaceOnChanges.some((glob) => covers(glob, change.path)),
  }));
  return { ...found, changes };
}

const plainChanges = (before: Inputs, after: Inputs, ignored: readonly string[]): Difference["changes"] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !ignored.includes(key) && !isDeepStrictEqual(before[key], after[key]))
    .map((path) => ({ path, kind: "update", replaces: false }));

/** Whether a property path of `replaceOnChanges`, where `*` stands for any step, is a path or above it. */
function covers(glob: string, path: string): boolean {
  const steps = (text: string): string[] => text.split(/[.[\]"]+/).filter((step) => step !== "");
  const [wanted, actual] = [steps(glob), steps(path)];
  return wanted.every((step, index) => step === "*" || actual[index] === undefined || step === actual[index]);
}

const isReplaced = ({ difference }: Pair): boolean => difference.changes.some(({ replaces }) => replaces);

/** Lets every replacement take effect on what depends on it, until nothing more follows. */
async function follow(pairs: readonly Pair[], preview: Preview): Promise<void> {
  const waiting = pairs.filter(isReplaced);
  const nodes = waiting.length === 0 ? undefined : await preview();
  for (const replaced of waiting) {
    for (const pair of pairs) {
      const before = isReplaced(pair);
      if (pair === replaced || !reach(replaced, pair, nodes?.get(pair.head.urn))) continue;
      if (!before && isReplaced(pair)) waiting.push(pair);
    }
  }
}

/** Makes unknown what depends on a replaced resource. @returns whether anything does */
function reach(replaced: Pair, pair: Pair, previewed: GraphNode | undefined): boolean {
  const first = replaced.head.deleteBeforeReplace || replaced.difference.deleteBeforeReplace;
  const wholly = first ? dependentKeys(pair.base, replaced.base.urn) : [];
  const unknown = new Set((previewed?.unknownInputs ?? []).map((path) => path.split(/[.[]/)[0]));
  const partly = dependentKeys(pair.head, replaced.head.urn).filter((key) => unknown.has(key));
  if (wholly.length === 0 && partly.length === 0) return false;
  if (partly.length > 0) {
    const changed = partly.map((key) => [key, previewed?.inputs[key]] as const);
    pair.inputs = { ...pair.inputs, ...Object.fromEntries(changed) };
    pair.difference = differenceOf(pair.base, pair.head, pair.inputs);
  }
  // What is deleted first takes along whatever its going would replace; what it would only edit stays as it is.
  const gone = { ...pair.inputs, ...Object.fromEntries(wholly.map((key) => [key, UNKNOWN])) };
  const taken = differenceOf(pair.base, pair.head, gone);
  if (wholly.length > 0 && taken.changes.some(({ replaces }) => replaces)) {
    pair.inputs = gone;
    pair.difference = taken;
  }
  return true;
}

const dependentKeys = ({ propertyDependencies }: GraphNode, urn: string): readonly string[] =>
  Object.keys(propertyDependencies).filter((key) => propertyDependencies[key]!.includes(urn));

function changeOf(pair: Pair): ResourceChange | undefined {
  const { base, head, inputs, difference } = pair;
  if (difference.changes.length === 0) return undefined;
  const replaces = isReplaced(pair);
  const changes = difference.changes.flatMap(({ path, replaces: forces }): readonly ArgumentChange[] => {
    const [before, after] = [shownValue(base, base.inputs, path), shownValue(head, inputs, path)];
    const value = { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    return readable(value).map((one) => ({ ...one, replaces: forces }));
  });
  const keys = difference.changes.filter((change) => change.replaces).map(({ path }) => path);
  return {
    kind: replaces ? "replace" : "update",
    ...{ type: head.type, name: head.name, changes },
    replaceKeys: [...new Set(keys)].sort(),
    protected: replaces && base.protect,
  };
}
