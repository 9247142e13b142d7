/** Security groups and their rules. */
import { awsError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { text, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { arn, dependencyViolation, Doing, ec2Id, INGRESS_RULE, VPC } from "./common.ts";

export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
export const DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";

/** A security group by id, a VPC's default one included. @throws CloudError when there is none */
export function findGroup({ world, place }: Call, doing: Doing, id: unknown): CloudObject {
  const found = world.find(place, SECURITY_GROUP, String(id)) ?? world.find(place, DEFAULT_SECURITY_GROUP, String(id));
  if (found) return found;
  throw doing.error("InvalidGroup.NotFound", `The security group '${String(id)}' does not exist`);
}

const securityGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Security Group (${name})`, "EC2: CreateSecurityGroup");
    const parent = doing.find(call, VPC, call.args["vpcId"]);
    const twin = call.world.referrers(parent, SECURITY_GROUP).some((other) => other.name === name);
    if (twin || name === "default") {
      throw doing.error("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${parent.id}'`);
    }
    const id = ec2Id(call, "sg");
    return { id, name, attrs: { arn: arn("ec2", call.place, `security-group/${id}`) }, uses: [parent] };
  },
  // The provider removes the allow-all egress rule AWS makes, so a group without rules of its own has none.
  outputs: ({ args }) => ({ ingress: args["ingress"] ?? [], egress: args["egress"] ?? [] }),
  inUse: ({ id }) =>
    dependencyViolation(
      `deleting Security Group (${id})`,
      "EC2: DeleteSecurityGroup",
      `resource ${id} has a dependent object`,
    ),
};

/** The group every VPC has: managing it adopts it and removes its rules; letting go of it leaves it as it is. */
const defaultSecurityGroup: Handler = {
  create(call) {
    const doing = new Doing("reading EC2 Default Security Group", "EC2: DescribeSecurityGroups");
    const parent = doing.find(call, VPC, call.args["vpcId"]);
    const [group] = call.world.referrers(parent, DEFAULT_SECURITY_GROUP);
    return { id: group!.id, name: "default", attrs: group!.attrs, within: [parent] };
  },
  remove(call, group) {
    call.tx.put({ ...group, args: { vpcId: group.args["vpcId"] }, implicit: true });
    return true;
  },
  outputs: ({ args }) => ({ ingress: args["ingress"] ?? [], egress: args["egress"] ?? [] }),
  inUse: ({ id }) => new Error(`default security group ${id} is never deleted`),
};

/** Rules of one direction. */
const rules = (type: string, direction: "Ingress" | "Egress"): Handler => ({
  create(call) {
    const doing = new Doing("creating VPC Security Group Rule", `EC2: AuthorizeSecurityGroup${direction}`);
    const made = admitted(call, doing, type);
    const id = ec2Id(call, "sgr");
    const attrs = { arn: arn("ec2", call.place, `security-group-rule/${id}`), securityGroupRuleId: id };
    return { ...made, id, attrs };
  },
  update(call, rule) {
    const doing = new Doing(`updating VPC Security Group Rule (${rule.id})`, "EC2: ModifySecurityGroupRules");
    return admitted(call, doing, type, rule);
  },
  inUse: ({ id }) =>
    awsError(
      `deleting VPC Security Group Rule (${id})`,
      `EC2: RevokeSecurityGroup${direction}`,
      "InvalidState",
      "in use",
    ),
});

const WHAT = ["ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId", "prefixListId"];

function admitted(call: Call, doing: Doing, type: string, self?: CloudObject): Made {
  const group = findGroup(call, doing, call.args["securityGroupId"]);
  const said = (args: Values): string => JSON.stringify(WHAT.map((name) => args[name] ?? null));
  const others = call.world.referrers(group, type).filter((other) => other.id !== self?.id);
  if (others.some((other) => said(other.args) === said(call.args))) {
    const { cidrIpv4, ipProtocol, fromPort, toPort } = call.args;
    const peer = `peer: ${text(cidrIpv4) ?? "a group"}, ${String(ipProtocol).toUpperCase()}, from port: ${String(fromPort)}, to port: ${String(toPort)}, ALLOW`;
    throw doing.error("InvalidPermission.Duplicate", `the specified rule "${peer}" already exists`);
  }
  const source = text(call.args["referencedSecurityGroupId"])?.split("/").at(-1);
  return { uses: source === undefined ? [] : [findGroup(call, doing, source)], within: [group] };
}

export const SECURITY_HANDLERS: Record<string, Handler> = {
  [SECURITY_GROUP]: securityGroup,
  [DEFAULT_SECURITY_GROUP]: defaultSecurityGroup,
  [INGRESS_RULE]: rules(INGRESS_RULE, "Ingress"),
  [EGRESS_RULE]: rules(EGRESS_RULE, "Egress"),
};
