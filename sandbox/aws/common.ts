/** What the AWS handlers share. */
import { awsError, type CloudError } from "../errors.ts";
import type { Call } from "../handler.ts";
import type { CloudObject, Place } from "../world.ts";

/** AWS partition ARN of something in an account. */
export function arn(service: string, { account, region }: Place, resource: string): string {
  return `arn:aws:${service}:${region === "global" ? "" : region}:${account}:${resource}`;
}

/** An EC2-style id: a prefix and 17 hexadecimal digits. Source: EC2 User Guide, Resource IDs. */
export function ec2Id({ tx }: Call, prefix: string): string {
  return `${prefix}-0${tx.hex(prefix, 16)}`;
}

export interface Lookup {
  readonly type: string;
  /** The API's code when there is none, e.g. `InvalidVpcID.NotFound`. */
  readonly code: string;
  /** The word the API uses for it, e.g. `vpc ID`. */
  readonly noun: string;
}

export const VPC: Lookup = { type: "aws:ec2/vpc:Vpc", code: "InvalidVpcID.NotFound", noun: "vpc ID" };
export const SUBNET: Lookup = { type: "aws:ec2/subnet:Subnet", code: "InvalidSubnetID.NotFound", noun: "subnet ID" };
export const ROUTE_TABLE: Lookup = {
  type: "aws:ec2/routeTable:RouteTable",
  code: "InvalidRouteTableID.NotFound",
  noun: "routeTable ID",
};
export const VPN_GATEWAY: Lookup = {
  type: "aws:ec2/vpnGateway:VpnGateway",
  code: "InvalidVpnGatewayID.NotFound",
  noun: "vpnGateway ID",
};
export const CUSTOMER_GATEWAY: Lookup = {
  type: "aws:ec2/customerGateway:CustomerGateway",
  code: "InvalidCustomerGatewayID.NotFound",
  noun: "customerGateway ID",
};

export const VPN_CONNECTION = "aws:ec2/vpnConnection:VpnConnection";
export const VPN_ATTACHMENT = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment";
export const ROUTE_PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation";
export const TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

/** One request's words for what it does, for its errors. */
export class Doing {
  readonly #doing: string;
  readonly #operation: string;

  /** @param operation e.g. `EC2: CreateSubnet` */
  constructor(doing: string, operation: string) {
    this.#doing = doing;
    this.#operation = operation;
  }

  error(code: string, message: string): CloudError {
    return awsError(this.#doing, this.#operation, code, message);
  }

  /** The object with this id in the request's place. @throws CloudError in AWS's words when there is none */
  find({ world, place }: Call, what: Lookup, id: unknown): CloudObject {
    const found = world.find(place, what.type, String(id));
    if (found) return found;
    throw this.error(what.code, `The ${what.noun} '${String(id)}' does not exist`);
  }
}

export function dependencyViolation(doing: string, operation: string, message: string): CloudError {
  return awsError(doing, operation, "DependencyViolation", message);
}
