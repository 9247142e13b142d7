/**
 * What an update would take in the clouds. This tier cannot show that the durations are right: they are ranges from
 * public logs, or assumed. It shows that the sums are, and that the program waits for nothing the clouds do not demand.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeCloudTime, tasksOf } from "../../fleet/cloudTime.ts";
import type { GraphNode } from "../../engine/graph.ts";
import { account, queueOf, type Account, type Task } from "../../sandbox/time/account.ts";
import { DURATIONS } from "../../sandbox/time/durations.ts";
import { unavoidable } from "../../sandbox/time/preconditions.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { deployCustomer, type DeployedCustomer } from "../support/deployed.ts";

/** Accounted time over the unavoidable chain may be at most this. */
const LIMIT = 1.05;

const root = join(import.meta.dirname, "../..");
const deploy = (file: string): Promise<DeployedCustomer> => deployCustomer(loadCustomer(join(root, file)).customer);

const creations = (nodes: readonly GraphNode[]): Account =>
  account(
    tasksOf(
      { nodes },
      nodes.map(({ urn, type }) => ({ urn, type, op: "create" as const })),
    ),
  );

const ratios = ({ graph, created, world }: DeployedCustomer, nodes = graph!.nodes): number[] => {
  const [accounted, chain] = [creations(nodes), account(unavoidable(created, world))];
  return (["least", "typical", "most"] as const).map((figure) => accounted[figure] / chain[figure]);
};

const classOf = (key: string): string => key.split("::")[2]!.split(":").at(-1)!;

describe("what the program waits for", () => {
  test.each([
    ["stacks/customers/dev.yaml", 544],
    ["stacks/customers/acme.yaml", 527],
    ["tests/fixtures/customers/aws-private-link.yaml", 527],
    ["tests/fixtures/customers/private-service-connect.yaml", 26],
    ["tests/fixtures/customers/public-load-balancer.yaml", 34],
  ])("%s is accounted for with %i s, within 5 % of what the clouds themselves demand", async (file, seconds) => {
    const deployed = await deploy(file);
    expect(Math.round(creations(deployed.graph!.nodes).typical)).toBe(seconds);
    for (const ratio of ratios(deployed)) expect(ratio).toBeLessThanOrEqual(LIMIT);
  });

  test("the longest chain is the VPN's: Google's gateway, AWS's half, Google's tunnels, then the router's parts one at a time", async () => {
    const { created, world, graph } = await deploy("stacks/customers/dev.yaml");
    const gateways = ["Network", "HaVpnGateway", "CustomerGateway"];
    const chain = [...gateways, "VpnConnection", "ExternalVpnGateway", "VPNTunnel"];
    const parts = [...Array<string>(4).fill("RouterInterface"), ...Array<string>(4).fill("RouterPeer")];
    expect(account(unavoidable(created, world)).path.map(classOf)).toEqual([...chain, ...parts]);
    expect(creations(graph!.nodes).path.map(classOf)).toEqual([...chain, ...parts]);
  });

  test("fails with one needless dependsOn: a VPN gateway that waits for an interface endpoint", async () => {
    const deployed = await deploy("stacks/customers/dev.yaml");
    const { nodes } = deployed.graph!;
    const endpoint = nodes.find(({ type }) => type.endsWith(":VpcEndpoint"))!;
    const waiting = nodes.map((node) =>
      node.type.endsWith(":VpnGateway") ? { ...node, dependencies: [...node.dependencies, endpoint.urn] } : node,
    );
    expect(ratios(deployed, waiting)[1]).toBeCloseTo(1.18, 2);
  });

  test("what the clouds demand is read from requests and results, whatever the program's order", async () => {
    const { created, world } = await deploy("stacks/customers/dev.yaml");
    const after = new Map(unavoidable(created, world).map((task) => [task.key, task.after.map(classOf).sort()]));
    const of = (name: string): string[] => after.get([...after.keys()].find((key) => classOf(key) === name)!)!;
    expect(of("Vpc")).toEqual([]);
    expect(of("CustomerGateway")).toEqual(["HaVpnGateway"]);
    expect(of("VpnConnection")).toEqual(["CustomerGateway", "LogGroup", "VpnGateway"]);
    expect(of("ExternalVpnGateway")).toEqual(["VpnConnection", "VpnConnection"]);
    expect(of("RouterPeer")).toEqual(["Router", "RouterInterface"]);
    expect(of("ProjectMetadataItem")).toEqual(["Address", "VpcEndpoint"]);
  });
});

describe("accounting", () => {
  const [vpc, subnet] = ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"];
  const task = (key: string, type: string, after: string[] = [], more: Partial<Task> = {}): Task => ({
    ...{ key, type, operation: "create", after },
    ...more,
  });

  test("what waits for nothing runs side by side; what waits begins when the last it waits for has ended", () => {
    const [low, high] = DURATIONS[vpc]!.create;
    const [least, most] = DURATIONS[subnet]!.create;
    const time = account([task("a", vpc), task("b", vpc), task("c", subnet, ["a", "b", "not here"])]);
    expect(time).toMatchObject({ least: low + least, most: high + most, path: ["a", "c"] });
  });

  test("the parts of one router take turns, those of two routers do not", () => {
    const part = "gcp:compute/routerInterface:RouterInterface";
    const [, most] = DURATIONS[part]!.create;
    const on = (router: string) => queueOf(part, { router });
    expect(account([task("a", part, [], on("r")), task("b", part, [], on("projects/p/routers/r"))]).most).toBe(
      2 * most,
    );
    expect(account([task("a", part, [], on("r")), task("b", part, [], on("s"))]).most).toBe(most);
  });

  test("a deletion waits for the deletion of what depends on it, a replacement is both", async () => {
    const { graph } = await deploy("tests/fixtures/customers/public-load-balancer.yaml");
    const nodes = graph!.nodes.filter(({ type }) => /:(Router|RouterNat)$/.test(type));
    const steps = (op: "delete" | "replace") => nodes.map(({ urn, type }) => ({ urn, type, op }));
    const [router, nat] = ["gcp:compute/router:Router", "gcp:compute/routerNat:RouterNat"];
    const most = (...operations: readonly (readonly [string, "create" | "delete"])[]): number =>
      operations.reduce((sum, [type, operation]) => sum + DURATIONS[type]![operation][1], 0);
    expect(account(tasksOf({ nodes }, steps("delete"))).most).toBe(most([nat, "delete"], [router, "delete"]));
    expect(account(tasksOf({ nodes }, steps("replace"))).most).toBe(
      most([nat, "delete"], [router, "delete"], [router, "create"], [nat, "create"]),
    );
  });

  test("fails when operations wait for each other", () => {
    const circle = [task("a", vpc, ["b"]), task("b", vpc, ["a"])];
    expect(() => account(circle)).toThrow("operations wait for each other: a, b");
  });

  test("is told in minutes, or in seconds where it is short", () => {
    const span = (least: number, typical: number, most: number): Account => ({ least, typical, most, path: [] });
    expect(describeCloudTime(span(389, 545, 702))).toBe("would take about 9 min in real clouds (6 to 12)");
    expect(describeCloudTime(span(24, 33.5, 47))).toBe("would take about 34 s in real clouds (24 to 47)");
    expect(describeCloudTime(span(0, 0, 0))).toBeUndefined();
  });
});

test("every simulated type has durations, each a range with a source", () => {
  const types = Object.values(TABLES).flatMap((table) => Object.keys(table.types));
  expect(Object.keys(DURATIONS).sort()).toEqual(types.sort());
  for (const { source, create, update, delete: remove } of Object.values(DURATIONS)) {
    expect(source).not.toBe("");
    for (const [least, most] of [create, update, remove]) expect(least).toBeLessThanOrEqual(most);
  }
});
