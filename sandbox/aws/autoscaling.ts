/** Auto Scaling groups and the instances they keep running. */
import type { Call, Handler } from "../handler.ts";
import { blocks, isRecord, text, texts, type Values } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { arn, Doing, ec2Id, VPC } from "./common.ts";
import {
  groupOf,
  interfaceIn,
  SCALING_ATTACHMENT,
  SCALING_GROUP,
  subnetsOf,
  TARGET_GROUP,
  type Membership,
} from "./elb.ts";
import { groupIdsOf, LAUNCH_TEMPLATE, launchTemplate, templateOf } from "./launchTemplate.ts";

const INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile";

const scalingGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Auto Scaling Group (${name})`, "Auto Scaling: CreateAutoScalingGroup");
    if (call.world.find(call.place, SCALING_GROUP, name))
      throw doing.error(
        "AlreadyExists",
        `AutoScalingGroup by this name already exists - A group with the name ${name} already exists`,
      );
    const digits = call.tx.hex("asg", 32);
    const uuid = [0, 8, 12, 16, 20].map((from, index, all) => digits.slice(from, all[index + 1] ?? 32)).join("-");
    const id = arn("autoscaling", call.place, `autoScalingGroup:${uuid}:autoScalingGroupName/${name}`);
    const { attrs, uses } = running(call, doing);
    return { id: name, name, attrs: { ...attrs, arn: id, predictedCapacity: 0, warmPoolSize: 0 }, uses };
  },
  update: (call, group, changed) =>
    running(
      call,
      new Doing(`updating Auto Scaling Group (${group.id})`, "Auto Scaling: UpdateAutoScalingGroup"),
      group,
      changed,
    ),
  outputs: () => ({ networkInterfaces: undefined }),
  inUse: ({ id }) => new Error(`nothing holds Auto Scaling group ${id}`),
};

function running(call: Call, doing: Doing, self?: CloudObject, changed?: ReadonlySet<string>): Membership {
  const desired = capacity(call.args, doing, self);
  const ids = texts(call.args["vpcZoneIdentifiers"]);
  if (ids.length === 0)
    throw doing.error("ValidationError", "At least one Availability Zone or VPC Subnet is required.");
  const subnets = subnetsOf(call, ids, (id) => doing.error("ValidationError", `The subnet ID '${id}' does not exist`));
  const [first] = subnets;
  if (subnets.some(({ args }) => args["vpcId"] !== first!.args["vpcId"]))
    throw doing.error("ValidationError", "All subnets of an Auto Scaling group must be in one VPC");
  const vpc = doing.find(call, VPC, first!.args["vpcId"]);
  const groups = started(call, doing, vpc);
  for (const target of texts(call.args["targetGroupArns"])) registrable(call, doing, target, vpc);
  const refreshed = changed?.has("launchTemplate") === true && isRecord(call.args["instanceRefresh"]);
  const before = refreshed ? [] : blocks(self?.attrs["networkInterfaces"]);
  const kept = before.filter((one) => ids.includes(String(one["subnetId"]))).slice(0, desired);
  const taken = new Set<string>();
  const added = Array.from({ length: desired - kept.length }, (_, index): Values => {
    const subnet = subnets[(kept.length + index) % subnets.length]!;
    return { ...interfaceIn(call, doing, subnet, taken), instanceId: ec2Id(call, "i") };
  });
  return { attrs: { desiredCapacity: desired, networkInterfaces: [...kept, ...added] }, uses: [...subnets, ...groups] };
}

/** Source: EC2 Auto Scaling API Reference, CreateAutoScalingGroup: without a desired capacity it is the minimum. */
function capacity(args: Values, doing: Doing, self?: CloudObject): number {
  const [min, max] = [Number(args["minSize"]), Number(args["maxSize"])];
  if (max < min)
    throw doing.error("ValidationError", `Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const kept = Number(self?.attrs["desiredCapacity"] ?? min);
  const desired = Number(args["desiredCapacity"] ?? Math.min(max, Math.max(min, kept)));
  if (desired >= min && desired <= max) return desired;
  throw doing.error(
    "ValidationError",
    `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
  );
}

/** The security groups its instances get, once the launch template is one that instances can be started with. */
function started(call: Call, doing: Doing, vpc: CloudObject): CloudObject[] {
  const given = call.args["launchTemplate"];
  if (!isRecord(given)) {
    const message =
      "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.";
    throw doing.error("ValidationError", message);
  }
  const refuse = (why: string): Error =>
    doing.error("ValidationError", `You must use a valid fully-formed launch template. ${why}`);
  const template = templateOf(call.world, call.place, given);
  if (!template)
    throw refuse(
      `The specified launch template, with template ID ${text(given["id"]) ?? text(given["name"]) ?? ""}, or its version does not exist.`,
    );
  for (const name of ["imageId", "instanceType"])
    if (template.args[name] === undefined) throw refuse(`The request must contain the parameter ${name}`);
  const profile = template.args["iamInstanceProfile"];
  if (isRecord(profile) && !profileExists(call, profile))
    throw refuse("Value for parameter iamInstanceProfile is invalid. Invalid IAM Instance Profile");
  return groupIdsOf(template).map((id) => {
    const found = groupOf(call.world, vpc, id);
    if (!found) throw refuse(`The security group '${id}' does not exist in VPC '${vpc.id}'`);
    return found;
  });
}

function profileExists({ world, place }: Call, profile: Values): boolean {
  const name = text(profile["name"]) ?? String(profile["arn"]).split("/").at(-1)!;
  return world.find({ ...place, region: "global" }, INSTANCE_PROFILE, name) !== undefined;
}

/** Source: EC2 Auto Scaling User Guide, Attach a target group: of type instance, in the group's VPC. */
function registrable(call: Call, doing: Doing, id: string, vpc: CloudObject): void {
  const found = call.world.find(call.place, TARGET_GROUP, id);
  const fits = found?.args["vpcId"] === vpc.id && (found.args["targetType"] ?? "instance") === "instance";
  if (fits) return;
  const message = "Provided Target Groups may not be valid. Please ensure they exist and try again.";
  throw doing.error("ValidationError", `${message} (${id})`);
}

const attachment: Handler = {
  create(call) {
    const name = String(call.args["autoscalingGroupName"]);
    const id = text(call.args["lbTargetGroupArn"]);
    const doing = new Doing(
      `attaching Auto Scaling Group (${name}) target group (${id ?? ""})`,
      "Auto Scaling: AttachLoadBalancerTargetGroups",
    );
    if (id === undefined)
      throw doing.error("ValidationError", "the sandbox attaches target groups only: give lbTargetGroupArn");
    const group = call.world.find(call.place, SCALING_GROUP, name);
    if (!group)
      throw doing.error("ValidationError", `AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
    const subnet = subnetsOf(
      call,
      texts(group.args["vpcZoneIdentifiers"]).slice(0, 1),
      () => new Error("unreachable"),
    )[0]!;
    registrable(call, doing, id, doing.find(call, VPC, subnet.args["vpcId"]));
    return { id: `${name}-${call.tx.hex("attachment", 20)}`, within: [group] };
  },
  inUse: ({ id }) => new Error(`nothing can use attachment ${id}`),
};

/** The running instances that Auto Scaling groups have registered with a target group, by address. */
export function instancesOf(world: World, place: Place, targetGroupArn: string): { id: string; address: string }[] {
  const { cloud, account, region } = place;
  const here = (found: CloudObject): boolean =>
    found.cloud === cloud && found.account === account && found.region === region;
  const attached = world
    .all(SCALING_ATTACHMENT)
    .filter((one) => here(one) && one.args["lbTargetGroupArn"] === targetGroupArn)
    .map(({ args }) => args["autoscalingGroupName"]);
  const groups = world
    .all(SCALING_GROUP)
    .filter(
      (one) => here(one) && (attached.includes(one.id) || texts(one.args["targetGroupArns"]).includes(targetGroupArn)),
    );
  return groups
    .flatMap((group) => blocks(group.attrs["networkInterfaces"]))
    .map((one) => ({ id: String(one["instanceId"]), address: String(one["ip"]) }));
}

export const SCALING_HANDLERS: Record<string, Handler> = {
  [LAUNCH_TEMPLATE]: launchTemplate,
  [SCALING_GROUP]: scalingGroup,
  [SCALING_ATTACHMENT]: attachment,
};
