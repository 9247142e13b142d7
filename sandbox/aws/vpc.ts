/** VPCs, subnets, route tables. */
import { blockOf, overlap, within } from "../addresses.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { text, type Values } from "../values.ts";
import { keyOf, type CloudObject } from "../world.ts";
import { arn, dependencyViolation, Doing, ec2Id, ROUTE_TABLE, SUBNET, TABLE_ASSOCIATION, VPC } from "./common.ts";
import { zonesOf } from "./regions.ts";
import { DEFAULT_SECURITY_GROUP } from "./security.ts";

const vpc: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPC", "EC2: CreateVpc");
    const cidr = text(call.args["cidrBlock"]);
    if (cidr === undefined)
      throw doing.error("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
    // Source: Amazon VPC User Guide, VPC CIDR blocks, IPv4 CIDR block association restrictions.
    const reserved = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4"].map((range) => blockOf(range)!);
    if (reserved.some((range) => overlap(range, blockOf(cidr)!))) {
      throw doing.error("InvalidVpc.Range", `The CIDR '${cidr}' is invalid.`);
    }
    const id = ec2Id(call, "vpc");
    const group = ec2Id(call, "sg");
    const table = ec2Id(call, "rtb");
    alongside(call, id, {
      ...{ type: DEFAULT_SECURITY_GROUP, id: group, name: "default" },
      attrs: {
        arn: arn("ec2", call.place, `security-group/${group}`),
        name: "default",
        description: "default VPC security group",
      },
    });
    const attrs = { arn: arn("ec2", call.place, `route-table/${table}`) };
    alongside(call, id, { type: ROUTE_TABLE.type, id: table, attrs });
    return {
      id,
      attrs: {
        arn: arn("ec2", call.place, `vpc/${id}`),
        defaultSecurityGroupId: group,
        defaultNetworkAclId: ec2Id(call, "acl"),
        defaultRouteTableId: table,
        mainRouteTableId: table,
        dhcpOptionsId: `dopt-0${call.world.hash(`${call.place.account}${call.place.region}`).slice(0, 16)}`,
        ipv6AssociationId: "",
      },
    };
  },
  inUse: ({ id }) =>
    dependencyViolation(
      "deleting EC2 VPC (" + id + ")",
      "EC2: DeleteVpc",
      `The vpc '${id}' has dependencies and cannot be deleted.`,
    ),
};

/** Puts what AWS makes along with a VPC beside it. Source: Amazon VPC User Guide, Default security groups, Main route table. */
function alongside(call: Call, vpcId: string, made: Pick<CloudObject, "type" | "id" | "name" | "attrs">): void {
  const within = [keyOf({ ...call.place, type: VPC.type, id: vpcId })];
  call.tx.put({ ...call.place, ...made, args: { vpcId }, implicit: true, secrets: {}, uses: [], within });
}

const subnet: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 Subnet", "EC2: CreateSubnet");
    const parent = doing.find(call, VPC, call.args["vpcId"]);
    const cidr = String(call.args["cidrBlock"]);
    const block = blockOf(cidr);
    // Source: Amazon VPC User Guide, Subnet CIDR blocks: /16 to /28, within the VPC's block.
    if (!block || block.prefix > 28 || !within(block, blockOf(String(parent.args["cidrBlock"]))!)) {
      throw doing.error("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`);
    }
    const other = call.world
      .referrers(parent, SUBNET.type)
      .find((it) => overlap(block, blockOf(String(it.args["cidrBlock"]))!));
    if (other) throw doing.error("InvalidSubnet.Conflict", `The CIDR '${cidr}' conflicts with another subnet`);
    const id = ec2Id(call, "subnet");
    return { id, attrs: { arn: arn("ec2", call.place, `subnet/${id}`), ...zone(call, doing) }, uses: [parent] };
  },
  inUse: ({ id }) =>
    dependencyViolation(
      `deleting EC2 Subnet (${id})`,
      "EC2: DeleteSubnet",
      `The subnet '${id}' has dependencies and cannot be deleted.`,
    ),
};

/**
 * The zone asked for by name or id; both forms are known afterwards. AWS picks one where none is asked for, and nobody
 * may count on which: here it is the one with the highest id.
 */
function zone(call: Call, doing: Doing): Values {
  const zones = zonesOf(call.place.region, call.place.account);
  const [name, id] = [text(call.args["availabilityZone"]), text(call.args["availabilityZoneId"])];
  const byId = [...zones].sort((left, right) => (left.id < right.id ? 1 : -1));
  const found = byId.find((one) => (name === undefined || one.name === name) && (id === undefined || one.id === id));
  if (!found) {
    const valid = zones.map((one) => (id === undefined ? one.name : one.id)).join(", ");
    const message = `Value (${name ?? id}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${valid}.`;
    throw doing.error("InvalidParameterValue", message);
  }
  return { availabilityZone: found.name, availabilityZoneId: found.id };
}

const routeTable: Handler = {
  create(call) {
    const parent = new Doing("creating EC2 Route Table", "EC2: CreateRouteTable").find(call, VPC, call.args["vpcId"]);
    const id = ec2Id(call, "rtb");
    const attrs = { arn: arn("ec2", call.place, `route-table/${id}`) };
    return { id, attrs, uses: [parent] };
  },
  outputs: ({ args }) => ({ routes: args["routes"] ?? [], propagatingVgws: args["propagatingVgws"] ?? [] }),
  inUse: ({ id }) =>
    dependencyViolation(
      `deleting EC2 Route Table (${id})`,
      "EC2: DeleteRouteTable",
      `The routeTable '${id}' has dependencies and cannot be deleted.`,
    ),
};

const association: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 Route Table Association", "EC2: AssociateRouteTable");
    const made = associate(call, doing);
    const [taken] = call.world.referrers(doing.find(call, SUBNET, call.args["subnetId"]), TABLE_ASSOCIATION);
    if (taken) {
      const message = `the specified association for route table ${String(call.args["routeTableId"])} conflicts with an existing association`;
      throw doing.error("Resource.AlreadyAssociated", message);
    }
    return { ...made, id: ec2Id(call, "rtbassoc") };
  },
  update: (call) =>
    associate(call, new Doing("updating EC2 Route Table Association", "EC2: ReplaceRouteTableAssociation")),
  inUse: ({ id }) => new Error(`nothing can use route table association ${id}`),
};

function associate(call: Call, doing: Doing): Made {
  if (call.args["gatewayId"] !== undefined) {
    throw doing.error("InvalidParameterValue", "the sandbox does not simulate edge associations: give subnetId");
  }
  const table = doing.find(call, ROUTE_TABLE, call.args["routeTableId"]);
  const member = doing.find(call, SUBNET, call.args["subnetId"]);
  if (table.args["vpcId"] !== member.args["vpcId"]) {
    const message = `Route table ${table.id} and subnet ${member.id} belong to different networks`;
    throw doing.error("InvalidParameterValue", message);
  }
  return { uses: [table], within: [member] };
}

export const VPC_HANDLERS: Record<string, Handler> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": association,
};
