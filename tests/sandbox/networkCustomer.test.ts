/**
 * Tier: the network of a simulated world. What customers have there and what they decide. That the clouds would notify
 * anybody of a decision is what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { customerSide, seedEndpointService, seedLoadBalancer, seedServiceAttachment } from "../../sandbox/index.ts";
import { ATTACHMENT, Console, SERVICE_ID } from "./networkWorld.ts";

let console: Console;
beforeEach(async () => {
  console = await Console.open();
});

describe("the customer's side", () => {
  test("lists services, load balancers and attachments with who asks for them", () => {
    expect(
      customerSide(console.world).map(({ kind, id, allowed, consumers }) => [kind, id, allowed, consumers.length]),
    ).toEqual([
      ["endpoint service", SERVICE_ID, ["arn:aws:iam::222233334444:root"], 1],
      ["load balancer", "maven.edge.dev.example", ["*"], 0],
      ["service attachment", ATTACHMENT, ["causeway-dev-4f2a"], 1],
    ]);
  });

  test("what is seeded again keeps what was decided", async () => {
    const balancer = await seedLoadBalancer(console.world, { name: "lb.example", allowlist: ["192.0.2.7"] });
    await balancer.allow("192.0.2.8");
    await seedLoadBalancer(console.world, { name: "lb.example", allowlist: ["192.0.2.7"] });
    expect(console.find("LoadBalancer", "lb.example").args["allowlist"]).toEqual(["192.0.2.7", "192.0.2.8"]);
    await balancer.reject("192.0.2.7");
    expect(console.find("LoadBalancer", "lb.example").args["allowlist"]).toEqual(["192.0.2.8"]);
    await balancer.delete();
    expect(customerSide(console.world)).toHaveLength(3);
  });

  test("fails to accept what did not ask, and to name an attachment that is none", async () => {
    const service = await seedEndpointService(console.world, {
      ...{ region: "us-east-1", serviceId: "vpce-svc-0fedcba9876543210", availabilityZoneIDs: [] },
      ...{ allowedPrincipals: [], acceptanceRequired: true },
    });
    await expect(service.accept("vpce-0")).rejects.toThrow(
      "no endpoint vpce-0 asks for com.amazonaws.vpce.us-east-1.vpce-svc-0fedcba9876543210",
    );
    const wrong = { targetService: "packages", acceptedProjects: [], autoAccept: true };
    await expect(seedServiceAttachment(console.world, wrong)).rejects.toThrow(
      "packages is no service attachment: use projects/",
    );
  });
});
