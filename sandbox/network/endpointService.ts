/** From an endpoint service that a program made through the load balancers and target groups behind it. */
import { CERTIFICATE } from "../aws/certificates.ts";
import { SUBNET, VPC } from "../aws/common.ts";
import { LISTENER, LISTENER_RULE, SCALING_GROUP } from "../aws/elb.ts";
import { groupIdsOf, templateOf } from "../aws/launchTemplate.ts";
import { balancersOfService } from "../aws/services.ts";
import { targetGroupsOf } from "../aws/targetGroup.ts";
import { healthOf, type TargetHealth } from "../aws/targetHealth.ts";
import { instancesOf } from "../aws/autoscaling.ts";
import { blocks, isRecord, text, texts } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { backend, certificateFor, covers } from "./backend.ts";
import { groupThatAdmits, type Sender } from "./groups.ts";
import { contains } from "./routes.ts";
import { broken, hop, passed, type From, type Hop, type Walk } from "./walk.ts";

interface Asked {
  readonly port: number;
  readonly name: string;
}

interface Reached {
  readonly service: CloudObject;
  readonly endpoint: CloudObject;
  /** Zone id of the endpoint's address. */
  readonly zone: string;
}

/** Everything behind an endpoint service. */
export function* behindService(from: From, { service, endpoint, zone }: Reached, asked: Asked): Walk {
  const { world } = from;
  const [balancer] = balancersOfService(world, service);
  if (balancer === undefined) {
    yield broken("load balancer", `the load balancer behind ${service.id} no longer exists`, "customer");
    return;
  }
  const listener = yield* listening(world, balancer, asked.port);
  if (listener === undefined) return;
  yield* enforced(from, balancer, endpoint, asked.port);
  const encrypted = listener.args["protocol"] === "TLS";
  yield* targets(from, balancer, listener, zone, { ...asked, ended: encrypted });
  if (encrypted) yield* certificateOf(from, listener, asked.name);
}

function* listening(world: World, balancer: CloudObject, port: number): Walk<CloudObject | undefined> {
  const listeners = world.referrers(balancer, LISTENER);
  const listener = listeners.find(({ args }) => args["port"] === port);
  const others = listeners.map(({ args }) => text(args["port"])).join(", ") || "nothing";
  const wrong = listener ? undefined : `${balancer.name} listens on ${others}, not on ${port}`;
  yield hop("load balancer", wrong, `${balancer.name} listens on ${port}`, "customer");
  return listener;
}

/**
 * The groups of a network load balancer count for PrivateLink unless it is told otherwise. What comes over an endpoint has
 * its client's address, or one of the endpoint's. Source: Network Load Balancers, Security groups.
 */
function* enforced({ world, subnet }: From, balancer: CloudObject, endpoint: CloudObject, port: number): Walk {
  const ids = texts(balancer.attrs["securityGroups"]);
  if (ids.length === 0 || balancer.args["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] === "off") return;
  const vpc = world.find(endpoint, VPC.type, String(endpoint.args["vpcId"]));
  const ranges = [String(subnet.args["ipCidrRange"]), String(vpc?.args["cidrBlock"])];
  const open = ranges.some((range) => groupThatAdmits(world, balancer, ids, { ranges: [range] }, port));
  const wrong = open
    ? undefined
    : `${ids.join(", ")} of ${balancer.name} lets neither ${ranges.join(" nor ")} in on port ${port}, and is enforced on PrivateLink`;
  yield hop("security group", wrong, `${ids.join(", ")} lets PrivateLink in on port ${port}`, "customer");
}

/** @param ended whether TLS ends before the targets */
function* targets(
  from: From,
  balancer: CloudObject,
  forwarding: CloudObject,
  zone: string | undefined,
  asked: Asked & { readonly ended: boolean },
): Walk {
  const { world, artefact } = from;
  const [group] = targetGroupsOf(world, forwarding);
  if (group === undefined) {
    yield broken("target group", `${balancer.name} forwards to no target group`, "customer");
    return;
  }
  const all = healthOf(world, group);
  const near =
    zone === undefined || crosses(balancer, group) ? all : all.filter((one) => inZone(world, group, one, zone));
  const healthy = near.filter((one) => one.healthy);
  yield health(group, all, near, zone);
  for (const { target, object, port } of healthy) {
    if (group.args["targetType"] === "alb" && object) yield* application(from, balancer, object, { ...asked, port });
    else if (object) yield* backend(object, artefact, port, asked.ended ? undefined : asked.name);
    else yield* instance(world, balancer, group, target, port);
  }
}

function health(
  group: CloudObject,
  all: readonly TargetHealth[],
  near: readonly TargetHealth[],
  zone: string | undefined,
): Hop {
  const why = near.map(({ target, reason }) => `${target}: ${reason}`).join("; ");
  const wrong = near.some(({ healthy }) => healthy)
    ? undefined
    : all.length === 0
      ? `${group.name} has no target`
      : near.length === 0
        ? `${group.name} has no target in zone ${zone}, and cross-zone load balancing is off`
        : `no target of ${group.name} is healthy: ${why}`;
  const count = near.filter(({ healthy }) => healthy).length;
  return hop("target group", wrong, `${count} of ${all.length} targets of ${group.name} are healthy`, "customer");
}

/** Source: Network Load Balancers, Cross-zone load balancing: a target group's own setting is preferred. */
function crosses(balancer: CloudObject, group: CloudObject): boolean {
  const own = text(group.args["loadBalancingCrossZoneEnabled"]);
  if (own === "true" || own === "false") return own === "true";
  return balancer.args["enableCrossZoneLoadBalancing"] === true || balancer.args["loadBalancerType"] !== "network";
}

/** Whether a target is in a zone: by the subnet its address is in. One outside the VPC is in every zone, as an ALB is. */
function inZone(world: World, group: CloudObject, { target, object }: TargetHealth, zone: string): boolean {
  const vpc = world.find(group, VPC.type, String(group.args["vpcId"]));
  const scaled = instancesOf(world, group, group.id).find(({ id }) => id === target)?.address;
  const address = scaled ?? text(object?.args["address"]);
  if (vpc === undefined || address === undefined) return true;
  const subnet = world.referrers(vpc, SUBNET.type).find(({ args }) => contains(String(args["cidrBlock"]), address));
  return subnet === undefined || subnet.attrs["availabilityZoneId"] === zone;
}

/** An application load balancer behind a network load balancer. */
function* application(
  from: From,
  front: CloudObject,
  balancer: CloudObject,
  asked: Asked & { readonly ended: boolean },
): Walk {
  const { world } = from;
  const listener = yield* listening(world, balancer, asked.port);
  if (listener === undefined) return;
  yield lets(world, { balancer, ids: texts(balancer.attrs["securityGroups"]) }, front, asked.port);
  const decides = ruleFor(world, listener, asked.name) ?? listener;
  const [group] = targetGroupsOf(world, decides);
  const what =
    decides === listener
      ? `no rule of ${balancer.name} is for ${asked.name}`
      : `the rule for ${asked.name} of ${balancer.name}`;
  const wrong = group ? undefined : `${what}, and it is answered without a target`;
  yield hop("listener rule", wrong, `${balancer.name} forwards ${asked.name} to ${group?.name}`, "customer");
  yield* targets(from, balancer, decides, undefined, { ...asked, ended: listener.args["protocol"] === "HTTPS" });
  if (listener.args["protocol"] === "HTTPS") yield* certificateOf(from, listener, asked.name);
}

/** Whether something behind a load balancer lets it in: by its groups, or by the ranges of its subnets. */
function lets(
  world: World,
  behind: { readonly balancer: CloudObject; readonly ids: readonly string[] },
  front: CloudObject,
  port: number,
): Hop {
  const { balancer, ids } = behind;
  const addresses = blocks(front.attrs["networkInterfaces"]).map(({ ip }) => `${text(ip)}/32`);
  const groups = texts(front.attrs["securityGroups"]);
  const each: Sender[] =
    addresses.length === 0 ? [{ ranges: [], groups }] : addresses.map((one) => ({ ranges: [one], groups }));
  const open = each.every((sender) => groupThatAdmits(world, balancer, ids, sender, port));
  const wrong = open ? undefined : `${ids.join(", ")} of ${balancer.name} lets ${front.name} not in on port ${port}`;
  return hop("security group", wrong, `${ids.join(", ")} lets ${front.name} in on port ${port}`, "customer");
}

/** The first rule by priority that takes a request for a host, any path. Source: Application Load Balancers, Listener rules. */
function ruleFor(world: World, listener: CloudObject, host: string): CloudObject | undefined {
  const rules = world.referrers(listener, LISTENER_RULE);
  rules.sort((left, right) => Number(left.attrs["priority"]) - Number(right.attrs["priority"]));
  return rules.find(({ args }) =>
    blocks(args["conditions"]).every(({ hostHeader }) => {
      if (!isRecord(hostHeader)) return false;
      return texts(hostHeader["values"]).some((value) => covers(value, host));
    }),
  );
}

/** The security groups of an instance of an Auto Scaling group, by the template it was started from. */
function groupsOfInstance(world: World, place: Place, id: string): string[] {
  const running = world
    .all(SCALING_GROUP)
    .find(({ attrs }) => blocks(attrs["networkInterfaces"]).some((one) => one["instanceId"] === id));
  const given = running?.args["launchTemplate"];
  const template = isRecord(given) ? templateOf(world, place, given) : undefined;
  return template ? groupIdsOf(template) : [];
}

/** A machine of an Auto Scaling group: what it runs is the program's own affair, who may reach it is not. */
function* instance(world: World, balancer: CloudObject, group: CloudObject, id: string, port: number): Walk {
  const ids = groupsOfInstance(world, group, id);
  if (ids.length > 0) yield lets(world, { balancer: { ...group, name: id }, ids }, balancer, port);
  yield passed("service", `the instances behind ${group.name} answer on ${port}`, "customer");
}

/** The certificate of a listener that ends TLS, as clients are shown it. */
function* certificateOf({ world, artefact }: From, listener: CloudObject, name: string): Walk {
  const found = world.find(listener, CERTIFICATE, String(listener.args["certificateArn"]));
  if (found === undefined) {
    yield broken("certificate", `the certificate of ${listener.id} no longer exists`, "customer");
    return;
  }
  const names = texts(found.attrs["subjectAlternativeNames"]);
  yield* certificateFor({ name: found.id, certificateNames: names }, artefact, name);
}
