/** Endpoints, addresses, routes and executors that a change takes away. */
import type { GraphNode } from "../../../engine/graph.ts";
import type { ArgumentChange, Outage, ResourceChange } from "../types.ts";
import { UNKNOWN_PROJECT } from "../answers.ts";
import { FOR_GOOD, type Changed } from "./changed.ts";

/** Answers for an endpoint are kept for a minute. Source: Amazon VPC User Guide, endpoint DNS names have a TTL of 60 s. */
const ZONE_LEAVES: Outage["seconds"] = [0, 60];

/** Our own records have a TTL of 60 s, and dns-proxy keeps an answer for 30. */
const NAME_MOVES: Outage["seconds"] = [30, 90];

/** A Cloud NAT is deleted and made. Source: apply and destroy logs of public Cloud NAT projects: 4 to 17 s, 11 to 23 s. */
const NAT_REPLACED: Outage["seconds"] = [15, 40];

const serviceOf = (name: string): string => /vpce-svc-[0-9a-f]+$/.exec(name)?.[0] ?? name;

/** Whether an endpoint leads to a service of the customer's own, and not to AWS's or to one that is published here. */
const isCustomers = (changed: Changed, endpoint: string): boolean =>
  changed
    .before("VpcEndpoint")
    .some(({ name, inputs }) => name === endpoint && String(inputs["serviceName"]).startsWith("com.amazonaws.vpce."));

/** Of an endpoint that nobody has to accept. */
const ENDPOINT_GONE = {
  delete: "the endpoint is taken away, and executors no longer reach what it led to",
  replace: "aws makes another endpoint, and executors reach nothing by it until dns-proxy has its name",
} as const;

/** AWS interface endpoints, zone by zone and port by port. */
export function endpointOutages(changed: Changed): readonly Outage[] {
  const gone = changed.gone("VpcEndpoint");
  const lost = new Set(gone.map(({ name }) => name));
  const endpoint = (name: string) => ({ what: `endpoint ${serviceOf(name)}`, kind: "endpoint" }) as const;
  const taken = gone.map(({ kind, name }): Outage => {
    const down = { ...endpoint(name), seconds: FOR_GOOD, redundant: false };
    if (!isCustomers(changed, name)) return { ...down, why: ENDPOINT_GONE[kind === "delete" ? "delete" : "replace"] };
    const why =
      kind === "delete"
        ? "the endpoint is taken away; to have it back the customer may have to accept again"
        : "aws makes another endpoint, which lets nothing through until the customer accepts it";
    return { ...down, why };
  });
  const narrowed = changed
    .of("VpcEndpoint")
    .filter((change) => change.kind === "update" && loses(change, "subnetIds"))
    .map(({ name }): Outage => {
      const why = "the endpoint leaves a zone, and connections through it are reset";
      return { ...endpoint(name), why, seconds: ZONE_LEAVES, redundant: true };
    });
  return [...taken, ...narrowed, ...closedPorts(changed, lost)];
}

/** Executors lose a port of an endpoint that stays. */
function closedPorts(changed: Changed, lost: ReadonlySet<string>): readonly Outage[] {
  const rules = changed.of("SecurityGroupIngressRule").filter(({ kind }) => kind === "delete");
  const endpoints = changed.before("VpcEndpoint").map(({ name }) => name);
  const closed = new Map<string, string[]>();
  for (const { name } of rules) {
    const endpoint = endpoints.find((candidate) => name.startsWith(`${candidate}-`));
    if (endpoint === undefined || lost.has(endpoint)) continue;
    closed.set(endpoint, [...(closed.get(endpoint) ?? []), name.slice(endpoint.length + 1)]);
  }
  return [...closed].map(([name, keys]) => ({
    what: `endpoint ${serviceOf(name)}`,
    kind: "endpoint",
    why: `no new connections any more from subnet and to port: ${keys.sort().join(", ")}`,
    seconds: FOR_GOOD,
    redundant: false,
  }));
}

/** Whether a list has fewer members after, or others. */
function loses(change: ResourceChange, path: string): boolean {
  const found = change.changes.filter((one) => one.path === path || one.path.startsWith(`${path}[`));
  return found.some(({ before, after }: ArgumentChange) => {
    if (!Array.isArray(before)) return before !== undefined;
    const left: readonly unknown[] = Array.isArray(after) ? after : [];
    return before.some((item) => !left.includes(item));
  });
}

/** The domain of a Private Service Connect endpoint, from the component that its resources belong to. */
function domainOf(changed: Changed, name: string): string {
  const component = changed.before("PrivateServiceConnect").find((node) => node.name === name);
  const domain = component?.inputs["domain"];
  return typeof domain === "string" ? domain : name;
}

/** Whether a rule leads to an attachment that is published here, which accepts our project by itself. */
const isOfOurs = (changed: Changed, rule: string): boolean =>
  changed
    .before("ForwardingRule")
    .some(({ name, inputs }) => name === rule && String(inputs["target"]).startsWith(`projects/${UNKNOWN_PROJECT}/`));

/** Of a rule that nobody has to accept. */
const RULE_GONE = {
  delete: ENDPOINT_GONE.delete,
  replace: "google makes another forwarding rule, and executors reach nothing by the endpoint until it is there",
} as const;

/** Private Service Connect endpoints: rule, ports and name. */
export function pscOutages(changed: Changed): readonly Outage[] {
  const rules = changed.gone("ForwardingRule");
  const lost = new Set(rules.map(({ name }) => name));
  const endpoint = (name: string) => ({ what: `endpoint ${domainOf(changed, name)}`, kind: "endpoint" }) as const;
  const taken = rules.map(({ kind, name }): Outage => {
    const down = { ...endpoint(name), seconds: FOR_GOOD, redundant: false };
    if (isOfOurs(changed, name)) return { ...down, why: RULE_GONE[kind === "delete" ? "delete" : "replace"] };
    const why =
      kind === "delete"
        ? "the endpoint is taken away; to have it back the customer may have to accept again"
        : "google makes another forwarding rule, which lets nothing through until the customer accepts it";
    return { ...down, why };
  });
  const names = new Set(["ManagedZone", "RecordSet"].flatMap((kind) => changed.gone(kind).map(({ name }) => name)));
  const unnamed = [...names]
    .filter((name) => !lost.has(name))
    .map((name): Outage => {
      const why = "the name is made anew and answers nothing meanwhile";
      return { ...endpoint(name), kind: "route", why, seconds: NAME_MOVES, redundant: false };
    });
  return [...taken, ...unnamed, ...closedFirewalls(changed, lost)];
}

/** Executors lose a port towards a connection that stays. */
function closedFirewalls(changed: Changed, lost: ReadonlySet<string>): readonly Outage[] {
  const closed = changed.of("Firewall").filter((change) => {
    const psc = change.name.replace(/-allow$/, "");
    if (!change.name.endsWith("-allow") || lost.has(psc)) return false;
    return changed.before("ForwardingRule").some(({ name }) => name === psc) && losesPorts(changed, change);
  });
  return closed.map(({ name }) => ({
    what: `endpoint ${domainOf(changed, name.replace(/-allow$/, ""))}`,
    kind: "endpoint",
    why: "executors may open no new connections to a port any more",
    seconds: FOR_GOOD,
    redundant: false,
  }));
}

function losesPorts(changed: Changed, { kind, name }: ResourceChange): boolean {
  if (kind === "delete") return true;
  const ports = (nodes: readonly GraphNode[]): readonly string[] =>
    nodes
      .filter((node) => node.name === name)
      .flatMap(({ inputs }) => (inputs["allows"] as readonly { ports?: readonly string[] }[] | undefined) ?? [])
      .flatMap((allow) => allow.ports ?? []);
  const after = ports(changed.after("Firewall"));
  return ports(changed.before("Firewall")).some((port) => !after.includes(port));
}

/** Static addresses of executors. */
export function addressOutages(changed: Changed): readonly Outage[] {
  const external = new Set(
    changed.before("Address").flatMap(({ name, inputs }) => (inputs["addressType"] === "EXTERNAL" ? [name] : [])),
  );
  const lost = changed.gone("Address").filter(({ name }) => external.has(name));
  const addresses = lost.map(({ name }): Outage => {
    const why = "the address is lost for good, and the customer's allowlist is stale";
    return { what: `address ${name}`, kind: "address", why, seconds: FOR_GOOD, redundant: false };
  });
  return [...addresses, ...changed.of("RouterNat").flatMap((change) => natOutages(change, lost.length > 0))];
}

function natOutages(change: ResourceChange, addressesLost: boolean): readonly Outage[] {
  const nat = { what: `nat ${change.name}`, kind: "address", redundant: false } as const;
  if (change.kind === "delete") {
    return [{ ...nat, why: "executors have no way to public registries any more", seconds: FOR_GOOD }];
  }
  if (change.kind === "replace") {
    return [
      { ...nat, why: "google deletes the nat and makes it anew; every connection is cut", seconds: NAT_REPLACED },
    ];
  }
  const list = (path: string, side: "before" | "after"): readonly string[] =>
    change.changes
      .filter((one) => one.path === path)
      .flatMap((one) => (one[side] as readonly string[] | undefined) ?? []);
  const short = (link: string): string => link.replace(/\.selfLink$/, "");
  const [had, has, drains] = [list("natIps", "before"), list("natIps", "after"), list("drainNatIps", "after")];
  const cut = addressesLost ? [] : had.filter((link) => !has.includes(link) && !drains.includes(link));
  const added = has.filter((link) => !had.includes(link));
  return [
    ...cut.map((link): Outage => {
      const why = "the address carries nothing any more, and its open connections are cut";
      return { ...nat, what: `address ${short(link)}`, why, seconds: [0, 1], redundant: true };
    }),
    ...added.map((link): Outage => {
      const why = "executors leave from it at once; where the customer has not allowed it they are refused";
      return { ...nat, what: `address ${short(link)}`, why, seconds: FOR_GOOD, redundant: false };
    }),
  ];
}

/** Private names that dns-proxy no longer translates. */
export function routeOutages(changed: Changed): readonly Outage[] {
  const routes = (nodes: readonly GraphNode[]): readonly string[] =>
    nodes.flatMap(({ inputs }) => (inputs["routes"] as readonly string[] | undefined) ?? []);
  const after = new Set(routes(changed.after("DnsProxy")));
  const lost = routes(changed.before("DnsProxy")).filter((route) => !after.has(route));
  const why = "executors resolve the name like anybody else from then on, no longer to its private destination";
  return lost.map((what) => ({ what, kind: "route", why, seconds: FOR_GOOD, redundant: false }));
}

/** Networks and subnets under running executors. */
export function executorOutages(changed: Changed): readonly Outage[] {
  const nets = [...changed.gone("Network"), ...changed.gone("Subnetwork")];
  return nets.map(({ name, kind }) => ({
    what: `executors in ${name}`,
    kind: "executors",
    why: `the executors in it lose every connection${kind === "replace" ? ", and must be made anew" : ""}`,
    seconds: FOR_GOOD,
    redundant: false,
  }));
}
