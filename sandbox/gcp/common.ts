/** What the Google handlers share: resource URLs, references, refusals. */
import { googleError, type CloudError } from "../errors.ts";
import type { Call } from "../handler.ts";
import { isRecord, isUnknown, text, type Values } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";

const API = "https://www.googleapis.com/compute/v1/";

/** A kind of Compute Engine resource: its type token and its place in URLs. */
export interface Kind {
  readonly type: string;
  /** e.g. `networks` */
  readonly collection: string;
  readonly global: boolean;
  /** In a zone of its region. */
  readonly zonal?: boolean;
  /** The provider's word for it, e.g. `Network`. */
  readonly noun: string;
}

function kind(leaf: string, collection: string, global = false): Kind {
  const noun = leaf[0]!.toUpperCase() + leaf.slice(1);
  const className = leaf === "vPNTunnel" ? "VPNTunnel" : noun;
  return {
    type: `gcp:compute/${leaf}:${className}`,
    collection,
    global,
    noun: leaf === "vPNTunnel" ? "VpnTunnel" : noun,
  };
}

export const NETWORK = kind("network", "networks", true);
export const SUBNETWORK = kind("subnetwork", "subnetworks");
export const HA_GATEWAY = kind("haVpnGateway", "vpnGateways");
export const EXTERNAL_GATEWAY = kind("externalVpnGateway", "externalVpnGateways", true);
export const TUNNEL = kind("vPNTunnel", "vpnTunnels");
export const ROUTER = kind("router", "routers");
export const ADDRESS = kind("address", "addresses");
export const FORWARDING_RULE = kind("forwardingRule", "forwardingRules");
export const FIREWALL = kind("firewall", "firewalls", true);
export const SERVICE_ATTACHMENT = kind("serviceAttachment", "serviceAttachments");
export const BACKEND_SERVICE = kind("regionBackendService", "backendServices");
export const HEALTH_CHECK = kind("regionHealthCheck", "healthChecks");
export const URL_MAP = kind("regionUrlMap", "urlMaps");
export const HTTPS_PROXY = kind("regionTargetHttpsProxy", "targetHttpsProxies");
export const TCP_PROXY = kind("regionTargetTcpProxy", "targetTcpProxies");
export const SSL_CERTIFICATE = kind("regionSslCertificate", "sslCertificates");
export const REGION_ENDPOINT_GROUP = kind("regionNetworkEndpointGroup", "networkEndpointGroups");
export const ENDPOINT_GROUP: Kind = { ...kind("networkEndpointGroup", "networkEndpointGroups"), zonal: true };
/** Groups of machines, which no program here makes: those of a zone, and those of a region. */
export const INSTANCE_GROUP: Kind = { ...kind("instanceGroup", "instanceGroups"), zonal: true };
export const REGION_INSTANCE_GROUP: Kind = { ...kind("instanceGroup", "instanceGroups"), noun: "RegionInstanceGroup" };

export const ROUTER_INTERFACE = "gcp:compute/routerInterface:RouterInterface";
export const ROUTER_PEER = "gcp:compute/routerPeer:RouterPeer";
export const ROUTER_NAT = "gcp:compute/routerNat:RouterNat";
export const NETWORK_ENDPOINT = "gcp:compute/networkEndpoint:NetworkEndpoint";
export const METADATA_ITEM = "gcp:compute/projectMetadataItem:ProjectMetadataItem";
export const MANAGED_ZONE = "gcp:dns/managedZone:ManagedZone";
export const RECORD_SET = "gcp:dns/recordSet:RecordSet";

/** The relative URL of a resource, which is also its Pulumi id. @param zone of what is zonal */
export function pathOf(kind: Kind, { account, region }: Place, name: string, zone = `${region}-a`): string {
  const where = kind.global ? "global" : kind.zonal ? `zones/${zone}` : `regions/${region}`;
  return `projects/${account}/${where}/${kind.collection}/${name}`;
}

export function selfLink(path: string): string {
  return API + path;
}

/** A URL of Compute Engine from `projects/` on. */
export function relativeUrl(url: string): string {
  return url.replace(/^https:\/\/(www|compute)\.googleapis\.com\/compute\/(v1|beta)\//, "");
}

/** The region of a zone. */
export function regionOf(zone: string): string {
  return zone
    .split("/")
    .at(-1)!
    .replace(/-[a-z]$/, "");
}

/** The object a full URL, a relative URL or a bare name refers to; bare names are looked up in the request's own place. */
export function resolve(world: World, place: Place, kind: Kind, reference: unknown): CloudObject | undefined {
  const given = text(reference);
  if (given === undefined) return undefined;
  const url = relativeUrl(given);
  const path = url.includes("/") ? url : pathOf(kind, place, url);
  const match = /^projects\/([^/]+)\/(?:global|regions\/([^/]+)|zones\/([^/]+))\/([^/]+)\/[^/]+$/.exec(path);
  if (!match || match[4] !== kind.collection) return undefined;
  if ((match[3] !== undefined) !== (kind.zonal === true)) return undefined;
  const region = match[3] === undefined ? (match[2] ?? "") : regionOf(match[3]);
  const at = { cloud: "gcp" as const, account: match[1]!, region: kind.global ? "global" : region };
  return world.find(at, kind.type, path);
}

/** One request's words for what it does, for its errors. */
export class Doing {
  readonly #doing: string;

  /** @param doing e.g. `Error creating Network` */
  constructor(doing: string) {
    this.#doing = doing;
  }

  error(code: string, message: string): CloudError {
    return googleError(this.#doing, code, message);
  }

  invalid(field: string, value: unknown, why: string): CloudError {
    return this.error("invalid", `Invalid value for field 'resource.${field}': '${String(value)}'. ${why}`);
  }

  /** @throws CloudError in Google's words when the reference leads nowhere */
  find({ world, place }: Call, kind: Kind, field: string, reference: unknown): CloudObject {
    const found = resolve(world, place, kind, reference);
    if (found) return found;
    const path = String(reference).includes("/") ? String(reference) : pathOf(kind, place, String(reference));
    const relative = path.replace(/^https:\/\/[^/]+\/compute\/(v1|beta)\//, "");
    if (!new RegExp(`/${kind.collection}/`).test(relative))
      throw this.invalid(field, reference, "The URL is malformed.");
    throw this.error("notFound", `The resource '${relative}' was not found`);
  }
}

/** Id, name and URL of a new resource. @throws CloudError when the name is taken */
export function identity(call: Call, kind: Kind, doing: Doing): { id: string; name: string; attrs: Values } {
  const name = String(call.args["name"]);
  const id = pathOf(kind, call.place, name);
  if (call.world.find(call.place, kind.type, id))
    throw doing.error("alreadyExists", `The resource '${id}' already exists`);
  return { id, name, attrs: { selfLink: selfLink(id), creationTimestamp: timestamp() } };
}

export function timestamp(): string {
  return new Date().toISOString().replace("Z", "-00:00");
}

/** A resource's numeric id, as a number safe in JSON or as text. */
export function numericId({ tx }: Call): number {
  return Number.parseInt(tx.hex("number", 12), 16);
}

/** Google's words when something that is still used is to be deleted. */
export function inUse(kind: Kind): (object: CloudObject, users: readonly CloudObject[]) => CloudError {
  return ({ id }, users) => {
    const singular = kind.collection.replace(/(?<=ss)es$|s$/, "");
    const word = singular.replace(/([A-Z])/g, "_$1").toLowerCase();
    const by = userPath(users[0]!);
    const message = `The ${word} resource '${id}' is already being used by '${by}'`;
    return googleError(`Error waiting for Deleting ${kind.noun}`, "resourceInUseByAnotherResource", message);
  };
}

/** What holds a resource, as Google names it: parts of a router count as the router. */
function userPath(user: CloudObject): string {
  if (!/router(Interface|Peer|Nat)/.test(user.type)) return user.id;
  return `projects/${user.account}/regions/${user.region}/routers/${String(user.args["router"]).split("/").at(-1)}`;
}

/** The full set of labels of a resource: the provider's and its own. */
export function labels(args: Values, defaults: Readonly<Record<string, string>>): Values {
  if (isUnknown(args["labels"])) return { pulumiLabels: args["labels"], effectiveLabels: args["labels"] };
  const own = isRecord(args["labels"]) ? args["labels"] : {};
  const all = { ...defaults, ...own };
  return { pulumiLabels: all, effectiveLabels: all };
}
