// What dns-proxy answers, asked of CoreDNS itself under the file as it is rendered. Google's resolver and a customer's are
// played here: that the real ones answer as these do is what this cannot show, and no packet crosses a bridge or a rule.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Route } from "../../plan/customer.ts";
import { renderCorefile, renderDnsProxy, UNIT } from "../../plan/dnsProxy.ts";
import { CUSTOMER, GOOGLE, pause, ProxyMachine } from "./support/coredns.ts";
import { RCODES } from "./support/dnsMessage.ts";
import { dataplane } from "./support/topology.ts";

const to = (source: string, destination: string, resolverIP?: string): Route => ({
  source,
  target: { kind: "name", destination, ...(resolverIP !== undefined && { resolverIP }) },
});

const ROUTES = [
  to("npm.acme.example", "lb.acme.example"),
  to("maven.acme.example", "maven.edge.acme.example", CUSTOMER),
  to("gone.acme.example", "nowhere.acme.example"),
];
const render = (routes: readonly Route[] = ROUTES): string =>
  renderCorefile({ routes, blobRoutes: [] }, { endpointNames: {}, pscAddresses: {}, blobHosts: {} });

dataplane("dns-proxy", () => {
  let machine: ProxyMachine;
  beforeAll(async () => {
    machine = new ProxyMachine();
    await google();
    await customer();
    await machine.start(render());
  });
  afterAll(() => machine.close());

  const google = (others = {}): Promise<void> =>
    machine.resolve({
      address: GOOGLE,
      names: {
        "lb.acme.example": { a: ["192.0.2.1", "192.0.2.2"] },
        "www.example": { a: ["192.0.2.3"] },
        "long.example": { text: 3000 },
        "middle.example": { text: 1000 },
        "broken.example": { rcode: "SERVFAIL" },
        "inside.npm.acme.example": { a: ["192.0.2.4"] },
        "inside.maven.acme.example": { a: ["192.0.2.5"] },
        "maven.edge.acme.example": { a: ["192.0.2.6"] },
        ...others,
      },
    });
  const customer = (): Promise<void> =>
    machine.resolve({
      address: CUSTOMER,
      names: { "maven.edge.acme.example": { chain: ["b.edge.acme.example"], a: ["10.20.0.1"] } },
      others: { a: ["10.20.0.99"] },
    });

  it("answers a private name with the addresses it leads to, under the name that was asked", async () => {
    const told = (await machine.ask({ name: "npm.acme.example" }))!;
    expect(told.question?.name).toBe("npm.acme.example");
    expect(told.answers.map(({ name, data }) => [name, data])).toEqual([
      ["npm.acme.example", "192.0.2.1"],
      ["npm.acme.example", "192.0.2.2"],
    ]);
  });

  it("asks a route's own resolver, and gives the names on the way", async () => {
    const told = (await machine.ask({ name: "maven.acme.example" }))!;
    expect(told.answers.map(({ name, data }) => [name, data])).toEqual([
      ["maven.acme.example", "b.edge.acme.example"],
      ["b.edge.acme.example", "10.20.0.1"],
    ]);
  });

  it("asks Google's resolver for every other name, those inside and behind a route among them", async () => {
    expect(await machine.addresses("www.example")).toBe("192.0.2.3");
    expect(await machine.addresses("inside.npm.acme.example")).toBe("192.0.2.4");
    expect(await machine.addresses("inside.maven.acme.example")).toBe("192.0.2.5");
    expect(await machine.addresses("maven.edge.acme.example")).toBe("192.0.2.6");
  });

  it("knows a name in any letter case, and repeats the question in the case it was asked in", async () => {
    for (const name of ["NPM.Acme.EXAMPLE", "npm.ACME.example", "Maven.Acme.Example"]) {
      const told = (await machine.ask({ name }))!;
      // the owner comes back in lower case, which is the same name to a client (RFC 4343)
      expect([told.question?.name, told.answers[0]?.name]).toEqual([name, name.toLowerCase()]);
    }
    await machine.host.must(["sh", "-c", "echo nameserver 10.61.0.1 > /etc/resolv.conf"]);
    expect(await machine.host.must(["getent", "ahosts", "NPM.Acme.EXAMPLE"])).toMatch(/^192\.0\.2\.[12] /);
  });

  it("lets a name with a search domain behind it not exist, so that a client goes on to the name itself", async () => {
    const suffixed = "npm.acme.example.us-central1-a.c.acme-prod.internal";
    expect(await machine.addresses(suffixed)).toBe("NXDOMAIN");
    const host = await machine.host.exec([
      ...["dig", "@10.61.0.1", "+search", "+ndots=5", "+short", "+domain=c.acme-prod.internal", "npm.acme.example"],
    ]);
    expect(host.stdout.trim().split("\n").sort()).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  it("says at once that there is no IPv6 address, and asks nobody", async () => {
    await google({ "lb.acme.example": { a: ["192.0.2.1", "192.0.2.2"], silentAboutIPv6: true } });
    await machine.questions();
    for (const name of ["npm.acme.example", "maven.acme.example", "www.example", "no.such.example"]) {
      const told = (await machine.ask({ name, type: "AAAA" }))!;
      expect([told.rcode, told.answers.length, told.authorities.length]).toEqual(["NOERROR", 0, 1]);
      expect(told.ms).toBeLessThan(500);
    }
    expect(await machine.questions()).toEqual([]);
  });

  it("gives a client that asks for both kinds of addresses the one there is without waiting", async () => {
    const start = performance.now();
    await machine.host.must(["sh", "-c", "echo nameserver 10.61.0.1 > /etc/resolv.conf"]);
    const found = await machine.host.must(["getent", "ahosts", "npm.acme.example"]);
    expect(new Set(found.match(/^\S+/gm))).toEqual(new Set(["192.0.2.1", "192.0.2.2"]));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("passes on that a name does not exist, and that its resolver failed", async () => {
    expect(await machine.addresses("no.such.example")).toBe("NXDOMAIN");
    expect(await machine.addresses("gone.acme.example")).toBe("NXDOMAIN");
    expect(await machine.addresses("broken.example")).toBe("SERVFAIL");
  });

  it("ends an answer over UDP at 1232 bytes, and gives the whole of it over TCP", async () => {
    const told = (await machine.ask({ name: "long.example", type: "TXT", edns: 4096 }))!;
    expect([told.truncated, told.answers.length]).toEqual([true, 0]);
    expect(told.bytes).toBeLessThan(1232);
    const whole = (await machine.ask({ name: "long.example", type: "TXT", tcp: true }))!;
    expect([whole.truncated, whole.answers[0]!.data.length / 2]).toEqual([false, 3015]);
    const fits = (await machine.ask({ name: "middle.example", type: "TXT", edns: 4096 }))!;
    expect([fits.truncated, fits.answers.length]).toEqual([false, 1]);
    expect((await machine.ask({ name: "middle.example", type: "TXT" }))!.truncated).toBe(true);
  });

  it("answers over TCP what fits, from a resolver that takes UDP alone", async () => {
    await machine.resolve({ address: GOOGLE, only: "udp", names: { "udp.example": { a: ["192.0.2.7"] } } });
    const told = await machine.ask({ name: "udp.example", tcp: true });
    expect(told?.answers.map(({ data }) => data)).toEqual(["192.0.2.7"]);
    await google();
  });

  it("tells its health, its readiness and its numbers to the machine alone", async () => {
    expect(await machine.http("8080/health")).toBe("OK");
    expect(await machine.http("8181/ready")).toBe("OK");
    expect(await machine.http("9153/metrics")).toContain('coredns_dns_requests_total{family="1",proto="udp"');
    for (const port of [8080, 8181, 9153]) {
      const outside = await machine.host.exec(["curl", "--silent", "--max-time", "2", `http://10.61.0.1:${port}/`]);
      expect([port, outside.status]).toEqual([port, 7]);
    }
  });

  it("gives an answer of the last hour where its resolver does not answer, and the new one where it does", async () => {
    const name = "kept.example";
    await machine.resolve({ address: GOOGLE, names: { [name]: { a: ["192.0.2.8"] } } });
    expect(await machine.addresses(name)).toBe("192.0.2.8");
    await machine.resolve({ address: GOOGLE, names: {}, others: { silent: true } });
    await pause(31_000);
    const stale = (await machine.ask({ name }))!;
    expect([stale.answers[0]?.data, stale.answers[0]?.ttl]).toEqual(["192.0.2.8", 30]);
    expect(stale.ms).toBeLessThan(1500);
    await machine.resolve({ address: GOOGLE, names: {}, others: { a: ["192.0.2.9"] } });
    for (let i = 0; i < 100 && (await machine.addresses(name)) !== "192.0.2.9"; i++) await pause(50);
    expect(await machine.addresses(name)).toBe("192.0.2.9");
    await google();
  });
});

dataplane("dns-proxy and a resolver in trouble", () => {
  let machine: ProxyMachine;
  beforeEach(async () => {
    machine = new ProxyMachine();
    await machine.resolve({ address: GOOGLE, names: {}, others: { a: ["192.0.2.1"] } });
    await machine.resolve({ address: CUSTOMER, names: {}, others: { a: ["10.20.0.1"] } });
    await machine.start(render());
  });
  afterEach(() => machine.close());

  it("waits for a slow one, and asks it for a name once while it waits", async () => {
    await machine.resolve({ address: CUSTOMER, names: {}, others: { a: ["10.20.0.1"], delay: 1200 } });
    const told = (await machine.ask({ name: "maven.acme.example" }))!;
    expect(told.answers.at(-1)?.data).toBe("10.20.0.1");
    expect(told.ms).toBeGreaterThan(1200);
    expect((await machine.ask({ name: "maven.acme.example" }))!.ms).toBeLessThan(500);
  });

  it("says within a client's patience that a silent one does not answer, then at once, and leaves other names alone", async () => {
    await machine.resolve({ address: CUSTOMER, names: {}, others: { silent: true } });
    const first = (await machine.ask({ name: "maven.acme.example", timeout: 8000 }))!;
    expect(first.rcode).toBe("SERVFAIL");
    expect(first.ms).toBeLessThan(5000);
    await pause(3000);
    const then = (await machine.ask({ name: "maven.acme.example", timeout: 8000 }))!;
    expect([then.rcode, then.ms < 200]).toEqual(["SERVFAIL", true]);
    expect(await machine.addresses("npm.acme.example")).toBe("192.0.2.1");
  });

  it("says at once that a stopped one does not answer, and asks it again once it is back", async () => {
    await machine.down(CUSTOMER);
    const told = (await machine.ask({ name: "maven.acme.example", timeout: 8000 }))!;
    expect(told.rcode).toBe("SERVFAIL");
    expect(await machine.addresses("npm.acme.example")).toBe("192.0.2.1");
    await machine.resolve({ address: CUSTOMER, names: {}, others: { a: ["10.20.0.2"] } });
    for (let i = 0; i < 100 && (await machine.addresses("maven.acme.example")) !== "10.20.0.2"; i++) await pause(100);
    expect(await machine.addresses("maven.acme.example")).toBe("10.20.0.2");
  });

  it("stops where a resolver sends its questions back, which no answer could come of", async () => {
    await machine.stop();
    // a resolver that is dns-proxy itself, as a name server of the customer that forwards to the executor would be
    await machine.down(GOOGLE);
    machine.write(render().replaceAll(GOOGLE, "127.0.0.1"));
    await machine.launch();
    for (let i = 0; i < 400 && machine.ended === undefined; i++) await pause(50);
    expect([machine.ended, /Loop .* detected/.test(machine.said)]).toEqual([1, true]);
  });
});

dataplane("dns-proxy told anew", () => {
  let machine: ProxyMachine;
  const names = ["npm.acme.example", "maven.acme.example", "www.example", "other.example"];
  const routes = (count: number): readonly Route[] => [
    ...ROUTES,
    ...Array.from({ length: count }, (_, i) => to(`r${i}.acme.example`, `lb${i}.acme.example`)),
  ];
  beforeAll(async () => {
    machine = new ProxyMachine();
    await machine.resolve({ address: GOOGLE, names: {}, others: { a: ["192.0.2.1"] } });
    await machine.resolve({ address: CUSTOMER, names: {}, others: { a: ["10.20.0.1"] } });
    await machine.start(render());
  });
  afterAll(() => machine.close());

  it("loses no query of clients that ask without end, and knows the new route", async () => {
    const flood = machine.flood({ names, ms: 6000, width: 16, timeout: 2000 });
    for (let i = 1; i <= 8; i++) {
      await pause(300);
      machine.write(render(routes(i * 40)));
      await machine.reload();
      expect(await machine.addresses(`r${i * 40 - 1}.acme.example`)).toBe("192.0.2.1");
    }
    const { sent, rcodes, unanswered } = await flood;
    expect(sent).toBeGreaterThan(1000);
    expect({ unanswered, rcodes }).toEqual({ unanswered: 0, rcodes: { [RCODES[0]]: sent } });
  });

  it("goes on with what it has where the new file is none, and takes the next that is one", async () => {
    machine.write(render().replace("errors", "errors\n    no-such-plugin"));
    await machine.reload();
    expect(await machine.addresses("npm.acme.example")).toBe("192.0.2.1");
    expect(machine.ended).toBeUndefined();
    machine.write(render([...ROUTES, to("new.acme.example", "lb.acme.example")]));
    await machine.reload();
    expect(await machine.http("8181/ready")).toBe("OK");
    expect(await machine.addresses("new.acme.example")).toBe("192.0.2.1");
  });
});

dataplane("dns-proxy before the first virtual machine", () => {
  let machine: ProxyMachine;
  const bridge = (change: "add" | "del"): Promise<string> =>
    machine.host.must(["ip", "addr", change, "10.61.0.1/16", "dev", "lo"]);
  beforeAll(async () => {
    machine = new ProxyMachine();
    await machine.resolve({ address: GOOGLE, names: {}, others: { a: ["192.0.2.1"] } });
    await bridge("del");
  });
  afterAll(() => machine.close());

  it("fails without what the unit does beforehand, and answers as soon as the bridge has its address with it", async () => {
    await expect(machine.start(render())).rejects.toThrow("cannot assign requested address");
    const plan = { proxyTag: "202311201628", routes: [], blobRoutes: [], guestRules: [], caBundle: "" };
    const unit = renderDnsProxy(plan, { endpointNames: {}, pscAddresses: {}, blobHosts: {} }).units[UNIT]!;
    const [, before] = /^ExecStartPre=\+(.+)$/m.exec(unit)!;
    await machine.host.must(before!.split(" "));
    await machine.start(render());
    await bridge("add");
    expect(await machine.addresses("npm.acme.example")).toBe("192.0.2.1");
  });
});
