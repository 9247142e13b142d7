// What one customer's stack does between its first and its last day, beyond what the quick tier looks at: real engine,
// simulated clouds, the commands a person types. That the real clouds would answer alike is what this cannot show.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { operations } from "../support/operations.ts";
import { ScratchProject, type Ran } from "../support/project.ts";

const NAME = "dev-aws-222233334444-us-east-1";
const LINK = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n";

describe.skipIf(inject("engine") === null)("a customer with all four kinds", () => {
  let project: ScratchProject;
  const causeway = (...args: string[]): Promise<Ran> => project.causeway("sandbox", ...args);
  beforeAll(async () => {
    project = new ScratchProject();
    expect((await causeway("start")).code).toBe(0);
  });
  afterAll(() => project.remove());

  test("a preview without changes passes where none are expected", async () => {
    expect((await causeway("preview", "dev", "--expect-no-changes")).code).toBe(0);
  });

  test("a raised key generation touches that tunnel and its connection, and no other", async () => {
    project.edit("dev", "region: us-east-1\n", "region: us-east-1\n        vpn: { pskGenerations: { t2: 2 } }\n");
    expect(operations(await causeway("up", "dev", "--json"))).toEqual([
      `replace RandomPassword ${NAME}-t2`,
      `replace RouterInterface ${NAME}-t2`,
      `replace RouterPeer ${NAME}-t2`,
      `replace VPNTunnel ${NAME}-t2`,
      `update VpnConnection ${NAME}-b`,
    ]);
  });

  test("fails on two keys at once (V37)", async () => {
    project.edit("dev", "{ t2: 2 }", "{ t0: 2, t2: 3 }");
    const { code, stderr } = await causeway("up", "dev");
    project.edit("dev", "{ t0: 2, t2: 3 }", "{ t2: 2 }");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "expected one tunnel's generation raised per update, got t0 and t2; raise t2 in the next update",
    );
  });

  test("a second link is added beside the first, and the VPN is left alone", async () => {
    project.edit("dev", LINK, LINK + LINK.replace("0123456789abcdef0", "0fedcba9876543210"));
    expect(operations(await causeway("up", "dev", "--json"))).toEqual([
      "create SecurityGroup dev-vpce-svc-0fedcba9876543210",
      "create SecurityGroupIngressRule dev-vpce-svc-0fedcba9876543210-executors-443",
      "create VpcEndpoint dev-vpce-svc-0fedcba9876543210",
    ]);
  });

  test("a refresh finds the clouds as they were left", async () => {
    expect(operations(await causeway("refresh", "dev", "--json"))).toEqual([]);
    expect(operations(await causeway("preview", "dev", "--json"))).toEqual([]);
  });

  test("allows private dns on an endpoint the customer has accepted (V5)", async () => {
    project.edit("dev", LINK, `${LINK}            privateDnsEnabled: true\n`);
    expect(operations(await causeway("preview", "dev", "--json"))).toEqual([
      "create EndpointPrivateDns dev-vpce-svc-0123456789abcdef0",
    ]);
  });
});
