/**
 * A guest that forges packets, on chains of the executor's own. What Google's network does about a forged source comes after
 * the executor, and is not shown here.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { artefactFor, installImage, publish, runAgent } from "./support/executor.ts";
import { arrivals, type Packet } from "./support/guests.ts";
import { ADDRESS, dataplane, openTopology, type Topology } from "./support/topology.ts";

const SYN = { protocol: "tcp", port: 443 } as const;
const PRIVATE = "10.0.0.1";
const FORGED = ["10.10.0.99", ADDRESS.executor, "203.0.113.99", "192.168.7.7", "127.0.0.1"];
const from = (source: string, destination: string, more: Partial<Packet> = {}): Packet => ({
  ...{ source, destination, ...SYN },
  ...more,
});

dataplane("a hostile guest", () => {
  let net: Topology;
  const reverse = (value: 0 | 1): Promise<string> =>
    net.hosts.executor.must(["sysctl", "-qw", `net.ipv4.conf.all.rp_filter=${value}`]);

  beforeAll(async () => {
    net = await openTopology();
    installImage(net.hosts.executor);
    await reverse(0);
  });
  afterAll(() => net.close());

  it("gets past the executor's own drops with a source they do not name, on a host that does not check sources", async () => {
    const seen = await arrivals(net, "endpoint", [from("10.10.0.99", PRIVATE)]);
    expect(seen).toEqual([`10.10.0.99 ${PRIVATE}:443/tcp`]);
  });

  it("gets nowhere with a forged source once the agent has run", async () => {
    publish(net, artefactFor(net));
    expect(await runAgent(net.hosts.executor)).toMatchObject({ status: 0, stderr: "" });
    const packets = FORGED.flatMap((source) => [from(source, PRIVATE), from(source, ADDRESS.endpoint)]);
    expect(await arrivals(net, "endpoint", packets)).toEqual([]);
  });

  it("reaches with another guest's source what it may reach itself, and gets no answer", async () => {
    const packets = [from(ADDRESS.neighbour, ADDRESS.endpoint), from(ADDRESS.neighbour, PRIVATE)];
    // the neighbour refuses the answer it did not ask for, so a second packet follows the first
    const seen = new Set(await arrivals(net, "endpoint", packets));
    expect([...seen]).toEqual([`${ADDRESS.executor} ${ADDRESS.endpoint}:443/tcp`]);
    expect(await arrivals(net, "guest", packets)).toEqual([]);
  });

  it("reaches no other private address or port with fragments, odd flags or a route of its own", async () => {
    const source = ADDRESS.guest;
    // loose source route by way of the endpoint, padded: RFC 791, 3.1
    const options = `830704${ADDRESS.endpoint
      .split(".")
      .map((part) => Number(part).toString(16).padStart(2, "0"))
      .join("")}00`;
    const packets = [
      from(source, PRIVATE, { fragmented: true }),
      from(source, ADDRESS.endpoint, { fragmented: true, port: 22 }),
      ...[0, 1, 16, 18, 41, 63].map((flags) => from(source, PRIVATE, { flags })),
      from(source, ADDRESS.endpoint, { options, port: 22 }),
      from(source, PRIVATE, { options }),
      from(source, ADDRESS.metadata, { port: 80 }),
      from(source, ADDRESS.endpoint, { port: 0 }),
    ];
    expect(await arrivals(net, "endpoint", packets)).toEqual([]);
  });

  it("gets no answer from dns-proxy for others, whatever source it claims", async () => {
    const query = "000101000001000000000000037777770765786d616d706c650000010001".replace("65786d616d", "6578616d");
    const ask = (source: string): Packet => ({
      ...{ source, destination: ADDRESS.bridge, protocol: "udp", port: 53, payload: query },
    });
    expect(await arrivals(net, "endpoint", FORGED.map(ask))).toEqual([]);
    expect(await arrivals(net, "neighbour", FORGED.map(ask))).toEqual([]);
  });
});
