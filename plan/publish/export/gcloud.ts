import { className, ExportError, partsOf } from "./resources.ts";
import type { ExportedFile, ExportedResource, ExportedSide } from "./resources.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** A question that fails where a thing is missing, and the command that makes it. */
interface Step {
  readonly describe: readonly string[];
  /** What the answer holds once the command has run; any answer will do where this is left out. */
  readonly holds?: string;
  readonly create: readonly string[];
  readonly then?: readonly Step[];
}

/** Quoted for a shell where it has to be. */
const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A name, a path or a list, with resources of this script by their name: all are in one project and region. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join(",");
  return partsOf(String(value))
    .map((part) => (typeof part === "string" ? part : part.name))
    .join("");
}

const lastOf = (path: unknown): string => text(path).split("/").at(-1)!;

/** `--flag=value` of what is there. */
const flags = (values: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : value === true ? [`--${name}`] : [`--${name}=${text(value)}`],
  );

const compute = (kind: string, name: string, place: string, created: readonly string[]): Step => ({
  describe: ["compute", ...kind.split(" "), "describe", name, place],
  create: ["compute", ...kind.split(" "), "create", name, place, ...created],
});

const region = (inputs: Inputs): string => `--region=${text(inputs["region"])}`;
const nameOf = (inputs: Inputs): string => String(inputs["name"]);
const network = (inputs: Inputs): string => lastOf(inputs["network"]);

function healthCheck({ inputs }: ExportedResource): Step {
  const kinds = { tcp: inputs["tcpHealthCheck"], http: inputs["httpHealthCheck"], https: inputs["httpsHealthCheck"] };
  const [kind, block] = Object.entries(kinds).find(([, one]) => one !== undefined)! as [string, Inputs];
  const given = flags({ port: block["port"], "request-path": block["requestPath"], "enable-logging": true });
  const name = nameOf(inputs);
  const describe = ["compute", "health-checks", "describe", name, region(inputs)];
  return { describe, create: ["compute", "health-checks", "create", kind, name, region(inputs), ...given] };
}

function backendService({ inputs }: ExportedResource): Step {
  const own = compute("backend-services", nameOf(inputs), region(inputs), [
    ...flags({
      "load-balancing-scheme": inputs["loadBalancingScheme"],
      protocol: inputs["protocol"],
      network: inputs["network"] === undefined ? undefined : network(inputs),
      "port-name": inputs["portName"],
      "health-checks": inputs["healthChecks"],
      "health-checks-region": inputs["region"],
      "connection-draining-timeout": `${String(inputs["connectionDrainingTimeoutSec"])}s`,
    }),
  ]);
  const members = inputs["backends"] as readonly Inputs[];
  return { ...own, then: members.map((member) => backend(inputs, member)) };
}

/** A group of this script is in the zone that `groupZone` says; others are in that of their path. */
function backend(inputs: Inputs, member: Inputs): Step {
  const path = text(member["group"]).split("/");
  const own = path.length === 1;
  const kind = own || path.includes("networkEndpointGroups") ? "network-endpoint-group" : "instance-group";
  const place = own || path.includes("zones") ? "zone" : "region";
  const name = path.at(-1)!;
  const service = [nameOf(inputs), region(inputs)];
  return {
    describe: ["compute", "backend-services", "describe", ...service, "--format=value(backends[].group)"],
    holds: `/${name}`,
    create: [
      ...["compute", "backend-services", "add-backend", ...service],
      ...flags({
        [kind]: name,
        [`${kind}-${place}`]: own ? inputs["groupZone"] : path.at(-3),
        "balancing-mode": member["balancingMode"],
        "max-connections-per-endpoint": member["maxConnectionsPerEndpoint"],
        "max-rate-per-endpoint": member["maxRatePerEndpoint"],
        "capacity-scaler": member["capacityScaler"],
      }),
    ],
  };
}

function forwardingRule({ inputs }: ExportedResource): Step {
  const labels = Object.entries(inputs["labels"] as Inputs).map(([key, one]) => `${key}=${String(one)}`);
  const target = partsOf(text(inputs["target"] ?? ""));
  const proxy = inputs["target"] === undefined ? undefined : className(partType(inputs["target"]));
  return compute("forwarding-rules", nameOf(inputs), region(inputs), [
    ...flags({
      "load-balancing-scheme": inputs["loadBalancingScheme"],
      "backend-service": inputs["backendService"],
      [proxy === "RegionTargetHttpsProxy" ? "target-https-proxy" : "target-tcp-proxy"]:
        target.length === 0 ? undefined : inputs["target"],
      [proxy === "RegionTargetHttpsProxy" ? "target-https-proxy-region" : "target-tcp-proxy-region"]:
        target.length === 0 ? undefined : inputs["region"],
      network: network(inputs),
      subnet: lastOf(inputs["subnetwork"]),
      "ip-protocol": proxy === undefined ? inputs["ipProtocol"] : undefined,
      ports: inputs["ports"],
      labels,
    }),
  ]);
}

function partType(value: unknown): string {
  const part = partsOf(String(value)).find((one) => typeof one === "object");
  return part?.type ?? "";
}

function attachment({ inputs }: ExportedResource): Step {
  const [accepted] = inputs["consumerAcceptLists"] as readonly Inputs[];
  return compute("service-attachments", nameOf(inputs), region(inputs), [
    ...flags({
      "producer-forwarding-rule": inputs["targetService"],
      "connection-preference": inputs["connectionPreference"],
      "consumer-accept-list": `${String(accepted!["projectIdOrNum"])}=${String(accepted!["connectionLimit"])}`,
      "nat-subnets": inputs["natSubnets"],
      "domain-names": inputs["domainNames"],
      "reconcile-connections": true,
    }),
  ]);
}

function firewall({ inputs }: ExportedResource): Step {
  const [{ protocol, ports } = {}] = inputs["allows"] as readonly Inputs[];
  const name = nameOf(inputs);
  return {
    describe: ["compute", "firewall-rules", "describe", name],
    create: [
      ...["compute", "firewall-rules", "create", name],
      ...flags({
        network: network(inputs),
        direction: inputs["direction"],
        allow: (ports as readonly string[]).map((port) => `${String(protocol)}:${port}`),
        "source-ranges": inputs["sourceRanges"],
        "target-service-accounts": inputs["targetServiceAccounts"],
        "enable-logging": true,
        "logging-metadata": "exclude-all",
      }),
    ],
  };
}

/** What makes each resource. Source: gcloud CLI reference, `gcloud compute`. */
const STEPS: Readonly<Record<string, (one: ExportedResource, side: ExportedSide) => Step | undefined>> = {
  Subnetwork: ({ inputs }) =>
    compute("networks subnets", nameOf(inputs), region(inputs), [
      ...flags({
        network: network(inputs),
        range: inputs["ipCidrRange"],
        purpose: inputs["purpose"],
        role: inputs["role"],
      }),
    ]),
  RegionHealthCheck: healthCheck,
  RegionBackendService: (one, { resources }) => {
    const group = resources.find(({ type }) => className(type) === "NetworkEndpointGroup");
    return backendService({ ...one, inputs: named({ ...one.inputs, groupZone: group?.inputs["zone"] }, group) });
  },
  ForwardingRule: forwardingRule,
  ServiceAttachment: attachment,
  Firewall: firewall,
  RegionUrlMap: ({ inputs }) =>
    compute("url-maps", nameOf(inputs), region(inputs), [...flags({ "default-service": inputs["defaultService"] })]),
  RegionTargetHttpsProxy: ({ inputs }) =>
    compute("target-https-proxies", nameOf(inputs), region(inputs), [
      ...flags({
        "url-map": inputs["urlMap"],
        "url-map-region": inputs["region"],
        "ssl-certificates": (inputs["sslCertificates"] as readonly string[]).map(lastOf),
        "ssl-certificates-region": inputs["region"],
      }),
    ]),
  RegionTargetTcpProxy: ({ inputs }) =>
    compute("target-tcp-proxies", nameOf(inputs), region(inputs), [
      ...flags({ "backend-service": inputs["backendService"], "backend-service-region": inputs["region"] }),
    ]),
  NetworkEndpointGroup: ({ inputs }, { resources }) => {
    const zone = `--zone=${text(inputs["zone"])}`;
    const members = resources.filter(({ type }) => className(type) === "NetworkEndpoint");
    const group = ["compute", "network-endpoint-groups"];
    const then = members.map(({ inputs: { ipAddress, port } }): Step => ({
      describe: [...group, "list-network-endpoints", nameOf(inputs), zone, "--format=value(networkEndpoint.ipAddress)"],
      holds: text(ipAddress),
      create: [...group, "update", nameOf(inputs), zone, `--add-endpoint=ip=${text(ipAddress)},port=${text(port)}`],
    }));
    const given = flags({
      "network-endpoint-type": "non-gcp-private-ip-port",
      network: network(inputs),
      "default-port": inputs["defaultPort"],
    });
    return { ...compute("network-endpoint-groups", nameOf(inputs), zone, given), then };
  },
  NetworkEndpoint: () => undefined,
  // An alert is for Terraform or the console: gcloud makes one from a file alone.
  AlertPolicy: () => undefined,
};

/** The group of addresses by its physical name, which is not that of its resource. */
const named = (inputs: Inputs, group: ExportedResource | undefined): Inputs => ({
  ...inputs,
  backends: (inputs["backends"] as readonly Inputs[]).map((member) =>
    group !== undefined && partType(member["group"]) === group.type
      ? { ...member, group: String(group.inputs["name"]) }
      : member,
  ),
});

function command(words: readonly string[]): string {
  const [first = "", ...rest] = words.map(quoted);
  const at = rest.findIndex((word) => word.startsWith("--"));
  const verb = at < 0 ? rest : rest.slice(0, at);
  const options = at < 0 ? [] : rest.slice(at);
  return ["gcloud", first, ...verb].join(" ") + options.map((option) => ` \\\n    ${option}`).join("");
}

function block({ describe, holds, create, then = [] }: Step): string {
  const question = ["gcloud", ...describe.map(quoted)].join(" ");
  // The whole answer is read: a reader that leaves early would make the question fail.
  const check =
    holds === undefined ? `${question} >/dev/null 2>&1` : `${question} | grep -F -- ${quoted(holds)} >/dev/null`;
  return [`if ! ${check}; then\n  ${command(create)}\nfi`, ...then.map(block)].join("\n");
}

/**
 * A publisher on Google Cloud as a script of `gcloud`, which makes what is missing and changes nothing that is there.
 * @throws ExportError for a type without a command: a defect of this program
 */
export function gcloud(side: ExportedSide): ExportedFile {
  const steps = side.resources.flatMap((one) => {
    const step = STEPS[className(one.type)];
    if (step === undefined) throw new ExportError(`expected a type that gcloud makes, got ${one.type}`);
    return step(one, side) ?? [];
  });
  const own = side.resources.find(({ type }) => className(type) === "ServiceAttachment")!;
  const content = [
    "#!/usr/bin/env bash",
    `# Publishes ${side.registry} over Private Service Connect. Makes what is missing, and changes nothing that is there.`,
    "set -euo pipefail",
    `export CLOUDSDK_CORE_PROJECT=${quoted(side.account)} CLOUDSDK_CORE_DISABLE_PROMPTS=1`,
    "",
    ...steps.map(block),
    "",
    `echo ${quoted(`projects/${side.account}/regions/${side.region}/serviceAttachments/${nameOf(own.inputs)}`)}`,
  ];
  return { name: `${side.name}-gcp.sh`, content: `${content.join("\n")}\n` };
}
