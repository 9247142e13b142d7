/** Ways to the internet: internet gateways, NAT gateways, their addresses, and single routes. */
import { blockOf, publicAddress, within } from "../addresses.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { blocks, text, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import {
  arn,
  dependencyViolation,
  Doing,
  ec2Id,
  ROUTE_TABLE,
  SUBNET,
  VPC,
  VPN_GATEWAY,
  type Lookup,
} from "./common.ts";
import { interfaceIn, LOAD_BALANCER } from "./elb.ts";

export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
export const ELASTIC_ADDRESS = "aws:ec2/eip:Eip";
export const ROUTE = "aws:ec2/route:Route";

const GATEWAY: Lookup = {
  type: INTERNET_GATEWAY,
  code: "InvalidInternetGatewayID.NotFound",
  noun: "internetGateway ID",
};
const NAT: Lookup = { type: NAT_GATEWAY, code: "InvalidNatGatewayID.NotFound", noun: "natGateway ID" };
const ADDRESS: Lookup = { type: ELASTIC_ADDRESS, code: "InvalidAllocationID.NotFound", noun: "allocation ID" };

const internetGateway: Handler = {
  create(call) {
    const id = ec2Id(call, "igw");
    const attrs = { arn: arn("ec2", call.place, `internet-gateway/${id}`) };
    return {
      id,
      attrs,
      uses: attached(call, new Doing("creating EC2 Internet Gateway", "EC2: AttachInternetGateway")),
    };
  },
  update(call, gateway, changed) {
    if (!changed.has("vpcId")) return {};
    detachable(call, gateway);
    return {
      uses: attached(call, new Doing(`attaching EC2 Internet Gateway (${gateway.id})`, "EC2: AttachInternetGateway")),
    };
  },
  remove: detachable,
  inUse: ({ id }) => new Error(`nothing holds internet gateway ${id}`),
};

/** The VPC asked for, if it has no internet gateway yet. Source: Amazon VPC quotas: one per VPC. */
function attached(call: Call, doing: Doing): CloudObject[] {
  const id = text(call.args["vpcId"]);
  if (id === undefined) return [];
  const vpc = doing.find(call, VPC, id);
  const [other] = call.world.referrers(vpc, INTERNET_GATEWAY);
  if (!other) return [vpc];
  throw doing.error("InvalidParameterValue", `Network ${vpc.id} already has an internet gateway attached`);
}

/** @throws CloudError while something in the VPC has a public address. Source: EC2 API Reference, DetachInternetGateway. */
function detachable(call: Call, gateway: CloudObject): void {
  const vpc = gateway.uses.map((key) => call.world.get(key)).find((used) => used?.type === VPC.type);
  const mapped = vpc && holdsPublicAddress(call.world, vpc);
  if (!mapped) return;
  const message = `Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
  throw dependencyViolation(`deleting EC2 Internet Gateway (${gateway.id})`, "EC2: DetachInternetGateway", message);
}

function holdsPublicAddress(world: World, vpc: CloudObject): boolean {
  const balancers = world.referrers(vpc, LOAD_BALANCER).some(({ args }) => args["internal"] !== true);
  const nats = world
    .referrers(vpc, SUBNET.type)
    .flatMap((subnet) => world.referrers(subnet, NAT_GATEWAY))
    .some(({ args }) => args["connectivityType"] !== "private");
  return balancers || nats;
}

const elasticAddress: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 EIP", "EC2: AllocateAddress");
    const to = ["instance", "networkInterface", "address"].find((name) => call.args[name] !== undefined);
    if (to !== undefined)
      throw doing.error("InvalidParameterValue", `the sandbox does not simulate ${to} of an address: leave it out`);
    const id = ec2Id(call, "eipalloc");
    const publicIp = publicAddress(call.tx, "awsTunnel");
    const dashed = publicIp.replaceAll(".", "-");
    const suffix = call.place.region === "us-east-1" ? "compute-1" : `${call.place.region}.compute`;
    const empty = {
      associationId: "",
      carrierIp: "",
      customerOwnedIp: "",
      privateDns: "",
      privateIp: "",
      ptrRecord: "",
    };
    const pool = { domain: "vpc", publicIpv4Pool: "amazon", networkBorderGroup: call.place.region };
    return {
      id,
      name: publicIp,
      attrs: {
        ...{ ...empty, ...pool, allocationId: id, arn: arn("ec2", call.place, `elastic-ip/${id}`) },
        ...{ publicIp, publicDns: `ec2-${dashed}.${suffix}.amazonaws.com` },
      },
    };
  },
  outputs(address, world) {
    const [nat] = world.referrers(address, NAT_GATEWAY);
    return nat ? { associationId: nat.attrs["associationId"], privateIp: nat.attrs["privateIp"] } : {};
  },
  inUse: ({ id, name }) =>
    new Doing(`deleting EC2 EIP (${id})`, "EC2: ReleaseAddress").error(
      "InvalidIPAddress.InUse",
      `Address ${String(name)} is in use.`,
    ),
};

const natGateway: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 NAT Gateway", "EC2: CreateNatGateway");
    const subnet = doing.find(call, SUBNET, call.args["subnetId"]);
    const address = elasticFor(call, doing, subnet);
    const id = ec2Id(call, "nat");
    const card = interfaceIn(call, doing, subnet, new Set(), text(call.args["privateIp"]));
    const associationId = address ? ec2Id(call, "eipassoc") : "";
    const regional = { autoProvisionZones: "", autoScalingIps: "", regionalNatGatewayAddresses: [], routeTableId: "" };
    return {
      id,
      attrs: {
        ...{ ...regional, regionalNatGatewayAutoMode: "", associationId, networkInterfaces: [card] },
        ...{ networkInterfaceId: card["id"], privateIp: card["ip"], publicIp: address?.attrs["publicIp"] ?? "" },
      },
      uses: [subnet, address],
    };
  },
  outputs: () => ({ networkInterfaces: undefined }),
  inUse: ({ id }) => new Error(`nothing holds NAT gateway ${id}`),
};

/** The address of a public NAT gateway, if its VPC has a way to the internet. Source: Amazon VPC User Guide, NAT gateways. */
function elasticFor(call: Call, doing: Doing, subnet: CloudObject): CloudObject | undefined {
  const allocation = text(call.args["allocationId"]);
  if (call.args["connectivityType"] === "private") {
    if (allocation === undefined) return undefined;
    throw doing.error("InvalidParameter", "AllocationId cannot be specified for a private NAT gateway");
  }
  if (allocation === undefined)
    throw doing.error("MissingParameter", "The request must include the AllocationId parameter.");
  const address = doing.find(call, ADDRESS, allocation);
  if (call.world.referrers(address).length > 0)
    throw doing.error("Resource.AlreadyAssociated", `resource ${address.id} is already associated.`);
  const vpc = doing.find(call, VPC, subnet.args["vpcId"]);
  if (call.world.referrers(vpc, INTERNET_GATEWAY).length === 0)
    throw doing.error("Gateway.NotAttached", `Network ${vpc.id} has no Internet gateway attached`);
  return address;
}

/** Arguments that name a route's target, and the ones the sandbox has. */
const TARGETS = [
  ...["carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId", "natGatewayId"],
  ...["networkInterfaceId", "odbNetworkArn", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"],
];

const route: Handler = {
  create(call) {
    const destination = text(call.args["destinationCidrBlock"]);
    const table = String(call.args["routeTableId"]);
    const doing = new Doing(
      `creating Route in Route Table (${table}) with destination (${destination ?? ""})`,
      "EC2: CreateRoute",
    );
    if (destination === undefined)
      throw doing.error("InvalidParameterValue", "the sandbox has routes for destinationCidrBlock only");
    const made = routed(call, doing, destination);
    const number = Number.parseInt(call.world.hash(destination).slice(0, 8), 16);
    const attrs = { instanceId: "", instanceOwnerId: "", origin: "CreateRoute" };
    return { ...made, id: `r-${table}${number}`, attrs };
  },
  update(call, self) {
    const doing = new Doing(`updating Route (${self.id})`, "EC2: ReplaceRoute");
    return routed(call, doing, String(call.args["destinationCidrBlock"]), self);
  },
  outputs: (self, world) => ({ state: targetOf(world, self) ? "active" : "blackhole" }),
  inUse: ({ id }) => new Error(`nothing can use route ${id}`),
};

function targetOf(world: World, self: CloudObject): CloudObject | undefined {
  const id = String(self.args["gatewayId"] ?? self.args["natGatewayId"]);
  return [INTERNET_GATEWAY, VPN_GATEWAY.type, NAT_GATEWAY]
    .map((type) => world.find(self, type, id))
    .find((found) => found !== undefined);
}

function routed(call: Call, doing: Doing, destination: string, self?: CloudObject): Made {
  const table = doing.find(call, ROUTE_TABLE, call.args["routeTableId"]);
  const given = TARGETS.filter((name) => text(call.args[name]) !== undefined);
  const other = given.find((name) => name !== "gatewayId" && name !== "natGatewayId");
  if (other !== undefined)
    throw doing.error("InvalidParameterValue", `the sandbox does not simulate routes to ${other}`);
  if (given.length !== 1)
    throw doing.error("InvalidParameterCombination", "The request must contain exactly one target");
  const inline = blocks(table.args["routes"]).map((one: Values) => one["cidrBlock"]);
  const routes = call.world.referrers(table, ROUTE).filter(({ id }) => id !== self?.id);
  if ([...inline, ...routes.map(({ args }) => args["destinationCidrBlock"])].includes(destination))
    throw doing.error("RouteAlreadyExists", `The route identified by ${destination} already exists.`);
  const vpc = doing.find(call, VPC, table.args["vpcId"]);
  if (within(blockOf(destination)!, blockOf(String(vpc.args["cidrBlock"]))!)) {
    const message = `The destination CIDR block ${destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`;
    throw doing.error("InvalidParameterValue", message);
  }
  const target = targetIn(call, doing);
  if (!belongs(call.world, target, vpc))
    throw doing.error(
      "InvalidParameterValue",
      `route table ${table.id} and network gateway ${target.id} belong to different networks`,
    );
  return { within: [table] };
}

function targetIn(call: Call, doing: Doing): CloudObject {
  const nat = text(call.args["natGatewayId"]);
  if (nat !== undefined) return doing.find(call, NAT, nat);
  const id = String(call.args["gatewayId"]);
  return doing.find(call, id.startsWith("vgw-") ? VPN_GATEWAY : GATEWAY, id);
}

function belongs(world: World, target: CloudObject, vpc: CloudObject): boolean {
  if (target.type === NAT_GATEWAY) return target.uses.some((key) => world.get(key)?.args["vpcId"] === vpc.id);
  const attachments = world.referrers(target).some(({ args }) => args["vpcId"] === vpc.id);
  return target.uses.includes(keyOf(vpc)) || attachments;
}

export const INTERNET_HANDLERS: Record<string, Handler> = {
  [INTERNET_GATEWAY]: internetGateway,
  [ELASTIC_ADDRESS]: elasticAddress,
  [NAT_GATEWAY]: natGateway,
  [ROUTE]: route,
};
