/**
 * What a guest reaches before and after the guest rules, on chains of the executor's own. Every private address of the
 * sample exists and answers, so silence is the executor's doing; what else a VPC does to packets is not shown here.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { artefactFor, installImage, publish, runAgent } from "./support/executor.ts";
import { scan } from "./support/guests.ts";
import { must } from "./support/hosts.ts";
import { ADDRESS, dataplane, openTopology, OTHER_PRIVATE, PRIVATE_NAME, type Topology } from "./support/topology.ts";

/** Ports of the scan: SSH, DNS, HTTP, HTTPS, PostgreSQL and a second HTTPS. */
const PORTS = [22, 53, 80, 443, 5432, 8443];

/** `count` addresses evenly over a range, none of them on a cable of the topology. */
function sample(first: string, bits: number, count: number): string[] {
  const [a, b, c, d] = first.split(".").map(Number) as [number, number, number, number];
  const start = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const step = Math.floor(2 ** (32 - bits) / count);
  return Array.from({ length: count }, (_, i) => {
    const address = start + i * step + 77;
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
  }).filter((address) => !/^10\.(10\.0|61\.\d+|127\.0)\./.test(address));
}

const SAMPLE = [...sample("10.0.0.0", 8, 60), ...sample("172.16.0.0", 12, 30), ...sample("192.168.0.0", 16, 30)];
const ENDPOINTS = [ADDRESS.endpoint, ADDRESS.secondZone, ADDRESS.psc];
const OWN = [ADDRESS.bridge, ADDRESS.executor, ADDRESS.neighbour, ADDRESS.google, ADDRESS.metadata];
const LISTENER = `import socket, time
kept = [socket.create_server(("0.0.0.0", port)) for port in (22, 80, 443, 5432, 8443)]
print("ready", flush=True); time.sleep(600)`;

dataplane("what a guest reaches", () => {
  let net: Topology;
  let before: string[];
  const everything = (): Promise<string[]> =>
    scan(net.hosts.guest, [...ENDPOINTS, ...OWN, ...OTHER_PRIVATE, ...SAMPLE, ADDRESS.internet], PORTS);

  beforeAll(async () => {
    net = await openTopology();
    const { endpoint, executor, neighbour } = net.hosts;
    // every private address is at the endpoint's machine, but for the way back to the executor
    for (const range of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]) {
      must("ip", ["-n", endpoint.namespace, "route", "add", "local", range, "dev", "lo", "table", "main"]);
    }
    must("ip", ["-n", endpoint.namespace, "route", "add", "10.10.0.0/24", "via", "10.127.0.1"]);
    for (const host of [executor, neighbour]) {
      const listener = host.spawn(["/usr/bin/python3", "-c", LISTENER]);
      await new Promise((resolve) => listener.stdout!.once("data", resolve));
    }
    installImage(executor);
    before = await everything();
    publish(net, artefactFor(net));
    expect(await runAgent(executor)).toMatchObject({ status: 0, stderr: "" });
  });
  afterAll(() => net.close());

  it("is there to be reached: the executor connects to every address of the sample", async () => {
    const open = await scan(net.hosts.executor, [...SAMPLE, ...OTHER_PRIVATE], [443]);
    expect(open).toEqual([...SAMPLE, ...OTHER_PRIVATE].map((address) => `${address}:443`));
    expect(SAMPLE.length).toBeGreaterThan(110);
  });

  it("before the rules is the internet and nothing private", () => {
    expect(before).toEqual(PORTS.map((port) => `${ADDRESS.internet}:${port}`));
  });

  it("after the rules is each private endpoint on its port, and DNS on the bridge, and nothing else", async () => {
    const gained = (await everything()).filter((target) => !before.includes(target));
    expect(gained).toEqual([...ENDPOINTS.map((address) => `${address}:443`), `${ADDRESS.bridge}:53`]);
  });

  it("is never the metadata server, by address or by name", async () => {
    const url = "http://169.254.169.254/computeMetadata/v1/project/attributes/causeway-dns-proxy";
    const ask = ["curl", "-s", "-m", "2", "-H", "Metadata-Flavor: Google"];
    expect(await net.exec("executor", [...ask, url])).toMatchObject({ status: 0 });
    expect(await net.exec("guest", [...ask, url])).toMatchObject({ status: 28, stdout: "" });
    net.setGoogle({ names: { "metadata.google.internal": { a: [ADDRESS.metadata] } } });
    expect(await net.exec("guest", [...ask, url.replace(ADDRESS.metadata, "metadata.google.internal")])).toMatchObject({
      status: 28,
      stdout: "",
    });
  });

  it("fails on the certificate where the guest does not trust the customer's authority, and not where it does", async () => {
    const ask = ["curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", `https://${PRIVATE_NAME}/-/ping`];
    expect(await net.exec("guest", ask)).toMatchObject({ status: 60 });
    await net.hosts.guest.must(["sh"], { input: net.hosts.executor.read("/var/lib/causeway/current/guestStartup") });
    expect(await net.exec("guest", ask)).toMatchObject({ status: 0, stdout: "200" });
  });
});
