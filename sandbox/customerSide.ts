/** What customers have in a world and who uses it, for whoever plays their part. */
import { VPC_ENDPOINT } from "./aws/endpoint.ts";
import { ENDPOINT_SERVICE, principalsOf } from "./aws/services.ts";
import { FORWARDING_RULE, resolve, SERVICE_ATTACHMENT } from "./gcp/common.ts";
import { pscStatus } from "./gcp/psc.ts";
import { loadBalancer, LOAD_BALANCER } from "./loadBalancers.ts";
import { endpointService, serviceAttachment } from "./otherSide.ts";
import { blocks, texts, type Values } from "./values.ts";
import { keyOf, type CloudObject, type World } from "./world.ts";

/** Somebody who asks for a service: an interface endpoint by id, or a Google project. */
export interface Consumer {
  readonly who: string;
  /** AWS account or Google project. */
  readonly account: string;
  /** As the cloud gives it, e.g. `pendingAcceptance`, `ACCEPTED`. */
  readonly state: string;
}

/** One thing a customer has, with what its owner can do. A decision it does not know is absent. */
export interface Theirs {
  readonly kind: "endpoint service" | "service attachment" | "load balancer";
  /** `vpce-svc-…`, `projects/…/serviceAttachments/…` or a DNS name. */
  readonly id: string;
  readonly region: string;
  /** Whether everyone allowed is accepted at once. */
  readonly acceptsAtOnce: boolean;
  /** Principals, projects or source addresses that are let in. */
  readonly allowed: readonly string[];
  readonly consumers: readonly Consumer[];
  /** Lets a principal or source address in. */
  allow?(who: string): Promise<void>;
  /** Accepts an endpoint or a project. @throws Error when there is no such endpoint */
  accept?(who: string): Promise<void>;
  /** Rejects an endpoint or a project, or takes a source address off the list. @throws Error as `accept` */
  reject(who: string): Promise<void>;
  delete(): Promise<void>;
}

/** Everything customers have, sorted by kind and id. */
export function customerSide(world: World): Theirs[] {
  return [
    ...world.all(ENDPOINT_SERVICE).map((service) => ofService(world, service)),
    ...world.all(SERVICE_ATTACHMENT.type).map((attachment) => ofAttachment(world, attachment)),
    ...world.all(LOAD_BALANCER).map((balancer) => ofBalancer(world, balancer)),
  ].sort((left, right) => (`${left.kind} ${left.id}` < `${right.kind} ${right.id}` ? -1 : 1));
}

function ofService(world: World, service: CloudObject): Theirs {
  const { id, region, args } = service;
  const handle = endpointService(world, region, id);
  const endpoints = world.referrers(service, VPC_ENDPOINT);
  return {
    ...{ kind: "endpoint service", id, region, acceptsAtOnce: args["acceptanceRequired"] !== true },
    allowed: principalsOf(world, service),
    consumers: endpoints.map(({ id: who, account, attrs }) => ({ who, account, state: String(attrs["state"]) })),
    allow: (arn) => handle.allowPrincipal(arn),
    accept: (endpoint) => handle.accept(endpoint),
    reject: (endpoint) => handle.reject(endpoint),
    delete: () => handle.delete(),
  };
}

function ofAttachment(world: World, attachment: CloudObject): Theirs {
  const { id, region, args } = attachment;
  const handle = serviceAttachment(world, id);
  const target = (rule: CloudObject): CloudObject | undefined =>
    resolve(world, rule, SERVICE_ATTACHMENT, rule.args["target"]);
  const rules = world.all(FORWARDING_RULE.type).filter((rule) => {
    const found = target(rule);
    return found !== undefined && keyOf(found) === keyOf(attachment);
  });
  return {
    ...{ kind: "service attachment", id, region },
    acceptsAtOnce: args["autoAccept"] === true || args["connectionPreference"] === "ACCEPT_AUTOMATIC",
    allowed: [...texts(args["acceptedProjects"]), ...acceptedBy(args)],
    consumers: rules.map((rule) => ({ who: rule.account, account: rule.account, state: pscStatus(world, rule) })),
    accept: (project) => handle.accept(project),
    reject: (project) => handle.reject(project),
    delete: () => handle.delete(),
  };
}

/** Whom the accept list of an attachment that a program made lets in. */
function acceptedBy(args: Values): string[] {
  const who = (entry: Values): unknown => entry["projectIdOrNum"] ?? entry["networkUrl"] ?? entry["endpointUrl"];
  return blocks(args["consumerAcceptLists"]).map((entry) => String(who(entry)));
}

function ofBalancer(world: World, { id, region, args }: CloudObject): Theirs {
  const handle = loadBalancer(world, id);
  return {
    ...{ kind: "load balancer", id, region, acceptsAtOnce: true, consumers: [], allowed: texts(args["allowlist"]) },
    allow: (address) => handle.allow(address),
    reject: (address) => handle.reject(address),
    delete: () => handle.delete(),
  };
}
