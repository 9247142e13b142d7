/**
 * Tier: provider protocol. What RDS accepts and refuses of the database behind a self-hosted registry. This tier cannot
 * show that the versions and classes known here are all that RDS has today, nor how long a change takes.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;
let file: string;
const PASSWORD = "correct-horse-battery";

beforeEach(async () => {
  file = estate.newWorldFile();
  sandbox = await startSandbox({ worldFile: file });
  aws = await estate.aws(sandbox);
  await on.seedRegistrySide(sandbox);
  await aws.create(on.SUBNET_GROUP, { name: "registry", subnetIds: on.SUBNETS.slice(0, 2) });
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

function database(change: Values = {}): Values {
  const size = { instanceClass: "db.t4g.small", allocatedStorage: 20, storageType: "gp3" };
  const engine = { engine: "postgres", engineVersion: "16", username: "registry", manageMasterUserPassword: true };
  const end = { skipFinalSnapshot: false, finalSnapshotIdentifier: "registry-last" };
  return { identifier: "registry", dbSubnetGroupName: "registry", ...size, ...engine, ...end, ...change };
}

const make = (change: Values = {}): Promise<Resource> => aws.create(on.DATABASE, database(change));

it("runs the newest minor version at an address of its own, its password in Secrets Manager [B.3 RDS Postgres]", async () => {
  const { id, state } = await make();
  expect(id).toMatch(/^db-[0-9A-F]{26}$/);
  expect(state["address"]).toMatch(/^registry\.[0-9a-f]{12}\.us-east-1\.rds\.amazonaws\.com$/);
  expect([state["port"], state["endpoint"]]).toEqual([5432, `${String(state["address"])}:5432`]);
  expect(state["engineVersionActual"]).toMatch(/^16\.\d+$/);
  const [secret] = state["masterUserSecrets"] as Values[];
  expect(secret!["secretArn"]).toMatch(
    /^arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-[0-9a-f]{26}-[0-9a-f]{6}$/,
  );
  expect(secret!["secretStatus"]).toBe("active");
});

it.each<[string, Values, string]>([
  ["an engine RDS has not", { engine: "sqlite" }, "api error InvalidParameterValue: Invalid DB engine: sqlite"],
  [
    "a version RDS has not",
    { engineVersion: "9.1" },
    "api error InvalidParameterCombination: Cannot find version 9.1 for postgres",
  ],
  [
    "a class its version has not",
    { instanceClass: "db.t2.small" },
    "RDS does not support creating a DB instance with the following combination: DBInstanceClass=db.t2.small, Engine=postgres, EngineVersion=16",
  ],
  [
    "an authority RDS has not",
    { caCertIdentifier: "rds-ca-2015" },
    "api error CertificateNotFound: Certificate not found",
  ],
  ["a class that is none", { instanceClass: "db.m6g.small2" }, "DBInstanceClass=db.m6g.small2"],
  [
    "too little storage",
    { allocatedStorage: 5 },
    "Invalid storage size for engine name postgres and storage type gp3: 5",
  ],
  [
    "IOPS on little storage",
    { iops: 4000 },
    "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400.",
  ],
  [
    "a password beside the managed one",
    { passwordWo: PASSWORD },
    "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
  ],
  [
    "no password at all",
    { manageMasterUserPassword: undefined },
    "The parameter MasterUserPassword must be provided and must not be blank.",
  ],
  ["a short password", { manageMasterUserPassword: undefined, password: "short" }, "has not 8 to 128 characters"],
  [
    "a password with a slash",
    { manageMasterUserPassword: undefined, password: "with/a/slash" },
    "Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
  ],
  [
    "a user of the engine's own",
    { username: "admin" },
    "MasterUsername admin cannot be used as it is a reserved word used by the engine",
  ],
  ["no user", { username: undefined }, '"username": required field is not set'],
  ["no subnet group", { dbSubnetGroupName: undefined }, "api error InvalidSubnet: No default subnet detected in VPC."],
  ["a subnet group that is not there", { dbSubnetGroupName: "none" }, "api error DBSubnetGroupNotFoundFault"],
  ["a security group that is not there", { vpcSecurityGroupIds: ["sg-0f"] }, "Invalid security group , groupId= sg-0f"],
  [
    "a parameter group that is not there",
    { parameterGroupName: "none" },
    "api error DBParameterGroupNotFound: DBParameterGroup not found: none",
  ],
  [
    "a key and no encryption",
    { kmsKeyId: "arn:aws:kms:us-east-1:333344445555:key/0a" },
    "KmsKeyId can be specified for an encrypted instance only",
  ],
  [
    "a key that is not there",
    { storageEncrypted: true, kmsKeyId: `arn:aws:kms:us-east-1:${estate.ACCOUNT}:key/0a` },
    "api error KMSKeyNotAccessibleFault",
  ],
  [
    "a way from the internet that its network has not",
    { publiclyAccessible: true },
    "The specified VPC has no internet gateway attached.",
  ],
  ["a name with two hyphens", { identifier: "registry--db" }, "identifier must begin with a letter"],
  [
    "a snapshot that is not there",
    { snapshotIdentifier: "none" },
    "api error DBSnapshotNotFound: DBSnapshot not found: none",
  ],
])("fails with %s", async (_name, change, message) => {
  await expect(make(change)).rejects.toThrow(message);
});

it("fails for a second one of its name", async () => {
  await make();
  await expect(make()).rejects.toThrow("api error DBInstanceAlreadyExists: DB instance already exists");
});

it("keeps a password as a hash alone, and a write-only one not at all [SR-03]", async () => {
  const { state } = await make({ manageMasterUserPassword: undefined, password: PASSWORD });
  expect(state["masterUserSecrets"]).toEqual([]);
  await make({
    identifier: "other",
    manageMasterUserPassword: undefined,
    passwordWo: "write-only-password",
    passwordWoVersion: 1,
  });
  const other = sandbox.world.all(on.DATABASE).find(({ name }) => name === "other")!;
  expect([Object.keys(other.secrets), other.args["passwordWo"]]).toEqual([[], undefined]);
  const text = readFileSync(file, "utf8");
  expect([text.includes(PASSWORD), text.includes("write-only-password")]).toEqual([false, false]);
});

it("changes its class in place, and fails to shrink or to skip the word for a major version", async () => {
  const made = await make();
  expect(await aws.diff(made, database({ instanceClass: "db.m6g.large" }))).toMatchObject({
    replaces: [],
    changed: true,
  });
  const grown = await aws.update(made, database({ instanceClass: "db.m6g.large", allocatedStorage: 50 }));
  expect(grown.state["instanceClass"]).toBe("db.m6g.large");
  await expect(aws.update(grown, database({ allocatedStorage: 20 }))).rejects.toThrow("storage cannot be decreased");
  const next = database({ instanceClass: "db.m6g.large", allocatedStorage: 50, engineVersion: "17" });
  await expect(aws.update(grown, next)).rejects.toThrow(
    "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
  );
  const upgraded = await aws.update(grown, { ...next, allowMajorVersionUpgrade: true });
  expect(upgraded.state["engineVersionActual"]).toMatch(/^17\./);
});

it("is replaced to encrypt it", async () => {
  const made = await make();
  expect((await aws.diff(made, database({ storageEncrypted: true }))).replaces).toEqual(["storageEncrypted"]);
});

describe("deleting it", () => {
  it("fails while it is protected, and without a name for its last snapshot", async () => {
    const protectedOne = await make({ deletionProtection: true });
    await expect(aws.delete(protectedOne)).rejects.toThrow(
      "api error InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.",
    );
    const unnamed = await make({ identifier: "other", finalSnapshotIdentifier: undefined });
    await expect(aws.delete(unnamed)).rejects.toThrow(
      "final_snapshot_identifier is required when skip_final_snapshot is false",
    );
  });

  it("leaves a snapshot to restore from, whose name is taken then [SR-08]", async () => {
    await aws.delete(await make());
    const again = await make({ snapshotIdentifier: "registry-last", username: "registry" });
    await expect(aws.delete(again)).rejects.toThrow(
      "api error DBSnapshotAlreadyExists: Cannot create the snapshot because a snapshot with the identifier registry-last already exists.",
    );
    const other = database({ snapshotIdentifier: "registry-last", finalSnapshotIdentifier: "registry-last-2" });
    await aws.delete(await aws.update(again, other));
    expect(sandbox.world.list().filter(({ type }) => type === on.DATABASE)).toEqual([]);
  });

  it("leaves nothing where the snapshot is skipped", async () => {
    await aws.delete(await make({ skipFinalSnapshot: true }));
    await expect(make({ snapshotIdentifier: "registry-last" })).rejects.toThrow("DBSnapshotNotFound");
  });
});

describe("a subnet group", () => {
  it("fails with one zone, subnets of two networks or a subnet that is not there [B.3 VPC + 3 subnets + IGW]", async () => {
    const group = (subnetIds: readonly string[]): Promise<Resource> =>
      aws.create(on.SUBNET_GROUP, { name: "other", subnetIds });
    await expect(group(["subnet-0a1", "subnet-0b1"])).rejects.toThrow(
      "api error DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement.",
    );
    await expect(group(["subnet-0a1", on.FOREIGN_SUBNET])).rejects.toThrow("are not all in the same VPC");
    await expect(group(["subnet-0a1", "subnet-0f"])).rejects.toThrow(
      "api error InvalidSubnet: Some input subnets in :[subnet-0f] are invalid.",
    );
  });

  it("fails for a second one of its name, and to go while a database is in it", async () => {
    await make();
    const taken = { name: "registry", subnetIds: on.SUBNETS.slice(0, 2) };
    await expect(aws.create(on.SUBNET_GROUP, taken)).rejects.toThrow("The DB subnet group 'registry' already exists.");
    const group = { type: on.SUBNET_GROUP, name: "it", id: "registry", inputs: taken, state: {} };
    await expect(aws.delete(group)).rejects.toThrow(
      "Cannot delete the subnetGroup 'registry' because at least one database instance: registry is still using it.",
    );
  });
});

describe("a parameter group", () => {
  const parameters = { parameters: [{ name: "rds.force_ssl", value: "1" }] };

  it("is of the engine's family, and stays while a database has it [B.3 RDS Postgres]", async () => {
    const group = await aws.create(on.PARAMETER_GROUP, { name: "registry16", family: "postgres16", ...parameters });
    await aws.create(on.PARAMETER_GROUP, { name: "registry15", family: "postgres15" });
    await expect(make({ parameterGroupName: "registry15" })).rejects.toThrow(
      "Please use a parameter group with DBParameterGroupFamily postgres16",
    );
    await make({ parameterGroupName: "registry16" });
    await expect(aws.delete(group)).rejects.toThrow("api error InvalidDBParameterGroupState");
  });

  it("fails for a family RDS has not, and for a static parameter at once", async () => {
    await expect(aws.create(on.PARAMETER_GROUP, { name: "x", family: "postgres8" })).rejects.toThrow(
      "ParameterGroupFamily postgres8 is not a valid parameter group family",
    );
    const fixed = { parameters: [{ name: "max_connections", value: "100" }] };
    await expect(aws.create(on.PARAMETER_GROUP, { name: "x", family: "postgres16", ...fixed })).rejects.toThrow(
      "cannot use immediate apply method for static parameter",
    );
  });
});
