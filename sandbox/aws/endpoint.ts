/** PrivateLink: interface endpoints for other accounts' endpoint services, and their private DNS names. */
import { addressOf, blockOf, dotted } from "../addresses.ts";
import { awsError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, isRecord, text, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing, ec2Id, SUBNET, VPC } from "./common.ts";
import { findGroup, DEFAULT_SECURITY_GROUP } from "./security.ts";
import { findService, type Service } from "./services.ts";

export const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";

const vpcEndpoint: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPC Endpoint", "EC2: CreateVpcEndpoint");
    const name = String(call.args["serviceName"]);
    if (call.args["vpcEndpointType"] !== "Interface") {
      throw doing.error(
        "InvalidParameter",
        `Endpoint type (${String(call.args["vpcEndpointType"])}) does not match available service types ([Interface]).`,
      );
    }
    const service = findService(call.world, call.place, name, text(call.args["serviceRegion"]));
    if (!service) throw doing.error("InvalidServiceName", `The Vpc Endpoint Service '${name}' does not exist`);
    const vpc = doing.find(call, VPC, call.args["vpcId"]);
    const subnets = memberSubnets(call, doing, service, vpc);
    const groups = texts(call.args["securityGroupIds"]).map((id) => findGroup(call, doing, id));
    if (groups.length === 0) groups.push(call.world.referrers(vpc, DEFAULT_SECURITY_GROUP)[0]!);
    if (call.args["privateDnsEnabled"] === true) checkPrivateDns(doing, service, vpc);
    const id = ec2Id(call, "vpce");
    return {
      id,
      attrs: {
        arn: arn("ec2", call.place, `vpc-endpoint/${id}`),
        ...{
          hash: label(call),
          securityGroupIds: groups.map((group) => group.id),
          subnetIds: subnets.map(({ id: it }) => it),
        },
        ...{ state: service.acceptanceRequired ? "pendingAcceptance" : "available", service: service.id },
        networkInterfaces: subnets.map((member) => networkInterface(call, doing, member)),
      },
      uses: [vpc, ...subnets, ...groups, service.object],
    };
  },
  update(call, endpoint) {
    const doing = new Doing(`updating EC2 VPC Endpoint (${endpoint.id})`, "EC2: ModifyVpcEndpoint");
    if (endpoint.attrs["state"] !== "available") {
      throw doing.error(
        "InvalidParameter",
        `The VPC endpoint ${endpoint.id} is in the state ${String(endpoint.attrs["state"])}`,
      );
    }
    const service = findService(
      call.world,
      call.place,
      String(call.args["serviceName"]),
      text(call.args["serviceRegion"]),
    );
    if (!service)
      throw doing.error(
        "InvalidServiceName",
        `The Vpc Endpoint Service '${String(call.args["serviceName"])}' does not exist`,
      );
    const vpc = doing.find(call, VPC, call.args["vpcId"]);
    const subnets = memberSubnets(call, doing, service, vpc);
    const groups = texts(call.args["securityGroupIds"]).map((id) => findGroup(call, doing, id));
    if (call.args["privateDnsEnabled"] === true) checkPrivateDns(doing, service, vpc);
    const before = blocks(endpoint.attrs["networkInterfaces"]);
    const kept = (member: CloudObject): Values | undefined => before.find((one) => one["subnetId"] === member.id);
    return {
      attrs: {
        ...{ securityGroupIds: groups.map((group) => group.id), subnetIds: subnets.map(({ id }) => id) },
        networkInterfaces: subnets.map((member) => kept(member) ?? networkInterface(call, doing, member)),
      },
      uses: [vpc, ...subnets, ...groups, service.object],
    };
  },
  remove(call, endpoint) {
    for (const setting of call.world.referrers(endpoint, PRIVATE_DNS)) call.tx.drop(setting);
  },
  outputs: described,
  inUse: ({ id }) =>
    awsError(`deleting EC2 VPC Endpoint (${id})`, "EC2: DeleteVpcEndpoints", "IncorrectState", `${id} is in use`),
};

/** Eight characters that tell one endpoint's DNS names from another's. */
function label({ tx }: Call): string {
  return tx.hex("dns", 8);
}

/** The endpoint's subnets: in its VPC, one per zone, in zones the service has. Source: AWS PrivateLink Guide, interface endpoints. */
function memberSubnets(call: Call, doing: Doing, service: Service, vpc: CloudObject): CloudObject[] {
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

function checkPrivateDns(doing: Doing, service: Service, vpc: CloudObject): void {
  if (vpc.args["enableDnsSupport"] !== true || vpc.args["enableDnsHostnames"] !== true) {
    const message = `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`;
    throw doing.error("InvalidParameter", message);
  }
  if (service.privateDnsName === undefined) {
    const message = `Private DNS can't be enabled because the service ${service.name} does not provide a private DNS name.`;
    throw doing.error("InvalidParameter", message);
  }
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
 * DNS names: the regional one first, then one per zone.
 * Source: Amazon VPC User Guide, Endpoint services: endpoint_id[-endpoint_zone].service_id.region.vpce.amazonaws.com.
 */
function described(endpoint: CloudObject, world: World): Values {
  const { hash, networkInterfaces, service, ...attrs } = endpoint.attrs;
  const interfaces = blocks(networkInterfaces);
  const suffix = `${String(service)}.${endpoint.region}.vpce.amazonaws.com`;
  const hostedZoneId = `Z${world.hash(`vpce ${endpoint.region}`).slice(0, 13).toUpperCase()}`;
  const zones = interfaces.map(
    (one) => world.find(endpoint, SUBNET.type, String(one["subnetId"]))?.attrs["availabilityZone"],
  );
  const names = ["", ...zones.map((zone) => `-${String(zone)}`)].map(
    (zone) => `${endpoint.id}-${String(hash)}${zone}.${suffix}`,
  );
  const [setting] = world.referrers(endpoint, PRIVATE_DNS);
  return {
    ...attrs,
    ...{ hash: undefined, networkInterfaces: undefined, service: undefined },
    dnsEntries: names.map((dnsName) => ({ dnsName, hostedZoneId })),
    networkInterfaceIds: interfaces.map((one) => one["id"]),
    subnetConfigurations: interfaces.map((one) => ({ ipv4: one["ip"], subnetId: one["subnetId"] })),
    ...{ cidrBlocks: [], prefixListId: "", requesterManaged: false, routeTableIds: [] },
    ipAddressType: endpoint.args["ipAddressType"] ?? "ipv4",
    privateDnsEnabled: setting?.args["privateDnsEnabled"] ?? endpoint.args["privateDnsEnabled"] ?? false,
    dnsOptions: isRecord(endpoint.args["dnsOptions"]) ? endpoint.args["dnsOptions"] : { dnsRecordIpType: "ipv4" },
  };
}

/** Turns an endpoint's private DNS name on or off, once its service has accepted it. */
const endpointPrivateDns: Handler = {
  create: (call) => ({ ...settle(call), id: String(call.args["vpcEndpointId"]) }),
  update: settle,
  inUse: ({ id }) => new Error(`nothing can use the private DNS setting of ${id}`),
};

function settle(call: Call): { within: CloudObject[] } {
  const id = String(call.args["vpcEndpointId"]);
  const doing = new Doing(`updating VPC Endpoint (${id}) private DNS`, "EC2: ModifyVpcEndpoint");
  const endpoint = doing.find(
    call,
    { type: VPC_ENDPOINT, code: "InvalidVpcEndpointId.NotFound", noun: "Vpc Endpoint Id" },
    id,
  );
  if (endpoint.attrs["state"] !== "available") {
    const message = `Private DNS can only be changed when the VPC endpoint is available; ${id} is ${String(endpoint.attrs["state"])}`;
    throw doing.error("InvalidParameter", message);
  }
  const service = findService(
    call.world,
    call.place,
    String(endpoint.args["serviceName"]),
    text(endpoint.args["serviceRegion"]),
  );
  const vpc = doing.find(call, VPC, endpoint.args["vpcId"]);
  if (call.args["privateDnsEnabled"] === true && service) checkPrivateDns(doing, service, vpc);
  return { within: [endpoint] };
}

export const ENDPOINT_HANDLERS: Record<string, Handler> = {
  [VPC_ENDPOINT]: vpcEndpoint,
  [PRIVATE_DNS]: endpointPrivateDns,
};
