/** Which targets of a target group are healthy: worked out from what is there, whenever somebody asks. */
import { blocks, isRecord, list, text, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { instancesOf } from "./autoscaling.ts";
import { SUBNET, VPC } from "./common.ts";
import { LISTENER, LISTENER_RULE, LOAD_BALANCER, TARGET_ATTACHMENT } from "./elb.ts";
import { HOST, hostAt } from "./hosts.ts";
import { healthCheckOf, targetGroupsOf } from "./targetGroup.ts";

/** One target, as `DescribeTargetHealth` shows it. */
export interface TargetHealth {
  /** Address, instance id or load balancer ARN. */
  readonly target: string;
  readonly port: number;
  readonly healthy: boolean;
  /** Why it is not; empty for a healthy one. */
  readonly reason: string;
  /** The machine or load balancer behind it; absent where nothing answers or an Auto Scaling group runs it. */
  readonly object: CloudObject | undefined;
}

/** The targets of a target group with their health, registered ones first. */
export function healthOf(world: World, group: CloudObject): TargetHealth[] {
  const registered = world.referrers(group, TARGET_ATTACHMENT).map(({ args }) => ofTarget(world, group, args));
  const port = Number(group.args["port"]);
  // A program cannot tell what its instances run, so they are taken to do what they are there for.
  const scaled = instancesOf(world, group, group.id).map(({ id }) => ({
    ...{ target: id, port, healthy: true, reason: "", object: undefined },
  }));
  return [...registered, ...scaled];
}

function ofTarget(world: World, group: CloudObject, args: Values): TargetHealth {
  const target = String(args["targetId"]);
  const port = Number(args["port"] ?? group.args["port"]);
  const object = objectOf(world, group, target);
  const reason = object === undefined ? missing(target) : unfit(world, group, object, port);
  return { target, port, healthy: reason === "", reason, object };
}

const missing = (target: string): string => `nothing has the ${target.startsWith("i-") ? "id" : "address"} ${target}`;

function objectOf(world: World, group: CloudObject, target: string): CloudObject | undefined {
  if (group.args["targetType"] === "alb") return world.find(group, LOAD_BALANCER, target);
  if (group.args["targetType"] === "instance") return world.find(group, HOST, target);
  const vpc = world.find(group, VPC.type, String(group.args["vpcId"]));
  return vpc && (hostAt(world, vpc, target) ?? balancerAt(world, vpc, target));
}

/** A load balancer or interface endpoint whose address is a target of its own. */
function balancerAt(world: World, vpc: CloudObject, address: string): CloudObject | undefined {
  const members = world.referrers(vpc, SUBNET.type).flatMap((subnet) => world.referrers(subnet));
  return members.find(({ attrs }) => blocks(attrs["networkInterfaces"]).some(({ ip }) => ip === address));
}

/** Why a target is not healthy; empty when it is. */
function unfit(world: World, group: CloudObject, object: CloudObject, port: number): string {
  const check = healthCheckOf(group);
  const asked = check["port"] === "traffic-port" ? port : Number(check["port"]);
  if (object.type === LOAD_BALANCER) return balancerUnfit(world, object, asked, check);
  const ports = object.args["ports"];
  if (ports === undefined || list(ports).includes(asked)) return "";
  return `${object.name} listens on ${list(ports).join(", ")}, not on ${asked}`;
}

function balancerUnfit(world: World, balancer: CloudObject, port: number, check: Values): string {
  const listener = world.referrers(balancer, LISTENER).find(({ args }) => args["port"] === port);
  if (!listener) return `${balancer.name} does not listen on ${port}`;
  const path = text(check["path"]);
  if (path === undefined) return "";
  const rule = ruleFor(world, listener, path);
  const decides = rule ?? listener;
  const [action] = blocks(decides.args["actions"] ?? decides.args["defaultActions"]);
  const status = statusOf(action);
  if (status !== undefined)
    return matches(String(check["matcher"]), status) ? "" : `${path} is answered with ${status}`;
  const healthy = targetGroupsOf(world, decides).some((one) => healthOf(world, one).some((each) => each.healthy));
  return healthy ? "" : `${path} is answered with 503: no target behind ${balancer.name} is healthy`;
}

/** What a load balancer answers by itself; undefined where it forwards. */
function statusOf(action: Values | undefined): number | undefined {
  if (action?.["type"] === "redirect") return 301;
  if (action?.["type"] !== "fixed-response" || !isRecord(action["fixedResponse"])) return undefined;
  return Number(text(action["fixedResponse"]["statusCode"]) ?? 200);
}

/**
 * The first rule by priority that takes a check of a path. Its host is an address of the network load balancer, so a rule
 * for host names never does. Source: Network Load Balancers, Health checks for target groups.
 */
function ruleFor(world: World, listener: CloudObject, path: string): CloudObject | undefined {
  const rules = world.referrers(listener, LISTENER_RULE);
  rules.sort((left, right) => Number(left.attrs["priority"]) - Number(right.attrs["priority"]));
  return rules.find(({ args }) => blocks(args["conditions"]).every((condition) => takes(condition, path)));
}

function takes(condition: Values, path: string): boolean {
  const pattern = condition["pathPattern"];
  if (!isRecord(pattern)) return isRecord(condition["sourceIp"]);
  return texts(pattern["values"]).some((value) => {
    const escaped = value
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${escaped}$`).test(path);
  });
}

/** Whether a status is within a matcher such as `200`, `200,301` or `200-399`. */
function matches(matcher: string, status: number): boolean {
  return matcher.split(",").some((part) => {
    const [low, high] = part.split("-").map(Number);
    return status >= low! && status <= (high ?? low!);
  });
}
