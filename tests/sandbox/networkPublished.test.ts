/**
 * Tier: the network of a simulated world. One thing of a registry published from AWS is broken in the customer's account,
 * and the way there is followed up to it. How fast health checks notice is what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { seedCertificate, seedCustomerVpc } from "../../sandbox/index.ts";
import { groupThatAdmits } from "../../sandbox/network/groups.ts";
import type { Values } from "../../sandbox/values.ts";
import { CUSTOMER, REGION, VENDOR, VpnWorld } from "./vpnWorld.ts";

const NAME = "npm.customer.example";
const VPC = "vpc-0aaaaaaaaaaaaaaa1";
const SUBNETS = ["subnet-0a1", "subnet-0a2"];
const CERTIFICATE = `arn:aws:acm:${REGION}:${CUSTOMER}:certificate/11111111-2222-3333-4444-555555555555`;
const HOST = { address: "10.50.0.20", ports: [443, 8080], certificateNames: [NAME] };

let it: VpnWorld;

beforeEach(async () => {
  it = await VpnWorld.open();
  const subnets = SUBNETS.map((id, index) => ({ id, zoneID: `use1-az${index + 1}`, cidr: `10.50.${index}.0/24` }));
  await seedCustomerVpc(it.world, {
    ...{ accountID: CUSTOMER, region: REGION, vpcID: VPC, cidr: "10.50.0.0/16", subnets, instances: [HOST] },
  });
  await seedCertificate(it.world, { arn: CERTIFICATE, domainNames: [NAME] });
});

const customer = (type: string, inputs: Values): Promise<Values> => it.make(type, inputs, "customer");

async function balancer(inputs: Values): Promise<Values> {
  return customer("aws:lb/loadBalancer:LoadBalancer", { internal: true, subnets: SUBNETS, ...inputs });
}

async function group(name: string, more: Values = {}): Promise<Values> {
  const args = { name, vpcId: VPC, port: 443, protocol: "TCP", targetType: "ip", ...more };
  return customer("aws:lb/targetGroup:TargetGroup", args);
}

async function listen(front: Values, behind: Values, more: Values = {}): Promise<Values> {
  const defaultActions = [{ type: "forward", targetGroupArn: behind["id"] }];
  const args = { loadBalancerArn: front["id"], port: 443, protocol: "TCP", defaultActions, ...more };
  return customer("aws:lb/listener:Listener", args);
}

async function register(behind: Values, targetId: unknown): Promise<void> {
  const args = { targetGroupArn: behind["id"], targetId };
  await customer("aws:lb/targetGroupAttachment:TargetGroupAttachment", args);
}

async function securityGroup(name: string): Promise<string> {
  const made = await customer("aws:ec2/securityGroup:SecurityGroup", { vpcId: VPC, name });
  return String(made["id"]);
}

async function admit(securityGroupId: string, from: Values, port = 443): Promise<void> {
  const args = { securityGroupId, ipProtocol: "tcp", fromPort: port, toPort: port, ...from };
  await customer("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", args);
}

/** Publishes a load balancer and connects the vendor's VPC to it. */
async function connect(front: Values): Promise<void> {
  const service = await customer("aws:ec2/vpcEndpointService:VpcEndpointService", {
    ...{ acceptanceRequired: false, networkLoadBalancerArns: [front["id"]] },
    allowedPrincipals: [`arn:aws:iam::${VENDOR}:root`],
  });
  await it.route({ [NAME]: await it.endpoint(String(service["serviceName"])) });
}

/** A network load balancer in front of the host by its address. */
async function published(front: Values = {}, behind: Values = {}, listener: Values = {}): Promise<void> {
  const made = await balancer({
    name: "npm",
    loadBalancerType: "network",
    enableCrossZoneLoadBalancing: true,
    ...front,
  });
  const targets = await group("npm", behind);
  await listen(made, targets, listener);
  await register(targets, HOST.address);
  await connect(made);
}

const kinds = (): string[] => it.reach(NAME).hops.map(({ kind, side }) => `${kind} ${side}`);
const to = ["dns-proxy ours", "public dns ours", "firewall ours", "tunnel ours", "return route ours"];
const through = [...to, "security group ours", "interface endpoint ours", "service customer"];

describe("a network load balancer in front of a host", () => {
  test("is reached, every hop from the service on the customer's affair [SR-22]", async () => {
    await published();
    expect(it.trouble(NAME)).toBe("reachable");
    expect(kinds()).toEqual([...through, "load balancer customer", "target group customer", "certificate customer"]);
  });

  test("fails on a port without a listener", async () => {
    await published({}, {}, { port: 8443 });
    expect(it.trouble(NAME)).toBe("load balancer customer: npm listens on 8443, not on 443");
    await it.remove(it.find("Listener"));
    expect(it.trouble(NAME)).toBe("load balancer customer: npm listens on nothing, not on 443");
  });

  test("fails where the load balancer is gone", async () => {
    await published();
    await it.force(it.find("LoadBalancer"), undefined);
    expect(it.trouble(NAME)).toMatch(
      /^load balancer customer: the load balancer behind vpce-svc-[0-9a-f]+ no longer exists$/,
    );
  });

  test("fails at its security group as long as that is enforced on PrivateLink [CP-01]", async () => {
    const id = await securityGroup("npm");
    await published({ securityGroups: [id] });
    expect(it.trouble(NAME)).toBe(
      `security group customer: ${id} of npm lets neither 10.10.0.0/24 nor 10.99.0.0/24 in on port 443, and is enforced on PrivateLink`,
    );
    await it.edit(it.find("LoadBalancer"), { enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: "off" });
    expect(it.trouble(NAME)).toBe("reachable");
    await it.edit(it.find("LoadBalancer"), { enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: "on" });
    await admit(id, { cidrIpv4: "10.99.0.0/24" });
    expect(it.trouble(NAME)).toBe("reachable");
  });

  test("fails without a target, and without a healthy one", async () => {
    await published({}, { healthCheck: { protocol: "TCP", port: "9000" } });
    expect(it.trouble(NAME)).toBe(
      "target group customer: no target of npm is healthy: 10.50.0.20: 10.50.0.20 listens on 443, 8080, not on 9000",
    );
    await it.remove(it.find("TargetGroupAttachment"));
    expect(it.trouble(NAME)).toBe("target group customer: npm has no target");
  });

  test("fails in a zone without a target while it does not cross zones [CP-07]", async () => {
    await published({ enableCrossZoneLoadBalancing: false });
    expect(it.trouble(NAME)).toBe(
      "target group customer: npm has no target in zone use1-az2, and cross-zone load balancing is off",
    );
    await it.edit(it.find("TargetGroup"), { loadBalancingCrossZoneEnabled: "true" });
    expect(it.trouble(NAME)).toBe("reachable");
  });

  test("fails at the certificate of the host, and at the listener's where TLS ends there [CP-02]", async () => {
    await published();
    const host = it.find("Host");
    await it.force(host, { args: { ...host.args, certificateNames: ["other.example"] } });
    expect(it.trouble(NAME)).toBe(
      `certificate customer: the certificate of 10.50.0.20 is for other.example, not ${NAME}`,
    );
    const tls = { protocol: "TLS", certificateArn: CERTIFICATE, sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" };
    await it.edit(it.find("Listener"), tls);
    expect(it.trouble(NAME)).toBe("reachable");
    await seedCertificate(it.world, { arn: CERTIFICATE, domainNames: ["elsewhere.example"] });
    expect(it.trouble(NAME)).toBe(
      `certificate customer: the certificate of ${CERTIFICATE} is for elsewhere.example, not ${NAME}`,
    );
  });
});

describe("a network load balancer in front of an application load balancer", () => {
  let frontGroup: string;
  let appGroup: string;

  beforeEach(async () => {
    [frontGroup, appGroup] = [await securityGroup("nlb"), await securityGroup("alb")];
    await admit(frontGroup, { cidrIpv4: "10.0.0.0/8" });
    await admit(appGroup, { referencedSecurityGroupId: frontGroup });
    const app = await balancer({ name: "app", securityGroups: [appGroup] });
    const registry = await group("registry", { port: 8080, protocol: "HTTP" });
    await register(registry, HOST.address);
    const unknown = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } };
    const tls = { protocol: "HTTPS", certificateArn: CERTIFICATE, sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" };
    const listener = await listen(app, registry, { ...tls, defaultActions: [unknown] });
    await customer("aws:lb/listenerRule:ListenerRule", {
      ...{ listenerArn: listener["id"], conditions: [{ hostHeader: { values: [NAME] } }] },
      actions: [{ type: "forward", targetGroupArn: registry["id"] }],
    });
    const front = await balancer({ name: "npm", loadBalancerType: "network", securityGroups: [frontGroup] });
    const health = { protocol: "HTTPS", path: "/", matcher: "200-499" };
    const targets = await group("to-app", { targetType: "alb", healthCheck: health });
    await listen(front, targets);
    await register(targets, app["id"]);
    await connect(front);
  });

  test("is reached over both [SR-20] [SR-22]", () => {
    expect(it.trouble(NAME)).toBe("reachable");
    expect(kinds().slice(through.length)).toEqual([
      ...["load balancer customer", "security group customer", "target group customer", "load balancer customer"],
      ...["security group customer", "listener rule customer", "target group customer", "certificate customer"],
    ]);
  });

  test("fails at the application load balancer's group where it does not let the other in [SR-22]", async () => {
    await it.remove(it.find("SecurityGroupIngressRule", ({ args }) => args["securityGroupId"] === appGroup));
    expect(it.trouble(NAME)).toBe(`security group customer: ${appGroup} of app lets npm not in on port 443`);
    await admit(appGroup, { cidrIpv4: "10.50.0.0/16" });
    expect(it.trouble(NAME)).toBe("reachable");
  });

  test("fails where another group lets that one in, and not the other way round", async () => {
    const behind = await securityGroup("behind");
    await admit(behind, { referencedSecurityGroupId: appGroup });
    const app = it.find("LoadBalancer", ({ name }) => name === "app");
    const admitted = (ids: string[], groups: string[]) =>
      groupThatAdmits(it.world, app, ids, { ranges: [], groups }, 443);
    expect(admitted([behind], [appGroup])?.id).toBe(behind);
    expect(admitted([appGroup], [appGroup])).toBeUndefined();
    expect(admitted([behind], [frontGroup])).toBeUndefined();
  });

  test("fails without a rule for the name [SR-21]", async () => {
    await it.edit(it.find("ListenerRule"), { conditions: [{ hostHeader: { values: ["*.elsewhere.example"] } }] });
    expect(it.trouble(NAME)).toBe(
      `listener rule customer: no rule of app is for ${NAME}, and it is answered without a target`,
    );
    await it.edit(it.find("ListenerRule"), { conditions: [{ hostHeader: { values: ["*.customer.example"] } }] });
    expect(it.trouble(NAME)).toBe("reachable");
  });

  test("fails at the second target group, and at the application load balancer's certificate", async () => {
    const host = it.find("Host");
    await it.force(host, { args: { ...host.args, ports: [443] } });
    expect(it.trouble(NAME)).toBe(
      "target group customer: no target of registry is healthy: 10.50.0.20: 10.50.0.20 listens on 443, not on 8080",
    );
    await it.force(host, {});
    await seedCertificate(it.world, { arn: CERTIFICATE, domainNames: ["*.elsewhere.example"] });
    expect(it.trouble(NAME)).toMatch(/^certificate customer: .* is for \*\.elsewhere\.example, not npm/);
  });

  test("fails at the instances of a scaling group that do not let the load balancer in [SR-05]", async () => {
    const instances = await securityGroup("instances");
    const imageId = "ami-0123456789abcdef0";
    const template = { name: "npm", imageId, instanceType: "t3.small", vpcSecurityGroupIds: [instances] };
    const made = await customer("aws:ec2/launchTemplate:LaunchTemplate", template);
    const registry = await group("scaled", { port: 8080, protocol: "HTTP", targetType: "instance" });
    await it.edit(it.find("ListenerRule"), { actions: [{ type: "forward", targetGroupArn: registry["id"] }] });
    expect(it.trouble(NAME)).toBe("target group customer: scaled has no target");
    await customer("aws:autoscaling/group:Group", {
      ...{ name: "npm", minSize: 1, maxSize: 2, desiredCapacity: 1, vpcZoneIdentifiers: SUBNETS },
      ...{ launchTemplate: { id: made["id"], version: "$Latest" }, targetGroupArns: [registry["id"]] },
    });
    expect(it.trouble(NAME)).toMatch(
      new RegExp(`^security group customer: ${instances} of i-[0-9a-f]+ lets app not in on port 8080$`),
    );
    await admit(instances, { referencedSecurityGroupId: appGroup }, 8080);
    expect(it.trouble(NAME)).toBe("reachable");
  });
});
