/** An executor that has what the program renders, and doctor on it. */
import { join } from "node:path";
import { stringify } from "yaml";
import { diagnose, expectationOf, parseFacts, renderProbe } from "../../../doctor/index.ts";
import type { Diagnosis, KnownOutputs, Link, Ping, View } from "../../../doctor/index.ts";
import { INSTALLED } from "../../../doctor/probe.ts";
import type { Customer } from "../../../plan/customer.ts";
import { CURRENT, renderDnsProxy, UNIT, type DnsProxyArtefact } from "../../../plan/dnsProxy.ts";
import { planCustomer } from "../../../plan/plan.ts";
import { everyKind, link, PSC_DOMAIN } from "../../support/customers.ts";
import { installImage, publish, runAgent } from "./executor.ts";
import type { Host } from "./hosts.ts";
import { ADDRESS, ENDPOINT_NAME, PRIVATE_NAME, type Topology } from "./topology.ts";

const EXISTING = { origin: { kind: "existing" }, publish: {} } as const;
const MAVEN = "maven.dc.acme.example";
export const EDGE = "maven.edge.acme.example";
export const NAMES = [PRIVATE_NAME, PSC_DOMAIN, MAVEN] as const;

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

  /** A customer file with the first registry alone; its executors have the same configuration only by its outputs. */
  file(): string {
    const { key: endpoint } = link("a1");
    return stringify({
      name: "acme",
      displayName: "Acme",
      spec: {
        infrastructure: {
          gcp: { projectID: "acme-prod-4f2a", region: "us-central1", network: { existing: "acme" } },
          executors: { subnets: { "executors-a": { ipCidrRange: "10.10.0.0/24" } } },
          executorPrivateDNS: { proxyTag: "202311201628", routes: [{ source: PRIVATE_NAME, privateLink: endpoint }] },
          privateCodeHost: {
            aws: {
              accountID: "111122223333",
              region: "us-east-1",
              privateLinks: [{ endpoint: `com.amazonaws.vpce.us-east-1.${endpoint}` }],
              vpcCidr: "10.127.0.0/24",
              availabilityZoneIDs: ["use1-az1", "use1-az4"],
            },
          },
          registries: {
            artifactory: { dnsName: PRIVATE_NAME, certificate: "privateCA", caBundle: this.artefact.caBundle },
          },
        },
      },
    });
  }

  /** Everything as the agent does it. */
  async install(): Promise<void> {
    installImage(this.#executor);
    await this.#executor.must(["cp", "/etc/ssl/certs/ca-certificates.crt", "/run/without.crt"]);
    publish(this.#topology, this.artefact);
    await this.runAgent();
  }

  async runAgent(): Promise<void> {
    const { status, stderr } = await runAgent(this.#executor);
    if (status !== 0) throw new Error(`the agent ended with ${status}: ${stderr}`);
  }

  /** Takes the customer's authority out of the executor's trust store and puts it back, faster than update-ca-certificates. */
  async trust(trusted: boolean): Promise<void> {
    const script = trusted
      ? `mv /run/with.crt ca-certificates.crt; mv /run/with.0 "$hash.0"`
      : `cp ca-certificates.crt /run/with.crt; cp /run/without.crt ca-certificates.crt; mv "$hash.0" /run/with.0`;
    const hash = `cd /etc/ssl/certs; hash=$(openssl x509 -noout -hash -in ${join(CURRENT, INSTALLED.caBundle)})`;
    await this.#executor.must(["sh", "-ec", `${hash}; ${script}`]);
  }

  /** Anew, so that nothing it has cached hides what changed. */
  async startCoreDns(): Promise<void> {
    await this.#executor.must([
      "sh",
      "-ec",
      `systemctl restart ${UNIT}
       for i in $(seq 100); do curl -sf -m 1 -o /dev/null http://127.0.0.1:8181/ready && exit; sleep 0.05; done; exit 1`,
    ]);
  }

  async stopCoreDns(): Promise<void> {
    await this.#executor.must(["systemctl", "stop", UNIT]);
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
    const { stdout, stderr } = await this.#executor.exec(["bash", "--norc", "-s"], {
      input: probe,
      env,
      timeout: 90_000,
    });
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
