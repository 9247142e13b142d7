/** Quotas as accounts and projects begin. This tier cannot show one that was raised. */
import { expect, test } from "vitest";
import { Deployment } from "../../sandbox/deploy.ts";
import type { Values } from "../../sandbox/values.ts";
import { World } from "../../sandbox/world.ts";

/** Makes resources in clouds of their own, in one AWS region or another. */
async function clouds(): Promise<(type: string, inputs: Values, provider?: string) => Promise<Values>> {
  const deployment = new Deployment(World.inMemory());
  let count = 0;
  const register = (type: string, inputs: Values, provider: string): Promise<Values> =>
    deployment.register({ key: `${provider}-${++count}`, type, name: `r${count}`, inputs, provider });
  for (const region of ["us-east-1", "us-west-2"]) {
    const inputs = { region, allowedAccountIds: ["111122223333"] };
    await deployment.register({ key: region, type: "pulumi:providers:aws", name: region, inputs });
  }
  const inputs = { project: "acme-prod-4f2a", region: "us-central1" };
  await deployment.register({ key: "gcp", type: "pulumi:providers:gcp", name: "gcp", inputs });
  return (type, args, provider = type.startsWith("gcp") ? "gcp" : "us-east-1") => register(type, args, provider);
}

test("fails for a sixth virtual private gateway of a region, and not for one in another", async () => {
  const make = await clouds();
  const gateway = "aws:ec2/vpnGateway:VpnGateway";
  for (let n = 0; n < 5; n++) await make(gateway, {});
  await expect(make(gateway, {})).rejects.toThrow("VpnGatewayLimitExceeded: You have reached the limit of 5.");
  await make(gateway, {}, "us-west-2");
});

test("fails for an eleventh vpn connection of one gateway", async () => {
  const make = await clouds();
  const gateway = await make("aws:ec2/vpnGateway:VpnGateway", { amazonSideAsn: "64512" });
  const connect = async (n: number): Promise<Values> => {
    const args = { type: "ipsec.1", bgpAsn: "65001", ipAddress: `198.51.100.${n}` };
    const customer = await make("aws:ec2/customerGateway:CustomerGateway", args);
    const ends = { type: "ipsec.1", vpnGatewayId: gateway["id"], customerGatewayId: customer["id"] };
    return make("aws:ec2/vpnConnection:VpnConnection", ends);
  };
  for (let n = 1; n <= 10; n++) await connect(n);
  await expect(connect(11)).rejects.toThrow("VpnConnectionLimitExceeded: You have reached the limit of 10.");
});

test("fails for a sixth router of a network in a region, and not for one in another region", async () => {
  const make = await clouds();
  const network = await make("gcp:compute/network:Network", { name: "vpc", autoCreateSubnetworks: false });
  const router = (name: string, region = "us-central1"): Promise<Values> =>
    make("gcp:compute/router:Router", { name, network: network["id"], region });
  for (const name of ["a", "b", "c", "d", "e"]) await router(name);
  await expect(router("f")).rejects.toThrow("Exceeded the limit of 5 routers in the network and region");
  await router("f", "us-east1");
});
