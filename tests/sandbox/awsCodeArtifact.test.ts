/**
 * Tier: provider protocol. What AWS has and refuses of a CodeArtifact registry and what stands around it. This tier cannot
 * show that the real services answer in these words, nor that a package can be read.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { TABLES } from "../../sandbox/tables.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as on from "./codeArtifactEstate.ts";
import * as estate from "./estate.ts";

let sandbox: Sandbox;
let aws: Provider;
let file: string;

beforeEach(async () => {
  file = estate.newWorldFile();
  sandbox = await startSandbox({ worldFile: file });
  aws = await estate.aws(sandbox);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

const domain = (args: Values = {}): Promise<Resource> => aws.create(on.DOMAIN, { domain: "acme-prod", ...args });
const repository = (name: string, args: Values = {}): Promise<Resource> =>
  aws.create(on.REPOSITORY, { domain: "acme-prod", repository: name, ...args });
const upstreams = (...names: string[]): Values => ({ upstreams: names.map((repositoryName) => ({ repositoryName })) });
const external = (externalConnectionName: string): Values => ({ externalConnections: { externalConnectionName } });

describe("everything around a registry", () => {
  it("is made, read back unchanged, complete, and removed without a trace", async () => {
    const made: { resource: Resource; args: Values }[] = [];
    await on.makeCodeArtifact(async (type, args) => {
      const resource = await aws.create(type, args, `it${made.length}`);
      made.push({ resource, args });
      return resource;
    });
    expect(new Set(made.map(({ resource }) => resource.type)).size).toBe(39);
    for (const { resource, args } of made) {
      const current = (await aws.read(resource))!;
      expect(current.inputs, resource.type).toEqual(resource.inputs);
      expect((await aws.diff(current, args)).details, resource.type).toEqual([]);
      const { outputs } = TABLES.aws.types[resource.type]!;
      expect(
        outputs.filter((name) => resource.state[name] === undefined),
        resource.type,
      ).toEqual([]);
    }
    for (const { resource } of made.toReversed()) await aws.delete(resource);
    expect(sandbox.world.list()).toEqual([]);
  });
});

describe("a domain", () => {
  it("has its owner, its assets' bucket and its key [A.2 domain]", async () => {
    const { id, state } = await domain();
    expect(id).toBe(`arn:aws:codeartifact:us-east-1:${estate.ACCOUNT}:domain/acme-prod`);
    expect([state["arn"], state["owner"], state["repositoryCount"]]).toEqual([id, estate.ACCOUNT, 0]);
    expect(state["s3BucketArn"]).toMatch(/^arn:aws:s3:::assets-\d{12}-us-east-1$/);
    expect(state["encryptionKey"]).toMatch(/^arn:aws:kms:us-east-1:111122223333:key\/[0-9a-f-]{36}$/);
  });

  it("fails a second time under the same name, and in a region without the service", async () => {
    await domain();
    await expect(domain()).rejects.toThrow("api error ConflictException: Domain already exists. (domain: acme-prod)");
    const elsewhere = await estate.aws(sandbox, "sa-east-1");
    await expect(elsewhere.create(on.DOMAIN, { domain: "x1" })).rejects.toThrow(
      "CodeArtifact is not in the region sa-east-1",
    );
    elsewhere.close();
  });

  it.each<[string, Values]>([
    ["does not exist", {}],
    ["is disabled", { isEnabled: false }],
    ["is not a symmetric encryption key", { customerMasterKeySpec: "RSA_2048" }],
  ])("fails where its key %s [CA-04]", async (why, args) => {
    const key = await aws.create(on.KEY, args);
    const encryptionKey = Object.keys(args).length === 0 ? `${String(key.state["arn"])}0` : key.state["arn"];
    await expect(domain({ encryptionKey })).rejects.toThrow(`The KMS key ${String(encryptionKey)} ${why}`);
  });

  it("fails with a key that is pending deletion, whose name an alias still leads to", async () => {
    const key = await aws.create(on.KEY, {});
    await aws.create(on.ALIAS, { name: "alias/packages", targetKeyId: key.id });
    await aws.delete(key);
    expect(await aws.read(key)).toBeUndefined();
    await expect(domain({ encryptionKey: key.state["arn"] })).rejects.toThrow("is pending deletion");
    const packages = "alias/packages";
    const group = { name: "/x", kmsKeyId: packages };
    await expect(aws.create("aws:cloudwatch/logGroup:LogGroup", group)).rejects.toThrow("is pending deletion");
  });

  it("fails to be the eleventh of an account in a region", async () => {
    for (let index = 0; index < 10; index++) await domain({ domain: `acme-${index}` });
    await expect(domain()).rejects.toThrow("ServiceQuotaExceededException: Maximum number of domains (10) reached");
  });

  it("fails to go while it has repositories, and goes after them", async () => {
    const own = await domain();
    const one = await repository("shared");
    await expect(aws.delete(own)).rejects.toThrow("Domain acme-prod has 1 repositories. Delete them first.");
    await aws.delete(one);
    await aws.delete(own);
    expect(sandbox.world.list()).toEqual([]);
  });
});

describe("a repository", () => {
  beforeEach(async () => {
    await domain();
    await repository("npm-store", external("public:npmjs"));
  });

  it("tells the format of its external connection, which is no change", async () => {
    const found = await repository("pypi-store", external("public:pypi"));
    expect(found.state["externalConnections"]).toEqual({
      ...{ externalConnectionName: "public:pypi", packageFormat: "pypi", status: "AVAILABLE" },
    });
    expect(found.state["administratorAccount"]).toBe(estate.ACCOUNT);
  });

  const eleven = Array.from({ length: 11 }, (_, index) => `up-${index}`);
  it.each<[string, Values, string]>([
    [
      "a connection AWS has not",
      external("public:npm"),
      "ResourceNotFoundException: External connection public:npm does not exist",
    ],
    ["both kinds of source", { ...external("public:pypi"), ...upstreams("npm-store") }, "not both"],
    ["an upstream that is not there", upstreams("none"), "Upstream repository none does not exist in domain acme-prod"],
    ["itself as its upstream", upstreams("shared"), "makes a cycle with shared"],
    ["one upstream twice", upstreams("npm-store", "npm-store"), "npm-store is named twice"],
    ["eleven upstreams", upstreams(...eleven), "ServiceQuotaExceededException: A repository can have at most 10"],
    ["a domain that is not there", { domain: "acme" }, "ResourceNotFoundException: Domain not found. (domain: acme"],
    ["a domain of a stranger", { domainOwner: "999988887777" }, "Domain not found"],
  ])("fails with %s [A.3]", async (_what, args, message) => {
    await expect(repository("shared", args)).rejects.toThrow(message);
  });

  it("fails to close a cycle later", async () => {
    await repository("inner", upstreams("npm-store"));
    const outer = await repository("outer", upstreams("inner"));
    const inner = (await aws.read(outer))!;
    expect(inner.id).toBe(outer.id);
    await repository("third", upstreams("outer"));
    const cyclic = { domain: "acme-prod", repository: "outer", ...upstreams("third") };
    await expect(aws.update(outer, cyclic)).rejects.toThrow("Upstream repository third makes a cycle with outer");
  });

  it("keeps its upstreams when all are taken away, as the provider does not say so [CA-08]", async () => {
    const shared = await repository("shared", upstreams("npm-store"));
    const emptied = { domain: "acme-prod", repository: "shared" };
    const after = await aws.update(shared, emptied);
    expect((await aws.diff(after, emptied)).details).toHaveLength(1);
  });

  it("fails to change its external connection in place [CA-07]", async () => {
    const store = await repository("store", external("public:pypi"));
    const other = { domain: "acme-prod", repository: "store", ...external("public:nuget-org") };
    await expect(aws.update(store, other)).rejects.toThrow(
      "ConflictException: Repository already has the external connection public:pypi",
    );
  });

  it("keeps upstreams in their order", async () => {
    await repository("second");
    const shared = await repository("shared", upstreams("npm-store", "second"));
    const turned = { domain: "acme-prod", repository: "shared", ...upstreams("second", "npm-store") };
    expect((await aws.diff(shared, turned)).details).toHaveLength(2);
  });
});

describe("policies of domains and repositories", () => {
  beforeEach(() => domain());
  const put = (policyDocument: string, more: Values = {}): Promise<Resource> =>
    aws.create(on.DOMAIN_POLICY, { domain: "acme-prod", policyDocument, ...more });
  const reading = on.statement("*", "codeartifact:GetAuthorizationToken");

  it.each<[string, string, string]>([
    ["above 7168 characters", on.policy({ ...reading, Sid: "x".repeat(7168) }), "policyDocument must be 1 to 7168"],
    ["without a principal", on.policy({ ...reading, Principal: undefined }), "Missing required field Principal"],
    [
      "with a principal that is none",
      on.policy(on.statement({ AWS: "role/x" }, "codeartifact:*")),
      'Invalid principal in policy: "AWS":"role/x"',
    ],
    [
      "with an operator IAM has not",
      on.policy({ ...reading, Condition: { StringIs: { a: "b" } } }),
      "Invalid Condition type : StringIs",
    ],
  ])("fail %s [A.2 policy document]", async (_what, document, message) => {
    await expect(put(document)).rejects.toThrow(message);
  });

  it("fail with a revision that is not the current one [CA-18]", async () => {
    await expect(put(on.policy(reading), { policyRevision: "stale" })).rejects.toThrow("is not the current one");
  });

  it("let another account into the domain, which has to let it", async () => {
    const other = await estate.aws(sandbox, "us-east-1", {
      allowedAccountIds: JSON.stringify(["444455556666"]),
      assumeRoles: JSON.stringify([{ roleArn: "arn:aws:iam::444455556666:role/causeway" }]),
    });
    const theirs = { domain: "acme-prod", domainOwner: estate.ACCOUNT, repository: "theirs" };
    await expect(other.create(on.REPOSITORY, theirs)).rejects.toThrow(
      "not authorized to perform: codeartifact:CreateRepository",
    );
    await put(on.policy(on.statement({ AWS: "444455556666" }, "codeartifact:CreateRepository")));
    const made = await other.create(on.REPOSITORY, theirs);
    expect(made.state["administratorAccount"]).toBe("444455556666");
    expect(made.id).toBe(`arn:aws:codeartifact:us-east-1:${estate.ACCOUNT}:repository/acme-prod/theirs`);
    other.close();
  });
});

describe("a package group", () => {
  beforeEach(async () => {
    await domain();
    await repository("internal");
  });
  const group = (state: Values): Values => ({
    typeName: "AWS::CodeArtifact::PackageGroup",
    desiredState: JSON.stringify({ DomainName: "acme-prod", Pattern: "/npm/acme/*", ...state }),
  });
  const publish = (restriction: Values): Values => ({
    OriginConfiguration: { Restrictions: { Publish: restriction } },
  });

  it.each<[string, Values, string]>([
    ["for every package, which exists", { Pattern: "/*" }, "Package group /* exists in every domain"],
    ["with a pattern without an end", { Pattern: "/npm/acme/x" }, "must begin with / and end with $, ~ or *"],
    ["with a mode there is not", publish({ RestrictionMode: "DENY" }), "Model validation failed"],
    [
      "with repositories and another mode",
      publish({ RestrictionMode: "BLOCK", Repositories: ["internal"] }),
      "with it alone",
    ],
    [
      "with a repository there is not",
      publish({ RestrictionMode: "ALLOW_SPECIFIC_REPOSITORIES", Repositories: ["x"] }),
      "Repository x does not exist",
    ],
    ["with a property there is not", { Name: "x" }, "extraneous key [Name] is not permitted"],
  ])("fails %s [CA-21]", async (_what, state, message) => {
    await expect(aws.create(on.GROUP, group(state))).rejects.toThrow(message);
  });

  it("is replaced for another pattern and changed in place for another rule [CA-20]", async () => {
    const made = await aws.create(on.GROUP, group({}));
    expect(JSON.parse(String(made.state["properties"]))).toMatchObject({ Arn: made.id, Pattern: "/npm/acme/*" });
    const blocked = group(publish({ RestrictionMode: "BLOCK" }));
    expect((await aws.diff(made, blocked)).details).toEqual(["desiredState update"]);
    expect((await aws.diff(made, group({ Pattern: "/npm/other/*" }))).details).toEqual(["desiredState update-replace"]);
  });
});

describe("secrets", () => {
  it("leave no value in the world [B.4 secrets]", async () => {
    const secret = await aws.create(on.SECRET, { name: "registry/database" });
    const version = { secretId: secret.id, secretString: "correct-horse-battery" };
    const made = await aws.create(on.SECRET_VERSION, version);
    expect(made.state["secretString"]).toBe("correct-horse-battery");
    const quiet = await aws.create(on.SECRET_VERSION, {
      secretId: secret.id,
      secretStringWo: "staple-of-words",
      secretStringWoVersion: 1,
    });
    expect([quiet.state["secretStringWo"], quiet.state["hasSecretStringWo"]]).toEqual([undefined, true]);
    const user = await aws.create("aws:iam/user:User", { name: "smtp" });
    const key = await aws.create("aws:iam/accessKey:AccessKey", { user: user.id });
    const kept = readFileSync(file, "utf8");
    for (const value of [
      "correct-horse-battery",
      "staple-of-words",
      String(key.state["secret"]),
      String(key.state["sesSmtpPasswordV4"]),
    ])
      expect(kept).not.toContain(value);
  });

  it("keep their name until their recovery window ends, unless there is none", async () => {
    const args = { name: "registry/smtp" };
    await aws.delete(await aws.create(on.SECRET, args));
    await expect(aws.create(on.SECRET, args)).rejects.toThrow(
      "a secret with this name is already scheduled for deletion",
    );
    const quick = { name: "registry/other", recoveryWindowInDays: 0 };
    await aws.delete(await aws.create(on.SECRET, quick));
    await aws.create(on.SECRET, quick);
    await expect(aws.create(on.SECRET, quick)).rejects.toThrow("the secret registry/other already exists");
  });

  it("fail for a third key of a user", async () => {
    const user = await aws.create("aws:iam/user:User", { name: "smtp" });
    const make = (): Promise<Resource> => aws.create("aws:iam/accessKey:AccessKey", { user: user.id });
    await make();
    const second = await make();
    await expect(make()).rejects.toThrow("Cannot exceed quota for AccessKeysPerUser: 2");
    await expect(aws.delete(user)).rejects.toThrow("DeleteConflict");
    await aws.delete(second);
    expect((await make()).id).toMatch(/^AKIA[0-9A-F]{16}$/);
  });
});

describe("a key's policy", () => {
  it("fails where it would lock everybody out, unless that is asked for [CA-05]", async () => {
    const using = on.policy(on.statement({ AWS: `arn:aws:iam::${estate.ACCOUNT}:role/app` }, "kms:Decrypt"));
    await expect(aws.create(on.KEY, { policy: using })).rejects.toThrow(
      "will not allow you to update the key policy in the future",
    );
    await aws.create(on.KEY, { policy: using, bypassPolicyLockoutSafetyCheck: true });
    const root = on.statement({ AWS: `arn:aws:iam::${estate.ACCOUNT}:root` }, "kms:*");
    await aws.create(on.KEY, { policy: on.policy(root) });
  });
});
