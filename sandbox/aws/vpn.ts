/** Site-to-Site VPN: virtual private gateways, customer gateways, connections. */
import { awsError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import {
  arn,
  CUSTOMER_GATEWAY,
  Doing,
  ec2Id,
  ROUTE_PROPAGATION,
  ROUTE_TABLE,
  VPC,
  VPN_ATTACHMENT,
  VPN_CONNECTION,
  VPN_GATEWAY,
} from "./common.ts";
import { vpnConnection } from "./vpnConnection.ts";

const vpnGateway: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPN Gateway", "EC2: CreateVpnGateway");
    const id = ec2Id(call, "vgw");
    // Source: AWS Site-to-Site VPN User Guide, How it works: 64512 unless given, and not changed later.
    const attrs = {
      arn: arn("ec2", call.place, `vpn-gateway/${id}`),
      amazonSideAsn: text(call.args["amazonSideAsn"]) ?? "64512",
    };
    const inline = text(call.args["vpcId"]);
    if (inline === undefined) return { id, attrs: { ...attrs, vpcId: "" } };
    return { id, attrs, uses: [attachable(call, doing, inline)] };
  },
  update(call, gateway, changed) {
    if (!changed.has("vpcId")) return {};
    const doing = new Doing(`updating EC2 VPN Gateway (${gateway.id})`, "EC2: AttachVpnGateway");
    const inline = text(call.args["vpcId"]);
    return { uses: inline === undefined ? [] : [attachable(call, doing, inline)] };
  },
  outputs: (gateway, world) => {
    const [attachment] = world.referrers(gateway, VPN_ATTACHMENT);
    return { vpcId: gateway.args["vpcId"] ?? attachment?.args["vpcId"] ?? "" };
  },
  inUse: ({ id }) =>
    awsError(
      `deleting EC2 VPN Gateway (${id})`,
      "EC2: DeleteVpnGateway",
      "IncorrectState",
      `The vpnGateway ID '${id}' is in use`,
    ),
};

/** The VPC, if no gateway is attached to it. Source: Site-to-Site VPN quotas: one attached gateway per VPC. */
function attachable(call: Call, doing: Doing, vpcId: string): CloudObject {
  const vpc = doing.find(call, VPC, vpcId);
  const attached = call.world.referrers(vpc).find(({ type }) => type === VPN_ATTACHMENT || type === VPN_GATEWAY.type);
  if (!attached) return vpc;
  const gateway = attached.type === VPN_ATTACHMENT ? String(attached.args["vpnGatewayId"]) : attached.id;
  throw doing.error("InvalidParameterValue", `VPC ${vpc.id} already has the vpn gateway ${gateway} attached`);
}

const attachment: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPN Gateway Attachment", "EC2: AttachVpnGateway");
    const gateway = doing.find(call, VPN_GATEWAY, call.args["vpnGatewayId"]);
    const [attached] = call.world.referrers(gateway, VPN_ATTACHMENT);
    const before = text(attached?.args["vpcId"]) ?? text(gateway.args["vpcId"]);
    if (before !== undefined) {
      throw doing.error(
        "VpnGatewayAttachmentLimitExceeded",
        `The vpn gateway '${gateway.id}' is already attached to '${before}'`,
      );
    }
    const vpc = attachable(call, doing, String(call.args["vpcId"]));
    const digest = call.world.hash(`${gateway.id} ${vpc.id}`).slice(0, 8);
    return { id: `vpn-attachment-${digest}`, uses: [vpc, gateway] };
  },
  remove(call, attached) {
    const gateway = call.world.find(call.place, VPN_GATEWAY.type, String(attached.args["vpnGatewayId"]));
    // Detaching also ends the propagation of routes. Source: DetachVpnGateway, EC2 API Reference.
    for (const propagation of gateway ? call.world.referrers(gateway, ROUTE_PROPAGATION) : [])
      call.tx.drop(propagation);
  },
  inUse: ({ id }) =>
    awsError(
      `deleting EC2 VPN Gateway Attachment (${id})`,
      "EC2: DetachVpnGateway",
      "IncorrectState",
      `${id} is in use`,
    ),
};

const propagation: Handler = {
  create(call) {
    const doing = new Doing("enabling EC2 VPN Gateway Route Propagation", "EC2: EnableVgwRoutePropagation");
    const table = doing.find(call, ROUTE_TABLE, call.args["routeTableId"]);
    const gateway = doing.find(call, VPN_GATEWAY, call.args["vpnGatewayId"]);
    const vpcId = gateway.args["vpcId"] ?? call.world.referrers(gateway, VPN_ATTACHMENT)[0]?.args["vpcId"];
    if (vpcId !== table.args["vpcId"]) {
      const message = `resource ${gateway.id} is not attached to ${String(table.args["vpcId"])}`;
      throw doing.error("Gateway.NotAttached", message);
    }
    return { id: `${gateway.id}_${table.id}`, within: [table, gateway] };
  },
  inUse: ({ id }) => new Error(`nothing can use route propagation ${id}`),
};

const customerGateway: Handler = {
  create(call) {
    const same = ["type", "ipAddress", "deviceName", "bgpAsn", "bgpAsnExtended", "certificateArn"];
    const alike = (other: CloudObject): boolean => same.every((name) => other.args[name] === call.args[name]);
    // Source: EC2 API Reference, CreateCustomerGateway: an identical request returns the existing gateway.
    const ip = text(call.args["ipAddress"]) ?? "";
    const existing = call.world.byTerm(call.place, CUSTOMER_GATEWAY.type, ip).find(alike);
    const id = existing?.id ?? ec2Id(call, "cgw");
    return { id, attrs: { arn: arn("ec2", call.place, `customer-gateway/${id}`) }, terms: [ip] };
  },
  inUse: ({ id }) =>
    awsError(
      `deleting EC2 Customer Gateway (${id})`,
      "EC2: DeleteCustomerGateway",
      "IncorrectState",
      "The customer gateway is in use.",
    ),
};

export const VPN_HANDLERS: Record<string, Handler> = {
  [VPN_GATEWAY.type]: vpnGateway,
  [VPN_ATTACHMENT]: attachment,
  [ROUTE_PROPAGATION]: propagation,
  [CUSTOMER_GATEWAY.type]: customerGateway,
  [VPN_CONNECTION]: vpnConnection,
};
