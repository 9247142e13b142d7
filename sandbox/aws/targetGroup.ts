/** Target groups and what is registered with them. */
import { addressOf, blockOf, within } from "../addresses.ts";
import { CloudError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing, VPC, type Lookup } from "./common.ts";
import {
  findTargetGroup,
  forwardedTo,
  isNetworkBalancer,
  LISTENER,
  LISTENER_RULE,
  LOAD_BALANCER,
  TARGET_ATTACHMENT,
  TARGET_GROUP,
} from "./elb.ts";
import { HOST } from "./hosts.ts";

const ELB = "Elastic Load Balancing v2";
const GROUP_VPC: Lookup = { ...VPC, code: "ValidationError" };

export const targetGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    if (call.world.byTerm(call.place, TARGET_GROUP, name).length > 0)
      throw new CloudError("alreadyExists", "AlreadyExists", `ELBv2 Target Group (${name}) already exists`);
    const doing = new Doing(`creating ELBv2 Target Group (${name})`, `${ELB}: CreateTargetGroup`);
    if (call.args["targetType"] === "lambda")
      throw doing.error("ValidationError", "the sandbox does not simulate functions as targets");
    const vpc = doing.find(call, GROUP_VPC, call.args["vpcId"]);
    fitting(call.args, doing);
    const suffix = `targetgroup/${name}/${call.tx.hex("tg", 16)}`;
    const id = arn("elasticloadbalancing", call.place, suffix);
    return { id, name, attrs: { arn: id, arnSuffix: suffix }, uses: [vpc], terms: [name] };
  },
  update(call, group) {
    fitting(call.args, new Doing(`modifying ELBv2 Target Group (${group.id})`, `${ELB}: ModifyTargetGroup`));
    return {};
  },
  outputs: (group, world) => ({
    loadBalancerArns: balancersOf(world, group),
    healthCheck: group.args["healthCheck"] ?? healthCheckOf(group),
  }),
  inUse: ({ id }) =>
    new Doing(`deleting ELBv2 Target Group (${id})`, `${ELB}: DeleteTargetGroup`).error(
      "ResourceInUse",
      `Target group '${id}' is currently in use by a listener or a rule`,
    ),
};

/** ARNs of the load balancers that forward to a target group. */
export function balancersOf(world: World, group: CloudObject): string[] {
  const found = world.referrers(group).flatMap((user) => {
    if (user.type === LISTENER) return [String(user.args["loadBalancerArn"])];
    const listener =
      user.type === LISTENER_RULE ? world.find(user, LISTENER, String(user.args["listenerArn"])) : undefined;
    return listener ? [String(listener.args["loadBalancerArn"])] : [];
  });
  return [...new Set(found)];
}

const REQUESTS: readonly unknown[] = ["HTTP", "HTTPS"];

/**
 * A health check as it is carried out: what was left out is what Elastic Load Balancing takes.
 * Source: Elastic Load Balancing API Reference, CreateTargetGroup.
 */
export function healthCheckOf({ args }: CloudObject): Values {
  const given = isRecord(args["healthCheck"]) ? args["healthCheck"] : {};
  const requests = REQUESTS.includes(args["protocol"]) || args["targetType"] === "alb";
  const protocol = text(given["protocol"])?.toUpperCase() ?? (requests ? "HTTP" : "TCP");
  const matcher = REQUESTS.includes(args["protocol"]) ? "200" : "200-399";
  const paths = protocol === "TCP" ? {} : { path: "/", matcher };
  const counts = { enabled: true, interval: 30, healthyThreshold: 3, unhealthyThreshold: 3, port: "traffic-port" };
  return { ...counts, timeout: protocol === "HTTP" ? 6 : 10, ...paths, ...given, protocol };
}

/** Attributes a target group of ALBs has not: the provider does not send them. Source: terraform-provider-aws elbv2/target_group.go. */
const NOT_FOR_BALANCERS: Readonly<Record<string, unknown>> = {
  ...{ preserveClientIp: undefined, proxyProtocolV2: false, connectionTermination: false, slowStart: 0 },
  ...{ deregistrationDelay: 300, stickiness: undefined, loadBalancingCrossZoneEnabled: undefined },
  ...{ targetHealthStates: undefined, targetFailovers: undefined, targetGroupHealth: undefined },
};

/** Source: Network Load Balancers, Use an Application Load Balancer as a target; Health checks for target groups. */
function fitting(args: Values, doing: Doing): void {
  const check = isRecord(args["healthCheck"]) ? args["healthCheck"] : {};
  const protocol = text(check["protocol"])?.toUpperCase();
  if (args["targetType"] === "alb") {
    if (args["protocol"] !== "TCP")
      throw doing.error(
        "ValidationError",
        `Protocol '${String(args["protocol"])}' is not supported by target groups with target type 'alb'`,
      );
    if (protocol !== undefined && !REQUESTS.includes(protocol))
      throw doing.error(
        "ValidationError",
        `Health check protocol '${protocol}' is not supported by target groups with target type 'alb'`,
      );
    const name = Object.keys(NOT_FOR_BALANCERS).find(
      (one) => args[one] !== undefined && args[one] !== NOT_FOR_BALANCERS[one],
    );
    if (name !== undefined)
      throw doing.error(
        "InvalidConfigurationRequest",
        `target groups with target type 'alb' do not support ${name}: leave it out`,
      );
  }
  const [timeout, interval] = [Number(check["timeout"] ?? 0), Number(check["interval"] ?? 30)];
  if (timeout > interval)
    throw doing.error(
      "ValidationError",
      `Health check timeout '${timeout}' must be smaller than or equal to the interval '${interval}'`,
    );
}

export const targetAttachment: Handler = {
  create(call) {
    const groupArn = String(call.args["targetGroupArn"]);
    const doing = new Doing(`registering ELBv2 Target Group (${groupArn}) target`, `${ELB}: RegisterTargets`);
    const group = findTargetGroup(call, doing, groupArn);
    const uses = REGISTER[String(group.args["targetType"])]!(call, doing, group);
    return { id: `${groupArn}-${call.tx.hex("target", 20)}`, uses, within: [group] };
  },
  inUse: ({ id }) => new Error(`nothing can use target registration ${id}`),
};

/** What a target has to be, by the type of its group. */
const REGISTER: Record<string, (call: Call, doing: Doing, group: CloudObject) => NonNullable<Made["uses"]>> = {
  ip(call, doing, group) {
    const vpc = doing.find(call, GROUP_VPC, group.args["vpcId"]);
    const [target, zone] = [String(call.args["targetId"]), text(call.args["availabilityZone"])];
    const block = blockOf(`${target}/32`);
    if (!block || addressOf(target) === undefined)
      throw doing.error("ValidationError", `The IP address '${target}' is not a valid IPv4 address`);
    if (within(block, blockOf(String(vpc.args["cidrBlock"]))!)) {
      if (zone !== "all") return [];
      throw doing.error(
        "ValidationError",
        `You cannot specify Availability Zone 'all' for an IP address inside of the VPC: '${target}'`,
      );
    }
    // Source: Elastic Load Balancing API Reference, TargetDescription.
    if (!PRIVATE.some((range) => within(block, range)))
      throw doing.error(
        "InvalidTarget",
        `The IP address '${target}' is not within the VPC, RFC 1918 or RFC 6598 ranges`,
      );
    if (zone === "all") return [];
    throw doing.error(
      "ValidationError",
      `You must specify Availability Zone 'all' for an IP address outside of the VPC: '${target}'`,
    );
  },
  instance(call, doing, group) {
    const id = String(call.args["targetId"]);
    const host = call.world.find(call.place, HOST, id);
    if (host?.args["vpcId"] === group.args["vpcId"]) return [];
    const message = host
      ? `The following targets are not in the target group VPC '${String(group.args["vpcId"])}': '${id}'`
      : `The following targets are not in a running state and cannot be registered: '${id}'`;
    throw doing.error("InvalidTarget", message);
  },
  alb(call, doing, group) {
    const id = String(call.args["targetId"]);
    const balancer = call.world.find(call.place, LOAD_BALANCER, id);
    if (!balancer || isNetworkBalancer(balancer))
      throw doing.error("InvalidTarget", `'${id}' is not an Application Load Balancer of this account and region`);
    if (balancer.attrs["vpcId"] !== group.args["vpcId"])
      throw doing.error(
        "InvalidTarget",
        `The following targets are not in the target group VPC '${String(group.args["vpcId"])}': '${id}'`,
      );
    const [other] = call.world.referrers(group, TARGET_ATTACHMENT);
    if (other)
      throw doing.error("TooManyTargets", `Only one Application Load Balancer can be a target of '${group.id}'`);
    const port = Number(call.args["port"] ?? group.args["port"]);
    const listener = call.world.referrers(balancer, LISTENER).find(({ args }) => args["port"] === port);
    if (listener) return [balancer, listener];
    const message =
      "If the target type is ALB, the target must have at least one listener that matches the target group port or any specified port overrides";
    throw doing.error("ValidationError", message);
  },
};

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map((range) => blockOf(range)!);

/** The target groups a listener or rule forwards to, as objects. */
export function targetGroupsOf(world: World, forwarding: CloudObject): CloudObject[] {
  const actions = forwarding.args["defaultActions"] ?? forwarding.args["actions"];
  return forwardedTo(actions)
    .map((id) => world.find(forwarding, TARGET_GROUP, id))
    .filter((group) => group !== undefined);
}
