/**
 * Tier: provider protocol. Endpoint services that a program makes, and the endpoints that ask for them from another
 * account. This tier cannot show how long AWS takes to accept or verify, nor that traffic passes.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { customerSide, startSandbox, type HostedZone, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { Provider, type Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

const VENDOR = "222233334444";
let sandbox: Sandbox;
/** The customer's account, which publishes. */
let aws: Provider;
/** The account that connects. */
let vendor: Provider;
let zone: HostedZone;
let side: estate.AwsSide;

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  const roleArn = `arn:aws:iam::${VENDOR}:role/causeway`;
  vendor = await Provider.configured(sandbox, "aws", {
    region: "us-east-1",
    allowedAccountIds: JSON.stringify([VENDOR]),
    assumeRoles: JSON.stringify([{ roleArn, sessionName: "causeway" }]),
  });
  zone = await on.seedRegistrySide(sandbox);
  side = await estate.awsSide(vendor);
});

afterEach(async () => {
  aws.close();
  vendor.close();
  await sandbox.close();
});

/** An endpoint of the vendor's for a service. */
function connect(service: Resource, change: Values = {}): Promise<Resource> {
  const members = { subnetIds: side.subnets.map(({ id }) => id), securityGroupIds: [side.group.id] };
  const serviceName = service.state["serviceName"];
  return vendor.create(on.ENDPOINT, {
    vpcId: side.vpc.id,
    serviceName,
    vpcEndpointType: "Interface",
    ...members,
    ...change,
  });
}

const stateOf = async (endpoint: Resource): Promise<unknown> => (await vendor.read(endpoint))!.state["state"];

describe("an endpoint service", () => {
  it("has a name of its own and the zones of its load balancer [CP-04] [CP-07]", async () => {
    const { service } = await on.publish(aws);
    expect(service.state["serviceName"]).toBe(`com.amazonaws.vpce.us-east-1.${service.id}`);
    expect(service.state["baseEndpointDnsNames"]).toEqual([`${service.id}.us-east-1.vpce.amazonaws.com`]);
    const { names, zoneIds } = await aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {});
    const own = ["use1-az1", "use1-az2"].map((id) => (names as string[])[(zoneIds as string[]).indexOf(id)]);
    expect((service.state["availabilityZones"] as string[]).toSorted()).toEqual(own.toSorted());
  });

  it.each<[string, Values, string]>([
    [
      "no load balancer",
      { networkLoadBalancerArns: undefined },
      "At least one Network Load Balancer or Gateway Load Balancer ARN is required",
    ],
    [
      "a load balancer of another region",
      { networkLoadBalancerArns: ["arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/net/registry/0a"] },
      "is not a Network Load Balancer of this account and region",
    ],
    [
      "a principal that is none",
      { allowedPrincipals: ["222233334444"] },
      "api error InvalidPrincipal: Invalid Principal: '222233334444'",
    ],
    [
      "addresses its load balancer has not",
      { supportedIpAddressTypes: ["ipv6"] },
      "The load balancers do not support the IP address types ipv6",
    ],
  ])("fails with %s [CP-04]", async (_name, change, message) => {
    await expect(on.publish(aws, change)).rejects.toThrow(message);
  });

  it("fails for an application load balancer, and for one that another service has [CP-09]", async () => {
    const { balancer, service } = await on.publish(aws);
    const again = { networkLoadBalancerArns: [balancer.id], acceptanceRequired: false };
    await expect(aws.create(on.SERVICE, again)).rejects.toThrow(
      `is already associated with VPC endpoint service ${service.id}`,
    );
    const reading = await aws.create(on.BALANCER, on.requestBalancer());
    await expect(aws.create(on.SERVICE, { ...again, networkLoadBalancerArns: [reading.id] })).rejects.toThrow(
      "is not a Network Load Balancer of this account and region",
    );
    await expect(aws.delete(balancer)).rejects.toThrow(
      `api error ResourceInUse: Load balancer '${balancer.id}' cannot be deleted because it is currently associated with another service`,
    );
  });

  it("is seen by those it allows alone [CP-04]", async () => {
    const { service } = await on.publish(aws, { allowedPrincipals: [] });
    await expect(connect(service)).rejects.toThrow(
      `api error InvalidServiceName: The Vpc Endpoint Service '${String(service.state["serviceName"])}' does not exist`,
    );
    const principalArn = `arn:aws:iam::${VENDOR}:root`;
    await aws.create(on.PERMISSION, { vpcEndpointServiceId: service.id, principalArn });
    expect((await aws.read(service))!.state["allowedPrincipals"]).toEqual([principalArn]);
    expect((await connect(service)).state["state"]).toBe("pendingAcceptance");
  });

  it("fails for an endpoint in a zone it has not [CP-07]", async () => {
    const { service } = await on.publish(aws);
    const third = { vpcId: side.vpc.id, cidrBlock: "10.99.0.128/26", availabilityZoneId: "use1-az4" };
    const { id } = await vendor.create("aws:ec2/subnet:Subnet", third);
    await expect(connect(service, { subnetIds: [id] })).rejects.toThrow(
      `does not support the availability zone of the subnet: ${id}.`,
    );
  });

  it("fails for an endpoint in another region, unless it supports that [CP-08]", async () => {
    const { service } = await on.publish(aws);
    const west = await estate.aws(sandbox, "us-west-2");
    const vpc = await west.create("aws:ec2/vpc:Vpc", { cidrBlock: "10.98.0.0/24" });
    const subnet = await west.create("aws:ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock: "10.98.0.0/26" });
    const args = { vpcId: vpc.id, subnetIds: [subnet.id], vpcEndpointType: "Interface", serviceRegion: "us-east-1" };
    const endpoint = { ...args, serviceName: service.state["serviceName"] };
    await expect(west.create(on.ENDPOINT, endpoint)).rejects.toThrow("api error InvalidServiceName");
    const regions = { supportedRegions: ["us-east-1", "us-west-2"] };
    const balancer = await aws.create(on.BALANCER, on.networkBalancer({ name: "far" }));
    const far = await aws.create(on.SERVICE, {
      networkLoadBalancerArns: [balancer.id],
      acceptanceRequired: false,
      ...regions,
    });
    const made = await west.create(on.ENDPOINT, { ...args, serviceName: far.state["serviceName"] });
    expect(made.state["state"]).toBe("available");
    west.close();
  });
});

describe("an endpoint", () => {
  it("waits until it is accepted, and is rejected when the acceptance goes [CP-05]", async () => {
    const { service } = await on.publish(aws);
    const endpoint = await connect(service);
    expect(endpoint.state["state"]).toBe("pendingAcceptance");
    const accepter = await aws.create(on.ACCEPTER, { vpcEndpointServiceId: service.id, vpcEndpointId: endpoint.id });
    expect(accepter.id).toBe(`${service.id}_${endpoint.id}`);
    expect(accepter.state["vpcEndpointState"]).toBe("available");
    expect(await stateOf(endpoint)).toBe("available");
    await aws.delete(accepter);
    expect(await stateOf(endpoint)).toBe("rejected");
  });

  it("is accepted at once where no acceptance is asked for [CP-05]", async () => {
    const { service } = await on.publish(aws, { acceptanceRequired: false });
    expect((await connect(service)).state["state"]).toBe("available");
  });

  it("fails to be accepted where it does not ask for the service", async () => {
    const { service } = await on.publish(aws);
    const args = { vpcEndpointServiceId: service.id, vpcEndpointId: "vpce-0f" };
    await expect(aws.create(on.ACCEPTER, args)).rejects.toThrow(
      "api error InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id 'vpce-0f' does not exist",
    );
    await expect(aws.create(on.ACCEPTER, { ...args, vpcEndpointServiceId: "vpce-svc-0f" })).rejects.toThrow(
      "api error InvalidVpcEndpointServiceId.NotFound: The VpcEndpointService Id 'vpce-svc-0f' does not exist",
    );
  });

  it("holds its service until it is rejected [CP-09]", async () => {
    const { service, balancer } = await on.publish(aws);
    const endpoint = await connect(service);
    const refusal = "api error ExistingVpcEndpointConnections: Service has existing active VPC Endpoint connections!";
    await expect(aws.delete(service)).rejects.toThrow(refusal);
    const theirs = customerSide(sandbox.world).find(({ id }) => id === service.id)!;
    expect(theirs.consumers).toEqual([{ who: endpoint.id, account: VENDOR, state: "pendingAcceptance" }]);
    await theirs.accept!(endpoint.id);
    expect(await stateOf(endpoint)).toBe("available");
    await expect(aws.delete(service)).rejects.toThrow(refusal);
    await theirs.reject(endpoint.id);
    await aws.delete(service);
    await aws.delete(balancer);
    expect(await stateOf(endpoint)).toBe("rejected");
    await vendor.delete(endpoint);
  });
});

describe("a private DNS name", () => {
  const named = { privateDnsName: "registry.example.com", acceptanceRequired: false };
  const proof = (service: Resource): Record<string, string> =>
    (service.state["privateDnsNameConfigurations"] as Record<string, string>[])[0]!;
  const verify = (service: Resource, change: Values = {}): Promise<Resource> =>
    aws.create(on.VERIFICATION, { serviceId: service.id, waitForVerification: true, ...change });

  it("is the consumers' once a TXT record proves it [CP-06]", async () => {
    const { service } = await on.publish(aws, named);
    expect(proof(service)).toMatchObject({ type: "TXT", state: "pendingVerification" });
    await expect(connect(service, { privateDnsEnabled: true })).rejects.toThrow("does not provide a private DNS name");
    await expect(verify(service)).rejects.toThrow(
      `waiting for VPC Endpoint Service Private DNS Verification (${service.id}): unexpected state 'failed', wanted target 'verified'`,
    );
    const record = { zoneId: on.ZONE, name: proof(service)["name"], type: "TXT", ttl: 1800 };
    await aws.create(on.RECORD, { ...record, records: [proof(service)["value"]] });
    await verify(service);
    expect(proof((await aws.read(service))!)["state"]).toBe("verified");
    expect((await connect(service, { privateDnsEnabled: true })).state["privateDnsEnabled"]).toBe(true);
  });

  it("fails to be proven by another value, and is shown as failed without waiting [CP-06]", async () => {
    const { service } = await on.publish(aws, named);
    await zone.addRecord(`${proof(service)["name"]}.example.com`, "TXT", ["vpce:another"]);
    await verify(service, { waitForVerification: false });
    expect(proof((await aws.read(service))!)["state"]).toBe("failed");
  });

  it("fails to be verified where there is none", async () => {
    const { service } = await on.publish(aws);
    await expect(verify(service)).rejects.toThrow(`The service ${service.id} has no private DNS name`);
  });

  it("is asked for anew when it changes", async () => {
    const { service, balancer } = await on.publish(aws, named);
    const args = { ...named, networkLoadBalancerArns: [balancer.id], privateDnsName: "npm.example.com" };
    const next = await aws.update(service, args);
    expect(proof(next)["value"]).not.toBe(proof(service)["value"]);
  });
});

describe("a notification", () => {
  const topic = "arn:aws:sns:us-east-1:333344445555:endpoints";
  it("tells a topic of another account what happens to a service's endpoints [CP-05]", async () => {
    const { service } = await on.publish(aws);
    const args = { vpcEndpointServiceId: service.id, connectionNotificationArn: topic, connectionEvents: ["Connect"] };
    const made = await aws.create(on.NOTIFICATION, args);
    expect([made.state["notificationType"], made.state["state"]]).toEqual(["Topic", "Enabled"]);
    await expect(aws.create(on.NOTIFICATION, { ...args, connectionEvents: ["Close"] })).rejects.toThrow(
      "Unknown connection event Close",
    );
    const own = `arn:aws:sns:us-east-1:${estate.ACCOUNT}:nothing`;
    await expect(aws.create(on.NOTIFICATION, { ...args, connectionNotificationArn: own })).rejects.toThrow(
      `Invalid SNS topic ARN: ${own}`,
    );
  });
});
