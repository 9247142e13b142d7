// What a hostile guest, or a stranger, gains from dns-proxy: CoreDNS itself under the rendered file, asked by hand. That
// the bridge and the executor's rules keep strangers away beforehand is not shown here.
import { afterAll, beforeAll, expect, it } from "vitest";
import { renderCorefile } from "../../plan/dnsProxy.ts";
import { CUSTOMER, GOOGLE, pause, ProxyMachine, STRANGER } from "./support/coredns.ts";
import { encodeQuery, TYPES } from "./support/dnsMessage.ts";
import { dataplane } from "./support/topology.ts";

const COREFILE = renderCorefile(
  {
    routes: [
      { source: "npm.acme.example", target: { kind: "name", destination: "lb.acme.example" } },
      { source: "maven.acme.example", target: { kind: "name", destination: "m.edge.example", resolverIP: CUSTOMER } },
    ],
    blobRoutes: [],
  },
  { endpointNames: {}, pscAddresses: {}, blobHosts: {} },
);
const NAMES = ["npm.acme.example", "maven.acme.example", "www.example"];

dataplane("dns-proxy and who means it harm", () => {
  let machine: ProxyMachine;
  beforeAll(async () => {
    machine = new ProxyMachine();
    const names = { "big.example": { text: 4000 } };
    for (const address of [GOOGLE, CUSTOMER]) await machine.resolve({ address, names, others: { a: ["192.0.2.1"] } });
    await machine.start(COREFILE);
  });
  afterAll(() => machine.close());

  /** Asks up to three times, as stub resolvers do: in a crowd a packet may be lost. */
  async function patiently(name: string): Promise<string> {
    for (let tries = 0; tries < 3; tries++) {
      const told = await machine.ask({ name, timeout: 1000 });
      if (told !== undefined) return told.answers.at(-1)?.data ?? told.rcode;
    }
    return "no answer";
  }

  const works = async (): Promise<boolean> => (await machine.addresses("www.example")) === "192.0.2.1";

  it("gives a source outside of the guests no answer, over UDP or TCP, for a route or any other name", async () => {
    for (const name of NAMES) {
      // answered to a guest before, so that what is kept is kept from strangers too
      expect([name, await machine.addresses(name)]).toEqual([name, "192.0.2.1"]);
      for (const tcp of [false, true]) {
        const told = await machine.ask({ name, from: STRANGER, tcp, timeout: 400 });
        expect([name, tcp, told]).toEqual([name, tcp, undefined]);
      }
    }
    expect((await machine.ask({ name: NAMES[0]!, type: "AAAA", from: STRANGER, timeout: 400 }))?.rcode).toBeUndefined();
    expect((await machine.ask({ name: NAMES[0]!, from: "127.0.0.1", at: "127.0.0.1" }))?.rcode).toBe("NOERROR");
  });

  it("sends a forged source at most 1232 bytes for a question, and 512 where it told no size", async () => {
    const biggest = async (edns?: number): Promise<number> => {
      const types = ["TXT", "ANY", "A"] as const;
      const told = await Promise.all(
        types.map((type) => machine.ask({ name: "big.example", type, ...(edns !== undefined && { edns }) })),
      );
      return Math.max(...told.map((one) => one!.bytes));
    };
    expect(await biggest()).toBeLessThanOrEqual(512);
    expect(await biggest(4096)).toBeLessThanOrEqual(1232);
    expect(await biggest(65_535)).toBeLessThanOrEqual(1232);
    const told = (await machine.ask({ name: "big.example", type: "TXT", edns: 65_535 }))!;
    // a cut answer is no longer than its question but for the header's flags
    expect(told.bytes / told.asked).toBeLessThan(2);
  });

  it("is not moved by packets that are no questions", async () => {
    const query = encodeQuery(7, { name: "www.example", type: TYPES.A });
    const with16 = (at: number, value: number): Buffer => {
      const bytes = Buffer.from(query);
      bytes.writeUInt16BE(value, at);
      return bytes;
    };
    const packets: Readonly<Record<string, Buffer>> = {
      empty: Buffer.alloc(0),
      "a byte": Buffer.of(0),
      "a header cut short": query.subarray(0, 11),
      "a header alone": query.subarray(0, 12),
      "a name cut short": query.subarray(0, 16),
      "no question": with16(4, 0),
      "65535 questions": with16(4, 65_535),
      "65535 answers": with16(6, 65_535),
      "an answer": with16(2, 0x8180),
      "a status request": with16(2, 0x1000),
      "an update": with16(2, 0x2800),
      "a name that points to itself": Buffer.concat([query.subarray(0, 12), Buffer.of(0xc0, 12, 0, 1, 0, 1)]),
      "a label of 64 bytes": Buffer.concat([
        query.subarray(0, 12),
        Buffer.of(64),
        Buffer.alloc(64, 97),
        Buffer.of(0, 0, 1, 0, 1),
      ]),
      "a name of 300 bytes": encodeQuery(7, { name: Array(30).fill("abcdefghi").join("."), type: TYPES.A }),
      "a name of odd bytes": encodeQuery(7, { name: "a b\u0000c;{$PATH}.example", type: TYPES.A }),
      "a zone transfer": encodeQuery(7, { name: "acme.example", type: 252 }),
      "the class CHAOS": Buffer.concat([query.subarray(0, -2), Buffer.of(0, 3)]),
      "64 KB of nothing": Buffer.alloc(60_000),
    };
    for (const [what, packet] of Object.entries(packets)) {
      for (const tcp of [false, true]) {
        const hex = await machine.send({ hex: packet.toString("hex"), tcp, timeout: 150 });
        expect([what, tcp, (hex?.length ?? 0) / 2 <= Math.max(packet.length, 512)]).toEqual([what, tcp, true]);
      }
    }
    expect(await works()).toBe(true);
    expect(machine.ended).toBeUndefined();
    expect(machine.said).not.toContain("panic");
  });

  it("keeps nobody waiting behind a connection that says nothing", async () => {
    const idle = Array.from({ length: 200 }, () => machine.send({ hex: "", tcp: true, timeout: 2000 }));
    expect(await works()).toBe(true);
    expect((await machine.ask({ name: "www.example", tcp: true }))?.rcode).toBe("NOERROR");
    await Promise.all(idle);
  });

  it("refuses what a guest asks beyond what a resolver is given at once, and goes on answering the others", async () => {
    // "" is the root, by which CoreDNS tells that a resolver is alive
    const names = { "": {}, "www.example": { a: ["192.0.2.1"] } };
    await machine.resolve({ address: GOOGLE, names, others: { silent: true } });
    expect(await works()).toBe(true);
    const unknown = Array.from({ length: 20_000 }, (_, i) => `r${i}.attack.example`);
    const flood = machine.flood({ names: unknown, ms: 3000, width: 1300, apart: 1, timeout: 6000 });
    const answered: string[] = [];
    for (let i = 0; i < 30; i++) {
      answered.push(await patiently("www.example"));
      await pause(50);
    }
    expect(answered).toEqual(Array(30).fill("192.0.2.1"));
    const { rcodes } = await flood;
    expect(rcodes["REFUSED"]).toBeGreaterThan(50);
    expect(rcodes["NOERROR"]).toBeUndefined();
    const status = await machine.host.must(["cat", `/proc/${machine.pid}/status`]);
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024).toBeLessThan(256);
    expect((await machine.ask({ name: "maven.acme.example" }))?.rcode).toBe("NOERROR");
  });
});
