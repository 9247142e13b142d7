/** RDS: databases, the subnets they are in and their parameters. */
import { CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, text, texts, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { arn, Doing, VPC } from "./common.ts";
import { defaultGroup, groupOf, subnetsOf, type Membership } from "./elb.ts";
import { INTERNET_GATEWAY } from "./internet.ts";
import { ENGINES, engineOf, supportsClass, type Engine } from "./rdsEngines.ts";

const INSTANCE = "aws:rds/instance:Instance";
const SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup";
const PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup";
/** What is left of a deleted database; no program under test makes one. */
const SNAPSHOT = "aws:rds/snapshot:Snapshot";
const KEY = "aws:kms/key:Key";

const subnetGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]).toLowerCase();
    const doing = new Doing(`creating RDS Subnet Group (${name})`, "RDS: CreateDBSubnetGroup");
    if (call.world.find(call.place, SUBNET_GROUP, name))
      throw doing.error("DBSubnetGroupAlreadyExists", `The DB subnet group '${name}' already exists.`);
    const { attrs, uses } = covered(call, doing);
    return { id: name, name, attrs: { ...attrs, arn: arn("rds", call.place, `subgrp:${name}`) }, uses };
  },
  update: (call, { id }) => covered(call, new Doing(`updating RDS Subnet Group (${id})`, "RDS: ModifyDBSubnetGroup")),
  inUse: ({ id }, users) =>
    new Doing(`deleting RDS Subnet Group (${id})`, "RDS: DeleteDBSubnetGroup").error(
      "InvalidDBSubnetGroupStateFault",
      `Cannot delete the subnetGroup '${id}' because at least one database instance: ${users[0]!.name} is still using it.`,
    ),
};

/** Source: Amazon RDS User Guide, Working with DB subnet groups: subnets of one VPC in at least two zones. */
function covered(call: Call, doing: Doing): Membership {
  const ids = texts(call.args["subnetIds"]);
  const subnets = subnetsOf(call, ids, (id) =>
    doing.error("InvalidSubnet", `Some input subnets in :[${id}] are invalid.`),
  );
  const vpcs = new Set(subnets.map(({ args }) => args["vpcId"]));
  if (vpcs.size > 1) throw doing.error("InvalidSubnet", "The DB subnet group's subnets are not all in the same VPC.");
  const zones = [...new Set(subnets.map(({ attrs }) => String(attrs["availabilityZone"])))];
  if (zones.length < 2) {
    const message = `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(", ")}. Add subnets to cover at least 2 AZs.`;
    throw doing.error("DBSubnetGroupDoesNotCoverEnoughAZs", message);
  }
  return { attrs: { vpcId: [...vpcs][0], supportedNetworkTypes: ["IPV4"] }, uses: subnets };
}

const parameterGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]).toLowerCase();
    const doing = new Doing(`creating RDS DB Parameter Group (${name})`, "RDS: CreateDBParameterGroup");
    if (call.world.find(call.place, PARAMETER_GROUP, name))
      throw doing.error("DBParameterGroupAlreadyExists", `Parameter group ${name} already exists`);
    const family = String(call.args["family"]);
    if (!Object.values(ENGINES).some(({ families }) => families.includes(family)))
      throw doing.error(
        "InvalidParameterValue",
        `ParameterGroupFamily ${family} is not a valid parameter group family`,
      );
    applicable(call, name);
    return { id: name, name, attrs: { arn: arn("rds", call.place, `pg:${name}`) } };
  },
  update(call, { id }) {
    applicable(call, id);
    return {};
  },
  inUse: ({ id }) =>
    new Doing(`deleting RDS DB Parameter Group (${id})`, "RDS: DeleteDBParameterGroup").error(
      "InvalidDBParameterGroupState",
      `One or more database instances are still members of this parameter group ${id}, so the group cannot be deleted`,
    ),
};

/** Parameters that need a restart. Source: Amazon RDS User Guide, Parameters in RDS for PostgreSQL DB instances: static. */
const STATIC = ["max_connections", "shared_buffers", "shared_preload_libraries", "wal_buffers", "max_wal_senders"];

function applicable({ args }: Call, name: string): void {
  const bad = blocks(args["parameters"]).find(
    (one) => STATIC.includes(String(one["name"])) && (one["applyMethod"] ?? "immediate") === "immediate",
  );
  if (!bad) return;
  const doing = new Doing(`modifying RDS DB Parameter Group (${name})`, "RDS: ModifyDBParameterGroup");
  throw doing.error("InvalidParameterCombination", "cannot use immediate apply method for static parameter");
}

const instance: Handler = {
  create(call) {
    const resourceId = `db-${call.tx.hex("db", 26).toUpperCase()}`;
    const identifier = (
      text(call.args["identifier"]) ?? `${text(call.args["identifierPrefix"]) ?? "terraform-"}${resourceId.slice(3)}`
    ).toLowerCase();
    const doing = new Doing(`creating RDS DB Instance (${identifier})`, "RDS: CreateDBInstance");
    if (call.world.byTerm(call.place, INSTANCE, identifier).length > 0)
      throw doing.error("DBInstanceAlreadyExists", "DB instance already exists");
    const snapshot = restored(call, doing);
    const args: Values = { ...snapshot?.args, ...call.args };
    const engine = engineOf(args, doing);
    const { attrs, uses } = placed(call, doing, args, engine);
    login(call.args, doing, engine, snapshot !== undefined);
    const made = identity(call, resourceId, identifier, engine, args);
    return { id: resourceId, name: identifier, attrs: { ...made, ...attrs }, uses, terms: [identifier] };
  },
  update(call, db, changed) {
    const identifier = text(call.args["identifier"]) ?? db.name!;
    const doing = new Doing(`updating RDS DB Instance (${identifier})`, "RDS: ModifyDBInstance");
    const engine = engineOf({ ...db.args, ...db.attrs, ...call.args }, doing);
    changeable(call, doing, db, changed);
    const args = { ...db.attrs, ...call.args };
    if (changed.has("password") || changed.has("manageMasterUserPassword")) login(call.args, doing, engine, false);
    const { attrs, uses } = placed(call, doing, args, engine);
    const made = identity(call, db.id, identifier, engine, args, db);
    return { name: identifier, attrs: { ...made, ...attrs }, uses, terms: [identifier] };
  },
  remove: deleted,
  inUse: ({ id }) => new Error(`nothing holds database ${id}`),
};

/** The snapshot a database is restored from, if it is. */
function restored(call: Call, doing: Doing): CloudObject | undefined {
  const id = text(call.args["snapshotIdentifier"]);
  for (const name of ["replicateSourceDb", "restoreToPointInTime", "s3Import"])
    if (call.args[name] !== undefined)
      throw doing.error("InvalidParameterCombination", `the sandbox does not simulate ${name}: leave it out`);
  if (id === undefined) return undefined;
  const found = call.world.find(call.place, SNAPSHOT, id);
  if (!found) throw doing.error("DBSnapshotNotFound", `DBSnapshot not found: ${id}`);
  return found;
}

/** Source: Amazon RDS User Guide, Certificate authorities. */
const AUTHORITIES = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

/** What a database needs around it. Source: Amazon RDS API Reference, CreateDBInstance. */
function placed(call: Call, doing: Doing, args: Values, engine: Engine): Membership {
  const authority = text(args["caCertIdentifier"]);
  if (authority !== undefined && !AUTHORITIES.includes(authority))
    throw doing.error("CertificateNotFound", `Certificate not found: ${authority}`);
  if (!supportsClass(engine, String(args["instanceClass"]))) {
    const message = `RDS does not support creating a DB instance with the following combination: DBInstanceClass=${String(args["instanceClass"])}, Engine=${engine.name}, EngineVersion=${engine.version}, LicenseModel=${engine.license}. For supported combinations of instance class and database engine version, see the documentation.`;
    throw doing.error("InvalidParameterCombination", message);
  }
  storable(args, doing, engine);
  encrypted(call, args, doing);
  const name = text(args["dbSubnetGroupName"]);
  if (name === undefined)
    throw doing.error(
      "InvalidSubnet",
      "No default subnet detected in VPC. Please contact AWS Support to recreate the default Subnets.",
    );
  const group = call.world.find(call.place, SUBNET_GROUP, name);
  if (!group) throw doing.error("DBSubnetGroupNotFoundFault", `DB subnet group '${name}' does not exist.`);
  const vpc = call.world.find(call.place, VPC.type, String(group.attrs["vpcId"]))!;
  if (args["publiclyAccessible"] === true && call.world.referrers(vpc, INTERNET_GATEWAY).length === 0) {
    const message =
      "Cannot create a publicly accessible DBInstance. The specified VPC has no internet gateway attached. Update the VPC and then try again";
    throw doing.error("InvalidVPCNetworkStateFault", message);
  }
  const groups = texts(call.args["vpcSecurityGroupIds"]).map((id) => {
    const found = groupOf(call.world, vpc, id);
    if (found) return found;
    throw doing.error("InvalidParameterValue", `Invalid security group , groupId= ${id}, groupName=.`);
  });
  if (groups.length === 0) groups.push(defaultGroup(call.world, vpc));
  const parameters = parametersOf(call, doing, args, engine);
  return { attrs: { vpcSecurityGroupIds: groups.map(({ id }) => id) }, uses: [group, ...groups, parameters] };
}

function parametersOf(call: Call, doing: Doing, args: Values, engine: Engine): CloudObject | undefined {
  const name = text(args["parameterGroupName"]);
  if (name === undefined || name.startsWith("default.")) return undefined;
  const found = call.world.find(call.place, PARAMETER_GROUP, name);
  if (!found) throw doing.error("DBParameterGroupNotFound", `DBParameterGroup not found: ${name}`);
  if (found.args["family"] === engine.family) return found;
  const message = `The parameter group ${name} with DBParameterGroupFamily ${String(found.args["family"])} can't be used for this instance. Please use a parameter group with DBParameterGroupFamily ${engine.family}`;
  throw doing.error("InvalidParameterCombination", message);
}

/** Source: Amazon RDS User Guide, Amazon RDS DB instance storage: 20 GiB to 64 TiB; gp3's own IOPS from 400 GiB on. */
function storable(args: Values, doing: Doing, engine: Engine): void {
  const [size, type] = [Number(args["allocatedStorage"] ?? 0), text(args["storageType"]) ?? "gp2"];
  if (size < 20 || size > 65536)
    throw doing.error(
      "InvalidParameterCombination",
      `Invalid storage size for engine name ${engine.name} and storage type ${type}: ${size}`,
    );
  const provisioned = args["iops"] !== undefined || args["storageThroughput"] !== undefined;
  if (type === "gp3" && provisioned && size < 400) {
    const message = `You can't specify IOPS or storage throughput for engine ${engine.name} and a storage size less than 400.`;
    throw doing.error("InvalidParameterCombination", message);
  }
  const most = Number(args["maxAllocatedStorage"] ?? 0);
  if (most > 0 && most <= size)
    throw doing.error("InvalidParameterCombination", "Max storage size must be greater than storage size");
}

function encrypted(call: Call, args: Values, doing: Doing): void {
  const keys = ["kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"];
  if (args["kmsKeyId"] !== undefined && args["storageEncrypted"] !== true)
    throw doing.error(
      "InvalidParameterCombination",
      "KmsKeyId can be specified for an encrypted instance only: set StorageEncrypted",
    );
  if (args["masterUserSecretKmsKeyId"] !== undefined && args["manageMasterUserPassword"] !== true)
    throw doing.error(
      "InvalidParameterCombination",
      "You can't specify MasterUserSecretKmsKeyId without ManageMasterUserPassword.",
    );
  for (const given of keys.flatMap((name) => text(args[name]) ?? [])) {
    const [, region, account, id] = /^arn:aws[\w-]*:kms:([a-z0-9-]+):(\d{12}):key\/(.+)$/.exec(given) ?? [];
    const ours = region === call.place.region && account === call.place.account;
    if (ours && !call.world.find(call.place, KEY, id!))
      throw doing.error(
        "KMSKeyNotAccessibleFault",
        `The specified KMS key [${given}] does not exist, is not enabled or you do not have permissions to access it.`,
      );
    if (region !== undefined && region !== call.place.region)
      throw doing.error(
        "KMSKeyNotAccessibleFault",
        `The specified KMS key [${given}] is not in the region of the instance.`,
      );
  }
}

/** Source: Amazon RDS API Reference, CreateDBInstance, MasterUserPassword; Password management with Secrets Manager. */
function login(args: Values, doing: Doing, engine: Engine, kept: boolean): void {
  const managed = args["manageMasterUserPassword"] === true;
  const given = text(args["password"]) ?? text(args["passwordWo"]);
  if (managed && given !== undefined)
    throw doing.error(
      "InvalidParameterCombination",
      "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
    );
  if (managed || (kept && given === undefined)) return;
  if (given === undefined)
    throw doing.error(
      "InvalidParameterValue",
      "The parameter MasterUserPassword must be provided and must not be blank.",
    );
  if (given.length < 8 || given.length > engine.longestPassword)
    throw doing.error(
      "InvalidParameterValue",
      `The parameter MasterUserPassword is not a valid password because it has not 8 to ${engine.longestPassword} characters.`,
    );
  if (!/^[\x21-\x7e]+$/.test(given) || /[/@"]/.test(given)) {
    const message = `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`;
    throw doing.error("InvalidParameterValue", message);
  }
}

/** What the cloud fills in. */
function identity(
  call: Call,
  resourceId: string,
  identifier: string,
  engine: Engine,
  args: Values,
  self?: CloudObject,
): Values {
  const { world, place } = call;
  const suffix = world.hash(`rds ${place.account} ${place.region}`).slice(0, 12);
  const address = `${identifier}.${suffix}.${place.region}.rds.amazonaws.com`;
  const port = Number(args["port"] ?? engine.port);
  const managed = args["manageMasterUserPassword"] === true;
  const secretArn = arn(
    "secretsmanager",
    place,
    `secret:rds!${resourceId.toLowerCase()}-${world.hash(resourceId).slice(0, 6)}`,
  );
  const kmsKeyId =
    text(args["masterUserSecretKmsKeyId"]) ??
    arn("kms", place, `key/${world.hash(`aws/secretsmanager ${place.account}`).slice(0, 8)}`);
  return {
    ...{ identifier, address, port, endpoint: `${address}:${port}`, resourceId, status: "available" },
    ...{ arn: arn("rds", place, `db:${identifier}`), engine: engine.name, engineVersionActual: engine.actual },
    engineVersion: text(args["engineVersion"]) ?? engine.actual,
    hostedZoneId: `Z${world.hash(`rds ${place.region}`).slice(0, 13).toUpperCase()}`,
    masterUserSecrets: managed ? [{ secretArn, kmsKeyId, secretStatus: "active" }] : [],
    ...{ latestRestorableTime: "", listenerEndpoints: [], replicas: [], upgradeRolloutOrder: "second" },
    username: text(args["username"]) ?? self?.attrs["username"],
    allocatedStorage: args["allocatedStorage"],
  };
}

/** Source: Amazon RDS API Reference, ModifyDBInstance. */
function changeable(call: Call, doing: Doing, db: CloudObject, changed: ReadonlySet<string>): void {
  const before = Number(db.args["allocatedStorage"] ?? 0);
  const after = Number(call.args["allocatedStorage"] ?? before);
  if (after < before)
    throw doing.error(
      "InvalidParameterCombination",
      `Requested allocated storage of ${after} GiB is less than the current ${before} GiB: storage cannot be decreased`,
    );
  const identifier = text(call.args["identifier"]);
  if (
    changed.has("identifier") &&
    call.world.byTerm(call.place, INSTANCE, identifier ?? "").some(({ id }) => id !== db.id)
  )
    throw doing.error("DBInstanceAlreadyExists", "DB instance already exists");
  if (!changed.has("engineVersion")) return;
  const major = (version: unknown): number => Number.parseFloat(text(version) ?? "0");
  const [old, next] = [major(db.attrs["engineVersion"]), major(call.args["engineVersion"])];
  if (Math.floor(next) < Math.floor(old))
    throw doing.error(
      "InvalidParameterCombination",
      `Cannot upgrade ${String(db.attrs["engine"])} from ${old} to ${next}`,
    );
  if (Math.floor(next) > Math.floor(old) && call.args["allowMajorVersionUpgrade"] !== true)
    throw doing.error(
      "InvalidParameterCombination",
      "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
    );
}

/** Leaves a last snapshot behind, unless told not to. Source: terraform-provider-aws internal/service/rds/instance.go, delete. */
function deleted(call: Call, db: CloudObject): void {
  const doing = new Doing(`deleting RDS DB Instance (${db.name})`, "RDS: DeleteDBInstance");
  const last = text(db.args["finalSnapshotIdentifier"]);
  const skip = db.args["skipFinalSnapshot"] === true;
  if (!skip && last === undefined)
    throw new CloudError(
      "invalid",
      "FinalSnapshot",
      "final_snapshot_identifier is required when skip_final_snapshot is false",
    );
  if (db.args["deletionProtection"] === true)
    throw doing.error(
      "InvalidParameterCombination",
      "Cannot delete protected DB Instance, please disable deletion protection and try again.",
    );
  if (skip) return;
  if (call.world.find(call.place, SNAPSHOT, last!))
    throw doing.error(
      "DBSnapshotAlreadyExists",
      `Cannot create the snapshot because a snapshot with the identifier ${last} already exists.`,
    );
  const { engine, engineVersion, username, allocatedStorage } = db.attrs;
  call.tx.put({
    ...{ cloud: db.cloud, account: db.account, region: db.region, type: SNAPSHOT, id: last!, name: last! },
    ...{ args: { engine, engineVersion, username, allocatedStorage }, attrs: {}, secrets: {}, uses: [], within: [] },
    implicit: true,
  });
}

export const DATABASE_HANDLERS: Record<string, Handler> = {
  [INSTANCE]: instance,
  [SUBNET_GROUP]: subnetGroup,
  [PARAMETER_GROUP]: parameterGroup,
};
