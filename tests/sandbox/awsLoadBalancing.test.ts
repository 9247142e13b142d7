/**
 * Tier: provider protocol. What AWS accepts and refuses of load balancers, target groups and targets. This tier cannot
 * show that AWS words every refusal just so, nor that a balancer carries traffic.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedCertificate, startSandbox, type HostedZone, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;
let zone: HostedZone;
const CERTIFICATE = `arn:aws:acm:us-east-1:${estate.ACCOUNT}:certificate/0a`;

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  zone = await on.seedRegistrySide(sandbox);
  await seedCertificate(sandbox.world, { arn: CERTIFICATE, domainNames: ["registry.example.com"] });
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

/** A listener on a new balancer for a new target group. */
async function listen(balancer: Values, group: Values, listener: Values): Promise<Resource> {
  const { id } = await aws.create(on.BALANCER, balancer);
  const targets = await aws.create(on.TARGETS, on.targets(group));
  const defaultActions = listener["defaultActions"] ?? [on.forward(targets)];
  return aws.create(on.LISTENER, { loadBalancerArn: id, port: 443, ...listener, defaultActions });
}

describe("a load balancer", () => {
  it("has an address in each of its subnets and names of its own", async () => {
    const { state } = await aws.create(on.BALANCER, on.networkBalancer());
    expect(state["arn"]).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer\/net\/registry\/[0-9a-f]{16}$/,
    );
    expect(state["dnsName"]).toMatch(/^registry-[0-9a-f]{16}\.elb\.us-east-1\.amazonaws\.com$/);
    expect(state["vpcId"]).toBe(on.VPC);
    const [object] = sandbox.world.all(on.BALANCER);
    const cards = object!.attrs["networkInterfaces"] as Values[];
    expect(cards.map(({ subnetId, ip }) => [subnetId, ip])).toEqual([
      ["subnet-0a1", "10.50.0.254"],
      ["subnet-0a2", "10.50.1.254"],
    ]);
  });

  it.each<[string, Values, string]>([
    [
      "two subnets of one zone",
      on.networkBalancer({ subnets: ["subnet-0a1", "subnet-0b1"] }),
      "api error InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    ],
    [
      "subnets of two networks",
      on.networkBalancer({ subnets: ["subnet-0a1", on.FOREIGN_SUBNET] }),
      "All subnets must belong to the same VPC",
    ],
    [
      "a subnet that does not exist",
      on.networkBalancer({ subnets: ["subnet-0f"] }),
      "api error SubnetNotFound: The subnet ID 'subnet-0f' does not exist",
    ],
    [
      "one zone, where it reads requests",
      on.requestBalancer({ subnets: ["subnet-0a1"] }),
      "api error ValidationError: At least two subnets in two different Availability Zones must be specified",
    ],
    [
      "no way to the internet that it faces",
      on.networkBalancer({ internal: false }),
      `api error InvalidSubnet: VPC ${on.VPC} has no internet gateway`,
    ],
    [
      "a security group of another network",
      on.networkBalancer({ securityGroups: ["sg-0f"] }),
      "One or more security groups are invalid",
    ],
    [
      "a pinned address outside its subnet",
      on.networkBalancer({
        subnets: undefined,
        subnetMappings: [{ subnetId: "subnet-0a1", privateIpv4Address: "10.50.9.9" }],
      }),
      "The address 10.50.9.9 is not in the range of subnet-0a1",
    ],
    [
      "a name with a hyphen at its end",
      on.networkBalancer({ name: "registry-" }),
      "name must hold only letters, digits and hyphens",
    ],
    [
      "a name of 33 characters",
      on.networkBalancer({ name: "a".repeat(33) }),
      "name must be of at most 32 characters, not 33",
    ],
    [
      "a name that begins with internal-",
      on.networkBalancer({ name: "internal-registry" }),
      "name must not begin with internal-",
    ],
  ])("fails with %s [CP-01]", async (_name, args, message) => {
    await expect(aws.create(on.BALANCER, args)).rejects.toThrow(message);
  });

  it("fails for a second one of its name in account and region", async () => {
    await aws.create(on.BALANCER, on.networkBalancer());
    await expect(aws.create(on.BALANCER, on.requestBalancer({ name: "registry" }))).rejects.toThrow(
      "ELBv2 Load Balancer (registry) already exists",
    );
  });

  it("fails to go while it is protected, and goes once it is not [CP-09]", async () => {
    const made = await aws.create(on.BALANCER, on.networkBalancer({ enableDeletionProtection: true }));
    await expect(aws.delete(made)).rejects.toThrow(
      `api error OperationNotPermitted: Load balancer '${made.id}' cannot be deleted because deletion protection is enabled`,
    );
    await aws.delete(await aws.update(made, on.networkBalancer({ enableDeletionProtection: false })));
    expect(await aws.read(made)).toBeUndefined();
  });

  it("is replaced for its first security group alone [CP-01]", async () => {
    const group = { securityGroups: [(await aws.create(on.GROUP, { vpcId: on.VPC, name: "nlb" })).id] };
    const bare = await aws.create(on.BALANCER, on.networkBalancer());
    expect((await aws.diff(bare, on.networkBalancer(group))).replaces).toEqual(["securityGroups"]);
    const more = await aws.diff(bare, on.networkBalancer({ subnets: on.SUBNETS.slice(0, 3) }));
    expect(more).toMatchObject({ changed: true, replaces: [] });
    expect((await aws.diff(bare, on.networkBalancer({ subnets: ["subnet-0a1"] }))).replaces).toEqual(["subnets"]);
    const reading = await aws.create(on.BALANCER, on.requestBalancer());
    expect((await aws.diff(reading, on.requestBalancer(group))).replaces).toEqual([]);
  });

  it("keeps its addresses when it gets one more subnet", async () => {
    const made = await aws.create(on.BALANCER, on.networkBalancer());
    await aws.update(made, on.networkBalancer({ subnets: on.SUBNETS.slice(0, 3) }));
    const cards = sandbox.world.all(on.BALANCER)[0]!.attrs["networkInterfaces"] as Values[];
    expect(cards.map(({ ip }) => ip)).toEqual(["10.50.0.254", "10.50.1.254", "10.50.2.254"]);
  });
});

const TLS = { protocol: "TLS", certificateArn: CERTIFICATE };
const HTTPS = { protocol: "HTTPS", certificateArn: CERTIFICATE };
const FIXED = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } };

describe("a listener", () => {
  it("takes a certificate of its account and region, and the old policy where none is asked for [CP-02]", async () => {
    const { state } = await listen(on.networkBalancer(), {}, TLS);
    expect(state["sslPolicy"]).toBe("ELBSecurityPolicy-2016-08");
    expect(state["arn"]).toMatch(/:listener\/net\/registry\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
  });

  it.each<[string, Values, Values, Values, string]>([
    [
      "HTTP on a network load balancer",
      on.networkBalancer(),
      {},
      { protocol: "HTTP" },
      "api error ValidationError: Listener protocol 'HTTP' must be one of 'TCP, TLS, UDP, TCP_UDP'",
    ],
    [
      "TCP on an application load balancer",
      on.requestBalancer(),
      {},
      { protocol: "TCP" },
      "Listener protocol 'TCP' must be one of 'HTTP, HTTPS'",
    ],
    [
      "TLS without a certificate",
      on.networkBalancer(),
      {},
      { protocol: "TLS" },
      "A certificate must be specified for TLS listeners",
    ],
    [
      "a certificate on TCP",
      on.networkBalancer(),
      {},
      { protocol: "TCP", certificateArn: CERTIFICATE },
      "Certificates cannot be specified for TCP listeners",
    ],
    [
      "a certificate of another region",
      on.networkBalancer(),
      {},
      { protocol: "TLS", certificateArn: CERTIFICATE.replace("us-east-1", "us-west-2") },
      "api error CertificateNotFound",
    ],
    [
      "a policy AWS has not",
      on.networkBalancer(),
      {},
      { ...TLS, sslPolicy: "ELBSecurityPolicy-TLS13" },
      "api error SSLPolicyNotFound: SSL policy 'ELBSecurityPolicy-TLS13' not found",
    ],
    [
      "an ALPN policy on HTTPS",
      on.requestBalancer(),
      { protocol: "HTTP" },
      { ...HTTPS, alpnPolicy: "None" },
      "ALPN policies cannot be specified for HTTPS listeners",
    ],
    [
      "requests for targets that take connections",
      on.requestBalancer(),
      {},
      HTTPS,
      "Listener protocol 'HTTPS' is not supported with a target group with the protocol 'TCP'",
    ],
    [
      "connections for targets that take requests",
      on.networkBalancer(),
      { protocol: "HTTP" },
      { protocol: "TCP" },
      "Listener protocol 'TCP' is not supported with a target group with the protocol 'HTTP'",
    ],
    [
      "targets of another network",
      on.networkBalancer(),
      { vpcId: on.OTHER_VPC },
      { protocol: "TCP" },
      "is not in the VPC of the load balancer",
    ],
    [
      "an answer of its own on TCP",
      on.networkBalancer(),
      {},
      { protocol: "TCP", defaultActions: [FIXED] },
      "api error InvalidLoadBalancerAction: Action type 'fixed-response' is not supported for TCP listeners",
    ],
    [
      "a forward to nowhere",
      on.networkBalancer(),
      {},
      { protocol: "TCP", defaultActions: [{ type: "forward" }] },
      'must be specified when defaultActions[0].type is "forward"',
    ],
    [
      "TLS for a target group of load balancers",
      on.networkBalancer(),
      { targetType: "alb" },
      TLS,
      "Listener protocol 'TLS' is not supported with a target group with the target-type 'alb'",
    ],
  ])("fails with %s [CP-02]", async (_name, balancer, group, listener, message) => {
    await expect(listen(balancer, group, listener)).rejects.toThrow(message);
  });

  it("fails on a port that is taken, and for targets of another load balancer", async () => {
    const { balancer, group } = await on.publish(aws);
    const again = { port: 443, protocol: "TCP", defaultActions: [on.forward(group)] };
    await expect(aws.create(on.LISTENER, { loadBalancerArn: balancer.id, ...again })).rejects.toThrow(
      "api error DuplicateListener: A listener already exists on this port for this load balancer",
    );
    const second = await aws.create(on.BALANCER, on.networkBalancer({ name: "second" }));
    await expect(aws.create(on.LISTENER, { loadBalancerArn: second.id, ...again })).rejects.toThrow(
      `api error TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: ${group.id}`,
    );
  });

  it("fails with a certificate that is not issued, which its DNS record changes [B.1 Certificate ARN]", async () => {
    const asked = await aws.create(on.CERTIFICATE, { domainName: "registry.example.com", validationMethod: "DNS" });
    const listener = { protocol: "TLS", certificateArn: asked.id };
    await expect(listen(on.networkBalancer(), {}, listener)).rejects.toThrow(
      `api error UnsupportedCertificate: The certificate '${asked.id}' must have a fully-qualified domain name, a supported signature, and a supported key size.`,
    );
    const [option] = asked.state["domainValidationOptions"] as Record<string, string>[];
    await zone.addRecord(option!["resourceRecordName"]!, "CNAME", [option!["resourceRecordValue"]!]);
    await listen(on.networkBalancer({ name: "now" }), { name: "now" }, listener);
    await expect(aws.delete(asked)).rejects.toThrow(`api error ResourceInUseException: Certificate ${asked.id} in use`);
  });
});

describe("a listener's rule", () => {
  const host = { conditions: [{ hostHeader: { values: ["registry.example.com"] } }] };
  const rule = (listener: Resource, group: Resource, change: Values = {}): Promise<Resource> =>
    aws.create(on.RULE, { listenerArn: listener.id, ...host, actions: [on.forward(group)], ...change });

  it("gets the next priority, and fails with one that is taken [B.3 ELB]", async () => {
    const listener = await listen(on.requestBalancer(), { protocol: "HTTP" }, HTTPS);
    const group = await aws.create(on.TARGETS, on.targets({ name: "web", protocol: "HTTP", port: 80 }));
    expect((await rule(listener, group, { priority: 10 })).state["priority"]).toBe(10);
    expect((await rule(listener, group)).state["priority"]).toBe(11);
    await expect(rule(listener, group, { priority: 11 })).rejects.toThrow(
      "api error PriorityInUse: Priority '11' is currently in use",
    );
    await expect(aws.delete(group)).rejects.toThrow(
      `api error ResourceInUse: Target group '${group.id}' is currently in use by a listener or a rule`,
    );
  });

  it("fails on a network load balancer", async () => {
    const { listener, group } = await on.publish(aws);
    await expect(rule(listener, group)).rejects.toThrow("api error UnsupportedOperation");
  });
});

describe("a target group", () => {
  const bad: [string, Values, string][] = [
    [
      "load balancers as targets of TLS",
      { targetType: "alb", protocol: "TLS" },
      "Protocol 'TLS' is not supported by target groups with target type 'alb'",
    ],
    [
      "a TCP check of load balancers",
      { targetType: "alb", healthCheck: { protocol: "TCP" } },
      "Health check protocol 'TCP' is not supported by target groups with target type 'alb'",
    ],
    [
      "an attribute that load balancers have not",
      { targetType: "alb", preserveClientIp: "false" },
      "target groups with target type 'alb' do not support preserveClientIp",
    ],
    [
      "a path for a TCP check",
      { healthCheck: { protocol: "TCP", path: "/" } },
      'healthCheck.path cannot be specified when healthCheck.protocol is "TCP"',
    ],
    [
      "a check that takes longer than its interval",
      { healthCheck: { protocol: "TCP", timeout: 20, interval: 10 } },
      "Health check timeout '20' must be smaller than or equal to the interval '10'",
    ],
    ["no port", { port: undefined }, 'port must be specified when targetType is "ip"'],
    ["no word for yes or no", { preserveClientIp: "yes" }, "preserveClientIp must be true or false"],
    [
      "a network that does not exist",
      { vpcId: "vpc-0f" },
      "api error ValidationError: The vpc ID 'vpc-0f' does not exist",
    ],
    ["functions", { targetType: "lambda" }, "the sandbox does not simulate functions as targets"],
    ["a hyphen first in its name", { name: "-registry" }, "name must hold only letters, digits and hyphens"],
  ];
  it.each(bad)("fails with %s [CP-03]", async (_name, change, message) => {
    await expect(aws.create(on.TARGETS, on.targets(change))).rejects.toThrow(message);
  });

  it("fails for a second one of its name, and to go while a listener forwards to it", async () => {
    const { group, listener, balancer } = await on.publish(aws);
    await expect(aws.create(on.TARGETS, on.targets())).rejects.toThrow("ELBv2 Target Group (registry) already exists");
    await expect(aws.delete(group)).rejects.toThrow("is currently in use by a listener or a rule");
    expect((await aws.read(group))!.state["loadBalancerArns"]).toEqual([balancer.id]);
    await aws.delete(listener);
    await aws.delete(group);
    expect(sandbox.world.all(on.TARGET)).toEqual([]);
  });
});
