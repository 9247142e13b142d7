// That the topology is the one the other tests rely on; it shows nothing about Causeway.
import { afterAll, beforeAll, expect, it } from "vitest";
import { ADDRESS, dataplane, openTopology, OTHER_PRIVATE, type Topology } from "./support/topology.ts";

dataplane("the network of the data-plane tier", () => {
  let net: Topology;
  beforeAll(async () => {
    net = await openTopology();
  });
  afterAll(() => net.close());

  it("leads from the executor to every private address and to the metadata server", async () => {
    const addresses = [ADDRESS.endpoint, ADDRESS.secondZone, ADDRESS.psc, ADDRESS.internet, ...OTHER_PRIVATE];
    const reached = await Promise.all(addresses.map((address) => net.connects("executor", address, 443)));
    expect(addresses.filter((_, i) => !reached[i])).toEqual([]);
    expect(await net.connects("executor", ADDRESS.metadata, 80)).toBe(true);
  });

  it("leads guests to the internet, and drops what they send to private addresses", async () => {
    expect(await net.connects("guest", ADDRESS.internet, 443)).toBe(true);
    for (const address of [ADDRESS.endpoint, ADDRESS.metadata, ADDRESS.neighbour, ADDRESS.bridge]) {
      expect(await net.connects("guest", address, 80)).toBe(false);
    }
  });

  it("loses and finds its way with a cable", async () => {
    net.breakLink("google-endpoint");
    expect(await net.connects("executor", ADDRESS.endpoint, 443)).toBe(false);
    net.mendLink("google-endpoint");
    expect(await net.connects("executor", ADDRESS.endpoint, 443)).toBe(true);
  });
});
