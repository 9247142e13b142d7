/**
 * How a service attachment stands to the endpoints that ask for it, worked out from its owner's lists.
 * Source: Google VPC documentation, Private Service Connect: About published services, and connection statuses.
 */
import { blockOf } from "../addresses.ts";
import { blocks, isRecord, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { FORWARDING_RULE, relativeUrl, resolve, SERVICE_ATTACHMENT, SUBNETWORK } from "./common.ts";

export type PscStatus = "ACCEPTED" | "PENDING" | "REJECTED" | "NEEDS_ATTENTION" | "CLOSED";

/** True for a forwarding rule that is an endpoint, rather than part of a load balancer. */
export function isEndpoint({ args }: CloudObject): boolean {
  return String(args["target"]).includes("/serviceAttachments/");
}

/** The connection status of a Private Service Connect endpoint. */
export function pscStatus(world: World, rule: CloudObject): PscStatus {
  const attachment = attachmentOf(world, rule);
  return attachment === undefined
    ? "CLOSED"
    : (standing(world, attachment).get(keyOf(rule)) ?? verdict(attachment, rule));
}

/** The attachment an endpoint was made for. One made anew under the old name does not take over its endpoints. */
export function attachmentOf(world: World, rule: CloudObject): CloudObject | undefined {
  const found = resolve(world, rule, SERVICE_ATTACHMENT, rule.args["target"]);
  const meant = rule.attrs["attachmentNumber"];
  return found === undefined || meant === undefined || meant === found.attrs["number"] ? found : undefined;
}

/** The endpoints that ask for an attachment, the oldest first. */
export function endpointsOf(world: World, attachment: CloudObject): CloudObject[] {
  const rules = world.anywhere(FORWARDING_RULE.type, attachment.id);
  const theirs = rules.filter((rule) => attachmentOf(world, rule) !== undefined);
  return theirs.sort((left, right) => Number(left.attrs["sequence"]) - Number(right.attrs["sequence"]));
}

/** The status of every endpoint of an attachment, by key: what the lists say, within their limits and the NAT addresses. */
export function standing(world: World, attachment: CloudObject): Map<string, PscStatus> {
  const statuses = new Map<string, PscStatus>();
  const taken = new Map<Values, number>();
  const capacity = natCapacity(world, attachment);
  let accepted = 0;
  for (const rule of endpointsOf(world, attachment)) {
    const settled = settledStatus(attachment, rule);
    let status = settled ?? verdict(attachment, rule);
    const entry = entryFor(attachment, rule);
    if (status === "ACCEPTED" && entry) {
      const before = taken.get(entry) ?? 0;
      if (settled === undefined && before >= Number(entry["connectionLimit"])) status = "PENDING";
      else taken.set(entry, before + 1);
    }
    if (status === "ACCEPTED" && ++accepted > capacity) status = "NEEDS_ATTENTION";
    statuses.set(keyOf(rule), status);
  }
  return statuses;
}

/**
 * How many endpoints an attachment can serve: each takes one address of its NAT subnets, of which Google keeps four.
 * Source: Google VPC documentation, Publish services, NAT subnets. Seeded attachments have no subnets, and no end.
 */
export function natCapacity(world: World, attachment: CloudObject): number {
  if (attachment.args["natSubnets"] === undefined) return Infinity;
  return natRanges(world, attachment)
    .map((range) => blockOf(range)!)
    .reduce((sum, { first, last }) => sum + last - first + 1 - 4, 0);
}

/** The ranges producers see connections come from. */
export function natRanges(world: World, attachment: CloudObject): string[] {
  const subnets = texts(attachment.args["natSubnets"]).map((url) => resolve(world, attachment, SUBNETWORK, url));
  return subnets.flatMap((subnet) => (subnet ? [String(subnet.args["ipCidrRange"])] : []));
}

/** A decision that stays whatever the lists say by now: without reconciliation lists decide about what is pending alone. */
function settledStatus({ attrs }: CloudObject, rule: CloudObject): PscStatus | undefined {
  const settled = isRecord(attrs["settled"]) ? attrs["settled"][String(rule.attrs["pscConnectionId"])] : undefined;
  return settled === "ACCEPTED" || settled === "REJECTED" ? settled : undefined;
}

/** What the lists say of an endpoint, whatever others there are. */
function verdict(attachment: CloudObject, rule: CloudObject): PscStatus {
  const { args } = attachment;
  const rejected = [...texts(args["rejectedProjects"]), ...texts(args["consumerRejectLists"])];
  if (rejected.some((one) => one === rule.account || relativeUrl(one) === networkOf(rule))) return "REJECTED";
  const everybody = args["autoAccept"] === true || args["connectionPreference"] === "ACCEPT_AUTOMATIC";
  const listed = texts(args["acceptedProjects"]).includes(rule.account) || entryFor(attachment, rule) !== undefined;
  return everybody || listed ? "ACCEPTED" : "PENDING";
}

/** The entry of the accept list that lets an endpoint in. */
function entryFor({ args }: CloudObject, rule: CloudObject): Values | undefined {
  return blocks(args["consumerAcceptLists"]).find((entry) => {
    const [network, endpoint] = [text(entry["networkUrl"]), text(entry["endpointUrl"])];
    if (text(entry["projectIdOrNum"]) === rule.account) return true;
    if (network !== undefined) return relativeUrl(network) === networkOf(rule);
    return endpoint !== undefined && relativeUrl(endpoint) === rule.id;
  });
}

function networkOf(rule: CloudObject): string {
  return relativeUrl(String(rule.attrs["network"]));
}
