/** Security groups: whether one lets a connection in. Source: Amazon VPC User Guide, Security groups. */
import { INGRESS_RULE } from "../aws/common.ts";
import { DEFAULT_SECURITY_GROUP, SECURITY_GROUP } from "../aws/security.ts";
import { blocks, texts } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { contains } from "./routes.ts";

/** Where a connection comes from: a range, and the security groups its sender is in. */
export interface Sender {
  readonly ranges: readonly string[];
  readonly groups?: readonly string[];
}

/** The group among some that lets a connection in, if one does. */
export function groupThatAdmits(
  world: World,
  place: Place,
  ids: readonly string[],
  sender: Sender,
  port: number,
): CloudObject | undefined {
  const groups = ids.map(
    (id) => world.find(place, SECURITY_GROUP, id) ?? world.find(place, DEFAULT_SECURITY_GROUP, id),
  );
  return groups.find((group) => group && rulesOf(world, group).some((rule) => admits(rule, sender, port)));
}

interface IngressRule {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly ranges: readonly string[];
  readonly groups: readonly string[];
}

function rulesOf(world: World, group: CloudObject): IngressRule[] {
  // What refers to a group are its own rules, and those of others that name it as a source.
  const rules = world.referrers(group, INGRESS_RULE).filter(({ args }) => args["securityGroupId"] === group.id);
  const own = rules.map(({ args }) => ({
    ...{ protocol: String(args["ipProtocol"]), from: Number(args["fromPort"]), to: Number(args["toPort"]) },
    ranges: texts(args["cidrIpv4"] === undefined ? [] : [args["cidrIpv4"]]),
    groups: texts(args["referencedSecurityGroupId"] === undefined ? [] : [args["referencedSecurityGroupId"]]),
  }));
  const inline = blocks(group.args["ingress"]).map((rule) => ({
    ...{ protocol: String(rule["protocol"]), from: Number(rule["fromPort"]), to: Number(rule["toPort"]) },
    ...{ ranges: texts(rule["cidrBlocks"]), groups: texts(rule["securityGroups"]) },
  }));
  return [...own, ...inline];
}

function admits({ protocol, from, to, ranges, groups }: IngressRule, sender: Sender, port: number): boolean {
  const inRange = sender.ranges.some((source) => ranges.some((range) => contains(range, source)));
  if (!inRange && !groups.some((id) => sender.groups?.includes(id))) return false;
  return protocol === "-1" || (["tcp", "6"].includes(protocol) && from <= port && port <= to);
}
