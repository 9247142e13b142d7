/**
 * Service attachments: a producer's load balancer as consumers of other projects reach it.
 * Source: Google VPC documentation, Publish services by using Private Service Connect; Compute API reference, serviceAttachments.
 */
import type { Call, Handler } from "../handler.ts";
import { blocks, isEmpty, isRecord, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import {
  Doing,
  FORWARDING_RULE,
  identity,
  inUse,
  NETWORK,
  numericId,
  relativeUrl,
  resolve,
  SERVICE_ATTACHMENT,
  SUBNETWORK,
} from "./common.ts";
import { endpointsOf, isEndpoint, standing } from "./psc.ts";

const serviceAttachment: Handler = {
  create(call) {
    const doing = new Doing("Error creating ServiceAttachment");
    const made = identity(call, SERVICE_ATTACHMENT, doing);
    const parts = partsOf(call, doing);
    const number = String(numericId(call));
    return { ...made, attrs: { ...made.attrs, number, settled: {} }, uses: parts };
  },
  update(call, attachment) {
    const doing = new Doing(`Error updating ServiceAttachment "${attachment.id}"`);
    const uses = partsOf(call, doing, attachment);
    // Source: Compute API reference, serviceAttachments, reconcileConnections.
    const settled = call.args["reconcileConnections"] === true ? {} : decided(call.world, attachment);
    return { attrs: { settled }, uses };
  },
  outputs: (attachment, world) => ({
    ...{ number: undefined, settled: undefined, creationTimestamp: undefined },
    connectedEndpoints: connected(world, attachment),
    pscServiceAttachmentIds: [{ high: attachment.attrs["number"], low: "0" }],
    fingerprint: world.hash(attachment.id + JSON.stringify(attachment.args)).slice(0, 12),
    reconcileConnections: attachment.args["reconcileConnections"] ?? false,
    propagatedConnectionLimit: attachment.args["propagatedConnectionLimit"] ?? 250,
  }),
  // Consumers do not hold a service attachment: it goes, and their endpoints are closed.
  inUse: inUse(SERVICE_ATTACHMENT),
};

/** Decisions about the connections there are. */
function decided(world: World, attachment: CloudObject): Values {
  const statuses = standing(world, attachment);
  const pairs = endpointsOf(world, attachment).map((rule) => [
    String(rule.attrs["pscConnectionId"]),
    statuses.get(keyOf(rule)),
  ]);
  return Object.fromEntries(pairs.filter(([, status]) => status === "ACCEPTED" || status === "REJECTED")) as Values;
}

function connected(world: World, attachment: CloudObject): Values[] {
  const statuses = standing(world, attachment);
  return endpointsOf(world, attachment).map((rule) => ({
    ...{ endpoint: rule.attrs["selfLink"], consumerNetwork: rule.attrs["network"], status: statuses.get(keyOf(rule)) },
    ...{ pscConnectionId: rule.attrs["pscConnectionId"], propagatedConnectionCount: 0, natIps: [] },
  }));
}

/** The forwarding rule and the NAT subnetworks of an attachment, fit for each other. */
function partsOf(call: Call, doing: Doing, self?: CloudObject): CloudObject[] {
  checkConsumers(call, doing);
  const domains = texts(call.args["domainNames"]);
  if (domains.length > 1)
    throw doing.invalid("domainNames", domains.join(","), "At most one domain name can be specified.");
  if (domains[0] !== undefined && !domains[0].endsWith("."))
    throw doing.invalid("domainNames[0]", domains[0], "The domain name must end with a dot.");
  const rule = producerRule(call, doing);
  const network = resolve(call.world, rule, NETWORK, rule.attrs["network"])!;
  const urls = texts(call.args["natSubnets"]);
  if (urls.length === 0)
    throw doing.invalid(
      "natSubnets",
      "",
      "At least one subnetwork with the purpose PRIVATE_SERVICE_CONNECT is needed.",
    );
  const subnets = urls.map((url) => natSubnet(call, doing, { url, network, self }));
  return [rule, ...subnets];
}

function producerRule(call: Call, doing: Doing): CloudObject {
  const url = text(call.args["targetService"]) ?? "";
  const rule = doing.find(call, FORWARDING_RULE, "targetService", url);
  if (isEndpoint(rule) || !/^INTERNAL(_MANAGED)?$/.test(String(rule.args["loadBalancingScheme"])))
    throw doing.invalid("targetService", url, "It must be the forwarding rule of an internal load balancer.");
  if (rule.region !== call.place.region)
    throw doing.invalid(
      "targetService",
      url,
      `The forwarding rule must be in ${call.place.region}, as the attachment is.`,
    );
  if (rule.account !== call.place.account)
    throw doing.invalid("targetService", url, "The forwarding rule must be in the project of the service attachment.");
  return rule;
}

function natSubnet(
  call: Call,
  doing: Doing,
  { url, network, self }: { url: string; network: CloudObject; self: CloudObject | undefined },
): CloudObject {
  const subnet = doing.find(call, SUBNETWORK, "natSubnets", url);
  if (subnet.args["purpose"] !== "PRIVATE_SERVICE_CONNECT")
    throw doing.invalid("natSubnets", url, "The purpose of the subnetwork must be PRIVATE_SERVICE_CONNECT.");
  if (subnet.region !== call.place.region)
    throw doing.invalid("natSubnets", url, "The subnetwork must be in the region of the service attachment.");
  if (!subnet.uses.includes(keyOf(network)))
    throw doing.invalid("natSubnets", url, `It must be of network ${network.name}, as the forwarding rule is.`);
  const others = call.world.referrers(subnet, SERVICE_ATTACHMENT.type).filter(({ id }) => id !== self?.id);
  if (others[0]) {
    const message = `The subnetwork resource '${subnet.id}' is already being used by '${others[0].id}'`;
    throw doing.error("resourceInUseByAnotherResource", message);
  }
  return subnet;
}

const SELECTORS = ["projectIdOrNum", "networkUrl", "endpointUrl"] as const;

/** Source: Compute API reference, serviceAttachments, consumerAcceptLists and consumerRejectLists. */
function checkConsumers({ args }: Call, doing: Doing): void {
  const accepted = blocks(args["consumerAcceptLists"]);
  if (accepted.length > 0 && args["connectionPreference"] !== "ACCEPT_MANUAL") {
    const why = "Consumer accept lists need the connection preference ACCEPT_MANUAL.";
    throw doing.invalid("consumerAcceptLists", accepted.length, why);
  }
  const kinds = accepted.map((entry, index) => {
    const field = `consumerAcceptLists[${index}]`;
    const given = SELECTORS.filter((name) => !isEmpty(entry[name]));
    if (given.length !== 1)
      throw doing.invalid(field, given.join(","), `Exactly one of ${SELECTORS.join(", ")} must be specified.`);
    const limit = Number(entry["connectionLimit"]);
    if (!Number.isInteger(limit) || limit < 0)
      throw doing.invalid(`${field}.connectionLimit`, entry["connectionLimit"], "It must be a whole number.");
    return given[0];
  });
  if (new Set(kinds).size > 1)
    throw doing.invalid("consumerAcceptLists", kinds.join(","), "Projects, networks and endpoints cannot be mixed.");
  const listed = accepted.map((entry) => relativeUrl(String(SELECTORS.map((name) => entry[name]).find(Boolean))));
  const twice = listed.find((one, index) => listed.indexOf(one) !== index);
  if (twice !== undefined) throw doing.invalid("consumerAcceptLists", twice, "The consumer is listed twice.");
  const both = texts(args["consumerRejectLists"]).find((one) => listed.includes(relativeUrl(one)));
  if (both !== undefined) throw doing.invalid("consumerRejectLists", both, "The consumer is on the accept list too.");
}

/** The lists of an attachment once its owner accepts a project, or rejects it. */
export function withDecision(args: Values, project: string, accepted: boolean): Values {
  const others = blocks(args["consumerAcceptLists"]).filter((entry) => entry["projectIdOrNum"] !== project);
  const rejected = texts(args["consumerRejectLists"]).filter((one) => one !== project);
  const had = blocks(args["consumerAcceptLists"]).find((entry) => entry["projectIdOrNum"] === project);
  const limited = isRecord(had) ? had : { projectIdOrNum: project, connectionLimit: 10 };
  return {
    ...args,
    consumerAcceptLists: accepted ? [...others, limited] : others,
    consumerRejectLists: accepted ? rejected : [...rejected, project],
  };
}

export const SERVICE_ATTACHMENT_HANDLERS: Record<string, Handler> = { [SERVICE_ATTACHMENT.type]: serviceAttachment };
