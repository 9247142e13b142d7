// Random and many routes: what CoreDNS answers is what the plan says, and 10,000 are as quick as one. Times are of this
// machine; what the cache of an executor's guests does on top is not shown.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Route } from "../../plan/customer.ts";
import { CONTAINER_UNIT, lookupOf, renderCorefile, renderDnsProxy, UNIT } from "../../plan/dnsProxy.ts";
import { tool } from "../support/servers.ts";
import { CUSTOMER, GOOGLE, OTHER_CUSTOMER, ProxyMachine } from "./support/coredns.ts";
import { dataplane } from "./support/topology.ts";

const VALUES = { endpointNames: {}, pscAddresses: {}, blobHosts: {} };
const LABELS = ["a", "b", "npm", "x-1"];

/** Names out of few labels, so that they stand inside each other and meet. */
const name = fc
  .array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 3 })
  .map((labels) => `${labels.join(".")}.example`);
/** Each resolver answers with an address of its own, and a chain that names what it was asked. */
const RESOLVERS = { [GOOGLE]: "192.0.2.1", [CUSTOMER]: "10.20.0.1", [OTHER_CUSTOMER]: "10.30.0.1" } as const;

const routeSets = fc
  .uniqueArray(
    fc.record({ source: name, destination: name, resolverIP: fc.option(fc.constantFrom(CUSTOMER, OTHER_CUSTOMER)) }),
    { selector: ({ source }) => source, maxLength: 40 },
  )
  .map((all) => all.filter(({ source, destination }) => source !== destination))
  .map((all): readonly Route[] =>
    all.map(({ source, destination, resolverIP }) => ({
      source,
      target: { kind: "name", destination, ...(resolverIP !== null && { resolverIP }) },
    })),
  );

dataplane("dns-proxy and its routes", () => {
  let machine: ProxyMachine;
  beforeAll(async () => {
    machine = new ProxyMachine();
    for (const [address, a] of Object.entries(RESOLVERS))
      await machine.resolve({ address, names: {}, others: { a: [a] } });
    await machine.start(renderCorefile({ routes: [], blobRoutes: [] }, VALUES));
  });
  afterAll(() => machine.close());

  it("answers for any routes and any name what the plan says", async () => {
    let asked = 0;
    const property = fc.asyncProperty(
      routeSets,
      fc.array(name, { minLength: 4, maxLength: 4 }),
      async (routes, others) => {
        const all = { routes, blobRoutes: [] };
        machine.write(renderCorefile(all, VALUES));
        await machine.reload();
        const names = [
          ...new Set([
            ...routes.flatMap(({ source, target }) => [
              source,
              `in.${source}`,
              target.kind === "name" ? target.destination : "",
            ]),
            ...others,
          ]),
        ];
        for (const one of names) {
          const wanted = lookupOf(all, VALUES, one);
          await machine.questions();
          const told = (await machine.ask({ name: one }))!;
          const [question] = (await machine.questions()).filter(({ type }) => type === 1);
          // a name two routes lead to may be known from the other's block: then nobody is asked
          if (question !== undefined)
            expect([one, question.name, question.at]).toEqual([one, wanted.name, wanted.resolver]);
          expect([one, told.rcode, told.answers.map(({ name: owner, data }) => [owner, data])]).toEqual([
            ...[one, "NOERROR"],
            [[one, RESOLVERS[wanted.resolver as keyof typeof RESOLVERS]]],
          ]);
          asked++;
        }
      },
    );
    await fc.assert(property, { numRuns: 40 });
    expect(asked).toBeGreaterThan(500);
  });

  it("starts with 10,000 routes in 10 s, in 256 MB, and takes no more than twice the time for the last of them that it takes for none", async () => {
    const routes = Array.from({ length: 10_000 }, (_, i): Route => ({
      source: `r${i}.packages.acme.example`,
      target: { kind: "name", destination: `lb${i}.edge.acme.example` },
    }));
    await machine.stop();
    const start = performance.now();
    await machine.start(renderCorefile({ routes, blobRoutes: [] }, VALUES));
    expect(performance.now() - start).toBeLessThan(10_000);
    const told = (await machine.ask({ name: "r9999.packages.acme.example" }))!;
    expect(told.answers.map(({ data }) => data)).toEqual(["192.0.2.1"]);
    // processor time of a query, since the clock is shared with whatever else runs here
    const cost = async (names: readonly string[]): Promise<number> => {
      const before = await machine.ticks();
      const { sent, unanswered } = await machine.flood({ names, ms: 2500, width: 8, timeout: 2000 });
      expect(unanswered).toBe(0);
      return ((await machine.ticks()) - before) / sent;
    };
    const [unrouted, routed] = [await cost(["www.example"]), await cost(["r9999.packages.acme.example"])];
    expect(routed / unrouted).toBeLessThan(2);
    const status = await machine.host.must(["cat", `/proc/${machine.pid}/status`]);
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024).toBeLessThan(256);
  });
});

describe("dns-proxy's units", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "causeway-units-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What systemd says of a unit whose programs are there. */
  function verified(unit: string, edit = (text: string): string => text): string {
    const plan = { proxyTag: "202311201628", routes: [], blobRoutes: [], guestRules: [], caBundle: "" };
    const docker = join(folder, "docker");
    writeFileSync(docker, "#!/bin/sh\n");
    chmodSync(docker, 0o755);
    const text = renderDnsProxy(plan, VALUES).units[unit]!;
    const path = join(folder, unit);
    writeFileSync(
      path,
      edit(text.replaceAll("/usr/local/bin/coredns", tool("coredns")).replaceAll("/usr/bin/docker", docker)),
    );
    const { stderr, stdout } = spawnSync("systemd-analyze", ["verify", "--man=no", path], { encoding: "utf8" });
    return `${stdout}${stderr}`;
  }

  it.each([UNIT, CONTAINER_UNIT])("%s is one that systemd has nothing to say of", (unit) => {
    expect(verified(unit)).toBe("");
  });

  it("fails with a directive systemd does not know", () => {
    expect(verified(UNIT, (text) => text.replace("RestartSec", "RestartSecs"))).toMatch(/Unknown key.*RestartSecs/);
  });
});
