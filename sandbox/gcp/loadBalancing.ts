/** What an internal load balancer is made of behind its forwarding rule. Source: Cloud Load Balancing documentation. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import type { Call, Handler } from "../handler.ts";
import { blocks, isEmpty, isRecord, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import {
  BACKEND_SERVICE,
  Doing,
  ENDPOINT_GROUP,
  FORWARDING_RULE,
  HEALTH_CHECK,
  HTTPS_PROXY,
  identity,
  INSTANCE_GROUP,
  inUse,
  NETWORK,
  numericId,
  REGION_ENDPOINT_GROUP,
  REGION_INSTANCE_GROUP,
  resolve,
  SSL_CERTIFICATE,
  TCP_PROXY,
  URL_MAP,
  type Kind,
} from "./common.ts";

/** A resource of a kind that joins others and has no more behaviour. */
function joining(kind: Kind, number: string, parts: (call: Call, doing: Doing) => CloudObject[]): Handler {
  return {
    create(call) {
      const doing = new Doing(`Error creating ${kind.noun}`);
      const made = identity(call, kind, doing);
      return { ...made, attrs: { ...made.attrs, [number]: numericId(call) }, uses: parts(call, doing) };
    },
    update: (call, { id }) => ({ uses: parts(call, new Doing(`Error updating ${kind.noun} "${id}"`)) }),
    outputs: ({ id, args }, world) => ({ fingerprint: world.hash(id + JSON.stringify(args)).slice(0, 12) }),
    inUse: inUse(kind),
  };
}

/** The kind of check a health check makes, as its block of arguments and as Google's word. */
const CHECKS: Readonly<Record<string, string>> = {
  tcpHealthCheck: "TCP",
  sslHealthCheck: "SSL",
  httpHealthCheck: "HTTP",
  httpsHealthCheck: "HTTPS",
};

const healthCheck: Handler = {
  ...joining(HEALTH_CHECK, "healthCheckId", (call, doing) => {
    const [every, within] = [call.args["checkIntervalSec"], call.args["timeoutSec"]].map(Number);
    if (within! > every!)
      throw doing.invalid("timeoutSec", within, `It must not be greater than checkIntervalSec, ${every}.`);
    return [];
  }),
  outputs: ({ args }) => ({
    type: CHECKS[Object.keys(CHECKS).find((name) => args[name] !== undefined) ?? ""] ?? "",
    logConfig: args["logConfig"] ?? { enable: false },
  }),
};

/**
 * The port a health check asks at; undefined where it is told to use the backend's serving port.
 * Source: Compute API reference, regionHealthChecks: port is 80, or 443 with TLS, unless given.
 */
export function checkPort({ args }: CloudObject): number | undefined {
  const name = Object.keys(CHECKS).find((one) => isRecord(args[one]));
  const block = name === undefined ? {} : (args[name] as Values);
  if (block["portSpecification"] === "USE_SERVING_PORT") return undefined;
  const tls = name === "sslHealthCheck" || name === "httpsHealthCheck";
  return Number(block["port"] ?? (tls ? 443 : 80));
}

/**
 * A part of the same region as what refers to it.
 * Source: Compute API reference: regional backend services, URL maps and proxies take regional parts of their own region.
 */
function near(call: Call, doing: Doing, field: string, part: CloudObject): CloudObject {
  if (part.region === call.place.region) return part;
  throw doing.invalid(field, part.id, `It must be in the region ${call.place.region}.`);
}

/** The group of machines or of addresses that a backend names. */
export function groupOf(world: World, place: CloudObject | Call["place"], url: unknown): CloudObject | undefined {
  const kinds = [INSTANCE_GROUP, REGION_INSTANCE_GROUP, ENDPOINT_GROUP, REGION_ENDPOINT_GROUP];
  return kinds.map((kind) => resolve(world, place, kind, url)).find((found) => found !== undefined);
}

const PROTOCOLS: Readonly<Record<string, readonly string[]>> = {
  INTERNAL: ["TCP", "UDP", "UNSPECIFIED"],
  INTERNAL_MANAGED: ["HTTP", "HTTPS", "HTTP2", "TCP", "GRPC", "H2C"],
};

const backendService: Handler = {
  create(call) {
    const doing = new Doing("Error creating RegionBackendService");
    const made = identity(call, BACKEND_SERVICE, doing);
    const { uses, network } = backendParts(call, doing);
    return { ...made, attrs: { ...made.attrs, generatedId: numericId(call), ...network }, uses };
  },
  update(call, object) {
    const doing = new Doing(`Error updating RegionBackendService "${object.id}"`);
    const { uses, network } = backendParts(call, doing);
    servesUsers(call, doing, object);
    return { attrs: network, uses };
  },
  outputs: ({ args, id }, world) => ({
    ...{ fingerprint: world.hash(id + JSON.stringify(args)).slice(0, 12), portName: args["portName"] ?? "http" },
    ...{ sessionAffinity: args["sessionAffinity"] ?? "NONE", timeoutSec: args["timeoutSec"] ?? 30 },
    ...{ protocol: args["protocol"] ?? "HTTP", logConfig: args["logConfig"] ?? { enable: false } },
  }),
  inUse: inUse(BACKEND_SERVICE),
};

/**
 * Whether what refers to a backend service could refer to one of its new protocol. Source: Cloud Load Balancing
 * documentation, Backend services overview, "Protocol to the backends": a rule that passes packets through has the protocol
 * of its backend service, unless that is UNSPECIFIED, and a TCP proxy's is TCP.
 */
function servesUsers({ args, world }: Call, doing: Doing, object: CloudObject): void {
  const protocol = text(args["protocol"]) ?? "HTTP";
  const misfit = world.referrers(object).find(({ type, args: theirs }) => {
    if (type === TCP_PROXY.type) return protocol !== "TCP";
    return (
      type === FORWARDING_RULE.type && protocol !== "UNSPECIFIED" && (text(theirs["ipProtocol"]) ?? "TCP") !== protocol
    );
  });
  if (misfit !== undefined)
    throw doing.invalid("protocol", protocol, `It does not fit '${misfit.id}', which refers to the backend service.`);
}

function backendParts(call: Call, doing: Doing): { uses: (CloudObject | undefined)[]; network: Values } {
  const { args } = call;
  const scheme = String(args["loadBalancingScheme"]);
  const known = PROTOCOLS[scheme];
  if (known === undefined)
    throw doing.invalid("loadBalancingScheme", scheme, "The sandbox simulates internal ones alone.");
  const protocol = text(args["protocol"]) ?? "HTTP";
  if (!known.includes(protocol))
    throw doing.invalid("protocol", protocol, `It must be one of ${known.join(", ")} with the scheme ${scheme}.`);
  const check = text(args["healthChecks"]);
  const found =
    check === undefined
      ? []
      : [near(call, doing, "healthChecks", doing.find(call, HEALTH_CHECK, "healthChecks", check))];
  const backends = blocks(args["backends"]);
  if (found.length === 0 && backends.length > 0)
    throw doing.invalid("healthChecks", "", "A backend service with these backends needs a health check.");
  const groups = backends.map((backend, index) => member(call, doing, { backend, index, scheme }));
  const network = isEmpty(args["network"]) ? undefined : doing.find(call, NETWORK, "network", args["network"]);
  if (network && scheme !== "INTERNAL")
    throw doing.invalid("network", args["network"], "It can be specified for the scheme INTERNAL alone.");
  const joined = network ?? (groups[0] && resolve(call.world, groups[0], NETWORK, groups[0].attrs["network"]));
  const foreign = groups.find((group) => scheme === "INTERNAL" && !inNetwork(call.world, group, joined));
  if (foreign) throw doing.invalid("backends", foreign.id, `The group is not in network ${joined?.name}.`);
  const link = scheme === "INTERNAL" && joined ? { network: joined.attrs["selfLink"] } : {};
  return { uses: [...found, ...groups, network], network: link };
}

function inNetwork(world: World, group: CloudObject, network: CloudObject | undefined): boolean {
  const theirs = resolve(world, group, NETWORK, group.attrs["network"]);
  return theirs === undefined || network === undefined || keyOf(theirs) === keyOf(network);
}

/** Source: Cloud Load Balancing documentation, Backend services overview: balancing modes, and backends by product. */
function member(
  call: Call,
  doing: Doing,
  { backend, index, scheme }: { backend: Values; index: number; scheme: string },
): CloudObject {
  const field = `backends[${index}].group`;
  const group = groupOf(call.world, call.place, backend["group"]);
  if (!group) throw doing.error("notFound", `The resource '${text(backend["group"]) ?? ""}' was not found`);
  if (group.region !== call.place.region)
    throw doing.invalid(field, group.id, "The group must be in the region of the backend service.");
  const mode = text(backend["balancingMode"]) ?? "UTILIZATION";
  if (scheme === "INTERNAL" && mode !== "CONNECTION")
    throw doing.invalid(`backends[${index}].balancingMode`, mode, "It must be CONNECTION with the scheme INTERNAL.");
  const requests = ["HTTP", "HTTPS", "HTTP2", "GRPC", "H2C"].includes(text(call.args["protocol"]) ?? "HTTP");
  if ((mode === "RATE" || mode === "CUSTOM_METRICS") && !requests)
    throw doing.invalid(`backends[${index}].balancingMode`, mode, "It is for protocols that have requests.");
  const share = Number(backend["capacityScaler"] ?? 1);
  if (share > 1 || (share > 0 && share < 0.1))
    throw doing.invalid(`backends[${index}].capacityScaler`, share, "It must be 0, or from 0.1 to 1.");
  const remote = group.args["networkEndpointType"] === "NON_GCP_PRIVATE_IP_PORT";
  if (remote && scheme === "INTERNAL")
    throw doing.invalid(field, group.id, "Endpoints outside Google Cloud need a proxy: the scheme INTERNAL_MANAGED.");
  if (group.type === ENDPOINT_GROUP.type && scheme === "INTERNAL_MANAGED" && mode === "UTILIZATION")
    throw doing.invalid(`backends[${index}].balancingMode`, mode, "A network endpoint group needs RATE or CONNECTION.");
  return group;
}

const urlMap = joining(URL_MAP, "mapId", (call, doing) => {
  const service = doing.find(call, BACKEND_SERVICE, "defaultService", call.args["defaultService"]);
  return [near(call, doing, "defaultService", managed(doing, "defaultService", service))];
});

function managed(doing: Doing, field: string, service: CloudObject): CloudObject {
  if (service.args["loadBalancingScheme"] === "INTERNAL_MANAGED") return service;
  throw doing.invalid(field, service.id, "Its load balancing scheme must be INTERNAL_MANAGED.");
}

const httpsProxy = joining(HTTPS_PROXY, "proxyId", (call, doing) => {
  const map = near(call, doing, "urlMap", doing.find(call, URL_MAP, "urlMap", call.args["urlMap"]));
  const urls = texts(call.args["sslCertificates"]);
  if (urls.length === 0 || urls.length > 15)
    throw doing.invalid("sslCertificates", urls.length, "1 to 15 certificates must be specified.");
  const certificates = urls.map((url) => doing.find(call, SSL_CERTIFICATE, "sslCertificates", url));
  return [map, ...certificates.map((one) => near(call, doing, "sslCertificates", one))];
});

const tcpProxy = joining(TCP_PROXY, "proxyId", (call, doing) => {
  const service = doing.find(call, BACKEND_SERVICE, "service", call.args["backendService"]);
  if (service.args["protocol"] !== "TCP")
    throw doing.invalid("service", service.id, "The protocol of the backend service must be TCP.");
  return [near(call, doing, "service", managed(doing, "service", service))];
});

const sslCertificate: Handler = {
  create(call) {
    const doing = new Doing("Error creating RegionSslCertificate");
    const made = identity(call, SSL_CERTIFICATE, doing);
    const { names, expireTime, issuer } = certificate(call, doing);
    return { ...made, attrs: { ...made.attrs, certificateId: numericId(call), names, expireTime, issuer } };
  },
  outputs: () => ({ names: undefined, issuer: undefined }),
  inUse: inUse(SSL_CERTIFICATE),
};

/** What a certificate says, and that its key is the one given; neither is kept. */
function certificate({ args }: Call, doing: Doing): { names: string[]; expireTime: string; issuer: string } {
  const parsed = attempt(() => new X509Certificate(String(args["certificate"])));
  if (!parsed) throw doing.error("sslCertificateCouldNotParseCert", "The SSL certificate could not be parsed.");
  const key = attempt(() => createPrivateKey(String(args["privateKey"] ?? args["privateKeyWo"])));
  if (!key) throw doing.error("sslCertificateCouldNotParseKey", "The SSL key could not be parsed.");
  if (!parsed.checkPrivateKey(key))
    throw doing.error("sslCertificateKeyMismatch", "The SSL certificate does not match the SSL key.");
  const names = (parsed.subjectAltName ?? "").split(", ").filter((one) => one.startsWith("DNS:"));
  return {
    ...{ names: names.map((one) => one.slice("DNS:".length)), issuer: parsed.issuer },
    expireTime: new Date(parsed.validTo).toISOString(),
  };
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export const LOAD_BALANCING_HANDLERS: Record<string, Handler> = {
  [HEALTH_CHECK.type]: healthCheck,
  [BACKEND_SERVICE.type]: backendService,
  [URL_MAP.type]: urlMap,
  [HTTPS_PROXY.type]: httpsProxy,
  [TCP_PROXY.type]: tcpProxy,
  [SSL_CERTIFICATE.type]: sslCertificate,
};
