/** What load balancers, target groups and whatever stands behind them share. */
import { addressOf, blockOf, dotted } from "../addresses.ts";
import type { Call } from "../handler.ts";
import { blocks, text, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { ec2Id, SUBNET, type Doing } from "./common.ts";
import { DEFAULT_SECURITY_GROUP, SECURITY_GROUP } from "./security.ts";

export const LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer";
export const LISTENER = "aws:lb/listener:Listener";
export const LISTENER_RULE = "aws:lb/listenerRule:ListenerRule";
export const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
export const TARGET_ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
export const SCALING_GROUP = "aws:autoscaling/group:Group";
export const SCALING_ATTACHMENT = "aws:autoscaling/attachment:Attachment";

/** What an object is made of: attributes that say so, and the objects it uses. */
export interface Membership {
  readonly attrs: Values;
  readonly uses: (CloudObject | undefined)[];
}

/** The target groups a listener's or rule's actions forward to. */
export function forwardedTo(actions: unknown): string[] {
  return blocks(actions).flatMap((action) => {
    const forward = action["forward"] as Values | undefined;
    const weighted = blocks(forward?.["targetGroups"]).map((group) => String(group["arn"]));
    const plain = text(action["targetGroupArn"]);
    return plain === undefined ? weighted : [plain, ...weighted];
  });
}

/** @throws CloudError when there is no target group of this ARN in the request's place */
export function findTargetGroup({ world, place }: Call, doing: Doing, arn: unknown): CloudObject {
  const found = world.find(place, TARGET_GROUP, String(arn));
  if (found) return found;
  throw doing.error("TargetGroupNotFound", `One or more target groups not found: '${String(arn)}'`);
}

/** @throws CloudError when there is no load balancer of this ARN in the request's place */
export function findLoadBalancer({ world, place }: Call, doing: Doing, arn: unknown): CloudObject {
  const found = world.find(place, LOAD_BALANCER, String(arn));
  if (found) return found;
  throw doing.error("LoadBalancerNotFound", `Load balancer '${String(arn)}' not found`);
}

/** True when the load balancer works on connections and not on requests. */
export const isNetworkBalancer = ({ args }: CloudObject): boolean => args["loadBalancerType"] === "network";

/** Members of a VPC: subnets, each in it. @throws CloudError made by `refuse` for one that is not there */
export function subnetsOf(call: Call, ids: readonly string[], refuse: (id: string) => Error): CloudObject[] {
  return ids.map((id) => {
    const found = call.world.find(call.place, SUBNET.type, id);
    if (!found) throw refuse(id);
    return found;
  });
}

/** A security group of a VPC, its default one included. */
export function groupOf(world: World, vpc: CloudObject, id: string): CloudObject | undefined {
  const found = world.find(vpc, SECURITY_GROUP, id) ?? world.find(vpc, DEFAULT_SECURITY_GROUP, id);
  return found && [...found.uses, ...found.within].includes(keyOf(vpc)) ? found : undefined;
}

/** The group every VPC has. */
export function defaultGroup(world: World, vpc: CloudObject): CloudObject {
  return world.referrers(vpc, DEFAULT_SECURITY_GROUP)[0]!;
}

/**
 * A network interface in a subnet: with the address asked for, or with the last free one. The first ones are left to
 * interface endpoints. AWS keeps the first four addresses and the last. Source: Amazon VPC User Guide, Subnet sizing.
 * @param taken addresses this request gave out already
 * @throws CloudError when the address is not free or there is none left
 */
export function interfaceIn(
  call: Call,
  doing: Doing,
  subnet: CloudObject,
  taken: Set<string>,
  wanted?: string,
): Values {
  const { first, last } = blockOf(String(subnet.args["cidrBlock"]))!;
  const others = call.world.referrers(subnet).flatMap((other) => blocks(other.attrs["networkInterfaces"]));
  const used = new Set([...others.map(({ ip }) => String(ip)), ...taken]);
  const give = (ip: string): Values => {
    taken.add(ip);
    return { id: ec2Id(call, "eni"), subnetId: subnet.id, ip };
  };
  if (wanted !== undefined) {
    const address = addressOf(wanted) ?? -1;
    if (address < first + 4 || address >= last)
      throw doing.error("InvalidConfigurationRequest", `The address ${wanted} is not in the range of ${subnet.id}`);
    if (used.has(wanted)) throw doing.error("InvalidConfigurationRequest", `The address ${wanted} is in use`);
    return give(wanted);
  }
  for (let address = last - 1; address >= first + 4; address--) {
    if (!used.has(dotted(address))) return give(dotted(address));
  }
  throw doing.error("InvalidSubnet", `Not enough IP space available in ${subnet.id}.`);
}
