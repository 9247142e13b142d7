// Programs run in this process against a recording monitor. This tier shows what a program declares; it cannot show
// what a provider refuses, defaults or computes, nor what the engine would change in an existing stack.
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Provider } from "@pulumi/aws/provider.js";
import { HaVpnGateway } from "@pulumi/gcp/compute/haVpnGateway.js";
import { Network } from "@pulumi/gcp/compute/network.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { type Graph, type GraphOptions, resourceGraph, UNKNOWN } from "../../engine/graph.ts";
import { syntheticProgram } from "./syntheticProgram.ts";

type Program = () => Promise<Record<string, unknown> | void>;
const graph = (program: Program, options: Partial<GraphOptions> = {}): Promise<Graph> =>
  resourceGraph(program, { project: "causeway", stack: "acme", ...options });
const node = (from: Graph, name: string) => {
  const found = from.nodes.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
};

class Group extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super("test:net:Group", name, { size: 2 }, options);
    const vpc = new Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this });
    new Subnet(`${name}-subnet`, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }, { parent: this });
    this.registerOutputs({ vpcId: vpc.id });
  }
}

test("a resource under a component has the engine's URN, its parent and the provider it inherits", async () => {
  const result = await graph(async () => {
    const aws = new Provider("aws-eu", { region: "eu-west-1" });
    new Group("net", { providers: [aws] });
  });

  const provider = "urn:pulumi:acme::causeway::pulumi:providers:aws::aws-eu";
  const component = "urn:pulumi:acme::causeway::test:net:Group::net";
  const vpc = "urn:pulumi:acme::causeway::test:net:Group$aws:ec2/vpc:Vpc::net-vpc";
  expect(result.nodes.map(({ urn }) => urn)).toEqual([
    provider,
    component,
    vpc,
    "urn:pulumi:acme::causeway::test:net:Group$aws:ec2/subnet:Subnet::net-subnet",
  ]);
  expect(node(result, "net")).toMatchObject({ custom: false, inputs: { size: 2 }, outputs: { vpcId: UNKNOWN } });
  expect(node(result, "net").parent).toBeUndefined();
  expect(node(result, "net-vpc")).toMatchObject({ custom: true, parent: component, provider, version: "7.48.0" });
  expect(node(result, "net-subnet")).toMatchObject({
    dependencies: [vpc],
    propertyDependencies: { vpcId: [vpc] },
    unknownInputs: ["vpcId"],
  });
});

test("resource options reach the graph as the engine would get them", async () => {
  const result = await graph(async () => {
    const first = new Network("first", {});
    new Network(
      "second",
      {},
      {
        protect: true,
        dependsOn: [first],
        deleteBeforeReplace: true,
        retainOnDelete: true,
        replaceOnChanges: ["mtu"],
        ignoreChanges: ["description"],
        aliases: [
          { name: "old" },
          "urn:pulumi:acme::causeway::gcp:compute/network:Network::older",
          { parent: pulumi.rootStackResource },
        ],
        customTimeouts: { create: "20m" },
        deletedWith: first,
      },
    );
    new Network("adopted", { autoCreateSubnetworks: false }, { import: "projects/p/global/networks/n" });
  });

  const first = node(result, "first").urn;
  expect(node(result, "second")).toMatchObject({
    protect: true,
    dependencies: [first],
    propertyDependencies: {},
    deleteBeforeReplace: true,
    retainOnDelete: true,
    replaceOnChanges: ["mtu"],
    ignoreChanges: ["description"],
    aliases: [{ name: "old" }, "urn:pulumi:acme::causeway::gcp:compute/network:Network::older", { noParent: true }],
    customTimeouts: { create: "20m" },
    deletedWith: first,
  });
  expect(node(result, "adopted").importId).toBe("projects/p/global/networks/n");
  expect(node(result, "first").provider).toBeUndefined();
});

test("secret and unknown inputs are listed by path, also when the provider makes them secret", async () => {
  const result = await graph(async () => {
    const password = new RandomPassword("password", { length: 20 });
    new Network("network", { description: password.result });
    new Vpc("vpc", { cidrBlock: "10.0.0.0/16", tags: { token: pulumi.secret("s3cr3t"), name: "vpc" } });
    return { password: password.result, plain: "x", nested: { token: pulumi.secret("t") } };
  });

  expect(node(result, "network")).toMatchObject({ secretInputs: ["description"], unknownInputs: ["description"] });
  expect(node(result, "vpc")).toMatchObject({
    secretInputs: ["tags.token"],
    inputs: { tags: { token: "s3cr3t", name: "vpc" } },
  });
  expect(result.outputs).toEqual({ password: UNKNOWN, plain: "x", nested: { token: "t" } });
  expect(result.secretOutputs).toEqual(["nested.token", "password"]);
  expect(result.unknownOutputs).toEqual(["password"]);
});

const gateways: Program = async () => {
  const network = new Network("network", {});
  const gateway = new HaVpnGateway("gateway", { network: network.id, region: "us-central1" });
  return { link: gateway.selfLink, addresses: gateway.vpnInterfaces.apply((all) => all.map((one) => one.ipAddress)) };
};

test("a preview leaves computed outputs unknown and runs no apply on them", async () => {
  expect((await graph(gateways)).outputs).toEqual({ link: UNKNOWN, addresses: UNKNOWN });
});

test("without preview every apply runs, on placeholders or on what the caller supplies", async () => {
  const vpnInterfaces = [{ ipAddress: "203.0.113.1" }, { ipAddress: "203.0.113.2" }];
  const result = await graph(gateways, {
    preview: false,
    outputs: (type): Record<string, unknown> =>
      type === "gcp:compute/haVpnGateway:HaVpnGateway" ? { vpnInterfaces } : {},
  });

  expect(result.outputs).toEqual({ link: "gateway.selfLink", addresses: ["203.0.113.1", "203.0.113.2"] });
  expect(node(result, "gateway").inputs).toMatchObject({ network: "network-id" });
});

test("an invoke gets the caller's answer, and configuration reaches the program", async () => {
  const calls: unknown[] = [];
  const result = await graph(
    async () => ({
      zones: (await pulumi.runtime.invoke("aws:index/getZones:getZones", { state: "available" })).names,
      region: new pulumi.Config("aws").require("region"),
      preview: pulumi.runtime.isDryRun(),
    }),
    { config: { "aws:region": "eu-west-1" }, invoke: (...call) => (calls.push(call), { names: ["a", "b"] }) },
  );

  expect(calls).toEqual([["aws:index/getZones:getZones", { state: "available" }]]);
  expect(result.outputs).toEqual({ zones: ["a", "b"], region: "eu-west-1", preview: true });
});

test("what the program logs is in the graph, not on the terminal", async () => {
  const result = await graph(async () => void pulumi.log.warn("one tunnel is single"));
  expect(result.logs).toEqual([{ severity: "warn", message: "one tunnel is single" }]);
});

test("fails with the program's own error, before or after it declared resources", async () => {
  const error = new pulumi.RunError("stacks/customers/acme.yaml:3:5: asn: expected a private ASN");
  await expect(graph(() => Promise.reject(error))).rejects.toBe(error);
  const late = graph(async () => {
    new Network("network", {});
    throw error;
  });
  await expect(late).rejects.toBe(error);
});

test("fails with the error of an apply, even of one whose result nobody uses", async () => {
  const used = new Error("used");
  const unused = new Error("unused");
  const throwing = (error: Error) =>
    pulumi.output("x").apply((): string => {
      throw error;
    });
  await expect(graph(async () => void new Network("network", { description: throwing(used) }))).rejects.toBe(used);
  await expect(graph(async () => void throwing(unused))).rejects.toBe(unused);
});

test("fails when an invoke has no answer", async () => {
  const run = graph(async () => void (await pulumi.runtime.invoke("aws:index/getZones:getZones", {})));
  await expect(run).rejects.toThrow("no answer for invoke aws:index/getZones:getZones");
});

test("fails when two resources have one URN", async () => {
  const run = graph(async () => {
    new Network("network", {});
    new Network("network", {});
  });
  await expect(run).rejects.toThrow(
    "duplicate resource: urn:pulumi:acme::causeway::gcp:compute/network:Network::network is declared twice",
  );
});

test("fails with the names of resources that wait for each other", async () => {
  const [later, resolve] = pulumi.deferredOutput<string>();
  const run = graph(
    async () => {
      const first = new Network("first", { description: later });
      resolve(new Network("second", { description: first.id }).id);
    },
    { stallSeconds: 0.2 },
  );
  await expect(run).rejects.toThrow(
    "the program made no progress for 0.2 seconds; it waits for resources that wait for each other: " +
      "gcp:compute/network:Network first (input description), gcp:compute/network:Network second (input description)",
  );
});

test("runs in parallel do not see each other, and one that fails fails alone", async () => {
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const program = (index: number) => async () => {
    await sleep((index * 7) % 5);
    const vpc = new Vpc(`vpc-${index}`, { cidrBlock: `10.${index}.0.0/16` });
    await sleep(index % 3);
    if (index === 4) vpc.cidrBlock.apply(() => Promise.reject(new Error("four")));
    return { stack: pulumi.getStack(), index };
  };
  const runs = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => graph(program(index), { stack: `customer-${index}` })),
  );

  for (const [index, run] of runs.entries()) {
    if (index === 4) {
      expect(run).toMatchObject({ status: "rejected", reason: { message: "four" } });
      continue;
    }
    expect(run).toMatchObject({ status: "fulfilled", value: { outputs: { stack: `customer-${index}`, index } } });
    expect((run as PromiseFulfilledResult<Graph>).value.nodes.map(({ urn }) => urn)).toEqual([
      `urn:pulumi:customer-${index}::causeway::aws:ec2/vpc:Vpc::vpc-${index}`,
    ]);
  }
});

test("runs leave no listeners behind and do not touch rejections of others", async () => {
  const before = process.listeners("unhandledRejection");
  await graph(async () => void new Network("network", {}));
  expect(process.listeners("unhandledRejection")).toEqual(before);
  expect((globalThis as { stackResource?: unknown }).stackResource).toBeUndefined();
});

test("a program of 90 registrations runs in a fraction of a second, with the same graph each time", async () => {
  const first = await graph(syntheticProgram);
  expect(first.nodes).toHaveLength(90);
  expect(first.nodes.filter(({ custom }) => !custom)).toHaveLength(8);
  const start = performance.now();
  for (let run = 0; run < 10; run++) expect((await graph(syntheticProgram)).nodes).toEqual(first.nodes);
  // measured: 20 ms a run; ten times that leaves room for a busy machine and still catches a lost optimisation
  expect((performance.now() - start) / 10).toBeLessThan(200);
});
