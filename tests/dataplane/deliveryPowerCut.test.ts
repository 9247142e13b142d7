/**
 * A power cut before every step of a delivery: the agent's own command ends there, and what is in the kernel and in memory is
 * gone. That the disk keeps what was synced is the disk's to show.
 */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DnsProxyArtefact } from "../../plan/dnsProxy.ts";
import { artefactFor, inForce, installImage, publish, runAgent } from "./support/executor.ts";
import type { Host } from "./support/hosts.ts";
import { installCut, reboot, rulesOf, runCut } from "./support/powerCut.ts";
import { ADDRESS, dataplane, openTopology, PRIVATE_NAME, type Topology } from "./support/topology.ts";

const RELEASES = "/var/lib/causeway/releases";

/** What a release has on the disk, by member. */
const onDisk = (executor: Host, name: string): Record<string, string> =>
  Object.fromEntries(
    ["corefile", "guestRules", "caBundle", "hash"].map((member) => [
      member,
      executor.read(`${RELEASES}/${name}/${member}`),
    ]),
  );
const membersOf = ({ corefile, guestRules, caBundle, hash }: DnsProxyArtefact): unknown => ({
  ...{ corefile, guestRules, caBundle, hash },
});
dataplane("a delivery", () => {
  let net: Topology;
  let executor: Host;
  beforeAll(async () => {
    net = await openTopology();
    ({ executor } = net.hosts);
    installImage(executor);
    installCut(executor);
  });
  afterAll(() => net.close());

  it("leaves the old configuration or the new one in force, whichever step a power cut comes before", async () => {
    // each is new to the executor, and differs from the last in a rule and a unit
    const numbered = (i: number): DnsProxyArtefact =>
      artefactFor(net, {
        plan: (plan) => ({
          ...plan,
          proxyTag: i % 2 === 0 ? "202402011200" : "202311201628",
          guestRules: plan.guestRules.map((rule) => ({ ...rule, ports: [443, 10_000 + i] })),
        }),
      });
    let other = numbered(0);
    let target = numbered(1);
    publish(net, other);
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    const found = new Set<string>();
    let cuts = 0;
    for (; ; cuts++) {
      publish(net, target);
      const { status } = await runCut(executor, cuts);
      if (status === 0) break;
      expect([cuts, status]).toEqual([cuts, 137]);
      const current = await inForce(executor);
      found.add(current === target.hash ? "new" : "old");
      expect(onDisk(executor, current)).toEqual(membersOf(current === target.hash ? target : other));
      // until it is complete nothing refers to it, in the kernel or elsewhere
      const staged = executor.exists(`${RELEASES}/${target.hash}`);
      if (staged) await reboot(executor);
      expect([cuts, await runAgent(executor)]).toEqual([cuts, expect.objectContaining({ status: 0, stderr: "" })]);
      expect(await inForce(executor)).toBe(target.hash);
      const listed = await executor.must(["iptables", "-S", "CAUSEWAY-GUEST"]);
      expect(listed.trim().split("\n").slice(1)).toEqual(rulesOf(target));
      if (staged) {
        const asked = await net.exec("guest", ["dig", "+short", `@${ADDRESS.bridge}`, PRIVATE_NAME]);
        expect([cuts, asked.stdout.split("\n").sort().at(-1)]).toEqual([cuts, ADDRESS.secondZone]);
      }
      [other, target] = [target, numbered(cuts + 2)];
    }
    expect([...found].sort()).toEqual(["new", "old"]);
    expect(cuts).toBeGreaterThan(40);
    // nothing is left of the releases in between
    expect(readdirSync(executor.path(RELEASES)).sort()).toEqual([target.hash, other.hash].sort());
  }, 900_000);
});
