/**
 * Tier: the command that follows a connection, on a world in a file. What a terminal makes of its lines is what this tier
 * cannot show.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reach } from "../../cli/commands/reach.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { sandboxFolder } from "../../fleet/sandbox.ts";
import { World } from "../../sandbox/index.ts";
import { CUSTOMER, REGION, VpnWorld } from "./vpnWorld.ts";

const HOST = `acme-prod-${CUSTOMER}.d.codeartifact.${REGION}.amazonaws.com`;
const root = mkdtempSync(join(tmpdir(), "reach-"));
let said: string;
let data: {
  readonly name?: string;
  readonly metadata?: { readonly name: string };
  readonly blobs?: { readonly name: string };
};
const terminal = {
  result: (text: string) => void (said = text),
  data: (value: typeof data) => void (data = value),
} as unknown as Terminal;

beforeAll(async () => {
  const it = await VpnWorld.open();
  const { world } = it;
  await it.make("aws:codeartifact/domain:Domain", { domain: "acme-prod" }, "customer");
  mkdirSync(sandboxFolder(root), { recursive: true });
  const kept = World.open(join(sandboxFolder(root), "world.jsonl"));
  const tx = kept.begin();
  for (const type of new Set(world.list().map((one) => one.type))) for (const one of world.all(type)) tx.put(one);
  await tx.commit();
  await kept.close();
});
afterAll(() => rmSync(root, { recursive: true }));

describe("reach", () => {
  test("fails for a CodeArtifact host with both ways and whose each is to put right, and ends with 1", async () => {
    expect(await reach(terminal, root, "executors", HOST, "443")).toBe(1);
    const [metadata, blobs] = said.split("\n\n");
    expect(metadata).toMatch(/^metadata:\nok {6}dns-proxy/);
    expect(metadata).toContain(`executors does not reach ${HOST}:443: nat, ours to put right`);
    expect(blobs).toMatch(/^blobs:\nok {6}dns-proxy/);
    expect(blobs).toMatch(
      /does not reach assets-\d{12}-us-east-1\.s3\.us-east-1\.amazonaws\.com:443: nat, ours to put right$/,
    );
    expect([data.metadata?.name, data.blobs?.name]).toEqual([HOST, expect.stringMatching(/^assets-/)]);
  });

  test("fails for another host with one way, as data and as text", async () => {
    expect(await reach(terminal, root, "executors/guest", "npm.example.com", "443")).toBe(1);
    expect(said).toContain("a guest on executors does not reach npm.example.com:443: guest rules, ours to put right");
    expect(said).not.toContain("metadata:");
    expect(data).toMatchObject({ name: "npm.example.com", port: 443, guest: true, reachable: false });
  });

  test.each(["0", "65536", "https"])("fails for the port %s", async (port) => {
    await expect(reach(terminal, root, "executors", HOST, port)).rejects.toThrow(
      `port: expected 1 to 65535, got ${port}`,
    );
  });

  test("fails for executors nobody has", async () => {
    await expect(reach(terminal, root, "nowhere", HOST, "443")).rejects.toThrow("there are: vendor-acme/executors");
  });
});
