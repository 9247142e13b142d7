/**
 * The way of a guest's packet, in network namespaces: guest, executor, Google's network, the private endpoint. What it
 * cannot show: the tunnels between Google and AWS, and what either cloud does to a packet beyond routing it.
 */
import { mkdirSync, writeFileSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { Certificates } from "./certificates.ts";
import { BRIDGE, installExecutor } from "./executorRules.ts";
import type { GoogleState } from "./google.ts";
import { type Host, Hosts, must, refusal } from "./hosts.ts";
import { REGISTRY_FILES, registryConfig, type RegistryState } from "./registry.ts";

/** Where everything is. The endpoint's two addresses lie in the zones of the plan for tests/support/customers.ts. */
export const ADDRESS = {
  guest: "10.61.0.10",
  neighbour: "10.61.0.11",
  bridge: "10.61.0.1",
  executor: "10.10.0.5",
  google: "10.10.0.1",
  metadata: "169.254.169.254",
  psc: "10.10.0.7",
  endpoint: "10.127.0.10",
  secondZone: "10.127.0.100",
  /** Reachable without any rule: a public address. */
  internet: "203.0.113.10",
} as const;

/** Private addresses that exist, answer on every port, and are nobody's endpoint: first and last of every range. */
export const OTHER_PRIVATE = [
  ...["10.0.0.1", "10.10.0.9", "10.127.0.33", "10.127.0.95", "10.127.0.129", "10.255.255.254"],
  ...["172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254"],
] as const;

export const HOST_NAMES = ["guest", "neighbour", "executor", "google", "endpoint"] as const;
export type HostName = (typeof HOST_NAMES)[number];

/** Cables that can be cut. */
export type Link = "guest-executor" | "executor-google" | "google-endpoint";

export const PRIVATE_NAME = "artifactory.acme.example";
export const ENDPOINT_NAME = "vpce-0a-b.vpce-svc-a1.us-east-1.vpce.amazonaws.com";
/** The PSC endpoint of tests/support/customers.ts; a private zone of Cloud DNS answers it, so Google's resolver does. */
export const PSC_NAME = "packages.gcp.acme.example";

const ROUTES: Readonly<Record<string, readonly string[]>> = {
  guest: [`default via ${ADDRESS.bridge}`],
  neighbour: [`default via ${ADDRESS.bridge}`],
  executor: [`${ADDRESS.google} dev eth0`, `default via ${ADDRESS.google} dev eth0`],
  google: [
    `10.61.0.0/16 via ${ADDRESS.executor}`,
    `${ADDRESS.psc}/32 dev eth1`,
    "10.10.0.9/32 dev eth1",
    "default via 10.127.0.10 dev eth1",
  ],
  endpoint: ["default via 10.127.0.1"],
};

export const REGISTRY_REPLIES: RegistryState["replies"] = {
  "/-/ping": { status: 200, headers: { "content-type": "application/json" }, body: "{}" },
  "/simple/": { status: 200, headers: { "content-type": "text/html" }, body: "<!DOCTYPE html><html></html>" },
  "/": { status: 200, body: "ok\n" },
  "/v2/": { status: 401, headers: { "www-authenticate": 'Bearer realm="https://x/token"' }, body: "{}" },
};

/** A running topology; close it in `afterAll`. */
export class Topology {
  readonly hosts: Readonly<Record<HostName, Host>>;
  readonly certificates: Certificates;
  readonly #all: Hosts;
  readonly #googleFile: string;
  #google: GoogleState;
  #registry: RegistryState;
  #registryServer: ReturnType<Host["spawn"]> | undefined;

  constructor() {
    this.#all = new Hosts();
    const { folder } = this.#all;
    this.hosts = Object.fromEntries(HOST_NAMES.map((name) => [name, this.#all.add(name)])) as Record<HostName, Host>;
    mkdirSync(join(folder, "certificates"));
    this.certificates = new Certificates(join(folder, "certificates"));
    this.#googleFile = join(folder, "google.json");
    this.#google = {
      names: {
        [ENDPOINT_NAME]: { a: [ADDRESS.endpoint, ADDRESS.secondZone] },
        [PSC_NAME]: { a: [ADDRESS.psc] },
        "maven.edge.acme.example": { a: [ADDRESS.internet] },
        "www.example": { a: [ADDRESS.internet] },
      },
      metadata: {},
    };
    this.#registry = {
      ...this.certificates.issue([PRIVATE_NAME, PSC_NAME]),
      replies: REGISTRY_REPLIES,
      ports: [443],
      plainPorts: [22, 53, 80, 5432, 8443],
    };
  }

  /** Cables, addresses, routes, the executor's own rules, Google's servers and the registry. */
  async start(): Promise<void> {
    const { guest, neighbour, executor, google, endpoint } = this.hosts;
    this.#all.cable([guest, "eth0"], [executor, "tap0"]);
    this.#all.cable([neighbour, "eth0"], [executor, "tap1"]);
    this.#all.cable([executor, "eth0"], [google, "eth0"]);
    this.#all.cable([google, "eth1"], [endpoint, "eth0"]);
    must("ip", ["-n", executor.namespace, "link", "add", "name", BRIDGE, "type", "bridge"]);
    for (const tap of ["tap0", "tap1"]) must("ip", ["-n", executor.namespace, "link", "set", tap, "master", BRIDGE]);
    must("ip", ["-n", executor.namespace, "link", "set", BRIDGE, "up"]);
    const add = (host: Host, device: string, address: string): unknown =>
      must("ip", ["-n", host.namespace, "address", "add", address, "dev", device]);
    add(guest, "eth0", `${ADDRESS.guest}/16`);
    add(neighbour, "eth0", `${ADDRESS.neighbour}/16`);
    add(executor, BRIDGE, `${ADDRESS.bridge}/16`);
    add(executor, "eth0", `${ADDRESS.executor}/24`);
    add(google, "eth0", `${ADDRESS.google}/24`);
    add(google, "lo", `${ADDRESS.metadata}/32`);
    add(google, "eth1", "10.127.0.1/27");
    add(endpoint, "eth0", `${ADDRESS.endpoint}/27`);
    for (const address of [ADDRESS.psc, ADDRESS.secondZone, ADDRESS.internet, ...OTHER_PRIVATE]) {
      add(endpoint, "lo", `${address}/32`);
    }
    await this.#settings();
    for (const host of [guest, neighbour]) host.write("/etc/resolv.conf", `nameserver ${ADDRESS.bridge}\n`);
    executor.write("/etc/resolv.conf", `nameserver ${ADDRESS.metadata}\n`);
    await installExecutor(executor, { guests: [ADDRESS.guest, ADDRESS.neighbour] });
    this.setGoogle({});
    google.spawn([process.execPath, join(import.meta.dirname, "google.ts"), this.#googleFile]);
    await Promise.all([this.setRegistry({}), this.#listening()]);
  }

  /** What a machine of this kind has set. Source: Google's guest images, 60-gce-network-security.conf (rp_filter). */
  async #settings(): Promise<void> {
    for (const name of HOST_NAMES) this.#addRoutes(name);
    const set = (host: Host, ...settings: string[]): Promise<string> => host.must(["sysctl", "-qw", ...settings]);
    const { executor, google } = this.hosts;
    await set(executor, "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=1");
    await set(google, "net.ipv4.ip_forward=1", "net.ipv4.conf.eth0.proxy_arp=1");
  }

  #addRoutes(name: HostName): void {
    for (const route of ROUTES[name]!) {
      must("ip", ["-n", this.hosts[name].namespace, "route", "replace", ...route.split(" ")]);
    }
  }

  async #listening(): Promise<void> {
    const { executor } = this.hosts;
    const probe = `for i in $(seq 100); do curl -sf -m 1 -o /dev/null -H 'Metadata-Flavor: Google' \\
      http://${ADDRESS.metadata}/computeMetadata/v1/project/attributes/ready && exit; [ $? = 22 ] && exit; sleep 0.1; done; exit 1`;
    await executor.must(["sh", "-c", probe]);
  }

  /** Changes what Google's resolver and metadata server answer: names are merged, metadata is merged. */
  setGoogle({ names = {}, metadata = {} }: Partial<GoogleState>): void {
    this.#google = {
      names: { ...this.#google.names, ...names },
      metadata: { ...this.#google.metadata, ...metadata },
    };
    writeFileSync(this.#googleFile, JSON.stringify(this.#google));
  }

  /** Takes a key out of the project's metadata. */
  removeMetadata(key: string): void {
    const { [key]: _, ...metadata } = this.#google.metadata;
    this.#google = { ...this.#google, metadata };
    writeFileSync(this.#googleFile, JSON.stringify(this.#google));
  }

  /** Names Google's resolver was asked for so far, in order. */
  asked(): string[] {
    const file = `${this.#googleFile}.queries`;
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** Guest attributes the executor has set so far, in order, as `namespace/key=value`. */
  attributes(): string[] {
    const file = `${this.#googleFile}.attributes`;
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** Starts the registry anew with these changes. */
  async setRegistry(changes: Partial<RegistryState>): Promise<void> {
    this.stopRegistry();
    this.#registry = { ...this.#registry, ...changes };
    const { endpoint } = this.hosts;
    endpoint.write(REGISTRY_FILES.config, registryConfig(this.#registry));
    endpoint.write(REGISTRY_FILES.cert, this.#registry.cert);
    endpoint.write(REGISTRY_FILES.key, this.#registry.key);
    const nginx = must("scripts/tools.sh", ["nginx"]).trim();
    const server = endpoint.spawn([nginx, "-c", REGISTRY_FILES.config, "-e", "stderr"]);
    this.#registryServer = server;
    let said = "";
    server.stderr!.on("data", (text: Buffer) => (said += text.toString()));
    const [port] = [...this.#registry.ports, ...this.#registry.plainPorts];
    const until = Date.now() + 30_000;
    while (!(await this.connects("endpoint", "127.0.0.1", port!))) {
      if (server.exitCode !== null || Date.now() > until) throw new Error(`the registry did not start: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  stopRegistry(): void {
    this.#registryServer?.kill("SIGKILL");
    this.#registryServer = undefined;
  }

  /** Runs a command on a host. */
  exec(host: HostName, argv: readonly string[], options: Parameters<Host["exec"]>[1] = {}): ReturnType<Host["exec"]> {
    return this.hosts[host].exec(argv, options);
  }

  spawn(host: HostName, argv: readonly string[]): ReturnType<Host["spawn"]> {
    return this.hosts[host].spawn(argv);
  }

  breakLink(link: Link): void {
    this.#cable(link, "down");
  }

  mendLink(link: Link): void {
    this.#cable(link, "up");
    // the kernel takes a device's routes away with it
    for (const name of HOST_NAMES) this.#addRoutes(name);
  }

  #cable(link: Link, state: "up" | "down"): void {
    const [host, device] = (
      {
        "guest-executor": ["guest", "eth0"],
        "executor-google": ["executor", "eth0"],
        "google-endpoint": ["google", "eth1"],
      } as const
    )[link];
    must("ip", ["-n", this.hosts[host].namespace, "link", "set", device, state]);
  }

  /** Whether a host opens a TCP connection, from the address it has. */
  async connects(host: HostName, address: string, port: number): Promise<boolean> {
    // a Bash whose input is a socket, as it is here, takes itself for one that was logged in to, and reads a .bashrc
    const { status } = await this.exec(host, [
      "timeout",
      "1",
      "bash",
      "--norc",
      "-c",
      `: </dev/tcp/${address}/${port}`,
    ]);
    return status === 0;
  }

  close(): void {
    this.#all.close();
  }
}

/** A running topology. */
export async function openTopology(): Promise<Topology> {
  const topology = new Topology();
  try {
    await topology.start();
  } catch (error) {
    topology.close();
    throw error;
  }
  return topology;
}

/** Tests that need namespaces: skipped with the reason where the machine refuses them, and failing for it under CI. */
export function dataplane(title: string, tests: () => void): void {
  const reason = refusal();
  if (reason === undefined) return void describe(title, tests);
  if (process.env["CI"] === undefined) return void describe.skip(`${title} (${reason})`, tests);
  describe(title, () => {
    it("fails where CI cannot run it", () => {
      throw new Error(reason);
    });
  });
}
