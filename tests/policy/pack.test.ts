// The policies in the form the engine asks for, called as the engine's own server calls them but in this process. It
// cannot show that the engine starts the pack and heeds it: tests/exhaustive/policy.test.ts does.
import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph, GraphNode } from "../../engine/graph.ts";
import { UNKNOWN } from "../../engine/graph.ts";
import { checkPolicies, POLICIES } from "../../policy/index.ts";
import { packPolicies } from "../../policy/packPolicies.ts";
import { BREAKING } from "./breaking.ts";
import { Edited, knownGraph, previewGraph } from "./graphs.ts";

/** Values as the engine's server hands them to a policy: reading one that only an update will know throws. */
function guarded<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const item: unknown = Reflect.get(target, key);
      if (item === UNKNOWN) throw new Error(`value at .${String(key)} can't be known during preview`);
      return guarded(item);
    },
  });
}

const optionsOf = (node: GraphNode): PolicyResource["opts"] => ({
  protect: node.protect,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [...node.additionalSecretOutputs],
  ...(node.deleteBeforeReplace ? { deleteBeforeReplace: true } : {}),
});

const resourceOf = ({ urn, type, name, inputs, provider, ...rest }: GraphNode): PolicyResource =>
  ({
    urn,
    type,
    name,
    props: guarded(inputs),
    opts: optionsOf({ urn, type, name, inputs, ...rest }),
    dependencies: [],
    propertyDependencies: {},
    ...(provider === undefined ? {} : { provider: { urn: provider, type: "", name: "", props: {} } }),
  }) as unknown as PolicyResource;

/** Asks every policy about a graph in the engine's order: each resource first, then the stack with outputs for inputs. */
async function ask(graph: Graph): Promise<readonly string[]> {
  const policies = packPolicies(POLICIES);
  const found: string[] = [];
  const reporter = (policy: string) => (message: string, urn?: string) =>
    void found.push(`${policy} ${message} ${urn}`);
  const root = { urn: "urn:pulumi:dev::causeway::pulumi:pulumi:Stack::causeway-dev", type: "pulumi:pulumi:Stack" };
  const stack = resourceOf({ ...graph.nodes[0]!, ...root, name: "causeway-dev", inputs: graph.outputs });
  for (const node of graph.nodes) {
    for (const { name, validateResource } of policies as ResourceValidationPolicy[]) {
      if (typeof validateResource !== "function") continue;
      const report = reporter(name);
      await validateResource(resourceOf(node) as never, (message) => report(message, node.urn));
    }
  }
  // Providers answer with more than they were given, and with other values for what was left out.
  const answered = graph.nodes.map((node) => {
    const inputs = { ...node.inputs, ingress: [{}], trafficType: "REJECT", destinationRanges: [node.name] };
    return resourceOf({ ...node, inputs });
  });
  const byUrn = new Map(answered.map((resource) => [resource.urn, resource]));
  for (const [index, { propertyDependencies }] of graph.nodes.entries()) {
    answered[index]!.propertyDependencies = Object.fromEntries(
      Object.entries(propertyDependencies).map(([key, urns]) => [key, urns.flatMap((urn) => byUrn.get(urn) ?? [])]),
    );
  }
  const resources = [stack, ...answered];
  for (const { name, validateStack } of policies as StackValidationPolicy[]) {
    if (typeof validateStack === "function") await validateStack({ resources } as never, reporter(name));
  }
  return found.sort();
}

let good: Graph;
beforeAll(async () => {
  good = await knownGraph("dev");
});

describe("the engine is told", () => {
  test("every policy with its level, its reason and what to do", () => {
    const told = packPolicies(POLICIES).map(({ name, enforcementLevel, description, remediationSteps }) => ({
      id: name,
      level: enforcementLevel,
      text: description,
      fix: remediationSteps,
    }));
    expect(told).toEqual(
      POLICIES.map(({ id, level, title, reason, fix }) => ({ id, level, text: `${title}. ${reason}`, fix })),
    );
  });

  test("nothing of a good customer, in an update and in a preview", async () => {
    expect(await ask(good)).toEqual([]);
    expect(await ask(await previewGraph("dev"))).toEqual([]);
  });

  // The engine hands every secret over in clear and marks none, so a missing mark is for a graph alone to see.
  const UNSEEN = ["psk-secret", "no-secret-outputs"];
  const cases = Object.entries(BREAKING).flatMap(([id, breaks]) =>
    breaks.map((change, index) => [id, index, change] as const),
  );
  test.each(cases)("what a graph tells: %s, change %i", async (id, _, change) => {
    const { graph } = change(new Edited(good));
    // The engine makes default providers itself, and names them.
    const nodes = graph.nodes.map((node) => {
      if (node.provider !== undefined || !node.custom || node.type.startsWith("pulumi:")) return node;
      return { ...node, provider: `urn:pulumi:dev::causeway::pulumi:providers:aws::default_7_48_0` };
    });
    const seen = await ask({ ...graph, nodes });
    const expected = checkPolicies(graph).map(({ policy, message, urn }) => `${policy} ${message} ${urn}`);
    expect(expected.length).toBeGreaterThan(0);
    if (UNSEEN.includes(id) && seen.length === 0) return;
    expect(seen).toEqual([...expected].sort());
  });

  test("of two marks of secrets that are missing, those the engine can see", async () => {
    const unmarked = new Edited(good).options("RandomPassword", { additionalSecretOutputs: [] }).graph;
    expect((await ask(unmarked)).map((line) => line.split(" ")[0])).toEqual(["psk-secret"]);
    const [, copied] = BREAKING["no-secret-outputs"] ?? [];
    expect((await ask(copied!(new Edited(good)).graph)).map((line) => line.split(" ")[0])).toEqual([
      "no-secret-outputs",
    ]);
  });
});
