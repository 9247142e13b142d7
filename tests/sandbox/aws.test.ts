/**
 * Tier: provider protocol. Shows what the simulated AWS refuses once a request arrives, in AWS's words. It cannot show
 * that AWS refuses nothing else, nor how long it takes to do what it accepts.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";

const VPC = "aws:ec2/vpc:Vpc";
const SUBNET = "aws:ec2/subnet:Subnet";
const CUSTOMER = "aws:ec2/customerGateway:CustomerGateway";
const CONNECTION = "aws:ec2/vpnConnection:VpnConnection";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";
let sandbox: Sandbox;
let outside: estate.Outside;
let aws: Provider;
let side: estate.AwsSide;

// Clouds of its own for each test: quotas are counted.
beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  outside = await estate.seed(sandbox);
  side = await estate.awsSide(aws);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

let host = 0;

/** A customer gateway with an address nobody else has. */
function customer(bgpAsn = "65001"): Promise<Resource> {
  return aws.create(CUSTOMER, { type: "ipsec.1", bgpAsn, ipAddress: `198.51.100.${++host}` });
}

function endpointArgs(change: Values = {}): Values {
  const members = { subnetIds: side.subnets.map(({ id }) => id), securityGroupIds: [side.group.id] };
  return { vpcId: side.vpc.id, serviceName: estate.SERVICE, vpcEndpointType: "Interface", ...members, ...change };
}

async function connect(index = 0, change: Values = {}): Promise<Resource> {
  return aws.create(CONNECTION, { ...estate.connectionArgs(side.gateway, await customer(), index), ...change });
}

test("a subnet's zone is known by name and id, and the names are the account's own", async () => {
  const { names, zoneIds } = await aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {});
  const { availabilityZone, availabilityZoneId } = side.subnets[0]!.state;
  expect([zoneIds, availabilityZoneId]).toEqual([expect.arrayContaining(["use1-az1"]), "use1-az1"]);
  expect(availabilityZone).toBe((names as string[])[(zoneIds as string[]).indexOf("use1-az1")]);
  expect(availabilityZone).not.toBe("us-east-1a");
});

const SUBNETS: [string, Values, string][] = [
  [
    "outside its VPC",
    { cidrBlock: "10.98.0.0/26" },
    "api error InvalidSubnet.Range: The CIDR '10.98.0.0/26' is invalid.",
  ],
  [
    "over another one",
    { cidrBlock: "10.99.0.32/27" },
    "api error InvalidSubnet.Conflict: The CIDR '10.99.0.32/27' conflicts with another subnet",
  ],
  ["too small", { cidrBlock: "10.99.0.128/29" }, "api error InvalidSubnet.Range"],
  [
    "in a zone of another region",
    { availabilityZoneId: "usw2-az1" },
    "api error InvalidParameterValue: Value (usw2-az1) for parameter availabilityZone is invalid.",
  ],
  [
    "in a VPC that does not exist",
    { vpcId: "vpc-0" },
    "api error InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist",
  ],
];

test.each(SUBNETS)("fails for a subnet %s", async (_name, change, message) => {
  const args = { vpcId: side.vpc.id, cidrBlock: "10.99.0.128/26", ...change };
  await expect(aws.create(SUBNET, args)).rejects.toThrow(message);
});

test("a connection has two outside addresses, inside addresses from its ranges and tunnels that are down", async () => {
  const { state } = await connect();
  expect(state["tunnel1Address"]).toMatch(/^203\.0\.113\.\d+$/);
  expect(state["tunnel2Address"]).not.toBe(state["tunnel1Address"]);
  expect([state["tunnel1VgwInsideAddress"], state["tunnel1CgwInsideAddress"]]).toEqual([
    "169.254.32.1",
    "169.254.32.2",
  ]);
  expect([state["tunnel2VgwInsideAddress"], state["tunnel2CgwInsideAddress"]]).toEqual([
    "169.254.32.5",
    "169.254.32.6",
  ]);
  expect([state["tunnel1BgpAsn"], state["tunnel1BgpHoldtime"]]).toEqual(["64512", 30]);
  const telemetry = state["vgwTelemetries"] as Values[];
  expect(telemetry.map(({ outsideIpAddress, status }) => [outsideIpAddress, status])).toEqual([
    [state["tunnel1Address"], "DOWN"],
    [state["tunnel2Address"], "DOWN"],
  ]);
});

test("AWS makes keys and inside ranges that are left out", async () => {
  const open = { vpnGatewayId: side.gateway.id, type: "ipsec.1", staticRoutesOnly: false };
  const { state, inputs } = await aws.create(CONNECTION, { ...open, customerGatewayId: (await customer()).id });
  const made = [state["tunnel1PresharedKey"], state["tunnel2PresharedKey"]];
  expect(new Set(made).size).toBe(2);
  expect(made[0]).toMatch(/^[0-9A-Za-z._]{32}$/);
  expect(state["tunnel1InsideCidr"]).toMatch(/^169\.254\.\d+\.\d+\/30$/);
  expect(inputs["tunnel1PresharedKey"]).toBeUndefined();
});

test("fails for a connection whose two ends have one ASN", async () => {
  const args = { ...estate.connectionArgs(side.gateway, await customer("64512")) };
  await expect(aws.create(CONNECTION, args)).rejects.toThrow(
    /api error InvalidParameterValue: The BGP ASN 64512 of customer gateway cgw-/,
  );
});

test("fails for an inside range that another connection of the gateway has", async () => {
  await connect();
  await expect(connect(1, { tunnel2InsideCidr: "169.254.32.4/30" })).rejects.toThrow(
    `The tunnel inside CIDR 169.254.32.4/30 is already in use on VPN gateway ${side.gateway.id}`,
  );
});

test("fails for a key that another tunnel has, and does not repeat it", async () => {
  const [first, twice] = [estate.key(1), { tunnel2PresharedKey: estate.key(1) }];
  const refusal = await connect(0, twice).catch((error: unknown) => (error as Error).message);
  expect(refusal).toContain("the pre-shared key of a tunnel is also that of the other tunnel");
  expect(refusal).not.toContain(first);
  const one = await connect();
  await expect(connect(1, twice)).rejects.toThrow(`the pre-shared key of a tunnel is also that of ${one.id}`);
  const { __defaults: _, ...args } = one.inputs;
  await expect(aws.update(one, { ...args, tunnel2PresharedKey: estate.key(1) })).rejects.toThrow("of the other tunnel");
});

test("fails for tunnel logs to a group that does not exist", async () => {
  const logGroupArn = `arn:aws:logs:us-east-1:${estate.ACCOUNT}:log-group:/aws/vendedlogs/none`;
  const tunnel1LogOptions = { cloudwatchLogOptions: { logEnabled: true, logGroupArn } };
  await expect(connect(0, { tunnel1LogOptions })).rejects.toThrow(
    `The CloudWatch log group ${logGroupArn} does not exist`,
  );
});

test("two customer gateways with the same values are one, unless a device name tells them apart", async () => {
  const args = { type: "ipsec.1", bgpAsn: "65001", ipAddress: "198.51.100.250" };
  const [one, same] = [await aws.create(CUSTOMER, args), await aws.create(CUSTOMER, args)];
  const other = await aws.create(CUSTOMER, { ...args, deviceName: "b" });
  expect(same.id).toBe(one.id);
  expect(other.id).not.toBe(one.id);
});

test("fails for routes from a gateway that is not attached to the table's VPC", async () => {
  const loose = await aws.create("aws:ec2/vpnGateway:VpnGateway", {});
  const args = { routeTableId: side.table.id, vpnGatewayId: loose.id };
  await expect(aws.create("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", args)).rejects.toThrow(
    `api error Gateway.NotAttached: resource ${loose.id} is not attached to ${side.vpc.id}`,
  );
});

test("fails for a second gateway in a VPC", async () => {
  const second = await aws.create("aws:ec2/vpnGateway:VpnGateway", {});
  const args = { vpcId: side.vpc.id, vpnGatewayId: second.id };
  await expect(aws.create("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", args)).rejects.toThrow(
    `VPC ${side.vpc.id} already has the vpn gateway ${side.gateway.id} attached`,
  );
});

test("fails for a service the account may not see, until its owner allows the account", async () => {
  const region = "us-east-1";
  const hidden = { region, serviceId: "vpce-svc-0fedcba9876543210", availabilityZoneIDs: ["use1-az1", "use1-az2"] };
  const { seedEndpointService } = await import("../../sandbox/index.ts");
  const service = await seedEndpointService(sandbox.world, {
    ...hidden,
    allowedPrincipals: [],
    acceptanceRequired: false,
  });
  const refusal = `api error InvalidServiceName: The Vpc Endpoint Service '${service.serviceName}' does not exist`;
  const look = (): Promise<Values> =>
    aws.invoke("aws:ec2/getVpcEndpointService:getVpcEndpointService", { serviceName: service.serviceName });
  await expect(look()).rejects.toThrow(refusal);
  await expect(aws.create(ENDPOINT, endpointArgs({ serviceName: service.serviceName }))).rejects.toThrow(refusal);
  await service.allowPrincipal(`arn:aws:iam::${estate.ACCOUNT}:root`);
  expect(await look()).toMatchObject({ acceptanceRequired: false, serviceId: hidden.serviceId, privateDnsName: "" });
  const endpoint = await aws.create(ENDPOINT, endpointArgs({ serviceName: service.serviceName }));
  expect(endpoint.state["state"]).toBe("available");
  await service.delete();
  expect((await aws.read(endpoint))!.state["state"]).toBe("rejected");
});

test("an endpoint waits for acceptance and has a regional name before those of its zones", async () => {
  const endpoint = await aws.create(ENDPOINT, endpointArgs());
  const names = (endpoint.state["dnsEntries"] as Values[]).map(({ dnsName }) => String(dnsName));
  const [regional, ...zonal] = names.map((name) => name.split(".")[0]!);
  expect(regional).toMatch(new RegExp(`^${endpoint.id}-[0-9a-z]{8}$`));
  expect(zonal).toEqual(side.subnets.map(({ state }) => `${regional}-${String(state["availabilityZone"])}`));
  expect(names[0]).toBe(`${regional}.${estate.SERVICE_ID}.us-east-1.vpce.amazonaws.com`);
  expect(endpoint.state["state"]).toBe("pendingAcceptance");
  const wider = endpointArgs({ securityGroupIds: [] });
  await expect(aws.update(endpoint, wider)).rejects.toThrow(
    `${endpoint.id} cannot be changed while it is pendingAcceptance`,
  );
  expect((await aws.update(endpoint, endpointArgs({ tags: { a: "b" } }))).state["tags"]).toEqual({ a: "b" });
  await outside.service.accept(endpoint.id);
  expect((await aws.read(endpoint))!.state["state"]).toBe("available");
  expect((await aws.update(endpoint, wider)).state["securityGroupIds"]).toEqual([
    side.vpc.state["defaultSecurityGroupId"],
  ]);
  await outside.service.reject(endpoint.id);
  expect((await aws.read(endpoint))!.state["state"]).toBe("rejected");
});

test("fails for private DNS before acceptance; afterwards it is on, and stays on when the setting is forgotten", async () => {
  const endpoint = await aws.create(ENDPOINT, endpointArgs());
  const args = { vpcEndpointId: endpoint.id, privateDnsEnabled: true };
  await expect(aws.create(PRIVATE_DNS, args)).rejects.toThrow(/cannot be changed while it is pendingAcceptance/);
  await outside.service.accept(endpoint.id);
  const setting = await aws.create(PRIVATE_DNS, args);
  expect((await aws.read(endpoint))!.state["privateDnsEnabled"]).toBe(true);
  const second = endpointArgs({ privateDnsEnabled: true });
  await expect(aws.create(ENDPOINT, second)).rejects.toThrow("a conflicting DNS domain for registry.example.com");
  await aws.delete(setting);
  expect((await aws.read(endpoint))!.state["privateDnsEnabled"]).toBe(true);
});

test("fails for private DNS in a VPC without DNS host names", async () => {
  const vpc = await aws.create(VPC, { cidrBlock: "10.97.0.0/24" });
  const change = { vpcId: vpc.id, subnetIds: [], securityGroupIds: [], privateDnsEnabled: true };
  await expect(aws.create(ENDPOINT, endpointArgs(change))).rejects.toThrow(
    `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
  );
});

test("fails for an endpoint in a zone the service does not have, or twice in one zone", async () => {
  const elsewhere = await aws.create(SUBNET, {
    vpcId: side.vpc.id,
    cidrBlock: "10.99.0.128/26",
    availabilityZoneId: "use1-az5",
  });
  await expect(aws.create(ENDPOINT, endpointArgs({ subnetIds: [elsewhere.id] }))).rejects.toThrow(
    `does not support the availability zone of the subnet: ${elsewhere.id}.`,
  );
  const twin = await aws.create(SUBNET, {
    vpcId: side.vpc.id,
    cidrBlock: "10.99.0.192/26",
    availabilityZoneId: "use1-az1",
  });
  await expect(aws.create(ENDPOINT, endpointArgs({ subnetIds: [side.subnets[0]!.id, twin.id] }))).rejects.toThrow(
    "api error DuplicateSubnetsInSameZone",
  );
});

test("an endpoint's addresses can be pinned, within what AWS leaves free", async () => {
  const [first, second] = side.subnets;
  const pin = (ipv4: string): Values => ({ subnetConfigurations: [{ subnetId: first!.id, ipv4 }] });
  const endpoint = await aws.create(ENDPOINT, endpointArgs(pin("10.99.0.10")));
  expect(endpoint.state["subnetConfigurations"]).toEqual([
    { subnetId: first!.id, ipv4: "10.99.0.10" },
    { subnetId: second!.id, ipv4: "10.99.0.68" },
  ]);
  await expect(aws.create(ENDPOINT, endpointArgs(pin("10.99.0.10")))).rejects.toThrow("Address 10.99.0.10 is in use.");
  await expect(aws.create(ENDPOINT, endpointArgs(pin("10.99.0.3")))).rejects.toThrow(
    "does not fall within the subnet's address range",
  );
});

test("fails for an endpoint of the default type, which is not Interface", async () => {
  await expect(aws.create(ENDPOINT, endpointArgs({ vpcEndpointType: undefined }))).rejects.toThrow(
    "Endpoint type (Gateway) does not match available service types ([Interface]).",
  );
});

test("fails for names that are taken", async () => {
  await expect(
    aws.create("aws:ec2/securityGroup:SecurityGroup", { vpcId: side.vpc.id, name: "endpoint" }),
  ).rejects.toThrow(
    `api error InvalidGroup.Duplicate: The security group 'endpoint' already exists for VPC '${side.vpc.id}'`,
  );
  const group = { name: "/aws/vendedlogs/vpn" };
  await aws.create("aws:cloudwatch/logGroup:LogGroup", group);
  await expect(aws.create("aws:cloudwatch/logGroup:LogGroup", group)).rejects.toThrow(
    "The specified log group already exists",
  );
  const assumeRolePolicy = JSON.stringify({
    Statement: { Effect: "Allow", Principal: { Service: "vpc-flow-logs.amazonaws.com" }, Action: "sts:AssumeRole" },
  });
  const role = { name: "flow", assumeRolePolicy };
  await aws.create("aws:iam/role:Role", role);
  await expect(aws.create("aws:iam/role:Role", role)).rejects.toThrow(
    "EntityAlreadyExists: Role with name flow already exists.",
  );
  const rule = {
    securityGroupId: side.group.id,
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    cidrIpv4: "10.10.0.0/24",
  };
  await aws.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule);
  await expect(aws.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule)).rejects.toThrow(
    'InvalidPermission.Duplicate: the specified rule "peer: 10.10.0.0/24, TCP, from port: 443, to port: 443, ALLOW" already exists',
  );
});

test("fails to delete what is still used, in AWS's words", async () => {
  const connection = await connect();
  const endpoint = await aws.create(ENDPOINT, endpointArgs());
  const { vpc, subnets, table, gateway, group } = side;
  await expect(aws.delete(vpc)).rejects.toThrow(
    `api error DependencyViolation: The vpc '${vpc.id}' has dependencies and cannot be deleted.`,
  );
  await expect(aws.delete(subnets[0]!)).rejects.toThrow(
    `The subnet '${subnets[0]!.id}' has dependencies and cannot be deleted.`,
  );
  await expect(aws.delete(group)).rejects.toThrow(`DependencyViolation: resource ${group.id} has a dependent object`);
  await expect(aws.delete(gateway)).rejects.toThrow("api error IncorrectState");
  const gatewayOfCustomer = { ...connection, type: CUSTOMER, id: String(connection.inputs["customerGatewayId"]) };
  await expect(aws.delete(gatewayOfCustomer)).rejects.toThrow("IncorrectState: The customer gateway is in use.");
  const associated = { routeTableId: table.id, subnetId: subnets[0]!.id };
  await aws.create("aws:ec2/routeTableAssociation:RouteTableAssociation", associated);
  await expect(aws.delete(table)).rejects.toThrow(
    `The routeTable '${table.id}' has dependencies and cannot be deleted.`,
  );
  await aws.delete(endpoint);
  await aws.delete(subnets[0]!);
  await aws.delete(table);
});

test("nothing of one account is found from another", async () => {
  const { Provider } = await import("./client.ts");
  const stranger = await Provider.configured(sandbox, "aws", {
    region: "us-east-1",
    allowedAccountIds: '["444455556666"]',
  });
  expect(await stranger.read(side.vpc)).toBeUndefined();
  await expect(stranger.create(SUBNET, { vpcId: side.vpc.id, cidrBlock: "10.99.0.128/26" })).rejects.toThrow(
    "does not exist",
  );
  stranger.close();
});
