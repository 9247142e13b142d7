/**
 * A power cut before every step of taking back a configuration that does not work. Cuts before it is complete on the disk are
 * those of a delivery, and left out here.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DnsProxyArtefact } from "../../plan/dnsProxy.ts";
import { artefactFor, inForce, installImage, publish, runAgent } from "./support/executor.ts";
import type { Host } from "./support/hosts.ts";
import { installCut, reboot, rulesOf, runCut } from "./support/powerCut.ts";
import { ADDRESS, dataplane, openTopology, PRIVATE_NAME, type Topology } from "./support/topology.ts";

/** Steps of a run that come before the new configuration is complete, less a few. */
const FIRST = 18;

dataplane("taking back what does not work", () => {
  let net: Topology;
  let executor: Host;
  beforeAll(async () => {
    net = await openTopology();
    ({ executor } = net.hosts);
    installImage(executor);
    installCut(executor);
  });
  afterAll(() => net.close());

  /** dns-proxy may be on its way to the file it was told of first, and is told of the other after that. */
  async function answered(): Promise<string | undefined> {
    let last: string | undefined;
    for (const until = Date.now() + 5000; last !== ADDRESS.secondZone && Date.now() < until;) {
      const asked = await net.exec("guest", ["dig", "+short", "+time=1", `@${ADDRESS.bridge}`, PRIVATE_NAME]);
      last = asked.stdout.split("\n").sort().at(-1);
    }
    return last;
  }

  it("ends with what worked before, whichever step a power cut or the end of the agent comes before", async () => {
    const good = artefactFor(net);
    // CoreDNS takes it, and the rules cannot be put in place
    const broken = (i: number): DnsProxyArtefact =>
      artefactFor(net, {
        plan: (plan) => ({ ...plan, proxyTag: "202402011200", routes: plan.routes.slice(1) }),
        content: () => ({ guestRules: `#!/bin/sh\nexit ${i + 1}\n` }),
      });
    publish(net, good);
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    let cuts = FIRST;
    for (; ; cuts++) {
      publish(net, broken(cuts));
      const { status } = await runCut(executor, cuts);
      if (status === 1) break;
      expect([cuts, status]).toEqual([cuts, 137]);
      // every other time the agent alone ends, and dns-proxy goes on with what it was last told
      if (cuts % 2 === 0) await reboot(executor);
      expect([cuts, (await runAgent(executor)).stderr]).toEqual([cuts, expect.stringContaining("did not work")]);
      expect([cuts, await inForce(executor)]).toEqual([cuts, good.hash]);
      const listed = await executor.must(["iptables", "-S", "CAUSEWAY-GUEST"]);
      expect(listed.trim().split("\n").slice(1)).toEqual(rulesOf(good));
      // a route that the broken one lacks
      expect([cuts, await answered()]).toEqual([cuts, ADDRESS.secondZone]);
      // once put right nothing of it is held against the executor
      publish(net, good);
      expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
    }
    expect(cuts - FIRST).toBeGreaterThan(25);
    expect(await inForce(executor)).toBe(good.hash);
  }, 900_000);
});
