/** The script of guest rules on the executor's own chains, with iptables and with nft alone. It shows nothing about DNS. */
import { symlinkSync, mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { renderGuestRules, type GuestRule } from "../../plan/guestRules.ts";
import { installExecutor } from "./support/executorRules.ts";
import { must, type Ended } from "./support/hosts.ts";
import { ADDRESS, dataplane, openTopology, type Topology } from "./support/topology.ts";

const VALUES = { pscAddresses: { psc: ADDRESS.psc } };
const ZONE: GuestRule = { purpose: "aws use1-az1", destination: { cidr: "10.127.0.0/27" }, ports: [443] };
const PSC: GuestRule = { purpose: "psc.example", destination: { privateServiceConnect: "psc" }, ports: [443, 8443] };
const SCRIPT = "/var/lib/causeway/guestRules";
/** What the script uses, without iptables. */
const PROGRAMS = ["nft", "sed", "grep", "cat", "wc", "mktemp", "rm"];

dataplane("the script of guest rules", () => {
  let net: Topology;
  beforeAll(async () => {
    net = await openTopology();
    const bin = net.hosts.executor.path("/usr/local/nft-only");
    mkdirSync(bin, { recursive: true });
    for (const program of PROGRAMS) symlinkSync(must("which", [program]).trim(), `${bin}/${program}`);
  });
  afterAll(() => net.close());

  const run = (rules: readonly GuestRule[], path: string | undefined, mode = "apply"): Promise<Ended> => {
    net.hosts.executor.write(SCRIPT, renderGuestRules(rules, true, VALUES), 0o755);
    return net.exec("executor", ["env", ...(path === undefined ? [] : [`PATH=${path}`]), "/bin/sh", SCRIPT, mode]);
  };
  const rules = (): Promise<string> => net.hosts.executor.must(["iptables-save", "-t", "filter"]);
  const listed = async (): Promise<string[]> =>
    (await rules()).split("\n").filter((line) => line.startsWith("-") || line.startsWith(":CA"));
  const reached = async (): Promise<boolean[]> =>
    Promise.all([ADDRESS.endpoint, ADDRESS.psc].map((address) => net.connects("guest", address, 443)));

  for (const [tool, path] of [
    ["iptables", undefined],
    ["nft alone", "/usr/local/nft-only"],
  ] as const) {
    it(`opens, with ${tool}, what is wanted and says so, once`, async () => {
      const untouched = await listed();
      expect(await reached()).toEqual([false, false]);
      expect((await run([ZONE, PSC], path, "check")).status).toBe(1);
      expect(await listed()).toEqual(untouched);
      const { status, stdout, stderr } = await run([ZONE, PSC], path);
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout.match(/^\+ CAUSEWAY-GUEST /gm)).toHaveLength(3);
      expect(stdout.split("\n").slice(-3)).toEqual([
        "CAUSEWAY-GUEST first in CNI-ADMIN",
        "CAUSEWAY-INPUT first in INPUT",
        "",
      ]);
      expect(await reached()).toEqual([true, true]);
      const saved = await listed();
      expect(await run([ZONE, PSC], path)).toEqual({ status: 0, stdout: "unchanged\n", stderr: "" });
      expect(await run([ZONE, PSC], path, "check")).toMatchObject({ status: 0 });
      expect(await listed()).toEqual(saved);
    });

    it(`takes away, with ${tool}, what is no longer wanted, and no more`, async () => {
      const { stdout } = await run([ZONE], path);
      expect(stdout.match(/^- CAUSEWAY-GUEST /gm)).toHaveLength(2);
      expect(stdout).not.toContain("+ ");
      expect(await reached()).toEqual([true, false]);
    });

    it(`comes first again, with ${tool}, where the executor has made its chain anew or others came first`, async () => {
      await installExecutor(net.hosts.executor, { recreateChain: true });
      expect(await reached()).toEqual([false, false]);
      expect((await run([ZONE], path)).stdout).toBe("CAUSEWAY-GUEST first in CNI-ADMIN\n");
      expect(await reached()).toEqual([true, false]);
      await net.hosts.executor.must(["iptables", "-I", "CNI-ADMIN", "1", "-d", "10.127.0.0/27", "-j", "DROP"]);
      await net.hosts.executor.must(["iptables", "-A", "CNI-ADMIN", "-j", "CAUSEWAY-GUEST"]);
      expect((await run([ZONE], path)).stdout).toBe("CAUSEWAY-GUEST first in CNI-ADMIN\n");
      expect((await listed()).filter((line) => line === "-A CNI-ADMIN -j CAUSEWAY-GUEST")).toHaveLength(1);
      expect(await reached()).toEqual([true, false]);
      await net.hosts.executor.must(["iptables", "-D", "CNI-ADMIN", "-d", "10.127.0.0/27", "-j", "DROP"]);
    });

    it(`changes nothing, with ${tool}, where one line of the transaction is refused`, async () => {
      const saved = await listed();
      const wrong: GuestRule = { ...PSC, ports: [443, 99999] };
      const { status, stderr } = await run([ZONE, wrong], path);
      expect(status).toBe(1);
      expect(stderr.trim().split("\n").at(-1)).toBe("the rules could not be put in place; nothing was changed");
      expect(await listed()).toEqual(saved);
    });

    it(`removes, with ${tool}, all that is its own, and nothing of the executor's`, async () => {
      expect(await run([ZONE], path, "remove")).toMatchObject({
        status: 0,
        stdout: "CAUSEWAY-GUEST removed\nCAUSEWAY-INPUT removed\n",
      });
      expect(await rules()).not.toContain("CAUSEWAY");
      expect((await listed()).filter((line) => line.startsWith("-A CNI-ADMIN"))).toHaveLength(8);
      expect(await reached()).toEqual([false, false]);
    });
  }

  it("waits for the executor where it is not installed yet", async () => {
    await net.hosts.executor.must([
      "sh",
      "-c",
      "iptables -F CNI-FORWARD; iptables -F CNI-ADMIN; iptables -X CNI-ADMIN",
    ]);
    const { status, stdout } = await run([ZONE], undefined);
    expect([status, stdout.includes("first in CNI-ADMIN")]).toEqual([0, false]);
    await installExecutor(net.hosts.executor, { guests: [ADDRESS.guest] });
    expect((await run([ZONE], undefined)).stdout).toBe("CAUSEWAY-GUEST first in CNI-ADMIN\n");
    expect(await reached()).toEqual([true, false]);
  });

  it("fails on an order it does not know", async () => {
    expect(await run([ZONE], undefined, "flush")).toEqual({
      ...{ status: 2, stdout: "", stderr: "expected apply, check or remove, got flush\n" },
    });
  });
});
