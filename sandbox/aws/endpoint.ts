/** PrivateLink: interface endpoints for endpoint services and AWS's own services, and their private DNS names. */
import { addressOf, blockOf, dotted } from "../addresses.ts";
import { awsError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, isRecord, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { amazonService, type AmazonService } from "./amazonServices.ts";
import { arn, Doing, ec2Id, SUBNET, VPC } from "./common.ts";
import { checkPolicy, defaultPolicy } from "./endpointPolicy.ts";
import { describedGateway, gateway, refuseGatewayInNeed, settleGateway } from "./gatewayEndpoint.ts";
import { findGroup, DEFAULT_SECURITY_GROUP } from "./security.ts";
import { findService, type Service } from "./services.ts";

export const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";

const vpcEndpoint: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPC Endpoint", "EC2: CreateVpcEndpoint");
    checkType(call, doing);
    if (call.args["vpcEndpointType"] === "Gateway") return gateway(call, doing);
    const { service, subnets, groupIds, uses } = ends(call, doing);
    // Source: EC2 API Reference, CreateVpcEndpoint: the address type has to be one of the subnets' and of the service's.
    if ((call.args["ipAddressType"] ?? "ipv4") !== "ipv4") {
      const message = `The address type ${String(call.args["ipAddressType"])} is not supported by the subnets of the endpoint, which have IPv4 only`;
      throw doing.error("InvalidParameter", message);
    }
    const id = ec2Id(call, "vpce");
    const state = service.acceptanceRequired ? "pendingAcceptance" : "available";
    const attrs = { arn: arn("ec2", call.place, `vpc-endpoint/${id}`), hash: label(call), state, service: service.id };
    const networkInterfaces = subnets.map((member) => networkInterface(call, doing, member));
    const members = { securityGroupIds: groupIds, subnetIds: subnets.map((member) => member.id), networkInterfaces };
    return { id, attrs: { ...attrs, ...members }, uses };
  },
  update(call, endpoint, changed) {
    if ([...changed].every((name) => name === "tags")) return {};
    const doing = new Doing(`updating EC2 VPC Endpoint (${endpoint.id})`, "EC2: ModifyVpcEndpoint");
    if (endpoint.args["vpcEndpointType"] === "Gateway") return settleGateway(call, doing, endpoint);
    if (endpoint.attrs["state"] !== "available") throw doing.error("InvalidParameter", notAvailable(endpoint));
    const { subnets, groupIds, uses } = ends(call, doing, endpoint);
    const before = blocks(endpoint.attrs["networkInterfaces"]);
    const kept = (member: CloudObject): Values | undefined => before.find((one) => one["subnetId"] === member.id);
    const networkInterfaces = subnets.map((member) => kept(member) ?? networkInterface(call, doing, member));
    const members = { securityGroupIds: groupIds, subnetIds: subnets.map((member) => member.id), networkInterfaces };
    return { attrs: members, uses };
  },
  remove(call, endpoint) {
    if (endpoint.args["vpcEndpointType"] === "Gateway") return refuseGatewayInNeed(call, endpoint);
    for (const setting of call.world.referrers(endpoint, PRIVATE_DNS)) call.tx.drop(setting);
  },
  outputs: described,
  inUse: ({ id }) =>
    awsError(`deleting EC2 VPC Endpoint (${id})`, "EC2: DeleteVpcEndpoints", "IncorrectState", `${id} is in use`),
};

type EndService = Service | AmazonService;

interface Ends {
  service: EndService;
  subnets: CloudObject[];
  groupIds: string[];
  /** Nothing can use up a service of AWS's own. */
  uses: (CloudObject | undefined)[];
}

/** What an endpoint joins, fit for each other. */
function ends(call: Call, doing: Doing, self?: CloudObject): Ends {
  const service = visible(call, doing, call.args);
  checkPolicy(doing, call.args["policy"], service.object === undefined);
  const vpc = doing.find(call, VPC, call.args["vpcId"]);
  const subnets = memberSubnets(call, doing, service, vpc);
  const groups = texts(call.args["securityGroupIds"]).map((id) => findGroup(call, doing, id));
  // Source: EC2 API Reference, CreateVpcEndpoint: without groups the VPC's default one is taken.
  if (groups.length === 0) groups.push(call.world.referrers(vpc, DEFAULT_SECURITY_GROUP)[0]!);
  const stranger = groups.find((group) => ![...group.uses, ...group.within].includes(keyOf(vpc)));
  if (stranger) {
    const message = `The security group '${stranger.id}' does not exist in VPC ${vpc.id}`;
    throw doing.error("InvalidSecurityGroupId.NotFound", message);
  }
  if (call.args["privateDnsEnabled"] === true) checkPrivateDns(call, doing, service, vpc, self);
  const groupIds = groups.map((group) => group.id);
  return { service, subnets, groupIds, uses: [vpc, ...subnets, ...groups, service.object] };
}

/** An endpoint has to be of a type its service has. Source: EC2 API Reference, CreateVpcEndpoint. */
function checkType(call: Call, doing: Doing): void {
  const types = amazonService(call.place, String(call.args["serviceName"]))?.types ?? ["Interface"];
  const type = String(call.args["vpcEndpointType"]);
  if (types.some((one) => one === type)) return;
  const message = `Endpoint type (${type}) does not match available service types ([${types.join(", ")}]).`;
  throw doing.error("InvalidParameter", message);
}

/** The service an endpoint is for, as long as the account may see it. */
function visible(call: Call, doing: Doing, { serviceName, serviceRegion }: Values): EndService {
  const own = serviceRegion === undefined ? amazonService(call.place, String(serviceName)) : undefined;
  const service = own ?? findService(call.world, call.place, String(serviceName), text(serviceRegion));
  if (service) return service;
  throw doing.error("InvalidServiceName", `The Vpc Endpoint Service '${String(serviceName)}' does not exist`);
}

function notAvailable({ id, attrs }: CloudObject): string {
  return `VPC endpoint ${id} cannot be changed while it is ${String(attrs["state"])}: the owner of the service has to accept it`;
}

/** Eight characters that tell one endpoint's DNS names from another's. */
function label({ tx }: Call): string {
  return tx.hex("dns", 8);
}

/** The endpoint's subnets: in its VPC, one per zone, in zones the service has. Source: AWS PrivateLink Guide, interface endpoints. */
function memberSubnets(call: Call, doing: Doing, service: EndService, vpc: CloudObject): CloudObject[] {
  const subnets = texts(call.args["subnetIds"]).map((id) => doing.find(call, SUBNET, id));
  const zones = new Map<unknown, string>();
  for (const subnet of subnets) {
    const zone = subnet.attrs["availabilityZoneId"];
    if (subnet.args["vpcId"] !== vpc.id) {
      throw doing.error("InvalidSubnetID.NotFound", `The subnet ID '${subnet.id}' does not exist in VPC ${vpc.id}`);
    }
    if (!service.zones.includes(String(zone))) {
      const message = `The VPC endpoint service ${service.name} does not support the availability zone of the subnet: ${subnet.id}.`;
      throw doing.error("InvalidParameter", message);
    }
    const twin = zones.get(zone);
    if (twin) {
      throw doing.error(
        "DuplicateSubnetsInSameZone",
        `Found another VPC endpoint subnet in the availability zone of ${subnet.id}: ${twin}`,
      );
    }
    zones.set(zone, subnet.id);
  }
  return subnets;
}

function checkPrivateDns(call: Call, doing: Doing, service: EndService, vpc: CloudObject, self?: CloudObject): void {
  if (vpc.args["enableDnsSupport"] !== true || vpc.args["enableDnsHostnames"] !== true) {
    const message = `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`;
    throw doing.error("InvalidParameter", message);
  }
  if (service.privateDnsName === undefined) {
    const message = `Private DNS can't be enabled because the service ${service.name} does not provide a private DNS name.`;
    throw doing.error("InvalidParameter", message);
  }
  const others = call.world.referrers(vpc, VPC_ENDPOINT).filter(({ id }) => id !== self?.id);
  const same = others.filter((other) => other.args["serviceName"] === service.name);
  const options = isRecord(call.args["dnsOptions"]) ? call.args["dnsOptions"] : {};
  const inboundOnly = options["privateDnsOnlyForInboundResolverEndpoint"] === true;
  // Source: Amazon S3 User Guide, AWS PrivateLink for Amazon S3, Private DNS.
  if (inboundOnly && !same.some(({ args }) => args["vpcEndpointType"] === "Gateway")) {
    const message = `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpc.id} must have a Gateway endpoint for the service.`;
    throw doing.error("InvalidParameter", message);
  }
  const twin = same.find((other) => privateDns(other, call.world));
  if (!twin) return;
  const message = `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${service.privateDnsName} in the VPC ${vpc.id}`;
  throw doing.error("InvalidParameter", message);
}

/** Whether an endpoint's private name is on: by its setting, if it has one, else by its own argument. */
function privateDns(endpoint: CloudObject, world: World): boolean {
  const [setting] = world.referrers(endpoint, PRIVATE_DNS);
  return (setting ?? endpoint).args["privateDnsEnabled"] === true;
}

/** An address in the subnet: the one asked for, or the first free one. AWS keeps the first four addresses and the last. */
function networkInterface(call: Call, doing: Doing, subnet: CloudObject): Values {
  const { first, last } = blockOf(String(subnet.args["cidrBlock"]))!;
  const peers = call.world.referrers(subnet, VPC_ENDPOINT).flatMap((other) => blocks(other.attrs["networkInterfaces"]));
  const used = new Set(peers.filter((one) => one["subnetId"] === subnet.id).map((one) => one["ip"]));
  const wanted = blocks(call.args["subnetConfigurations"]).find((one) => one["subnetId"] === subnet.id);
  const pinned = text(wanted?.["ipv4"]);
  if (pinned !== undefined) {
    const address = addressOf(pinned) ?? -1;
    if (address < first + 4 || address >= last)
      throw doing.error("InvalidParameterValue", `Address ${pinned} does not fall within the subnet's address range`);
    if (used.has(pinned)) throw doing.error("InvalidIPAddress.InUse", `Address ${pinned} is in use.`);
    return { subnetId: subnet.id, ip: pinned, id: ec2Id(call, "eni") };
  }
  for (let address = first + 4; address < last; address++) {
    if (!used.has(dotted(address))) return { subnetId: subnet.id, ip: dotted(address), id: ec2Id(call, "eni") };
  }
  throw doing.error(
    "InsufficientFreeAddressesInSubnet",
    `There aren't enough free addresses in the subnet '${subnet.id}'.`,
  );
}

/**
 * DNS names with the addresses they stand for: the regional one first, then one per zone.
 * Source: Amazon VPC User Guide, Endpoint services: endpoint_id[-endpoint_zone].service_id.region.vpce.amazonaws.com.
 */
export function dnsNames(endpoint: CloudObject, world: World): { dnsName: string; addresses: string[] }[] {
  const { hash, networkInterfaces, service } = endpoint.attrs;
  const suffix = `${String(service)}.${endpoint.region}.vpce.amazonaws.com`;
  const wildcard = amazonService(endpoint, String(endpoint.args["serviceName"]))?.wildcard ?? "";
  const name = (zone: string): string => `${wildcard}${endpoint.id}-${String(hash)}${zone}.${suffix}`;
  const zonal = blocks(networkInterfaces).map((one) => {
    const zone = world.find(endpoint, SUBNET.type, String(one["subnetId"]))?.attrs["availabilityZone"];
    return { dnsName: name(`-${String(zone)}`), addresses: [String(one["ip"])] };
  });
  return [{ dnsName: name(""), addresses: zonal.flatMap(({ addresses }) => addresses) }, ...zonal];
}

function described(endpoint: CloudObject, world: World): Values {
  if (endpoint.args["vpcEndpointType"] === "Gateway") return describedGateway(endpoint, world);
  const { hash: _hash, networkInterfaces, service: _service, ...attrs } = endpoint.attrs;
  const interfaces = blocks(networkInterfaces);
  const hostedZoneId = `Z${world.hash(`vpce ${endpoint.region}`).slice(0, 13).toUpperCase()}`;
  return {
    ...attrs,
    ...{ hash: undefined, networkInterfaces: undefined, service: undefined },
    dnsEntries: dnsNames(endpoint, world).map(({ dnsName }) => ({ dnsName, hostedZoneId })),
    networkInterfaceIds: interfaces.map((one) => one["id"]),
    subnetConfigurations: interfaces.map((one) => ({ ipv4: one["ip"], subnetId: one["subnetId"] })),
    ...{ cidrBlocks: [], prefixListId: "", requesterManaged: false, routeTableIds: [] },
    ipAddressType: endpoint.args["ipAddressType"] ?? "ipv4",
    policy: defaultPolicy(endpoint),
    privateDnsEnabled: privateDns(endpoint, world),
    dnsOptions: isRecord(endpoint.args["dnsOptions"]) ? endpoint.args["dnsOptions"] : { dnsRecordIpType: "ipv4" },
  };
}

/** Turns an endpoint's private DNS name on or off, once its service has accepted it. */
const endpointPrivateDns: Handler = {
  create: (call) => ({ ...settle(call), id: String(call.args["vpcEndpointId"]) }),
  update: settle,
  // The provider forgets the setting without undoing it.
  remove(call, setting) {
    const endpoint = call.world.get(setting.within[0]!)!;
    call.tx.put({ ...endpoint, args: { ...endpoint.args, privateDnsEnabled: setting.args["privateDnsEnabled"] } });
  },
  inUse: ({ id }) => new Error(`nothing can use the private DNS setting of ${id}`),
};

const ENDPOINT = { type: VPC_ENDPOINT, code: "InvalidVpcEndpointId.NotFound", noun: "Vpc Endpoint Id" };

function settle(call: Call): { within: CloudObject[] } {
  const id = String(call.args["vpcEndpointId"]);
  const doing = new Doing(`updating VPC Endpoint (${id}) private DNS`, "EC2: ModifyVpcEndpoint");
  const endpoint = doing.find(call, ENDPOINT, id);
  if (endpoint.attrs["state"] !== "available") throw doing.error("InvalidParameter", notAvailable(endpoint));
  const vpc = doing.find(call, VPC, endpoint.args["vpcId"]);
  const enable = call.args["privateDnsEnabled"] === true;
  if (enable) checkPrivateDns(call, doing, visible(call, doing, endpoint.args), vpc, endpoint);
  return { within: [endpoint] };
}

export const ENDPOINT_HANDLERS: Record<string, Handler> = {
  [VPC_ENDPOINT]: vpcEndpoint,
  [PRIVATE_DNS]: endpointPrivateDns,
};
