/** An executor that has what the program renders, and doctor on it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { diagnose, expectationOf, parseFacts, renderProbe } from "../../../doctor/index.ts";
import type { Diagnosis, KnownOutputs, Link, Ping, View } from "../../../doctor/index.ts";
import { INSTALLED } from "../../../doctor/probe.ts";
import type { Customer } from "../../../plan/customer.ts";
import { CURRENT, renderDnsProxy, serialiseDnsProxy, type DnsProxyArtefact } from "../../../plan/dnsProxy.ts";
import { planCustomer } from "../../../plan/plan.ts";
import { everyKind, link, PSC_DOMAIN } from "../../support/customers.ts";
import type { Host } from "./hosts.ts";
import { ADDRESS, ENDPOINT_NAME, PRIVATE_NAME, type Topology } from "./topology.ts";

const EXISTING = { origin: { kind: "existing" }, publish: {} } as const;
const MAVEN = "maven.dc.acme.example";
export const EDGE = "maven.edge.acme.example";
export const NAMES = [PRIVATE_NAME, PSC_DOMAIN, MAVEN] as const;

const BUNDLE = join(CURRENT, INSTALLED.caBundle);

/** Registries by PrivateLink, by Private Service Connect and behind a public load balancer. */
export function acme(caBundle: string): Customer {
  const customer = everyKind();
  return {
    ...customer,
    executorPrivateDNS: {
      proxyTag: "202311201628",
      routes: [
        { source: PRIVATE_NAME, target: { kind: "privateLink", link: link("a1").key } },
        { source: MAVEN, target: { kind: "name", destination: EDGE } },
      ],
    },
    registries: [
      { key: "artifactory", dnsName: PRIVATE_NAME, certificate: { kind: "privateCA", caBundle }, ...EXISTING },
      { key: "maven", dnsName: MAVEN, certificate: { kind: "publicCA" }, ...EXISTING },
      { key: "packages", dnsName: PSC_DOMAIN, certificate: { kind: "publicCA" }, ...EXISTING },
    ],
  };
}

/** The executor of a topology with everything installed. */
export class Installed {
  readonly customer: Customer;
  readonly artefact: DnsProxyArtefact;
  readonly outputs: KnownOutputs;
  readonly #topology: Topology;
  readonly #executor: Host;
  #coredns: ReturnType<Host["spawn"]> | undefined;

  constructor(topology: Topology) {
    this.#topology = topology;
    this.#executor = topology.hosts.executor;
    const authority = topology.certificates.authority();
    this.customer = acme(authority);
    this.artefact = renderDnsProxy(planCustomer(this.customer).dnsProxy!, {
      endpointNames: { [link("a1").key]: ENDPOINT_NAME },
      pscAddresses: { [PSC_DOMAIN]: ADDRESS.psc },
      blobHosts: {},
    });
    this.outputs = {
      dnsProxy: { hash: this.artefact.hash },
      endpoints: { [link("a1").key]: { dnsName: ENDPOINT_NAME }, [PSC_DOMAIN]: { address: ADDRESS.psc } },
    };
  }

  async install(): Promise<void> {
    this.#topology.setGoogle({ metadata: { "causeway-dns-proxy": serialiseDnsProxy(this.artefact) } });
    this.restore();
    await this.applyRules();
    await this.trust();
    await this.startCoreDns();
  }

  /** The files as they were delivered. */
  restore(): void {
    for (const member of ["corefile", "guestRules", "caBundle", "hash"] as const) {
      this.#executor.write(join(CURRENT, INSTALLED[member]), this.artefact[member]);
    }
  }

  async applyRules(): Promise<void> {
    await this.#executor.must(["sh", join(CURRENT, INSTALLED.guestRules)]);
  }

  /** Puts the customer's authority in the executor's trust store, as update-ca-certificates does, in less time. */
  async trust(): Promise<void> {
    await this.#executor.must([
      "sh",
      "-ec",
      `cd /etc/ssl/certs
       cp ca-certificates.crt before.crt
       cat ${BUNDLE} >>ca-certificates.crt
       cp ${BUNDLE} "$(openssl x509 -noout -hash -in ${BUNDLE}).0"`,
    ]);
  }

  async distrust(): Promise<void> {
    await this.#executor.must([
      "sh",
      "-ec",
      `cd /etc/ssl/certs
       mv before.crt ca-certificates.crt
       rm "$(openssl x509 -noout -hash -in ${BUNDLE}).0"`,
    ]);
  }

  /** Anew, so that nothing it has cached hides what changed. */
  async startCoreDns(): Promise<void> {
    this.stopCoreDns();
    const program = execFileSync("scripts/tools.sh", ["coredns"], { encoding: "utf8" }).trim();
    this.#coredns = this.#executor.spawn([program, "-conf", join(CURRENT, INSTALLED.corefile)]);
    await this.#executor.must([
      "sh",
      "-c",
      "for i in $(seq 100); do curl -sf -m 1 -o /dev/null http://127.0.0.1:8181/ready && exit; sleep 0.05; done; exit 1",
    ]);
  }

  stopCoreDns(): void {
    this.#coredns?.kill("SIGKILL");
    this.#coredns = undefined;
  }

  /** Doctor's findings on the executor as it is now, of one registry unless told. */
  async diagnose({ keys = ["artifactory"], pings, guest = false, env = {} }: Look = {}): Promise<Diagnosis> {
    const whole = expectationOf(this.customer, {}, this.outputs);
    const targets = whole.targets.filter(({ key }) => keys.includes(key));
    const expectation = {
      ...whole,
      targets: pings === undefined ? targets : pings.map((ping) => ({ ...targets[0]!, key: ping.base, ping })),
    };
    const probe = renderProbe(expectation, { guest });
    const { stdout, stderr } = await this.#executor.exec(["bash", "-s"], { input: probe, env, timeout: 90_000 });
    if (stderr !== "") throw new Error(`the probe complains: ${stderr}`);
    return diagnose(expectation, parseFacts(stdout));
  }
}

interface Look {
  readonly keys?: readonly string[];
  /** The first registry asked in each of these ways; each is a way of its own, called by its path. */
  readonly pings?: readonly Ping[];
  readonly guest?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a way ends with, in short: `ok`, or `link side: got`. */
export function ending(diagnosis: Diagnosis, view: View, key = "artifactory"): string {
  const way = diagnosis.ways.find((one) => one.view === view && one.key === key);
  const last = way?.links.at(-1);
  return last === undefined ? "no such way" : inShort(last);
}

export const inShort = (link: Link): string => (link.ok ? "ok" : `${link.link} ${link.side}: ${link.got}`);
