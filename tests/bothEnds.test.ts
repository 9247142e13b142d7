/**
 * Registries made and published in the customer's accounts and our way to them, deployed on simulated clouds without an
 * engine. Each hop of every way is broken once, in the clouds, and must be the one named. That real clouds behave like
 * the simulated ones is what this cannot show.
 */
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { reachRegistry, World } from "../sandbox/index.ts";
import type { CloudObject } from "../sandbox/index.ts";
import { loadCustomer } from "../stacks/load.ts";
import { deployCustomer, KEY } from "./support/deployed.ts";
import { ROOT } from "./support/project.ts";

const { customer } = loadCustomer(join(ROOT, "stacks/customers/both-ends.yaml"));
const PACKAGES = "both-ends-prod-666677778888.d.codeartifact.us-east-1.amazonaws.com";
const PYPI = "pypi.both-ends.example";
const NPM = "npm.both-ends.example";
const MAVEN = "maven.both-ends.example";

type Change = (object: CloudObject) => CloudObject | undefined;
/** What is broken: class name, what its name or id ends in, and what becomes of it; undefined takes it away. */
type Break = readonly [className: string, end: string, change: Change];

const gone: Change = () => undefined;
const args =
  (change: Record<string, unknown>): Change =>
  (object) => ({ ...object, args: { ...object.args, ...change } });
const attrs =
  (change: Record<string, unknown>): Change =>
  (object) => ({ ...object, attrs: { ...object.attrs, ...change } });
/** Replaces a text in what the executors are told. */
const artefact =
  (key: "corefile" | "guestRules", from: RegExp, to: string): Change =>
  (object) => {
    const value = JSON.parse(String(object.args["value"])) as Record<string, string>;
    if (!from.test(value[key]!)) throw new Error(`${key} has nothing like ${String(from)}`);
    return args({ value: JSON.stringify({ ...value, [key]: value[key]!.replaceAll(new RegExp(from, "g"), to) }) })(
      object,
    );
  };

let deployed: Promise<readonly CloudObject[]> | undefined;

async function deployOnce(): Promise<readonly CloudObject[]> {
  const { world, refused, failed } = await deployCustomer(customer);
  if (refused ?? failed) throw (refused ?? failed)!;
  return [...new Set(world.list().map(({ type }) => type))].flatMap((type) => [...world.all(type)]);
}

let world: World;
beforeEach(async () => {
  world = World.inMemory(KEY);
  const tx = world.begin();
  for (const object of await (deployed ??= deployOnce())) tx.put(object);
  await tx.commit();
});

async function breakIt([className, end, change]: Break): Promise<void> {
  const found = world
    .list()
    .filter((one) => one.type.endsWith(`:${className}`) && (one.name.endsWith(end) || one.id.endsWith(end)));
  if (found.length === 0) throw new Error(`there is no ${className} ${end}`);
  const tx = world.begin();
  for (const { type, id } of found) {
    const object = world.all(type).find((one) => one.id === id)!;
    const changed = change(object);
    if (changed === undefined) tx.drop(object);
    else tx.put(changed);
  }
  await tx.commit();
}

const reach = (host: string) => reachRegistry(world, { executor: "executors", guest: true }, host);

/** `<kind> <side>` of the hop that fails, for metadata and blobs. */
function trouble(host: string): readonly string[] {
  const { metadata, blobs } = reach(host);
  const said = ({ broken }: typeof metadata): string =>
    broken === undefined ? "reachable" : `${broken.kind} ${broken.side}`;
  return blobs === undefined ? [said(metadata)] : [said(metadata), said(blobs)];
}

describe("with nothing copied by anybody, executors' guests reach", () => {
  test("the customer's codeartifact domain, metadata and blobs", () => {
    expect(trouble(PACKAGES)).toEqual(["reachable", "reachable"]);
    const { metadata, blobs } = reach(PACKAGES);
    expect([...new Set(metadata.hops.map(({ kind }) => kind))]).toEqual([
      ...["dns-proxy", "public dns", "guest rules", "firewall", "tunnel", "return route", "security group"],
      ...["interface endpoint", "service", "domain", "encryption key", "identity", "endpoint policy"],
      ...["repository", "certificate"],
    ]);
    expect(blobs?.hops.map(({ kind }) => kind)).toContain("bucket");
  });

  test("a registry of the customer's in aws, published and accepted by the same stack", () => {
    expect(trouble(PYPI)).toEqual(["reachable"]);
    expect([...new Set(reach(PYPI).metadata.hops.map(({ kind }) => kind))]).toEqual([
      ...["dns-proxy", "public dns", "guest rules", "firewall", "tunnel", "return route", "security group"],
      ...["interface endpoint", "service", "load balancer", "target group", "certificate"],
    ]);
  });

  test("a registry run by the same stack in the customer's account, behind two load balancers [SR-20] [SR-22]", () => {
    expect(trouble(NPM)).toEqual(["reachable"]);
    expect([...new Set(reach(NPM).metadata.hops.map(({ kind }) => kind))]).toEqual([
      ...["dns-proxy", "public dns", "guest rules", "firewall", "tunnel", "return route", "security group"],
      ...["interface endpoint", "service", "load balancer", "target group", "listener rule", "certificate"],
    ]);
  });

  test("a registry of the customer's on google cloud, published and accepted by the same stack", () => {
    expect(trouble(MAVEN)).toEqual(["reachable"]);
    expect([...new Set(reach(MAVEN).metadata.hops.map(({ kind }) => kind))]).toEqual([
      ...["dns-proxy", "private zone", "guest rules", "firewall", "route", "private service connect"],
      ...["service attachment", "load balancer", "backend service", "health check", "certificate"],
    ]);
  });
});

const OTHER = { certificateNames: ["other.example"] };
const NO_POLICY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** A way, what is broken on it, and the hop that must be named for metadata (and blobs). */
const CASES: readonly (readonly [host: string, hop: string, broken: Break, said: readonly string[]])[] = [
  [
    PACKAGES,
    "the route of the registry's name",
    ["ProjectMetadataItem", "", artefact("corefile", /both-ends-prod-/, "other-")],
    ["nat ours", "reachable"],
  ],
  [
    PACKAGES,
    "the route of the bucket's name",
    ["ProjectMetadataItem", "", artefact("corefile", /assets-\d+/, "assets-0")],
    ["reachable", "nat ours"],
  ],
  [
    PACKAGES,
    "the guest rules",
    ["ProjectMetadataItem", "", artefact("guestRules", /-A CAUSEWAY-GUEST .*/, "")],
    ["guest rules ours", "guest rules ours"],
  ],
  [PACKAGES, "the egress rule", ["Firewall", "us-east-1-allow", gone], ["firewall ours", "firewall ours"]],
  [
    PACKAGES,
    "the tunnels",
    ["VPNTunnel", "", (object) => ({ ...object, secrets: { sharedSecret: "other" } })],
    ["tunnel ours", "tunnel ours"],
  ],
  [
    PACKAGES,
    "the bgp sessions",
    ["RouterPeer", "", args({ peerAsn: 65534 })],
    ["bgp session ours", "bgp session ours"],
  ],
  [PACKAGES, "the route back", ["VpnGatewayRoutePropagation", "", gone], ["return route ours", "return route ours"]],
  [
    PACKAGES,
    "the security groups",
    ["SecurityGroupIngressRule", "", args({ fromPort: 80, toPort: 80 })],
    ["security group ours", "security group ours"],
  ],
  [PACKAGES, "the endpoints", ["VpcEndpoint", "", gone], ["public dns ours", "public dns ours"]],
  [PACKAGES, "the domain", ["Domain", "both-ends-prod", gone], ["domain customer"]],
  [PACKAGES, "the domain's key", ["Key", "", args({ isEnabled: false })], ["encryption key customer", "reachable"]],
  [PACKAGES, "the consumer's role", ["Role", "both-ends-packages-reader", gone], ["identity customer", "reachable"]],
  [PACKAGES, "our service account", ["Account", "", args({ disabled: true })], ["identity ours", "reachable"]],
  [
    PACKAGES,
    "the policies of the endpoints",
    ["VpcEndpoint", "", args({ policy: NO_POLICY })],
    ["endpoint policy ours", "endpoint policy ours"],
  ],
  [PACKAGES, "the repositories", ["Repository", "", gone], ["repository customer", "reachable"]],
  [
    PYPI,
    "the acceptance",
    [
      "VpcEndpoint",
      "",
      (object) =>
        String(object.args["serviceName"]).includes("vpce-svc") ? attrs({ state: "rejected" })(object) : object,
    ],
    ["interface endpoint customer"],
  ],
  [PYPI, "the service", ["VpcEndpointService", "", gone], ["service customer"]],
  [PYPI, "the load balancer", ["LoadBalancer", "both-ends-pypi", gone], ["load balancer customer"]],
  [PYPI, "the listener", ["Listener", "", args({ port: 8443 })], ["load balancer customer"]],
  [PYPI, "the targets", ["TargetGroupAttachment", "", gone], ["target group customer"]],
  [PYPI, "the hosts' certificate", ["Host", "", args(OTHER)], ["certificate customer"]],
  [MAVEN, "the private zone", ["ManagedZone", "", gone], ["public dns ours"]],
  [
    MAVEN,
    "the forwarding rule of ours",
    ["ForwardingRule", "psc-maven-f7b339cf", gone],
    ["private service connect ours"],
  ],
  [
    MAVEN,
    "the accept list",
    ["ServiceAttachment", "both-ends-maven", args({ consumerAcceptLists: [] })],
    ["service attachment customer"],
  ],
  [MAVEN, "the attachment", ["ServiceAttachment", "both-ends-maven", gone], ["private service connect customer"]],
  [
    MAVEN,
    "the producer's forwarding rule",
    ["ForwardingRule", "both-ends-maven", args({ ports: ["8443"] })],
    ["load balancer customer"],
  ],
  [
    MAVEN,
    "the backends",
    ["RegionBackendService", "both-ends-maven", args({ backends: [] })],
    ["backend service customer"],
  ],
  [MAVEN, "the machines' certificate", ["InstanceGroup", "maven", args(OTHER)], ["certificate customer"]],
];

const RUN_HERE: typeof CASES = [
  [NPM, "the listener", ["Listener", "", args({ port: 8443 })], ["load balancer customer"]],
  [NPM, "the application load balancer", ["LoadBalancer", "both-ends-npm-app", gone], ["target group customer"]],
  [
    NPM,
    "the rule that lets the load balancer in",
    ["SecurityGroupIngressRule", "", (rule) => (rule.account === "666677778888" ? undefined : rule)],
    ["security group customer"],
  ],
  [
    NPM,
    "the host's rule",
    ["ListenerRule", "", args({ conditions: [{ hostHeader: { values: ["other.example"] } }] })],
    ["target group customer"],
  ],
  [NPM, "the instances", ["Group", "both-ends-npm-app", gone], ["target group customer"]],
];

describe("what is broken is the hop that is named", () => {
  test("on the way to maven.both-ends.example: the health check", async () => {
    // the firewall lets health checks in to the registry's port alone, and would be named first
    await breakIt([
      "Firewall",
      "",
      (rule) => (rule.args["direction"] === "INGRESS" ? args({ allows: [{ protocol: "tcp" }] })(rule) : rule),
    ]);
    await breakIt(["RegionHealthCheck", "both-ends-maven", args({ tcpHealthCheck: { port: 9000 } })]);
    expect(trouble(MAVEN)).toEqual(["health check customer"]);
  });

  test.each([...CASES, ...RUN_HERE])("on the way to %s: %s", async (host, _hop, broken, said) => {
    await breakIt(broken);
    expect(trouble(host)).toEqual(said);
  });
});
