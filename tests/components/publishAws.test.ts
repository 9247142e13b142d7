// What is declared and taken by the simulated clouds, in process: that AWS takes it too, and how long it takes to verify
// a name or to accept an endpoint, only an account can show.
import { describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import type { PublishAws } from "../../plan/publish/customer.ts";
import { removeObject, seedCertificate, seedCustomerVpc, seedHostedZone } from "../../sandbox/index.ts";
import { keyOf, type World } from "../../sandbox/world.ts";
import { deployCustomer, seededWorld, type DeployedCustomer } from "../support/deployed.ts";
import { answers, Declared } from "../support/declared.ts";
import {
  ACCOUNT,
  AWS_VARIANTS,
  BALANCER,
  CERTIFICATE,
  listener,
  onAws,
  publishedOnAws,
  REGION,
  SUBNETS,
  TARGETS_GROUP,
  TOPIC,
  ZONE,
} from "../support/published.ts";

/** What the customer has before anything is published. */
async function estate(customer: Customer): Promise<World> {
  const world = await seededWorld(customer);
  await seedCustomerVpc(world, {
    ...{ accountID: ACCOUNT, region: REGION, vpcID: onAws().vpcID!, cidr: "10.50.0.0/16" },
    subnets: SUBNETS.map(({ id, zoneID }, index) => ({ id, zoneID, cidr: `10.50.${index}.0/24` })),
    instances: [{ address: "10.50.0.10", id: "i-0000000000000000a", ports: [443, 8443] }],
    securityGroups: [TARGETS_GROUP],
    scalingGroups: ["registry"],
    applicationLoadBalancers: [{ arn: BALANCER, ports: [443] }],
  });
  await seedCertificate(world, { arn: CERTIFICATE, domainNames: ["npm.acme.example"] });
  await seedHostedZone(world, { accountID: ACCOUNT, zoneID: ZONE, name: "acme.example" });
  return world;
}

async function deployed(changes: Partial<PublishAws> = {}): Promise<DeployedCustomer> {
  const customer = publishedOnAws(changes);
  return deployCustomer(customer, { world: await estate(customer) });
}

const declared = async (changes: Partial<PublishAws> = {}): Promise<Declared> =>
  Declared.of(publishedOnAws(changes), (type, name, inputs) =>
    type.endsWith(":VpcEndpointService")
      ? {
          serviceName: `com.amazonaws.vpce.${REGION}.vpce-svc-00000000000000001`,
          privateDnsNameConfigurations: [{ name: "_proof", type: "TXT", value: "vpce:proof", state: "pending" }],
        }
      : answers(type, name, inputs),
  );

describe("a registry published on AWS", () => {
  it.each(Object.entries(AWS_VARIANTS))("is made whole on the simulated clouds: %s", async (_name, changes) => {
    const { refused, failed, created } = await deployed(changes);
    expect([refused?.message, failed?.stack]).toEqual([undefined, undefined]);
    expect(created.map(({ type }) => type)).toContain("aws:ec2/vpcEndpoint:VpcEndpoint");
  });

  it("declares a load balancer with a group of its own, a listener, an endpoint service, and alarms [CP-01] [CP-10]", async () => {
    const found = await declared();
    expect(found.childrenOf("EndpointServicePublisher")).toEqual([
      "Listener acme-npm-443",
      "LoadBalancer acme-npm",
      "MetricAlarm acme-npm-healthy-443",
      "MetricAlarm acme-npm-ports",
      "MetricAlarm acme-npm-refused",
      "MetricAlarm acme-npm-resets",
      "MetricAlarm acme-npm-unhealthy-443",
      "SecurityGroup acme-npm",
      "SecurityGroupEgressRule acme-npm-443-10.50.0.10-32",
      "TargetGroup acme-npm-443",
      "TargetGroupAttachment acme-npm-443-10.50.0.10",
      "VpcEndpointService acme-npm",
    ]);
    expect(found.one("LoadBalancer").inputs).toMatchObject({
      ...{ internal: true, loadBalancerType: "network", subnets: SUBNETS.map(({ id }) => id) },
      ...{ enableDeletionProtection: true, enableCrossZoneLoadBalancing: true, securityGroups: ["acme-npm-id"] },
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: "off",
    });
    expect([found.one("LoadBalancer").protect, found.one("VpcEndpointService").protect]).toEqual([true, true]);
  });

  it("passes tls through unless a certificate ends it, and then asks for tls 1.2 or 1.3 [CP-02]", async () => {
    const passed = (await declared()).one("Listener").inputs;
    expect(passed).toMatchObject({ protocol: "TCP", port: 443 });
    expect(passed).not.toHaveProperty("certificateArn");
    const ended = await declared(AWS_VARIANTS["tls that ends at the load balancer"]);
    expect(ended.one("Listener").inputs).toMatchObject({
      ...{ protocol: "TLS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", certificateArn: CERTIFICATE },
      alpnPolicy: "HTTP2Optional",
    });
    expect(ended.one("TargetGroup").inputs).toMatchObject({ protocol: "TCP", port: 8443 });
    const again = await declared(AWS_VARIANTS["tls that is spoken again to the target"]);
    expect(again.one("TargetGroup").inputs).toMatchObject({ protocol: "TLS" });
    const idle = await declared({ listeners: [listener({ idleTimeoutSeconds: 3600 })] });
    expect(idle.one("Listener").inputs).toMatchObject({ tcpIdleTimeoutSeconds: 3600 });
  });

  it("registers addresses without the client's address, and those outside the vpc in all zones [CP-03]", async () => {
    const inside = await declared();
    expect(inside.one("TargetGroup").inputs).toMatchObject({ targetType: "ip", preserveClientIp: "false" });
    expect(inside.one("TargetGroupAttachment").inputs).toEqual({
      ...{ targetGroupArn: "acme-npm-443.arn", targetId: "10.50.0.10", port: 443 },
    });
    const outside = await declared(AWS_VARIANTS["addresses outside the vpc"]);
    expect(outside.all("TargetGroupAttachment").map(({ inputs }) => inputs["availabilityZone"])).toEqual([
      "all",
      "all",
    ]);
    const group = await declared(AWS_VARIANTS["an auto scaling group"]);
    expect(group.one("Attachment").inputs).toEqual({
      autoscalingGroupName: "registry",
      lbTargetGroupArn: "acme-npm-443.arn",
    });
  });

  it("reaches a load balancer over tcp and sets nothing its target group refuses [SR-20] [SR-21]", async () => {
    const found = await declared(AWS_VARIANTS["an application load balancer"]);
    expect(found.one("Listener").inputs).toMatchObject({ protocol: "TCP" });
    const { inputs } = found.one("TargetGroup");
    expect(inputs).toMatchObject({
      ...{ targetType: "alb", protocol: "TCP", port: 443 },
      healthCheck: { protocol: "HTTPS", path: "/", matcher: "200-399", port: "traffic-port", enabled: true },
    });
    for (const refused of ["preserveClientIp", "deregistrationDelay", "proxyProtocolV2", "connectionTermination"])
      expect(inputs).not.toHaveProperty(refused);
    expect(found.one("TargetGroupAttachment").inputs).toMatchObject({ targetId: BALANCER, port: 443 });
  });

  it("admits our own account, as the file names it, and nobody else [CP-04]", async () => {
    const { inputs } = (await declared()).one("VpcEndpointService");
    expect(inputs).toMatchObject({
      ...{ acceptanceRequired: false, allowedPrincipals: ["arn:aws:iam::111122223333:root"] },
      ...{ networkLoadBalancerArns: ["acme-npm.arn"], supportedIpAddressTypes: ["ipv4"] },
    });
    const elsewhere = (await declared({ supportedRegions: ["us-west-2"] })).one("VpcEndpointService").inputs;
    expect(elsewhere["supportedRegions"]).toEqual(["us-east-1", "us-west-2"]);
  });

  it("accepts our own endpoint only where each one waits for it, and tells a topic of it [CP-05]", async () => {
    expect((await declared({ notificationTopicArn: TOPIC })).all("VpcEndpointConnectionAccepter")).toEqual([]);
    const { created } = await deployed({ acceptance: "manual", notificationTopicArn: TOPIC });
    const made = (className: string) => created.find(({ type }) => type.endsWith(`:${className}`))!;
    expect(made("VpcEndpointConnectionAccepter").outputs).toMatchObject({ vpcEndpointState: "available" });
    expect(made("VpcEndpointConnectionNotification").inputs).toMatchObject({
      ...{ connectionEvents: ["Accept", "Connect", "Delete", "Reject"], connectionNotificationArn: TOPIC },
      vpcEndpointServiceId: made("VpcEndpointService").id,
    });
    expect(made("MetricAlarm").inputs).toMatchObject({ alarmActions: [TOPIC], okActions: [TOPIC] });
  });

  it("proves a private name in the customer's zone before aws is asked to look, or tells what to prove it with [CP-06]", async () => {
    const zone = await declared(AWS_VARIANTS["a private name that route 53 proves"]);
    expect(zone.one("Record").inputs).toEqual({
      ...{ zoneId: ZONE, name: "_proof.npm.acme.example", type: "TXT", ttl: 1800, records: ["vpce:proof"] },
      allowOverwrite: true,
    });
    const { created } = await deployed(AWS_VARIANTS["a private name that route 53 proves"]);
    const order = created.map(({ type }) => type.split(":").at(-1));
    expect(order.indexOf("EndpointServicePrivateDnsVerification")).toBeGreaterThan(order.indexOf("Record"));
    const manual = await declared(AWS_VARIANTS["a private name proven by hand"]);
    expect([...manual.all("Record"), ...manual.all("EndpointServicePrivateDnsVerification")]).toEqual([]);
    expect(manual.one("VpcEndpointService").inputs).toMatchObject({ privateDnsName: "npm.acme.example" });
  });

  it("lets the load balancer out to its targets alone, and into a group of theirs [CP-01]", async () => {
    const found = await declared({
      listeners: [listener({ targetSecurityGroupID: TARGETS_GROUP, healthCheck: { protocol: "TCP", port: 8080 } })],
    });
    const rules = (className: string) =>
      found
        .all(className)
        .map(({ inputs }) => [inputs["securityGroupId"], inputs["referencedSecurityGroupId"], inputs["fromPort"]]);
    expect(rules("SecurityGroupEgressRule")).toEqual([
      ["acme-npm-id", TARGETS_GROUP, 443],
      ["acme-npm-id", TARGETS_GROUP, 8080],
    ]);
    expect(rules("SecurityGroupIngressRule").filter(([group]) => group === TARGETS_GROUP)).toEqual([
      [TARGETS_GROUP, "acme-npm-id", 443],
      [TARGETS_GROUP, "acme-npm-id", 8080],
    ]);
  });

  it("fails to delete the load balancer while it is protected, and while a service has it [CP-09]", async () => {
    const { world } = await deployed();
    const balancer = world.all("aws:lb/loadBalancer:LoadBalancer").find(({ name }) => name === "acme-npm")!;
    await expect(removeObject(world, keyOf(balancer))).rejects.toThrow("OperationNotPermitted");
    const open = await deployed({ deletionProtection: false });
    const other = open.world.all("aws:lb/loadBalancer:LoadBalancer").find(({ name }) => name === "acme-npm")!;
    await expect(removeObject(open.world, keyOf(other))).rejects.toThrow("associated with another service");
  });
});
