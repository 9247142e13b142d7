// What every edit of a customer's file does, told in this process from two graphs. That the engine does the same is the
// long tier's to show (tests/exhaustive/diff.test.ts); how long an outage lasts only real clouds can.
import { beforeAll, describe, expect, test } from "vitest";
import { Comparer } from "../../fleet/diff/worker.ts";
import { ownProgram } from "../../fleet/diff/program.ts";
import { guardedPaths, guardedRegistryPaths } from "../../plan/guards.ts";
import type { CustomerDiff, Outage } from "../../fleet/diff/types.ts";
import { ROOT } from "../support/project.ts";
import { CASES, counted, permit, START, withEdits, type Edit } from "./diffCases.ts";

let comparer: Comparer;
beforeAll(async () => {
  comparer = await Comparer.of({ program: ownProgram(ROOT), today: "2026-11-21" });
});

const at = (text: string) => ({ file: "dev.yaml", content: new TextEncoder().encode(text) });

async function edited(before: readonly Edit[], edits: readonly Edit[]): Promise<CustomerDiff> {
  const base = withEdits(START, before);
  return (await comparer.diff({ ask: "diff", stack: "dev", base: at(base), head: at(withEdits(base, edits)) })).diff;
}

const told = ({ what, seconds, redundant }: Outage): string =>
  `${what}: ${seconds === null ? "for good" : `${seconds.join("-")} s`}${redundant ? " redundant" : ""}`;

const operationsOf = ({ resources }: CustomerDiff): string[] =>
  resources.map(({ kind, type }) => `${kind} ${type.split(":").at(-1)}`);

describe("an edit of a customer's file", () => {
  test.each(CASES)("$name", async ({ before = [], edits, operations, outages = [] }) => {
    const diff = await edited(before, edits);
    expect(diff.problems).toEqual([]);
    expect(counted(operationsOf(diff))).toEqual(operations);
    expect(diff.outages.map(told)).toEqual(outages);
    expect(diff.resources.filter((one) => one.protected)).toEqual([]);
  });

  test("a case stands for every guarded path", () => {
    const permitted = CASES.flatMap(({ before = [] }) =>
      before.flatMap(([, text]) => /"(.+)": \{ reason/.exec(text)?.[1] ?? []),
    );
    const general = permitted.map((path) => path.replace(/\[[^\]]+\]|(?<=subnets|addresses)\.[\w-]+/, "[<key>]"));
    // Registries made or published here have edits of their own.
    const connections = guardedPaths().filter((path) => !guardedRegistryPaths().includes(path));
    // A permit of an endpoint covers its attachment.
    const attachment = "privateCodeHost.gcp.privateServiceConnectEndpoints[<key>].targetService";
    expect([...new Set([...general, attachment])].sort()).toEqual(connections.sort());
  });

  test.each(CASES.filter(({ before }) => before?.some(([, text]) => text.includes("permits:")) === true))(
    "fails where $name without the permit of an earlier update",
    async ({ before = [], edits }) => {
      const head = withEdits(withEdits(START, before), edits);
      const { diff } = await comparer.diff({ ask: "diff", stack: "dev", base: at(START), head: at(head) });
      expect({ kind: diff.kind, resources: diff.resources }).toEqual({ kind: "invalid", resources: [] });
      expect(diff.problems[0]?.message).toMatch(/in the update that brings its permit; deploy the permit first/);
    },
  );

  test("comments, order and a permit change no resource", async () => {
    expect((await edited([], [["# public load balancer", "# load balancer"]])).kind).toBe("unchanged");
    expect((await edited([], [["nat-1: {}, nat-2: {}", "nat-2: {}, nat-1: {}"]])).kind).toBe("unchanged");
    expect((await edited([], [permit("privateCodeHost.aws.vpcCidr")])).kind).toBe("unchanged");
    expect((await edited([], [["displayName: Development", "displayName: Another"]])).kind).toBe("unchanged");
  });

  test("labels are put onto what is there, and nothing goes down", async () => {
    const diff = await edited([], [["tier: dev", "tier: gold"]]);
    expect(new Set(diff.resources.map(({ kind }) => kind))).toEqual(new Set(["update"]));
    expect([diff.resources.length, diff.outages]).toEqual([34, []]);
    const vpc = diff.resources.find(({ type }) => type.endsWith(":Vpc"));
    expect(vpc?.changes).toEqual([{ path: "tags.tier", before: "dev", after: "gold", replaces: false }]);
  });

  test("a secret is never shown, and what only an update knows is said to be unknown", async () => {
    const diff = await edited(
      [],
      [["        region: us-east-1\n", "        region: us-east-1\n        vpn: { pskGenerations: { t2: 2 } }\n"]],
    );
    const changes = diff.resources.flatMap(({ type, changes: all }) =>
      all.map((one) => ({ type: type.split(":").at(-1), ...one })),
    );
    expect(changes).toEqual([
      { type: "VpnConnection", path: "tunnel1PresharedKey", before: "[secret]", after: "[secret]", replaces: false },
      { type: "RouterInterface", path: "vpnTunnel", before: "dev-aws-222233334444-us-east-1-t2", after: "[unknown]", replaces: true },
      { type: "RouterPeer", path: "interface", before: "dev-aws-222233334444-us-east-1-t2", after: "[unknown]", replaces: true },
      { type: "VPNTunnel", path: "sharedSecret", before: "[secret]", after: "[secret]", replaces: true },
      { type: "RandomPassword", path: "keepers.generation", before: "1", after: "2", replaces: true },
    ]); // prettier-ignore
  });

  test("a document is shown by the lines that differ", async () => {
    const diff = await edited([], [["198.51.100.53", "198.51.100.54"]]);
    expect(diff.resources[0]?.changes[0]).toEqual({
      path: "value.corefile",
      before: "    forward . 198.51.100.53 {",
      after: "    forward . 198.51.100.54 {",
      replaces: false,
    });
  });

  test("two customers with the same edit of a route are of one class, though each Corefile has a number of its own", async () => {
    const ids = ["dev", "other"].map(async (name) => {
      const base = START.replace("name: dev", `name: ${name}`).replaceAll("dev.example", `${name}.example`);
      const head = withEdits(base, [["198.51.100.53", "198.51.100.54"]]);
      return (await comparer.diff({ ask: "diff", stack: name, base: at(base), head: at(head) })).id;
    });
    const [first, second] = await Promise.all(ids);
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(second).toBe(first);
  });

  test("what base protected is said to be refused, and a new customer is all creates", async () => {
    const removed = await comparer.diff({ ask: "diff", stack: "dev", base: at(START) });
    expect(removed.diff.kind).toBe("removed");
    const held = removed.diff.resources.filter((one) => one.protected).map(({ type }) => type.split(":").at(-1)!);
    expect(counted(held)).toEqual([
      ...["Address x4", "CustomerGateway x2", "ExternalVpnGateway", "ForwardingRule", "HaVpnGateway", "Subnetwork x2"],
      ...["Vpc", "VpcEndpoint x2", "VpnConnection x2", "VpnGateway"],
    ]);
    const added = await comparer.diff({ ask: "diff", stack: "dev", head: at(START) });
    expect([added.diff.kind, added.diff.outages, new Set(added.diff.resources.map(({ kind }) => kind))]).toEqual([
      "added",
      [],
      new Set(["create"]),
    ]);
    expect(added.diff.resources).toHaveLength(removed.diff.resources.length);
  });
});
