// Outputs that come into being as they are read, in runs in this process. What an engine that goes away does to them,
// this cannot show.
import { output, CustomResource, type Output } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { resourceGraph, type GraphOptions } from "../../engine/graph.ts";

class Thing extends CustomResource {
  declare readonly given: Output<string>;
  declare readonly made: Output<string>;

  constructor(name: string, given: string | Output<string>) {
    super("test:index:Thing", name, { given, made: undefined });
  }
}

const run = (program: () => Promise<Record<string, unknown>>, options: Partial<GraphOptions> = {}) =>
  resourceGraph(program, {
    ...{ project: "p", stack: "s", preview: false },
    outputs: (_type, name) => ({ made: `${name}.made` }),
    ...options,
  });

const valueOf = <Value>(given: Output<Value>): Promise<Value> => new Promise((resolve) => void given.apply(resolve));

test("an output read before the registration and one read long after have the value the registration gave", async () => {
  const { outputs } = await run(async () => {
    const [early, late] = [new Thing("early", "a"), new Thing("late", "b")];
    const read = early.made;
    await valueOf(read);
    await valueOf(late.id);
    return Promise.resolve({ read, late: late.made, given: late.given });
  });
  expect(outputs).toEqual({ read: "early.made", late: "late.made", given: "b" });
});

test("a property gives the same output whenever it is read, and depends on its resource", async () => {
  const { nodes } = await run(async () => {
    const thing = new Thing("a", "x");
    expect(thing.made).toBe(thing.made);
    await valueOf(thing.id);
    expect(thing.given).toBe(thing.given);
    new Thing("b", thing.made);
    return {};
  });
  expect(nodes.map(({ inputs, dependencies }) => [inputs["given"], dependencies])).toEqual([
    ["x", []],
    ["a.made", ["urn:pulumi:s::p::test:index:Thing::a"]],
  ]);
});

test("properties are a resource's own before anybody reads them, and can be set", async () => {
  await run(async () => {
    const thing = new Thing("a", "x");
    expect(Object.keys(thing)).toEqual(expect.arrayContaining(["given", "made"]));
    const other = output("other");
    Object.assign(thing, { made: other });
    expect(thing.made).toBe(other);
    return Promise.resolve({});
  });
});

test("an output that is unknown in a preview is unknown to whoever reads it late", async () => {
  const { unknownOutputs } = await run(
    async () => {
      const thing = new Thing("a", "x");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { made: thing.made, given: thing.given };
    },
    { preview: true, outputs: () => ({}) },
  );
  expect(unknownOutputs).toEqual(["made"]);
});

test("fails with the reason of a refused registration whether its outputs are read early, late or never", async () => {
  const refused = {
    outputs: () => {
      throw new Error("no room left");
    },
  };
  const programs = [
    () => Promise.resolve({ thing: new Thing("a", "x").made }),
    async () => {
      const thing = new Thing("a", "x");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { made: thing.made };
    },
    () => {
      new Thing("a", "x");
      return Promise.resolve({});
    },
  ];
  for (const program of programs) await expect(run(program, refused)).rejects.toThrow("no room left");
});
