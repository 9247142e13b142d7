/** Whether a registry is published as the customer file says: to us alone, with the targets and ports it names. */
import type { Customer } from "../../plan/customer.ts";
import type { PublishAws, PublishGcp } from "../../plan/publish/customer.ts";
import { opensIncident } from "../../sandbox/gcp/alertState.ts";
import { blocks, isRecord, text, texts } from "../../sandbox/values.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

/** The one type whose objects have no name of their own. */
const ENDPOINT = "gcp:compute/networkEndpoint:NetworkEndpoint";

/** What is there of a registry, by class name. */
type All = (className: string) => readonly CloudObject[];

export function publicationTrouble({ ours }: Aftermath, customer: Customer): string | undefined {
  const [connection] = customer.aws;
  for (const { key, publish, origin } of customer.registries) {
    const of =
      (account: string): All =>
      (className) =>
        ours.filter((one) => one.account === account && one.outside !== true && one.type.endsWith(`:${className}`));
    const account = origin.kind === "selfHosted" ? origin.selfHosted.accountID : publish.aws?.accountID;
    const { aws, gcp } = publish;
    const named =
      (all: All): All =>
      (className) =>
        all(className).filter(({ name, type }) => type === ENDPOINT || (name?.includes(`-${key}`) ?? true));
    const trouble =
      (aws && account !== undefined ? onAws(of(account), aws, connection!.accountID) : undefined) ??
      (gcp ? onGoogle(named(of(gcp.projectID)), gcp, customer.gcp.projectID) : undefined);
    if (trouble !== undefined) return `${key}: ${trouble}`;
  }
  return undefined;
}

function onAws(all: All, publish: PublishAws, us: string): string | undefined {
  const [service] = all("VpcEndpointService");
  const principals = texts(service?.args["allowedPrincipals"]);
  if (principals.join() !== `arn:aws:iam::${us}:root`) return `${principals.join(", ") || "nobody"} may connect`;
  const manual = service?.args["acceptanceRequired"] === true;
  if (manual !== (publish.acceptance === "manual")) return "endpoints are accepted otherwise than the file says";
  const regions = texts(service?.args["supportedRegions"]);
  if (regions.join() !== publish.supportedRegions.join()) return "other regions may connect than the file says";
  if (texts(service?.args["supportedIpAddressTypes"]).join() === "")
    return "nothing says which addresses the service has";
  const proof = service?.attrs["privateDnsNameConfiguration"];
  const named = isRecord(proof) && proof["state"] === "verified" ? service?.args["privateDnsName"] : undefined;
  if (named !== publish.privateDns?.name) return `consumers' private name is ${text(named) ?? "not theirs yet"}`;
  const [told] = all("VpcEndpointConnectionNotification");
  const topic = publish.notificationTopicArn;
  const events = texts(told?.args["connectionEvents"]);
  const heard = ["Accept", "Connect", "Delete", "Reject"].every((event) => events.includes(event));
  if (topic !== undefined && (told?.args["connectionNotificationArn"] !== topic || !heard))
    return "connections are not told";
  return targetsTrouble(all, publish);
}

function targetsTrouble(all: All, { listeners }: PublishAws): string | undefined {
  for (const { target, targetPort, healthCheck, mode } of listeners) {
    if (target.kind !== "addresses") continue;
    const group = all("TargetGroup").find(({ args }) => args["targetType"] === "ip" && args["port"] === targetPort);
    if (group === undefined) return `no target group has port ${targetPort}`;
    const attached = all("TargetGroupAttachment")
      .filter(({ args }) => args["targetGroupArn"] === group.attrs["arn"])
      .map(({ args }) => `${String(args["targetId"])}:${String(args["port"] ?? group.args["port"])}`);
    const wanted = target.addresses.map((address) => `${address}:${targetPort}`);
    if (attached.sort().join() !== [...wanted].sort().join()) return `targets are ${attached.join(", ") || "missing"}`;
    const check = isRecord(group.args["healthCheck"]) ? group.args["healthCheck"] : {};
    const asked = text(check["protocol"]) ?? "TCP";
    if (check["enabled"] === false || asked !== healthCheck.protocol) return `targets are checked by ${asked}`;
    if (mode === "tls-passthrough" && group.args["protocol"] !== "TCP") return "the load balancer ends tls";
    // Source: Network Load Balancers, Client IP preservation: addresses behind PrivateLink are the load balancer's
    if (text(group.args["preserveClientIp"]) === "true") return "targets see addresses they cannot answer";
  }
  return undefined;
}

/** Source: Cloud Load Balancing documentation, Health checks, probe IP ranges. */
const PROBES = "130.211.0.0/22,35.191.0.0/16";

function onGoogle(all: All, publish: PublishGcp, us: string): string | undefined {
  const [attachment] = all("ServiceAttachment");
  if (attachment === undefined) return "there is no service attachment";
  const accepted = blocks(attachment.args["consumerAcceptLists"]);
  const exact =
    accepted.length === 1 &&
    accepted[0]!["projectIdOrNum"] === us &&
    accepted[0]!["connectionLimit"] === publish.connectionLimit;
  if (!exact || attachment.args["connectionPreference"] !== "ACCEPT_MANUAL") return "others than us may connect";
  if (attachment.args["reconcileConnections"] !== true) return "a project that is taken off the list stays connected";
  if (attachment.args["enableProxyProtocol"] !== false) return "backends get headers they do not expect";
  return (
    subnetTrouble(all, publish) ??
    firewallTrouble(all, publish) ??
    backendTrouble(all, publish) ??
    alertTrouble(all, publish)
  );
}

function subnetTrouble(all: All, { natRange, proxySubnet }: PublishGcp): string | undefined {
  const ranges = all("Subnetwork").map(({ args }) => `${String(args["purpose"])} ${String(args["ipCidrRange"])}`);
  const proxies = proxySubnet?.kind === "create" ? [`REGIONAL_MANAGED_PROXY ${proxySubnet.range}`] : [];
  const wanted = [`PRIVATE_SERVICE_CONNECT ${natRange}`, ...proxies];
  return ranges.sort().join() === wanted.sort().join() ? undefined : `subnets are ${ranges.join(", ")}`;
}

function firewallTrouble(all: All, publish: PublishGcp): string | undefined {
  const { backends, natRange, ports, mode, backendPort, serviceAccount, healthCheck, proxySubnet } = publish;
  if (backends.kind === "addresses") return undefined;
  const served = mode === "passthrough" ? ports : [backendPort];
  const source = mode === "passthrough" ? natRange : proxySubnet?.range;
  const wanted = [
    `${source} tcp ${served.join()} ${serviceAccount ?? ""}`,
    `${PROBES} tcp ${healthCheck.port ?? served[0]} ${serviceAccount ?? ""}`,
  ];
  const found = all("Firewall").map(({ args }) => {
    const [allow] = blocks(args["allows"]);
    const from = texts(args["sourceRanges"]).sort().join();
    return `${from} ${text(allow?.["protocol"])} ${texts(allow?.["ports"]).join()} ${texts(args["targetServiceAccounts"]).join()}`;
  });
  return found.sort().join("; ") === wanted.sort().join("; ") ? undefined : `firewall rules are ${found.join("; ")}`;
}

function backendTrouble(all: All, { backends, backendPort, mode }: PublishGcp): string | undefined {
  const [service] = all("RegionBackendService");
  const [check] = all("RegionHealthCheck");
  const members = blocks(service?.args["backends"]);
  const given = members.map(({ group }) => String(group).replace(/^.*\/(?=projects\/)/, ""));
  const [remote] = all("NetworkEndpointGroup");
  const wanted = backends.kind === "groups" ? backends.groups : [String(remote?.id)];
  if (given.sort().join() !== [...wanted].sort().join()) return `backends are ${given.join(", ")}`;
  if (String(service?.args["healthChecks"]) !== String(check?.attrs["selfLink"]))
    return "backends have another health check";
  if (
    check?.args["logConfig"] === undefined ||
    !isRecord(check.args["logConfig"]) ||
    check.args["logConfig"]["enable"] !== true
  )
    return "nothing says when a backend is not well";
  if (check.region !== service?.region) return "the health check is in another region";
  const full = members.find((one) => one["capacityScaler"] !== undefined && Number(one["capacityScaler"]) < 1);
  if (full) return "backends are not used";
  if (Number(service.args["connectionDrainingTimeoutSec"]) < 60) return "connections end at once";
  if (backends.kind !== "addresses") return undefined;
  if (mode === "proxy" && members.some((one) => !(Number(one["maxConnectionsPerEndpoint"]) >= 100)))
    return "backends take no connection";
  const found = all("NetworkEndpoint").map(
    ({ args }) => `${String(args["ipAddress"])}:${String(args["port"] ?? backendPort)}`,
  );
  return found.sort().join() ===
    backends.addresses
      .map((one) => `${one}:${backendPort}`)
      .sort()
      .join()
    ? undefined
    : `addresses are ${found.join(", ")}`;
}

/** Source: Google Cloud metrics, compute.googleapis.com/private_service_connect/producer. */
function alertTrouble(all: All, { natRange, region, alarms }: PublishGcp): string | undefined {
  if (!alarms) return undefined;
  const [alert] = all("AlertPolicy");
  if (alert === undefined) return "nobody hears of used-up addresses";
  const labels = {
    ...{ "resource.type": "gce_service_attachment", "resource.labels.region": region },
    "metric.type": "compute.googleapis.com/private_service_connect/producer/used_nat_ip_addresses",
  };
  const addresses = 2 ** (32 - Number(natRange.split("/")[1])) - 4;
  const opens = (share: number): boolean => {
    const points = Array.from({ length: 15 }, () => Math.floor(addresses * share));
    return opensIncident(alert, { labels, points, seconds: 60 });
  };
  if (!opens(0.95)) return `${alert.name} does not hear of used-up addresses`;
  return opens(0.5) ? `${alert.name} is raised while half are free` : undefined;
}
