/**
 * The agent's own command on an executor, against a metadata server. A stand-in for systemd runs the units, and a power cut
 * is the agent's end between two of its steps: that the disk keeps what was synced is the disk's to show.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { CURRENT, type DnsProxyArtefact } from "../../plan/dnsProxy.ts";
import { installExecutor } from "./support/executorRules.ts";
import { artefactFor, inForce, installImage, publish, runAgent } from "./support/executor.ts";
import type { Host } from "./support/hosts.ts";
import { ADDRESS, dataplane, openTopology, PRIVATE_NAME, type Topology } from "./support/topology.ts";

const HTTPS = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-m", "3", `https://${PRIVATE_NAME}/-/ping`];

/** With another serial number, as every file has that is rendered. */
const renumbered = (corefile: string, serial: number): string =>
  corefile.replace(/root\.localhost\. \d+/, `root.localhost. ${serial}`);

dataplane("the agent", () => {
  let net: Topology;
  let executor: Host;
  let first: DnsProxyArtefact;
  const second = (): DnsProxyArtefact =>
    artefactFor(net, { plan: (plan) => ({ ...plan, guestRules: plan.guestRules.slice(0, 2) }) });
  const chain = (name: string): Promise<string> => executor.must(["iptables", "-S", name]);
  const status = (): unknown => JSON.parse(executor.read("/var/lib/causeway/status.json"));

  beforeAll(async () => {
    net = await openTopology();
    ({ executor } = net.hosts);
    installImage(executor);
    first = artefactFor(net);
  });
  afterAll(() => net.close());

  it("does nothing where the metadata has nothing", async () => {
    expect(await runAgent(executor)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await inForce(executor)).toBe("nothing");
  });

  it("brings a guest to the registry by its private name, with its own authority trusted [A.5.3]", async () => {
    publish(net, first);
    const { status: code, stderr } = await runAgent(executor);
    expect([code, stderr]).toEqual([0, ""]);
    expect(await inForce(executor)).toBe(first.hash);
    await net.hosts.guest.must(["sh"], {
      input: executor.read(`/var/lib/causeway/releases/${first.hash}/guestStartup`),
    });
    expect(await net.exec("guest", HTTPS)).toEqual({ status: 0, stdout: "200", stderr: "" });
    expect(
      await net.hosts.executor.exec([
        "curl",
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{ssl_verify_result}",
        "--resolve",
        `${PRIVATE_NAME}:443:${ADDRESS.endpoint}`,
        `https://${PRIVATE_NAME}/-/ping`,
      ]),
    ).toMatchObject({ stdout: "0" });
  });

  it("reports the hash in force, in a file and as a guest attribute", () => {
    expect(status()).toEqual({ hash: first.hash, state: "ok" });
    expect(net.attributes()).toContain(`causeway/hash=${first.hash}`);
  });

  it("says and changes nothing when run again", async () => {
    const log = executor.read("/run/systemctl.log");
    expect(await runAgent(executor)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(executor.read("/run/systemctl.log")).toBe(log);
  });

  it("takes what is new, and takes away what is no longer wanted", async () => {
    publish(net, second());
    const { status: code, stdout } = await runAgent(executor);
    expect(code).toBe(0);
    expect(stdout).toContain("- CAUSEWAY-GUEST -s 10.61.0.0/16 -d 10.10.0.7/32");
    expect(await inForce(executor)).toBe(second().hash);
    expect(await chain("CAUSEWAY-GUEST")).not.toContain("10.10.0.7");
    expect(executor.read("/run/systemctl.log").trim().split("\n").at(-1)).toBe("reload-or-restart dns-proxy.service");
  });

  it("fails on a hash that does not fit, and changes nothing", async () => {
    publish(net, { ...first, corefile: `${first.corefile}#` });
    const { status: code, stderr } = await runAgent(executor);
    expect(code).toBe(1);
    expect(stderr).toBe("the configuration in the metadata is not what its hash says; the one in force stays\n");
    expect(await inForce(executor)).toBe(second().hash);
    expect(status()).toEqual({ hash: second().hash, state: stderr.trim() });
  });

  it.each<[string, (artefact: DnsProxyArtefact) => Partial<DnsProxyArtefact>, RegExp]>([
    ["a Corefile CoreDNS does not take", () => ({ corefile: ". {\n  nothing\n}\n" }), /CoreDNS does not take/],
    [
      "guest rules that cannot be put in place",
      () => ({ guestRules: "#!/bin/sh\nexit 3\n" }),
      /guestRules ended with 3/,
    ],
    [
      "a dns-proxy that never gets ready",
      ({ corefile }) => ({ corefile: renumbered(corefile.replace("127.0.0.1:8181", "127.0.0.1:8182"), 7) }),
      /taken back: dns-proxy does not answer/,
    ],
  ])("fails on %s, and goes back to what worked", async (_, content, why) => {
    const broken = artefactFor(net, { content });
    publish(net, broken);
    const { status: code, stderr } = await runAgent(executor);
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
    expect(await inForce(executor)).toBe(second().hash);
    expect(await net.exec("guest", HTTPS)).toMatchObject({ stdout: "200" });
    const again = await runAgent(executor);
    expect(again.stderr).toContain(`${broken.hash} did not work and is not tried again yet`);
  });

  it("fails on a Corefile that the running dns-proxy refuses, although CoreDNS takes it elsewhere", async () => {
    // what a trial in a network of its own cannot see: the port is taken here
    const script =
      'import socket, time; kept = socket.create_server(("127.0.0.1", 8085)); print(1, flush=True); time.sleep(600)';
    const taken = executor.spawn(["/usr/bin/python3", "-c", script]);
    await new Promise((resolve) => taken.stdout!.once("data", resolve));
    publish(
      net,
      artefactFor(net, {
        content: ({ corefile }) => ({ corefile: renumbered(corefile.replace("127.0.0.1:8080", "127.0.0.1:8085"), 8) }),
      }),
    );
    const { status: code, stderr } = await runAgent(executor);
    taken.kill("SIGKILL");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/taken back: dns-proxy refuses the configuration/)]);
    expect(await inForce(executor)).toBe(second().hash);
    expect(await net.exec("guest", HTTPS)).toMatchObject({ stdout: "200" });
  });

  it.each<[string, string]>([
    ["the Corefile", "echo '# by hand' >>corefile"],
    ["the Corefile, and dns-proxy told of it,", "echo nonsense >corefile; systemctl restart dns-proxy.service"],
    ["the guest rules", "echo 'exit 3' >guestRules"],
    ["the guest rules' mode", "chmod 600 guestRules"],
    ["the authorities", "rm caBundle"],
    ["a unit of the configuration", "echo '# by hand' >>units/dns-proxy.service"],
    ["a unit in force", "echo '# by hand' >>/etc/systemd/system/dns-proxy.service"],
    ["everything of the configuration", 'rm -r "$PWD"'],
  ])("puts right %s after somebody altered it by hand", async (_, script) => {
    publish(net, second());
    await runAgent(executor);
    const files = `cd ${CURRENT}/ && sha256sum corefile guestRules caBundle guestStartup hash units/* && stat -c %a guestRules`;
    const units = "sha256sum /etc/systemd/system/dns-proxy*.service";
    const state = (): Promise<string> => executor.must(["sh", "-ec", `(${files}); ${units}`]);
    const before = await state();
    await executor.must(["sh", "-ec", `cd ${CURRENT}/ && cd "$(pwd -P)" && ${script}`]);
    await runAgent(executor);
    expect(await state()).toBe(before);
    expect(await runAgent(executor)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await net.exec("guest", HTTPS)).toMatchObject({ stdout: "200" });
  });

  it("puts the rules first again where the executor has made its chain anew", async () => {
    publish(net, second());
    await installExecutor(executor, { recreateChain: true });
    expect(await net.exec("guest", HTTPS)).toMatchObject({ status: 28 });
    expect((await runAgent(executor)).stdout).toBe("CAUSEWAY-GUEST first in CNI-ADMIN\n");
    expect(await net.exec("guest", HTTPS)).toMatchObject({ stdout: "200" });
  });

  it("starts dns-proxy where it does not run, also while the metadata server is away", async () => {
    await executor.must(["systemctl", "stop", "dns-proxy.service"]);
    net.breakLink("executor-google");
    const { status: code, stderr } = await runAgent(executor);
    net.mendLink("executor-google");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^the metadata server does not answer: .*; nothing was changed\n$/),
    ]);
    expect(await net.exec("guest", HTTPS)).toMatchObject({ stdout: "200" });
  });

  it("takes everything away with the configuration, authorities included", async () => {
    net.removeMetadata("causeway-dns-proxy");
    expect((await runAgent(executor)).status).toBe(0);
    expect(await inForce(executor)).toBe("nothing");
    expect(await executor.must(["iptables-save"])).not.toContain("CAUSEWAY");
    expect(await executor.must(["sh", "-c", "ls /usr/local/share/ca-certificates"])).not.toContain("causeway");
    expect(executor.exists("/etc/systemd/system/dns-proxy.service")).toBe(false);
    expect(await net.exec("guest", HTTPS)).toMatchObject({ status: 28 });
  });
});
