/**
 * Tier: provider protocol. What can be registered with a target group, and which of it is healthy. This tier cannot show
 * that a program behind a healthy target does what it should.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { healthOf } from "../../sandbox/aws/targetHealth.ts";
import { seedCertificate, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;
const CERTIFICATE = `arn:aws:acm:us-east-1:${estate.ACCOUNT}:certificate/0a`;
const HTTPS = { protocol: "HTTPS", certificateArn: CERTIFICATE };
const FIXED = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } };

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  await on.seedRegistrySide(sandbox);
  await seedCertificate(sandbox.world, { arn: CERTIFICATE, domainNames: ["registry.example.com"] });
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

const health = (group: Resource): unknown[] => {
  const object = sandbox.world.all(on.TARGETS).find(({ id }) => id === group.id)!;
  return healthOf(sandbox.world, object).map(({ target, healthy, reason }) => [target, healthy, reason]);
};

describe("a target", () => {
  const register = (group: Resource, args: Values): Promise<Resource> =>
    aws.create(on.TARGET, { targetGroupArn: group.id, ...args });

  it("by address is healthy where a host listens on its port [CP-03]", async () => {
    const group = await aws.create(on.TARGETS, on.targets());
    await register(group, { targetId: on.HOST });
    await register(group, { targetId: "10.9.0.20", availabilityZone: "all" });
    await register(group, { targetId: on.HOST, port: 444 });
    await register(group, { targetId: "10.50.0.21" });
    expect(health(group)).toEqual([
      [on.HOST, true, ""],
      ["10.9.0.20", true, ""],
      [on.HOST, false, "10.50.0.20 listens on 443, not on 444"],
      ["10.50.0.21", false, "nothing has the address 10.50.0.21"],
    ]);
  });

  it.each<[string, Values, string]>([
    [
      "outside the network without saying so",
      { targetId: "10.9.0.20" },
      "You must specify Availability Zone 'all' for an IP address outside of the VPC: '10.9.0.20'",
    ],
    [
      "in the network as if outside",
      { targetId: on.HOST, availabilityZone: "all" },
      "You cannot specify Availability Zone 'all'",
    ],
    [
      "of the public internet",
      { targetId: "198.51.100.9", availabilityZone: "all" },
      "is not within the VPC, RFC 1918 or RFC 6598 ranges",
    ],
    ["that is no address", { targetId: "i-0aaaaaaaaaaaaaaa1" }, "is not a valid IPv4 address"],
  ])("fails with an address %s [CP-03]", async (_name, args, message) => {
    const group = await aws.create(on.TARGETS, on.targets());
    await expect(register(group, args)).rejects.toThrow(message);
  });

  it("by id is an instance of the network, and fails otherwise [CP-03]", async () => {
    const group = await aws.create(on.TARGETS, on.targets({ targetType: "instance", port: 8080 }));
    await register(group, { targetId: "i-0aaaaaaaaaaaaaaa1" });
    expect(health(group)).toEqual([["i-0aaaaaaaaaaaaaaa1", true, ""]]);
    await expect(register(group, { targetId: "i-0f" })).rejects.toThrow(
      "api error InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-0f'",
    );
  });
});

describe("an application load balancer behind a network load balancer", () => {
  const check = { healthCheck: { protocol: "HTTPS", path: "/healthcheck" } };
  const behind = (): Promise<Resource> =>
    aws.create(on.TARGETS, on.targets({ name: "alb", targetType: "alb", ...check }));

  it("is a target once it listens on the port, and then keeps balancer and listener [SR-20]", async () => {
    const group = await behind();
    const balancer = await aws.create(on.BALANCER, on.requestBalancer());
    const args = { targetGroupArn: group.id, targetId: balancer.id };
    await expect(aws.create(on.TARGET, args)).rejects.toThrow(
      "api error ValidationError: If the target type is ALB, the target must have at least one listener that matches the target group port or any specified port overrides",
    );
    const listener = await aws.create(on.LISTENER, {
      loadBalancerArn: balancer.id,
      port: 443,
      ...HTTPS,
      defaultActions: [FIXED],
    });
    await aws.create(on.TARGET, args);
    await expect(aws.create(on.TARGET, args)).rejects.toThrow("Only one Application Load Balancer can be a target");
    await expect(aws.delete(listener)).rejects.toThrow(
      `api error ResourceInUse: Listener port '443' is in use by registered target '${balancer.id}' and cannot be removed.`,
    );
    await expect(aws.delete(balancer)).rejects.toThrow("registered as a target of a target group");
  });

  it("is healthy only where a rule answers the check, whose host is an address [SR-21]", async () => {
    const group = await behind();
    const balancer = await aws.create(on.BALANCER, on.requestBalancer());
    const args = { loadBalancerArn: balancer.id, port: 443, ...HTTPS, defaultActions: [FIXED] };
    const listener = await aws.create(on.LISTENER, args);
    await aws.create(on.TARGET, { targetGroupArn: group.id, targetId: balancer.id });
    const web = await aws.create(on.TARGETS, on.targets({ name: "web", protocol: "HTTP", port: 443 }));
    await aws.create(on.TARGET, { targetGroupArn: web.id, targetId: on.HOST });
    const rule = { listenerArn: listener.id, actions: [on.forward(web)] };
    await aws.create(on.RULE, { ...rule, conditions: [{ hostHeader: { values: ["registry.example.com"] } }] });
    expect(health(group)).toEqual([[balancer.id, false, "/healthcheck is answered with 404"]]);
    await aws.create(on.RULE, { ...rule, conditions: [{ pathPattern: { values: ["/healthcheck"] } }] });
    expect(health(group)).toEqual([[balancer.id, true, ""]]);
  });

  it("fails as a target from another network, and where it is a network load balancer [SR-20]", async () => {
    const group = await behind();
    const network = await aws.create(on.BALANCER, on.networkBalancer());
    await expect(aws.create(on.TARGET, { targetGroupArn: group.id, targetId: network.id })).rejects.toThrow(
      "is not an Application Load Balancer of this account and region",
    );
  });
});
