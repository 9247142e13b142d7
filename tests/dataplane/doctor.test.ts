// Every link between a job and its registry, broken once in the network or on a server, and what doctor says of it. What
// this cannot show: what a tunnel, a security group or a customer's real load balancer does; here they are one machine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Diagnosis, Ping } from "../../doctor/index.ts";
import { INSTALLED } from "../../doctor/probe.ts";
import { CURRENT, serialiseDnsProxy } from "../../plan/dnsProxy.ts";
import { ROOT, run } from "../support/project.ts";
import { EDGE, ending, inShort, Installed, NAMES } from "./support/doctor.ts";
import {
  ADDRESS,
  dataplane,
  ENDPOINT_NAME,
  openTopology,
  REGISTRY_REPLIES,
  type Topology,
} from "./support/topology.ts";

dataplane("doctor on an executor", () => {
  let topology: Topology;
  let installed: Installed;
  const folder = mkdtempSync(join(tmpdir(), "causeway-doctor-"));
  /** Puts right what a test broke. */
  const mend: (() => unknown)[] = [];

  beforeAll(async () => {
    topology = await openTopology();
    installed = new Installed(topology);
    await topology.setRegistry(topology.certificates.issue(NAMES));
    await installed.install();
  });
  afterAll(() => {
    topology.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => async () => {
    for (const one of mend.splice(0).reverse()) await one();
  });

  const on = (host: "executor" | "endpoint" | "google", script: string): Promise<string> =>
    topology.hosts[host].must(["sh", "-ec", script]);
  const [endpointNames, edgeNames] = [
    { [ENDPOINT_NAME]: { a: [ADDRESS.endpoint, ADDRESS.secondZone] } },
    { [EDGE]: { a: [ADDRESS.internet] } },
  ];
  const answers = async (names: Parameters<Topology["setGoogle"]>[0]["names"]): Promise<void> => {
    topology.setGoogle({ names: names! });
    await installed.startCoreDns();
  };
  const serve = async (changes: Parameters<Topology["setRegistry"]>[0]): Promise<void> => {
    await topology.setRegistry(changes);
    mend.push(() => topology.setRegistry({ ...topology.certificates.issue(NAMES), replies: REGISTRY_REPLIES }));
  };
  /** What the walks to one registry end with, from the executor and from a guest. */
  const endings = async (key = "artifactory"): Promise<readonly [string, string]> => {
    const diagnosis = await installed.diagnose({ keys: [key], guest: true });
    return [ending(diagnosis, "executor", key), ending(diagnosis, "guest", key)];
  };
  const fromExecutor = async (key = "artifactory"): Promise<string> =>
    ending(await installed.diagnose({ keys: [key] }), "executor", key);
  const both = (what: string): readonly [string, string] => [what, what];

  it("says ok to every link from the executor and from a guest, of every kind of connection", async () => {
    const diagnosis = await installed.diagnose({ keys: ["artifactory", "maven", "packages"], guest: true });
    expect(inShort(diagnosis.configuration)).toBe("ok");
    expect(diagnosis.ways.map((way) => `${way.view} ${way.key} ${ending(diagnosis, way.view, way.key)}`)).toEqual([
      "executor artifactory ok",
      "executor maven ok",
      "executor packages ok",
      "guest artifactory ok",
      "guest maven ok",
      "guest packages ok",
    ]);
    expect(diagnosis.ways[3]?.links.map(({ link }) => link)).toEqual([
      ...["dns", "route", "rule", "tcp", "tls", "registry"],
    ]);
  });

  it("leaves neither a rule, an interface nor a file on the executor", async () => {
    const state = "iptables-save | sed 's/ *[[#].*//'; ip -o link | cut -d: -f2; ls -A /run/doctor";
    await on("executor", "mkdir -p /run/doctor");
    const before = await on("executor", state);
    await installed.diagnose({ guest: true, env: { TMPDIR: "/run/doctor" } });
    expect(await on("executor", state)).toBe(before);
    expect(before).toContain("ignite0");
  });

  it("is let through as a guest is where every guest has rules of its own and the rest is dropped", async () => {
    const [all, one] = ["10.61.0.0/16", `${ADDRESS.guest}/32`].map(
      (source) => `POSTROUTING -s ${source} ! -d 10.61.0.0/16 -j MASQUERADE`,
    );
    const eachItsOwn = `iptables -t nat -D ${all}; iptables -t nat -A ${one}; iptables -P FORWARD DROP`;
    mend.push(() => on("executor", `iptables -t nat -D ${one}; iptables -t nat -A ${all}; iptables -P FORWARD ACCEPT`));
    await on("executor", eachItsOwn);
    // An executor is behind its own address; the network beyond knows no way back to a guest's.
    await on("google", `ip route del 10.61.0.0/16 via ${ADDRESS.executor}`);
    mend.push(() => on("google", `ip route add 10.61.0.0/16 via ${ADDRESS.executor}`));
    expect(await endings("maven")).toEqual(both("ok"));
    expect(await topology.connects("guest", ADDRESS.internet, 443)).toBe(true);
  });

  it("fails at the configuration when a file was altered on the executor", async () => {
    await on("executor", `echo '# by hand' >>${join(CURRENT, INSTALLED.corefile)}`);
    const { configuration, healthy } = await installed.diagnose();
    expect([inShort(configuration), healthy]).toEqual(["configuration ours: another text", false]);
    expect(configuration.ok ? "" : configuration.next).toBe(
      "sudo systemctl start causeway-agent.service on the executor, which puts it right",
    );
    await installed.runAgent();
    expect(inShort((await installed.diagnose()).configuration)).toBe("ok");
  });

  it("fails at the configuration when the metadata is newer than what is installed", async () => {
    const metadata = { "causeway-dns-proxy": serialiseDnsProxy(installed.artefact) };
    const hash = join(CURRENT, INSTALLED.hash);
    mend.push(
      () => topology.setGoogle({ metadata }),
      () => on("executor", `printf %s ${installed.artefact.hash} >${hash}`),
    );
    await on("executor", `echo ${"0".repeat(64)} >${hash}`);
    expect(inShort((await installed.diagnose()).configuration)).toBe("configuration ours: 000000000000");
    topology.removeMetadata("causeway-dns-proxy");
    expect(inShort((await installed.diagnose()).configuration)).toBe("configuration ours: no such key");
    topology.setGoogle({ metadata: { "causeway-dns-proxy": metadata["causeway-dns-proxy"].replace("443", "444") } });
    expect(inShort((await installed.diagnose()).configuration)).toMatch(
      /^configuration ours: [0-9a-f]{12}: somebody edited the value$/,
    );
  });

  it("fails at the configuration when dns-proxy goes on with another file than is installed", async () => {
    mend.push(() => installed.startCoreDns());
    const file = join(CURRENT, INSTALLED.corefile);
    // another serial number, as of the configuration before; put back without a word to dns-proxy
    await on("executor", `cp ${file} /run/installed; sed -i 's/localhost\\. [0-9]* 3600/localhost. 77 3600/' ${file}`);
    await installed.startCoreDns();
    await on("executor", `cat /run/installed >${file}`);
    const { configuration, ways } = await installed.diagnose();
    expect([inShort(configuration), ways[0]?.reachable]).toEqual(["configuration ours: 77", true]);
    expect(configuration.ok ? "" : configuration.next).toBe(
      "sudo journalctl --unit 'dns-proxy*' --lines 20 on the executor for why, then sudo systemctl restart 'dns-proxy*'",
    );
  });

  it("fails at dns when CoreDNS does not run", async () => {
    mend.push(() => installed.startCoreDns());
    await installed.stopCoreDns();
    expect(await endings()).toEqual(both("dns ours: nothing listens there"));
  });

  it("fails at dns for a guest alone when the rule for its questions is gone", async () => {
    mend.push(() => installed.runAgent());
    await on("executor", "iptables -D INPUT -j CAUSEWAY-INPUT");
    const [executor, guest] = await endings();
    expect(executor).toBe("ok");
    expect(guest).toBe("dns ours: the executor drops a guest's question: -A INPUT -s 10.61.0.0/16 -j DROP");
  });

  it("fails at dns when the name of the endpoint is gone, and it is ours to put right", async () => {
    mend.push(() => answers(endpointNames));
    await answers({ [ENDPOINT_NAME]: { rcode: "NXDOMAIN" } });
    expect(await endings()).toEqual([
      "dns ours: NXDOMAIN from dns-proxy at 127.0.0.1",
      "dns ours: NXDOMAIN from dns-proxy at 10.61.0.1",
    ]);
  });

  it("fails at dns when the customer's public name is gone, and it is the customer's to put right", async () => {
    mend.push(() => answers(edgeNames));
    await answers({ [EDGE]: { rcode: "NXDOMAIN" } });
    expect(await fromExecutor("maven")).toBe("dns customer: NXDOMAIN from dns-proxy at 127.0.0.1");
  });

  it("fails at dns when the resolver answers with an address that is not the endpoint's", async () => {
    mend.push(() => answers(endpointNames));
    await answers({ [ENDPOINT_NAME]: { a: [ADDRESS.internet] } });
    expect(await endings()).toEqual(both(`dns ours: ${ADDRESS.internet}`));
  });

  it("fails at dns when the resolver fails", async () => {
    mend.push(() => answers(endpointNames));
    await answers({ [ENDPOINT_NAME]: { rcode: "SERVFAIL" } });
    expect(await fromExecutor()).toBe("dns ours: SERVFAIL from dns-proxy at 127.0.0.1");
  });

  it("fails at the route when there is none", async () => {
    mend.push(() => on("executor", "ip route del unreachable 10.127.0.0/24"));
    await on("executor", "ip route add unreachable 10.127.0.0/24");
    expect(await endings()).toEqual(both("route ours: No route to host"));
  });

  it("fails at the rule for a guest alone when the guest rules are gone", async () => {
    mend.push(() => installed.runAgent());
    await on("executor", "iptables -D CNI-ADMIN -j CAUSEWAY-GUEST");
    const [executor, guest] = await endings();
    expect(executor).toBe("ok");
    expect(guest).toBe("rule ours: it is dropped by -A CNI-ADMIN -s 10.61.0.0/16 -d 10.0.0.0/8 -p tcp -j DROP");
    expect(await topology.connects("guest", ADDRESS.endpoint, 443)).toBe(false);
  });

  it("fails at the rule when a firewall of the executor drops the connection", async () => {
    const rule = `OUTPUT -d ${ADDRESS.endpoint} -p tcp --dport 443 -j DROP`;
    mend.push(() => on("executor", `iptables -D ${rule}`));
    await on("executor", `iptables -I ${rule}`);
    const [executor, guest] = await endings();
    expect(executor).toBe(
      `rule ours: it is dropped by -A OUTPUT -d ${ADDRESS.endpoint}/32 -p tcp -m tcp --dport 443 -j DROP`,
    );
    expect(guest).toBe("ok");
  });

  it("fails at tcp when nothing listens, and it is the customer's to put right", async () => {
    mend.push(() => topology.setRegistry({}));
    topology.stopRegistry();
    expect(await endings()).toEqual(both("tcp customer: refused"));
  });

  it("fails at tcp when packets vanish: ours on a private way, the customer's allowlist on a public one", async () => {
    mend.push(() => on("endpoint", "iptables -F INPUT"));
    await on("endpoint", "iptables -I INPUT -p tcp --dport 443 -j DROP");
    expect(await fromExecutor()).toBe("tcp ours: no answer within 3 s");
    expect(await fromExecutor("maven")).toBe("tcp customer: no answer within 3 s");
  });

  it("fails at tls when the certificate is for another name", async () => {
    await serve(topology.certificates.issue(["elsewhere.acme.example"]));
    expect(await endings()).toEqual(both("tls customer: one for elsewhere.acme.example"));
  });

  it("fails at tls when the certificate has ended", async () => {
    await serve(topology.certificates.issue(NAMES, { expired: true }));
    expect(await fromExecutor()).toMatch(/^tls customer: one that ended on \d{4}-\d\d-\d\dT/);
  });

  it("fails at tls when nobody knows the authority, and it is the customer's to put right", async () => {
    await serve(topology.certificates.issue(NAMES, { authority: "stranger" }));
    expect(await fromExecutor()).toMatch(/^tls customer: one by CN=stranger test authority: unable to (get|verify)/);
  });

  it("fails at tls when the customer's bundle is not in the trust store, and it is ours to put right", async () => {
    mend.push(() => installed.trust(true));
    await installed.trust(false);
    expect(await fromExecutor()).toMatch(/^tls ours: one by CN=acme test authority: unable to (get|verify)/);
  });

  it("fails at tls when what listens speaks no TLS", async () => {
    mend.push(() => topology.setRegistry({ ports: [443], plainPorts: [22, 53, 80, 5432, 8443] }));
    await topology.setRegistry({ ports: [], plainPorts: [443] });
    expect(await endings()).toEqual(both("tls customer: no certificate"));
  });

  const PINGS = {
    npm: { path: "-/ping", name: "an npm registry", good: { status: 200, body: "{}" } },
    pypi: {
      path: "simple/",
      name: "a Python package index",
      good: { status: 200, headers: { "content-type": "text/html" }, body: '<a href="/simple/six/">six</a>' },
    },
    maven: {
      path: "maven-metadata.xml",
      name: "a Maven repository",
      good: { status: 200, body: "<metadata></metadata>" },
    },
    docker: {
      path: "v2/",
      name: "a container registry",
      good: { status: 401, headers: { "www-authenticate": 'Bearer realm="https://x/token"' } },
    },
  } as const;
  const PAGE = { status: 200, headers: { "content-type": "text/html" }, body: "<html><body>Welcome!</body></html>" };

  it.each(["npm", "pypi", "maven", "docker"] as const)(
    "says ok to a registry of kind %s, and fails at every other answer",
    async (kind) => {
      const { path, good, name } = PINGS[kind];
      const replies = [good, { status: 401 }, { status: 403 }, { status: 404 }, { status: 500 }, PAGE];
      await serve({ replies: Object.fromEntries(replies.map((reply, at) => [`/${at}/${path}`, reply])) });
      const pings = replies.map((_, at): Ping => ({ kind, base: kind === "maven" ? `/${at}/${path}` : `/${at}/` }));
      const diagnosis = await installed.diagnose({ pings });
      expect(diagnosis.ways.map(({ key }) => ending(diagnosis, "executor", key))).toEqual([
        "ok",
        "registry customer: 401 without WWW-Authenticate, as no registry answers",
        "registry customer: 403: it refuses this executor",
        "registry customer: 404",
        "registry customer: 500: the registry or its load balancer fails",
        `registry customer: 200, but not from ${name}`,
      ]);
    },
  );

  it("fails at the registry when it sends its clients to a host they have no way to", async () => {
    await serve({ replies: { "/": { status: 302, headers: { location: "https://cdn.acme.example/" } } } });
    expect(await fromExecutor()).toBe("registry customer: a redirect to cdn.acme.example");
  });

  it("is one command away from the executor, and ends with 1 where a link is broken", async () => {
    const file = join(folder, "acme.yaml");
    writeFileSync(file, installed.file());
    const outputs = join(folder, "outputs.json");
    writeFileSync(outputs, JSON.stringify(installed.outputs));
    const via = topology.hosts.executor.via().map((word) => `'${word}'`);
    const words = ["doctor", file, "--via", via.join(" "), "--outputs", outputs, "--ping", "artifactory=npm"];
    const doctor = (...more: string[]): ReturnType<typeof run> =>
      run(process.execPath, [join(ROOT, "bin/causeway.js"), ...words, ...more], ROOT);
    const whole = await doctor();
    expect(whole.stderr).toBe("");
    expect(whole.code).toBe(0);
    expect(whole.stdout).toMatch(/^ok {6}configuration {2}[0-9a-f]{12} is in the metadata and installed$/m);
    expect(whole.stdout).toMatch(/^ok {6}registry {7}\/-\/ping answers 200$/m);
    expect(whole.stdout).toMatch(/acme: everything can be reached\n$/);
    await serve(topology.certificates.issue(["elsewhere.acme.example"]));
    const lacking = await doctor("--json");
    expect(lacking.code).toBe(1);
    const { healthy, ways } = JSON.parse(lacking.stdout) as Diagnosis;
    expect([healthy, ways.map(({ links }) => links.at(-1))]).toEqual([
      false,
      [
        {
          link: "tls",
          ok: false,
          expected: "a certificate for artifactory.acme.example",
          got: "one for elsewhere.acme.example",
          side: "customer",
          next:
            "ask whoever runs the registry for a certificate for artifactory.acme.example, or for a load balancer that " +
            "passes TLS through",
        },
      ],
    ]);
  });
});
