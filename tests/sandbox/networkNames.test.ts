/**
 * Tier: the network of a simulated world. What executors and their guests are told of names, and what the executor lets
 * its guests send, each broken once by hand. That CoreDNS and iptables themselves would do the same is what this cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { findExecutors, seedLoadBalancer } from "../../sandbox/index.ts";
import { artefactOf, type DnsProxy } from "../../sandbox/network/artefact.ts";
import type { Values } from "../../sandbox/values.ts";
import { ARTIFACTORY, both as bothOf, Console, MAVEN, PACKAGES } from "./networkWorld.ts";

let console: Console;
beforeEach(async () => {
  console = await Console.open();
});

const both = (name: string): string[] => bothOf(console, name);

describe("names", () => {
  test("fail without a route in dns-proxy", async () => {
    await console.editArtefact("corefile", "rewrite name exact artifactory.dev.example.", "rewrite name exact other.");
    expect(both(ARTIFACTORY)).toEqual(
      Array(2).fill(
        `public dns ours: nobody knows ${ARTIFACTORY}: no dns-proxy route, no private zone, no public name`,
      ),
    );
  });

  test("fail where a route leads to an endpoint that is gone", async () => {
    await console.editArtefact("corefile", "artifactory.dev.example. vpce-0", "artifactory.dev.example. vpce-1");
    expect(console.trouble(ARTIFACTORY)).toMatch(/^public dns ours: nobody knows vpce-1/);
  });

  test("a zonal name leads to the address of that zone alone", async () => {
    const endpoint = console.find("VpcEndpoint");
    const zonal = `vpce-[0-9a-f]+-[0-9a-f]+`;
    const corefile = (artefactOf(console.world, findExecutors(console.world, "executors")) as { proxy: DnsProxy })
      .proxy;
    const regional = corefile.rewrites.get(ARTIFACTORY)!;
    const zone = String(console.world.all("aws:ec2/subnet:Subnet")[1]!.attrs["availabilityZone"]);
    const name = regional.replace(new RegExp(`^(${zonal})\\.`), `$1-${zone}.`);
    const addresses = (endpoint.attrs["networkInterfaces"] as Values[]).map(({ ip }) => String(ip));
    const told = console.reach(name).hops.find(({ kind }) => kind === "public dns")!.what;
    expect(addresses.filter((address) => told.endsWith(` is ${address}`))).toHaveLength(1);
  });

  test("fail where dns-proxy does not listen for guests, or does not answer them", async () => {
    await console.editArtefact("corefile", "bind 10.61.0.1 127.0.0.1", "bind 127.0.0.1");
    expect(both(MAVEN)).toEqual(["reachable", "dns-proxy ours: does not answer 10.61.0.2 at 10.61.0.1"]);
    console = await Console.open();
    await console.editArtefact("corefile", "allow net 10.61.0.0/16 127.0.0.0/8", "allow net 127.0.0.0/8");
    expect(both(MAVEN)).toEqual(["reachable", "dns-proxy ours: does not answer 10.61.0.2 at 10.61.0.1"]);
  });

  test("fail without a resolver, and with one nobody answers at", async () => {
    await console.editArtefact("corefile", "forward . 198.51.100.53", "forward example.org. 198.51.100.53");
    expect(console.trouble(MAVEN)).toBe("dns-proxy ours: has no resolver for maven.edge.dev.example");
    await console.editArtefact("corefile", "forward example.org. 198.51.100.53", "forward . 198.51.100.53");
    await console.editArtefact("corefile", "198.51.100.53", "198.51.100.54");
    expect(console.trouble(MAVEN)).toBe("resolver ours: nobody answers DNS at 198.51.100.54");
  });

  test("fail where the customer's resolver does not know the name", async () => {
    await console.editArtefact("corefile", "maven.edge.dev.example.", "maven.old.dev.example.");
    expect(console.trouble(MAVEN)).toBe("resolver customer: 198.51.100.53 does not know maven.old.dev.example");
  });

  test("fail where a name only a resolver knows is asked for in public", async () => {
    await console.editArtefact("corefile", "forward . 198.51.100.53", "forward . 169.254.169.254");
    expect(console.trouble(MAVEN)).toMatch(/^public dns ours: nobody knows maven\.edge\.dev\.example/);
  });

  test("fail where a view leaves the name out", async () => {
    await console.editArtefact("corefile", "in ['maven.dev.example.']", "in ['maven.old.example.']");
    expect(console.trouble(MAVEN)).toMatch(/^public dns ours: nobody knows maven\.dev\.example/);
  });

  test("fail where the resolver cannot be asked", async () => {
    const network = String(console.find("Network").attrs["selfLink"]);
    const denies = [{ protocol: "udp", ports: ["53"] }];
    const rule = { ...console.find("Firewall", "-deny"), id: "no-dns", name: "no-dns" };
    const args = { network, direction: "EGRESS", priority: 10, denies };
    const tx = console.world.begin();
    tx.put({ ...rule, args });
    await tx.commit();
    expect(console.trouble(MAVEN)).toBe("firewall ours: no-dns denies udp to 198.51.100.53:53");
  });

  test("fail where a private zone hides the name", async () => {
    await console.drop(console.find("RecordSet"));
    expect(console.trouble(PACKAGES)).toMatch(/^private zone ours: zone dev-psc-\S+ hides packages\.dev\.example/);
  });

  test("fail where the private zone is not of the executors' network", async () => {
    const tx = console.world.begin();
    tx.put({ ...console.find("ManagedZone"), uses: [] });
    await tx.commit();
    expect(console.trouble(PACKAGES)).toMatch(/^public dns ours: nobody knows packages\.dev\.example/);
  });

  test("fail in a wrong record at its address", async () => {
    await console.edit(console.find("RecordSet"), { args: { rrdatas: ["10.10.0.9"] } });
    expect(console.trouble(PACKAGES)).toBe("private service connect ours: no endpoint has the address 10.10.0.9");
  });

  test("a CNAME in a private zone is followed", async () => {
    await seedLoadBalancer(console.world, { name: "edge.dev.example", allowlist: ["*"] });
    await console.edit(console.find("RecordSet"), { args: { type: "CNAME", rrdatas: ["edge.dev.example."] } });
    expect(console.trouble(PACKAGES)).toBe("reachable");
  });

  test("without metadata executors ask Google's resolver", async () => {
    await console.drop(console.find("ProjectMetadataItem"));
    expect(both(PACKAGES)[0]).toBe("reachable");
    expect(both(PACKAGES)[1]).toMatch(/^guest rules ours: /);
    expect(console.trouble(MAVEN)).toMatch(/^public dns ours: nobody knows maven\.dev\.example/);
  });

  test.each<[string, "corefile" | "guestRules", string, string, string]>([
    [
      "no server block for other names",
      "corefile",
      "\n. {",
      "\nzone. {",
      "the Corefile has no server block for all names",
    ],
    [
      "a block open to all",
      "corefile",
      "    import common\n",
      "",
      "the Corefile's block artifactory.dev.example. lacks what all share",
    ],
    [
      "a rewrite of another form",
      "corefile",
      "name exact",
      "name suffix",
      "a rewrite that is not understood: name suffix",
    ],
    [
      "guest rules that are no script",
      "guestRules",
      "#!/bin/sh",
      "#!/bin/false",
      "the guest rules are not a script that is known",
    ],
    [
      "guest rules that are not put first",
      "guestRules",
      'hook "$hook" "$chain"',
      ":",
      "the guest rules are put in place by a program that is not known",
    ],
    [
      "a rule of another form",
      "guestRules",
      "-j ACCEPT",
      "-j LOG",
      "a guest rule that is not understood: -A CAUSEWAY-GUEST",
    ],
  ])("fail with %s", async (_, key, from, to, why) => {
    await console.editArtefact(key, from, to);
    expect(console.trouble(ARTIFACTORY)).toContain(`dns-proxy ours: metadata causeway-dns-proxy: ${why}`);
  });

  test("fail without the unit that starts dns-proxy", async () => {
    const item = console.find("ProjectMetadataItem");
    const { units: _, ...rest } = JSON.parse(String(item.args["value"])) as Record<string, unknown>;
    await console.edit(item, { args: { value: JSON.stringify(rest) } });
    expect(console.trouble(MAVEN)).toBe("dns-proxy ours: metadata causeway-dns-proxy: no unit starts dns-proxy");
  });

  test("fail with metadata that is no JSON", async () => {
    await console.edit(console.find("ProjectMetadataItem"), { args: { value: "{" } });
    expect(console.trouble(MAVEN)).toBe("dns-proxy ours: metadata causeway-dns-proxy: not JSON");
  });
});

describe("guest rules", () => {
  test.each([
    ["for another port", "--dport 443", "--dport 8443"],
    ["for another range", "-d 10.127.0.0/27", "-d 10.128.0.0/27"],
    ["from a part of the guests", "-s 10.61.0.0/16", "-s 10.61.0.0/24"],
    ["in the other chain", "-A CAUSEWAY-GUEST -s", "-A CAUSEWAY-INPUT -s"],
  ])("fail for guests alone with rules %s", async (_, from, to) => {
    await console.editArtefact("guestRules", from, to);
    expect(both(ARTIFACTORY)).toEqual([
      "reachable",
      "guest rules ours: the executor drops what a guest sends to 10.127.0.4:443: no rule lets it through",
    ]);
  });

  test("fail for the second zone's address too", async () => {
    await console.editArtefact("guestRules", "-d 10.127.0.32/27", "-d 10.127.0.32/32");
    expect(console.trouble(ARTIFACTORY, { guest: true })).toContain("sends to 10.127.0.36:443");
  });

  test("fail for guests alone where they may not ask dns-proxy", async () => {
    await console.editArtefact("guestRules", "-p udp -m udp --dport 53", "-p udp -m udp --dport 54");
    expect(both(MAVEN)).toEqual([
      "reachable",
      "guest rules ours: the executor drops what a guest asks dns-proxy at 10.61.0.1:53",
    ]);
  });
});
