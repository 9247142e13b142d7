/**
 * Tier: the network of a simulated world. One thing of a CodeArtifact registry is broken, and both ways to its packages are
 * followed up to it. Whether AWS hands assets out from these very hosts is what this tier cannot show.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { assetHost } from "../../sandbox/network/amazon.ts";
import { reachRegistry } from "../../sandbox/network/registry.ts";
import type { Values } from "../../sandbox/values.ts";
import { CUSTOMER, PROJECT, REGION, said, VpnWorld } from "./vpnWorld.ts";

const HOST = `acme-prod-${CUSTOMER}.d.codeartifact.${REGION}.amazonaws.com`;
const API = `codeartifact.${REGION}.amazonaws.com`;
const DOMAIN = `arn:aws:codeartifact:${REGION}:${CUSTOMER}:domain/acme-prod`;
const REPOSITORY = `arn:aws:codeartifact:${REGION}:${CUSTOMER}:repository/acme-prod/shared`;
const policy = (...statements: Values[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Allow", ...one })) });

let it: VpnWorld;
let assets: string;

beforeEach(async () => {
  it = await VpnWorld.open();
  await registry();
  assets = assetHost(it.world, HOST)!;
  await endpoints();
});

/** The customer's domain, and the role a service account of ours gets tokens with. */
async function registry(): Promise<void> {
  const key = await it.make("aws:kms/key:Key", { description: "packages" }, "customer");
  const domain = { domain: "acme-prod", encryptionKey: key["arn"] };
  await it.make("aws:codeartifact/domain:Domain", domain, "customer");
  await it.make("aws:codeartifact/repository:Repository", { domain: "acme-prod", repository: "shared" }, "customer");
  const account = await it.make("gcp:serviceaccount/account:Account", { accountId: "refresher" });
  const equal = { "accounts.google.com:sub": account["uniqueId"], "accounts.google.com:aud": account["uniqueId"] };
  const trusted = { Principal: { Federated: "accounts.google.com" }, Condition: { StringEquals: equal } };
  const assumeRolePolicy = policy({ ...trusted, Action: "sts:AssumeRoleWithWebIdentity" });
  await it.make("aws:iam/role:Role", { name: "consumer", assumeRolePolicy }, "customer");
  const bearer = { StringEquals: { "sts:AWSServiceName": "codeartifact.amazonaws.com" } };
  const reading = policy(
    { Action: "codeartifact:GetAuthorizationToken", Resource: DOMAIN },
    { Action: "sts:GetServiceBearerToken", Resource: "*", Condition: bearer },
    { Action: "codeartifact:ReadFromRepository", Resource: REPOSITORY },
  );
  await it.make("aws:iam/rolePolicy:RolePolicy", { name: "read", role: "consumer", policy: reading }, "customer");
}

/** The three endpoints in the vendor's VPC, with policies for this registry alone, and the names that lead to them. */
async function endpoints(): Promise<void> {
  const consumer = { Principal: { AWS: `arn:aws:iam::${CUSTOMER}:role/consumer` } };
  const reading = policy(
    { ...consumer, Action: "codeartifact:GetAuthorizationToken", Resource: DOMAIN },
    { ...consumer, Action: "codeartifact:ReadFromRepository", Resource: REPOSITORY },
  );
  const bucket = `arn:aws:s3:::${assets.split(".")[0]!}/*`;
  const objects = policy({ Principal: "*", Action: "s3:GetObject", Resource: bucket });
  await it.route({
    [API]: await it.endpoint(`com.amazonaws.${REGION}.codeartifact.api`, { policy: reading }),
    [HOST]: await it.endpoint(`com.amazonaws.${REGION}.codeartifact.repositories`, { policy: reading }),
    [assets]: await it.endpoint(`com.amazonaws.${REGION}.s3`, { policy: objects }),
  });
}

const both = (host = HOST): string[] => {
  const { metadata, blobs } = reachRegistry(it.world, { executor: "executors", guest: false }, host);
  return [said(metadata.broken), ...(blobs ? [said(blobs.broken)] : [])];
};
const endpointOf = (service: string) =>
  it.find("VpcEndpoint", ({ args }) => String(args["serviceName"]).endsWith(service));

describe("a CodeArtifact registry", () => {
  test("is reached for metadata and for blobs, over every hop [X-01] [CA-30]", () => {
    expect(both()).toEqual(["reachable", "reachable"]);
    const aws = ["tunnel", "return route", "security group", "interface endpoint", "service"];
    const { metadata, blobs, reachable } = reachRegistry(it.world, { executor: "executors", guest: false }, `${HOST}.`);
    expect(reachable).toBe(true);
    expect(metadata.hops.map(({ kind }) => kind)).toEqual([
      ...["dns-proxy", "public dns", "firewall", ...aws],
      ...["domain", "encryption key", "identity", "endpoint policy", "repository", "certificate"],
    ]);
    expect(blobs!.name).toMatch(/^assets-\d{12}-us-east-1\.s3\.us-east-1\.amazonaws\.com$/);
    expect(blobs!.hops.map(({ kind }) => kind)).toEqual([
      ...["dns-proxy", "public dns", "firewall", ...aws, "bucket", "endpoint policy", "certificate"],
    ]);
  });

  test("has an API that hands out tokens and no blobs", () => {
    expect(both(API)).toEqual(["reachable"]);
  });

  test("is reached at the names of its endpoints' forms [CA-34]", () => {
    const asked = it.reach(assets).hops[0]!.what;
    expect(asked).toMatch(/is asked for as bucket\.vpce-[0-9a-f]+-[0-9a-f]{8}\.s3\.us-east-1\.vpce\.amazonaws\.com$/);
    expect(it.reach(HOST).hops[0]!.what).toMatch(
      /as vpce-[0-9a-f]+-[0-9a-f]{8}\.d\.codeartifact\.us-east-1\.vpce\.amazonaws\.com$/,
    );
  });

  test("fails at the domain once it is gone, and for a domain that never was", async () => {
    await it.force(it.find("Domain"), undefined);
    expect(both()[0]).toBe(`domain customer: no CodeArtifact domain is at ${HOST}`);
    expect(it.trouble(API)).toBe("domain customer: there is no CodeArtifact domain in us-east-1");
  });

  test("fails at the key once it is disabled, and once it waits for its deletion [CA-04]", async () => {
    await it.edit(it.find("Key"), { isEnabled: false });
    expect(both()).toEqual([
      expect.stringMatching(/^encryption key customer: the key of .*, is disabled$/),
      "reachable",
    ]);
    await it.edit(it.find("Key"), { isEnabled: true });
    await it.remove(it.find("Key"));
    expect(both()[0]).toMatch(/^encryption key customer: .* waits for its deletion$/);
  });

  test("fails at the identity without a role for a service account of ours, and names whose fault it is [CA-42]", async () => {
    await it.edit(it.find("Account"), { disabled: true });
    expect(both()[0]).toMatch(
      /^identity ours: consumer in 111122223333 trusts the service account \d{21}, which does not exist or is disabled$/,
    );
    await it.edit(it.find("Account"), { disabled: false });
    await it.remove(it.find("RolePolicy"));
    expect(both()[0]).toBe("identity customer: consumer may not get authorization tokens of domain acme-prod");
    await it.remove(it.find("Role"));
    expect(both()[0]).toBe("identity customer: no role in 111122223333 trusts a service account of Google's");
  });

  test("fails without the right to bearer tokens [CA-12]", async () => {
    const without = policy({ Action: "codeartifact:*", Resource: "*" });
    await it.edit(it.find("RolePolicy"), { policy: without });
    expect(both()[0]).toBe("identity customer: consumer may not get authorization tokens of domain acme-prod");
  });

  test("fails at the endpoint's policy, ours, for another role and for another repository [CA-32]", async () => {
    const other = policy({ Principal: { AWS: `arn:aws:iam::${CUSTOMER}:role/other` }, Action: "*", Resource: "*" });
    await it.edit(endpointOf("codeartifact.repositories"), { policy: other });
    expect(both()[0]).toMatch(
      /^endpoint policy ours: the policy of vpce-\S+ does not allow codeartifact:ReadFromRepository on arn/,
    );
    await it.edit(endpointOf("codeartifact.api"), { policy: other });
    expect(it.trouble(API)).toMatch(
      /^endpoint policy ours: .* does not allow codeartifact:GetAuthorizationToken on arn/,
    );
  });

  test("fails at the repository: none, none that the role may read, one that forbids it [CA-13]", async () => {
    const { args } = it.find("Repository");
    const forbidding = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "codeartifact:ReadFromRepository", Resource: "*" }],
    });
    await it.make(
      "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
      { domain: "acme-prod", repository: "shared", policyDocument: forbidding },
      "customer",
    );
    const none = "repository customer: consumer may read none of the 1 repositories of domain acme-prod";
    expect(both()[0]).toBe(none);
    await it.remove(it.find("Repository"));
    expect(both()[0]).toBe("repository customer: domain acme-prod has no repository");
    await it.make("aws:codeartifact/repository:Repository", { ...args, repository: "secret" }, "customer");
    expect(both()[0]).toBe(none);
  });

  test("fails at the endpoint: gone, of another service, closed by its group", async () => {
    await it.edit(it.find("SecurityGroupIngressRule"), { fromPort: 80, toPort: 80 });
    expect(both()).toEqual(Array(2).fill(expect.stringMatching(/^security group ours: sg-/)));
    await it.edit(it.find("SecurityGroupIngressRule"), { fromPort: 443, toPort: 443 });
    await it.route({ [HOST]: dnsOf("codeartifact.api") });
    expect(both()[0]).toMatch(
      /^service ours: com\.amazonaws\.us-east-1\.codeartifact\.api behind vpce-\S+ does not serve acme/,
    );
    await it.remove(endpointOf("codeartifact.api"));
    expect(it.trouble(API)).toMatch(/^public dns ours: nobody knows vpce-/);
  });
});

const dnsOf = (service: string): string => {
  const { id, attrs } = endpointOf(service);
  return `${id}-${String(attrs["hash"])}.${String(attrs["service"])}.${REGION}.vpce.amazonaws.com`;
};

describe("the way to packages' content", () => {
  test("fails without a route for the bucket's name where there is no way to the internet [X-02]", async () => {
    await it.unroute(assets);
    expect(both()).toEqual(["reachable", "nat ours: no Cloud NAT translates subnet executors, so it has no way out"]);
    await it.edit(it.find("Network"), { deleteDefaultRoutesOnCreate: true });
    expect(reachRegistry(it.world, { executor: "executors", guest: false }, HOST).reachable).toBe(false);
    expect(both()[1]).toBe("route ours: network main has no route to the internet");
  });

  test("goes over the internet without a route for the bucket's name where there is a NAT, and says so [X-04]", async () => {
    await it.unroute(assets);
    await it.nat();
    expect(both()).toEqual(["reachable", "reachable"]);
    const { blobs } = reachRegistry(it.world, { executor: "executors", guest: false }, HOST);
    expect(blobs!.hops.map(({ what }) => what)).toContain(
      `AWS answers for ${assets} on the internet: no dns-proxy route leads packages' content to an interface endpoint`,
    );
  });

  test("fails at the policy of S3's endpoint for another bucket [CA-33]", async () => {
    const other = policy({ Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" });
    await it.edit(endpointOf(".s3"), { policy: other });
    expect(both()).toEqual([
      "reachable",
      expect.stringMatching(/^endpoint policy ours: .* does not allow s3:GetObject on arn:aws:s3:::assets-/),
    ]);
  });

  test("of a registry with a bucket of its own is followed where the bucket's host is given [SR-23]", async () => {
    const bucket = "packages-of-acme";
    const host = `${bucket}.s3.${REGION}.amazonaws.com`;
    const walk = () => reachRegistry(it.world, { executor: "executors", guest: false }, HOST, { blobHost: host });
    await it.route({ [host]: `bucket.${dnsOf(".s3")}` });
    expect(said(walk().blobs!.broken)).toBe("bucket customer: there is no bucket packages-of-acme in us-east-1");
    await it.make("aws:s3/bucket:Bucket", { bucket }, "customer");
    expect(said(walk().blobs!.broken)).toMatch(/^endpoint policy ours: /);
    const objects = policy({ Principal: "*", Action: ["s3:GetObject"], Resource: `arn:aws:s3:::${bucket}/objs/*` });
    await it.edit(endpointOf(".s3"), { policy: objects });
    expect(walk().reachable).toBe(true);
  });
});

test("no blobs are followed for a registry that is no CodeArtifact domain", () => {
  expect(both("npm.example.com")).toEqual([
    "public dns ours: nobody knows npm.example.com: no dns-proxy route, no private zone, no public name",
  ]);
  expect(it.world.all("gcp:compute/network:Network")[0]!.account).toBe(PROJECT);
});
