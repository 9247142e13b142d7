// What is declared and taken by the simulated clouds, in process: that AWS takes it too, and how long it takes to verify
// a name or to accept an endpoint, only an account can show.
import { describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import type { PublishAws } from "../../plan/publish/customer.ts";
import { removeObject, seedCertificate, seedCustomerVpc, seedHostedZone } from "../../sandbox/index.ts";
import { keyOf, type World } from "../../sandbox/world.ts";
import { deployCustomer, seededWorld, type DeployedCustomer } from "../support/deployed.ts";
import { answers, Declared } from "../support/declared.ts";
import { ACCOUNT, listener, onAws, publishedOnAws, SUBNETS } from "../support/published.ts";

const REGION = "us-east-1";
const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/0a1b2c3d`;
const BALANCER = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/registry/0123456789abcdef`;
const TOPIC = `arn:aws:sns:${REGION}:111111111111:registry`;
const GROUP = "sg-0000000000000000c";
const ZONE = "Z0123456789ABCDEFGHIJ";

/** What the customer has before anything is published. */
async function estate(customer: Customer): Promise<World> {
  const world = await seededWorld(customer);
  await seedCustomerVpc(world, {
    ...{ accountID: ACCOUNT, region: REGION, vpcID: onAws().vpcID!, cidr: "10.50.0.0/16" },
    subnets: SUBNETS.map(({ id, zoneID }, index) => ({ id, zoneID, cidr: `10.50.${index}.0/24` })),
    instances: [{ address: "10.50.0.10", id: "i-0000000000000000a", ports: [443, 8443] }],
    securityGroups: [GROUP],
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

const VARIANTS: Readonly<Record<string, Partial<PublishAws>>> = {
  "addresses in the vpc": {},
  "addresses outside the vpc": {
    listeners: [
      listener({ target: { kind: "addresses", addresses: ["10.80.0.10", "100.64.0.10"], outsideVpc: true } }),
    ],
  },
  instances: { listeners: [listener({ target: { kind: "instances", instances: ["i-0000000000000000a"] } })] },
  "an auto scaling group": {
    listeners: [listener({ target: { kind: "autoScalingGroup", autoScalingGroup: "registry" } })],
  },
  "an application load balancer": {
    listeners: [
      listener({
        target: { kind: "loadBalancer", loadBalancerArn: BALANCER },
        healthCheck: { protocol: "HTTPS", path: "/" },
      }),
    ],
  },
  "tls that ends at the load balancer": {
    listeners: [listener({ mode: "tls-terminate", certificateArn: CERTIFICATE, targetPort: 8443 })],
  },
  "tls that is spoken again to the target": {
    listeners: [listener({ mode: "tls-terminate", certificateArn: CERTIFICATE, reencrypt: true })],
  },
  "two ports, a group of the targets' own and a health check elsewhere": {
    listeners: [
      listener({ targetSecurityGroupID: GROUP, healthCheck: { protocol: "HTTP", path: "/healthz", port: 8080 } }),
      listener({ port: 22, targetPort: 22, mode: "tcp", idleTimeoutSeconds: 3600 }),
    ],
  },
  "manual acceptance": { acceptance: "manual" },
  "a private name that route 53 proves": {
    privateDns: { name: "npm.acme.example", verification: { kind: "hostedZone", zoneID: ZONE } },
  },
  "a private name proven by hand": { privateDns: { name: "npm.acme.example", verification: { kind: "manual" } } },
  "consumers of another region": { supportedRegions: ["us-west-2"] },
  "a topic that is told": { notificationTopicArn: TOPIC },
  "no alarms and no protection": { alarms: false, deletionProtection: false, crossZone: false },
};

describe("a registry published on AWS", () => {
  it.each(Object.entries(VARIANTS))("is made whole on the simulated clouds: %s", async (_name, changes) => {
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
    const ended = await declared(VARIANTS["tls that ends at the load balancer"]);
    expect(ended.one("Listener").inputs).toMatchObject({
      ...{ protocol: "TLS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", certificateArn: CERTIFICATE },
      alpnPolicy: "HTTP2Optional",
    });
    expect(ended.one("TargetGroup").inputs).toMatchObject({ protocol: "TCP", port: 8443 });
    const again = await declared(VARIANTS["tls that is spoken again to the target"]);
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
    const outside = await declared(VARIANTS["addresses outside the vpc"]);
    expect(outside.all("TargetGroupAttachment").map(({ inputs }) => inputs["availabilityZone"])).toEqual([
      "all",
      "all",
    ]);
    const group = await declared(VARIANTS["an auto scaling group"]);
    expect(group.one("Attachment").inputs).toEqual({
      autoscalingGroupName: "registry",
      lbTargetGroupArn: "acme-npm-443.arn",
    });
  });

  it("reaches a load balancer over tcp and sets nothing its target group refuses [SR-20] [SR-21]", async () => {
    const found = await declared(VARIANTS["an application load balancer"]);
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
    const zone = await declared(VARIANTS["a private name that route 53 proves"]);
    expect(zone.one("Record").inputs).toEqual({
      ...{ zoneId: ZONE, name: "_proof.npm.acme.example", type: "TXT", ttl: 1800, records: ["vpce:proof"] },
    });
    const { created } = await deployed(VARIANTS["a private name that route 53 proves"]);
    const order = created.map(({ type }) => type.split(":").at(-1));
    expect(order.indexOf("EndpointServicePrivateDnsVerification")).toBeGreaterThan(order.indexOf("Record"));
    const manual = await declared(VARIANTS["a private name proven by hand"]);
    expect([...manual.all("Record"), ...manual.all("EndpointServicePrivateDnsVerification")]).toEqual([]);
    expect(manual.one("VpcEndpointService").inputs).toMatchObject({ privateDnsName: "npm.acme.example" });
  });

  it("lets the load balancer out to its targets alone, and into a group of theirs [CP-01]", async () => {
    const found = await declared({
      listeners: [listener({ targetSecurityGroupID: GROUP, healthCheck: { protocol: "TCP", port: 8080 } })],
    });
    const rules = (className: string) =>
      found
        .all(className)
        .map(({ inputs }) => [inputs["securityGroupId"], inputs["referencedSecurityGroupId"], inputs["fromPort"]]);
    expect(rules("SecurityGroupEgressRule")).toEqual([
      ["acme-npm-id", GROUP, 443],
      ["acme-npm-id", GROUP, 8080],
    ]);
    expect(rules("SecurityGroupIngressRule").filter(([group]) => group === GROUP)).toEqual([
      [GROUP, "acme-npm-id", 443],
      [GROUP, "acme-npm-id", 8080],
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
