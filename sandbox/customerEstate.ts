/**
 * What customers have in their AWS accounts before anything is published from there: networks with the machines that
 * answer in them, certificates, and zones of public DNS. Doing any of it twice is doing it once.
 */
import { blockOf, dotted, within } from "./addresses.ts";
import { CERTIFICATE } from "./aws/certificates.ts";
import { arn, ROUTE_TABLE, SUBNET, VPC } from "./aws/common.ts";
import { LISTENER, LOAD_BALANCER, SCALING_GROUP } from "./aws/elb.ts";
import { HOST } from "./aws/hosts.ts";
import { INTERNET_GATEWAY } from "./aws/internet.ts";
import { zonesOf } from "./aws/regions.ts";
import { HOSTED_ZONE, recordOutside } from "./aws/route53.ts";
import { DEFAULT_SECURITY_GROUP, SECURITY_GROUP } from "./aws/security.ts";
import type { Backend } from "./otherSide.ts";
import { outside, put } from "./outside.ts";
import type { Values } from "./values.ts";
import { keyOf, type CloudObject, type Place, type World } from "./world.ts";

/** A machine that listens at an address of the VPC, or at one that is routed to from there. */
export interface HostSpec extends Backend {
  /** Private IPv4 address. */
  readonly address: string;
  /** e.g. `i-0123456789abcdef0`; one is made up when it is left out. */
  readonly id?: string;
  /** IPv4 ranges it has a way back to; left out, it replies to whoever asks. */
  readonly repliesTo?: readonly string[];
}

export interface CustomerVpcSpec {
  /** Twelve digits. */
  readonly accountID: string;
  readonly region: string;
  /** e.g. `vpc-0123456789abcdef0` */
  readonly vpcID: string;
  /** IPv4 range, e.g. `10.50.0.0/16`. */
  readonly cidr: string;
  readonly subnets: readonly { readonly id: string; readonly zoneID: string; readonly cidr: string }[];
  readonly instances?: readonly HostSpec[];
  /** Ids of security groups that exist there. */
  readonly securityGroups?: readonly string[];
  /** Whether the VPC has an internet gateway; it has none unless said. */
  readonly internet?: boolean;
  /** Auto Scaling groups, with as many instances as there are subnets. */
  readonly scalingGroups?: readonly string[];
  /** Application load balancers in all the subnets, with plain listeners. */
  readonly applicationLoadBalancers?: readonly { readonly arn: string; readonly ports: readonly number[] }[];
}

export interface CertificateSpec {
  /** `arn:aws:acm:<region>:<account>:certificate/<id>` */
  readonly arn: string;
  readonly domainNames: readonly string[];
}

export interface HostedZoneSpec {
  readonly accountID: string;
  /** e.g. `Z0123456789ABCDEFGHIJ` */
  readonly zoneID: string;
  /** Domain name, without a dot at its end. */
  readonly name: string;
  /** True for a zone that only VPCs see. */
  readonly private?: boolean;
}

/** A zone of DNS and what its owner does with it. */
export interface HostedZone {
  /** Puts a record into the zone. @param name full or relative name */
  addRecord(name: string, type: "TXT" | "CNAME" | "A", values: readonly string[]): Promise<void>;
}

/**
 * Puts a customer's VPC into the world with what is in it.
 * @throws Error for a zone the region has not, or a subnet outside the VPC
 */
export async function seedCustomerVpc(world: World, spec: CustomerVpcSpec): Promise<void> {
  const place: Place = { cloud: "aws", account: spec.accountID, region: spec.region };
  const vpc = vpcOf(world, place, spec);
  await put(world, vpc);
  for (const object of [
    ...alongside(world, place, vpc),
    ...subnetsOf(place, spec, vpc),
    ...machinesOf(world, place, spec, vpc),
  ])
    await put(world, object);
  if (spec.internet === true) await put(world, gatewayOf(world, place, vpc));
  for (const name of spec.scalingGroups ?? []) await put(world, scalingGroupOf(world, place, spec, name));
  for (const balancer of spec.applicationLoadBalancers ?? [])
    for (const object of balancersOf(place, spec, vpc, balancer)) await put(world, object);
}

function vpcOf(world: World, place: Place, { vpcID, cidr }: CustomerVpcSpec): CloudObject {
  const [table, group] = [made(world, "rtb", vpcID), made(world, "sg", vpcID)];
  const ids = { defaultRouteTableId: table, mainRouteTableId: table, defaultSecurityGroupId: group };
  const args = { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true };
  const attrs = { arn: arn("ec2", place, `vpc/${vpcID}`), ...ids };
  return outside(place, VPC.type, { id: vpcID, name: vpcID, args, attrs });
}

/** An id that is the same whenever it is asked for. */
function made(world: World, prefix: string, of: string): string {
  return `${prefix}-0${world.hash(`${prefix} ${of}`).slice(0, 16)}`;
}

/** What every VPC has. */
function alongside(world: World, place: Place, vpc: CloudObject): CloudObject[] {
  const implicit = (type: string, prefix: string, name: string): CloudObject => ({
    ...outside(place, type, { id: made(world, prefix, vpc.id), name, args: { vpcId: vpc.id }, attrs: {} }),
    ...{ implicit: true, within: [keyOf(vpc)] },
  });
  return [implicit(DEFAULT_SECURITY_GROUP, "sg", "default"), implicit(ROUTE_TABLE.type, "rtb", "main")];
}

function subnetsOf(place: Place, { subnets, cidr }: CustomerVpcSpec, vpc: CloudObject): CloudObject[] {
  return subnets.map((subnet) => {
    const zone = zonesOf(place.region, place.account).find(({ id }) => id === subnet.zoneID);
    if (!zone) throw new Error(`expected a zone of ${place.region} for ${subnet.id}, got ${subnet.zoneID}`);
    const block = blockOf(subnet.cidr);
    if (!block || !within(block, blockOf(cidr)!))
      throw new Error(`expected a range within ${cidr} for ${subnet.id}, got ${subnet.cidr}`);
    const args = { vpcId: vpc.id, cidrBlock: subnet.cidr, availabilityZoneId: zone.id };
    const attrs = {
      arn: arn("ec2", place, `subnet/${subnet.id}`),
      availabilityZone: zone.name,
      availabilityZoneId: zone.id,
    };
    return { ...outside(place, SUBNET.type, { id: subnet.id, name: subnet.id, args, attrs }), uses: [keyOf(vpc)] };
  });
}

function machinesOf(world: World, place: Place, spec: CustomerVpcSpec, vpc: CloudObject): CloudObject[] {
  const hosts = (spec.instances ?? []).map(({ address, id, ...backend }) => {
    const name = id ?? made(world, "i", `${vpc.id} ${address}`);
    const args = { ...backend, address, vpcId: vpc.id };
    return {
      ...outside(place, HOST, { id: name, name: address, args, attrs: {} }),
      terms: [address],
      uses: [keyOf(vpc)],
    };
  });
  const groups = (spec.securityGroups ?? []).map((id) => ({
    ...outside(place, SECURITY_GROUP, { id, name: id, args: { vpcId: vpc.id, name: id }, attrs: {} }),
    uses: [keyOf(vpc)],
  }));
  return [...hosts, ...groups];
}

function gatewayOf(world: World, place: Place, vpc: CloudObject): CloudObject {
  const id = made(world, "igw", vpc.id);
  return {
    ...outside(place, INTERNET_GATEWAY, { id, name: id, args: { vpcId: vpc.id }, attrs: {} }),
    uses: [keyOf(vpc)],
  };
}

function scalingGroupOf(world: World, place: Place, { subnets, vpcID }: CustomerVpcSpec, name: string): CloudObject {
  const ids = subnets.map(({ id }) => id);
  const networkInterfaces = subnets.map(({ id, cidr }, index): Values => {
    const ip = dotted(blockOf(cidr)!.last - 10 - index);
    return {
      id: made(world, "eni", `${name} ${id}`),
      subnetId: id,
      ip,
      instanceId: made(world, "i", `${vpcID} ${name} ${id}`),
    };
  });
  const args = { name, vpcZoneIdentifiers: ids, minSize: subnets.length, maxSize: subnets.length };
  return outside(place, SCALING_GROUP, {
    id: name,
    name,
    args,
    attrs: { desiredCapacity: subnets.length, networkInterfaces },
  });
}

function balancersOf(
  place: Place,
  { subnets }: CustomerVpcSpec,
  vpc: CloudObject,
  { arn: id, ports }: { readonly arn: string; readonly ports: readonly number[] },
): CloudObject[] {
  const name = id.split("/").at(-2) ?? id;
  const attrs = { arn: id, vpcId: vpc.id, subnets: subnets.map((subnet) => subnet.id) };
  const args = { name, loadBalancerType: "application", internal: true };
  const balancer = { ...outside(place, LOAD_BALANCER, { id, name, args, attrs }), uses: [keyOf(vpc)], terms: [name] };
  const listeners = ports.map((port) => {
    const listener = `${id.replace(":loadbalancer/", ":listener/")}/${String(port).padStart(16, "0")}`;
    const action = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "200" } };
    const settings = { loadBalancerArn: id, port, protocol: "HTTPS", defaultActions: [action] };
    const found = outside(place, LISTENER, {
      id: listener,
      name: listener,
      args: settings,
      attrs: { protocol: "HTTPS" },
    });
    return { ...found, within: [keyOf(balancer)] };
  });
  return [balancer, ...listeners];
}

/** Puts an issued certificate into a customer's account. @throws Error for a text that is no certificate's ARN */
export async function seedCertificate(world: World, { arn: id, domainNames }: CertificateSpec): Promise<void> {
  const [, region, account] = /^arn:aws[\w-]*:acm:([a-z0-9-]+):(\d{12}):certificate\/.+$/.exec(id) ?? [];
  if (region === undefined || account === undefined)
    throw new Error(`${id} is no certificate: use arn:aws:acm:<region>:<account>:certificate/<id>`);
  const [domainName, ...rest] = domainNames;
  const names = { domainName, subjectAlternativeNames: [domainName, ...rest] };
  const attrs = { ...names, arn: id, type: "AMAZON_ISSUED", issued: true, domainValidationOptions: [] };
  const place: Place = { cloud: "aws", account, region };
  await put(world, outside(place, CERTIFICATE, { id, name: domainName ?? id, args: names, attrs }));
}

/** Puts a zone of DNS into a customer's account. Records added since it was first seeded stay. */
export async function seedHostedZone(world: World, spec: HostedZoneSpec): Promise<HostedZone> {
  const place: Place = { cloud: "aws", account: spec.accountID, region: "global" };
  const args = { name: spec.name, private: spec.private === true };
  const zone = outside(place, HOSTED_ZONE, { id: spec.zoneID, name: spec.name.toLowerCase(), args, attrs: {} });
  await put(world, zone);
  return { addRecord: (name, type, values) => put(world, recordOutside(zone, name, type, values)) };
}
