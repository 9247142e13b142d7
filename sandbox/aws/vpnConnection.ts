/** Site-to-Site VPN connections: two tunnels from one virtual private gateway to one customer gateway. */
import { addressOf, blockOf, dotted, publicAddress } from "../addresses.ts";
import { awsError, CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { isRecord, text, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, CUSTOMER_GATEWAY, Doing, ec2Id, VPN_CONNECTION, VPN_GATEWAY } from "./common.ts";
import { joinAws } from "../network/tunnels.ts";
import { RESERVED_INSIDE } from "../rules/aws.ts";

const TUNNELS = [1, 2] as const;

export const vpnConnection: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPN Connection", "EC2: CreateVpnConnection");
    const { uses, gateway } = ends(call, doing);
    const inside = insideCidrs(call, doing, gateway);
    const secrets = Object.fromEntries(
      TUNNELS.filter((n) => call.args[`tunnel${n}PresharedKey`] === undefined).map((n) => [
        `tunnel${n}PresharedKey`,
        // Source: AWS Site-to-Site VPN User Guide, Tunnel options: AWS makes a key when none is given.
        `k${call.tx.hex("psk", 31)}`,
      ]),
    );
    distinctKeys(call, gateway, secrets);
    const id = ec2Id(call, "vpn");
    const outside = TUNNELS.map((n) => ({ [`tunnel${n}Address`]: publicAddress(call.tx, "awsTunnel") }));
    const attrs = { arn: arn("ec2", call.place, `vpn-connection/${id}`), ...inside, ...outside[0], ...outside[1] };
    return { id, attrs, secrets, terms: outside.flatMap((one) => Object.values(one)), uses };
  },
  update(call, connection) {
    const doing = new Doing(`modifying EC2 VPN Connection (${connection.id})`, "EC2: ModifyVpnConnection");
    const { uses, gateway } = ends(call, doing);
    distinctKeys(call, gateway, {}, connection);
    return { uses };
  },
  outputs: described,
  inUse: ({ id }) =>
    awsError(`deleting EC2 VPN Connection (${id})`, "EC2: DeleteVpnConnection", "IncorrectState", `${id} is in use`),
};

/** Both ends of a connection, fit for each other. */
function ends(call: Call, doing: Doing): { uses: CloudObject[]; gateway: CloudObject } {
  const customer = doing.find(call, CUSTOMER_GATEWAY, call.args["customerGatewayId"]);
  // Source: EC2 API Reference, CreateVpnConnection, Type; CustomerGateway, Type: ipsec.1 is the one there is.
  if (call.args["type"] !== customer.args["type"]) {
    const message = `Value (${String(call.args["type"])}) for parameter type is invalid. Customer gateway ${customer.id} is of type ${String(customer.args["type"])}`;
    throw doing.error("InvalidParameterValue", message);
  }
  if (call.args["vpnGatewayId"] === undefined) {
    throw doing.error("MissingParameter", "Either 'vpnGatewayId' or 'transitGatewayId' should be provided.");
  }
  const gateway = doing.find(call, VPN_GATEWAY, call.args["vpnGatewayId"]);
  const asn = text(customer.args["bgpAsn"]) ?? text(customer.args["bgpAsnExtended"]);
  if (call.args["staticRoutesOnly"] !== true && asn === gateway.attrs["amazonSideAsn"]) {
    const message = `The BGP ASN ${asn} of customer gateway ${customer.id} must differ from the Amazon side ASN of ${gateway.id}`;
    throw doing.error("InvalidParameterValue", message);
  }
  const logs = TUNNELS.flatMap((n) => logGroups(call, doing, call.args[`tunnel${n}LogOptions`]));
  return { uses: [customer, gateway, ...logs], gateway };
}

/** Log groups the tunnel writes to. They are not held: AWS lets a group in use be deleted. */
function logGroups(call: Call, doing: Doing, options: unknown): CloudObject[] {
  const cloudwatch = isRecord(options) ? options["cloudwatchLogOptions"] : undefined;
  if (!isRecord(cloudwatch)) return [];
  for (const [flag, name] of [
    ["logEnabled", "logGroupArn"],
    ["bgpLogEnabled", "bgpLogGroupArn"],
  ] as const) {
    const group = text(cloudwatch[name])?.replace(/:\*$/, "");
    if (cloudwatch[flag] !== true) continue;
    const known = group?.startsWith(arn("logs", call.place, "log-group:")) === true;
    const id = group?.split(":log-group:")[1] ?? "";
    if (!known || !call.world.find(call.place, "aws:cloudwatch/logGroup:LogGroup", id)) {
      throw doing.error("InvalidParameterValue", `The CloudWatch log group ${group ?? "(none)"} does not exist`);
    }
  }
  return [];
}

/** Inside ranges as given, or chosen by AWS; each is used once on a gateway. Source: Site-to-Site VPN User Guide, Tunnel options. */
function insideCidrs(call: Call, doing: Doing, gateway: CloudObject): Values {
  const others = call.world.referrers(gateway, VPN_CONNECTION);
  const used = new Set(others.flatMap((other) => TUNNELS.map((n) => text(other.attrs[`tunnel${n}InsideCidr`]))));
  const chosen: Values = {};
  for (const n of TUNNELS) {
    const given = text(call.args[`tunnel${n}InsideCidr`]);
    if (given !== undefined && used.has(given)) {
      throw doing.error(
        "InvalidParameterValue",
        `The tunnel inside CIDR ${given} is already in use on VPN gateway ${gateway.id}`,
      );
    }
    if (given !== undefined) used.add(given);
  }
  for (const n of TUNNELS) {
    const range = text(call.args[`tunnel${n}InsideCidr`]) ?? freeInside(call, used);
    const first = blockOf(range)!.first;
    used.add(range);
    chosen[`tunnel${n}InsideCidr`] = range;
    // AWS takes the first usable address of the /30, the customer gateway the second.
    chosen[`tunnel${n}VgwInsideAddress`] = dotted(first + 1);
    chosen[`tunnel${n}CgwInsideAddress`] = dotted(first + 2);
  }
  return chosen;
}

function freeInside(call: Call, used: ReadonlySet<string | undefined>): string {
  for (;;) {
    const index = Number.parseInt(call.tx.hex("inside", 8), 16) % 16384;
    const range = `${dotted(addressOf("169.254.0.0")! + index * 4)}/30`;
    if (!used.has(range) && !RESERVED_INSIDE.includes(range)) return range;
  }
}

/**
 * AWS takes one key for two tunnels, but the provider tells tunnels apart by their keys and may then swap them.
 * Source: hashicorp/terraform-provider-aws issue 16928. The sandbox refuses, so that nobody finds out later.
 */
function distinctKeys(call: Call, gateway: CloudObject, made: Values, self?: CloudObject): void {
  const keys = TUNNELS.map((n) => {
    const key = text(call.args[`tunnel${n}PresharedKey`]) ?? text(made[`tunnel${n}PresharedKey`]);
    return key === undefined ? self?.secrets[`tunnel${n}PresharedKey`] : call.world.hash(key);
  });
  const others = call.world.referrers(gateway, VPN_CONNECTION).filter(({ id }) => id !== self?.id);
  const taken = new Map(
    others.flatMap((other) => TUNNELS.map((n) => [other.secrets[`tunnel${n}PresharedKey`], other.id])),
  );
  const twin =
    keys[0] === keys[1] ? "the other tunnel" : keys.map((key) => taken.get(key)).find((id) => id !== undefined);
  if (twin === undefined) return;
  const why = `the pre-shared key of a tunnel is also that of ${twin} on ${gateway.id}, and the provider could not tell them apart: give every tunnel its own`;
  throw new CloudError("invalid", "SharedKey", why);
}

function described(connection: CloudObject, world: World, secrets: Values): Values {
  const { args } = connection;
  const gateway = world.find(connection, VPN_GATEWAY.type, String(args["vpnGatewayId"]));
  const perTunnel = TUNNELS.flatMap<[string, unknown]>((n) => [
    [`tunnel${n}BgpAsn`, gateway?.attrs["amazonSideAsn"] ?? ""],
    [`tunnel${n}BgpHoldtime`, 30],
  ]);
  return {
    ...Object.fromEntries(perTunnel),
    ...{
      vgwTelemetries: TUNNELS.map((n) => telemetry(world, connection, n)),
      routes: [],
      staticRoutesOnly: args["staticRoutesOnly"] ?? false,
    },
    ...{ localIpv4NetworkCidr: args["localIpv4NetworkCidr"] ?? "0.0.0.0/0" },
    ...{ remoteIpv4NetworkCidr: args["remoteIpv4NetworkCidr"] ?? "0.0.0.0/0" },
    ...{ tunnelInsideIpVersion: "ipv4", outsideIpAddressType: "PublicIpv4" },
    ...{ coreNetworkArn: "", coreNetworkAttachmentArn: "", presharedKeyArn: "", transitGatewayAttachmentId: "" },
    customerGatewayConfiguration: configurationXml(connection, secrets),
  };
}

/** A tunnel as AWS shows it: with BGP it is UP once the session is. Source: EC2 API Reference, VgwTelemetry. */
function telemetry(world: World, connection: CloudObject, n: 1 | 2): Values {
  const { up, session } = joinAws(world, connection, n).status;
  const works = up && (session.up || connection.args["staticRoutesOnly"] === true);
  const routes = `${session.toAws.length} BGP ROUTES`;
  return {
    ...{ acceptedRouteCount: session.toAws.length, certificateArn: "", lastStatusChange: "" },
    outsideIpAddress: connection.attrs[`tunnel${n}Address`],
    status: works ? "UP" : "DOWN",
    statusMessage: session.up ? routes : up ? "IPSEC IS UP" : "IPSEC IS DOWN",
  };
}

/** The part of AWS's device configuration that names the tunnels. It holds the keys, as the real one does. */
function configurationXml({ id, args, attrs }: CloudObject, secrets: Values): string {
  const tunnels = TUNNELS.map(
    (n) =>
      `<ipsec_tunnel><vpn_gateway><tunnel_outside_address><ip_address>${String(attrs[`tunnel${n}Address`])}</ip_address></tunnel_outside_address>` +
      `<tunnel_inside_address><ip_address>${String(attrs[`tunnel${n}VgwInsideAddress`])}</ip_address></tunnel_inside_address></vpn_gateway>` +
      `<ike><pre_shared_key>${text(secrets[`tunnel${n}PresharedKey`]) ?? ""}</pre_shared_key></ike></ipsec_tunnel>`,
  );
  const ends = `<customer_gateway_id>${String(args["customerGatewayId"])}</customer_gateway_id><vpn_gateway_id>${String(args["vpnGatewayId"])}</vpn_gateway_id>`;
  return `<vpn_connection id="${id}">${ends}${tunnels.join("")}</vpn_connection>`;
}
