import { Plan as BackupPlan } from "@pulumi/aws/backup/plan.js";
import { Selection } from "@pulumi/aws/backup/selection.js";
import { Vault } from "@pulumi/aws/backup/vault.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import type { Key } from "@pulumi/aws/kms/key.js";
import { Instance } from "@pulumi/aws/rds/instance.js";
import { ParameterGroup } from "@pulumi/aws/rds/parameterGroup.js";
import { SubnetGroup } from "@pulumi/aws/rds/subnetGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { QuiltApp } from "../../plan/selfHosted/customer.ts";
import type { DatabasePlan } from "../../plan/selfHosted/plan.ts";
import { serviceTrust } from "../../plan/serviceTrust.ts";
import type { Groups } from "./groups.ts";
import type { RegistryNetwork } from "./network.ts";
import type { Scope } from "./scope.ts";

/** The registry's database: in two zones, encrypted, backed up, by TLS alone, with a password nobody here ever sees. */
export function database(
  scope: Scope,
  app: QuiltApp,
  planned: DatabasePlan,
  { subnetIds }: RegistryNetwork,
  { db }: Groups,
  key: Key,
): Instance {
  const { plan, parent, tags } = scope;
  const { name, protect } = plan;
  const subnets = new SubnetGroup(name, { name, subnetIds: [...subnetIds("db")], tags: tags(name) }, { parent });
  const parameters = new ParameterGroup(
    name,
    { name, family: "postgres16", parameters: [{ name: "rds.force_ssl", value: "1" }], tags: tags(name) },
    { parent },
  );
  return new Instance(
    name,
    {
      identifier: name,
      engine: "postgres",
      engineVersion: "16",
      instanceClass: app.dbInstanceClass,
      allocatedStorage: planned.allocatedStorage,
      maxAllocatedStorage: planned.maxAllocatedStorage,
      storageType: "gp3",
      storageEncrypted: true,
      kmsKeyId: key.arn,
      multiAz: true,
      ...origin(app, planned, key),
      dbSubnetGroupName: subnets.name,
      parameterGroupName: parameters.name,
      vpcSecurityGroupIds: [db!.id],
      publiclyAccessible: false,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      backupRetentionPeriod: 14,
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: lastSnapshot(name, key),
      deletionProtection: protect.data,
      enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: key.arn,
      tags: tags(name),
    },
    {
      parent,
      protect: protect.data,
      // What it was made from counts once: a snapshot that is named later, or no longer, replaces nothing, and neither do
      // the name and the user that it brought along.
      ignoreChanges: ["snapshotIdentifier", "restoreToPointInTime", "dbName", "username"],
      customTimeouts: { create: "60m", update: "80m", delete: "60m" },
    },
  );
}

/**
 * Name of the snapshot that a deleted database leaves. A second one under the same name would keep the next database of
 * that name from its deletion, so the key's id is part of it: a database lives and dies with its key, as another key
 * replaces it. Read at the deletion alone, so that a change of it costs nothing. Source: Amazon RDS API Reference,
 * DeleteDBInstance, FinalDBSnapshotIdentifier; AWS KMS Developer Guide, "Key identifiers", key ids are UUIDs.
 */
const lastSnapshot = (name: string, key: Key): pulumi.Output<string> =>
  key.keyId.apply((id) => `${name}-final-${id.slice(0, 8)}`);

/** A new database, or one from a backup, which brings its name and user along. */
function origin({ restore, dbCredentials }: QuiltApp, { dbName, username }: DatabasePlan, key: Key) {
  const login =
    dbCredentials.mode === "static" ? {} : { manageMasterUserPassword: true, masterUserSecretKmsKeyId: key.keyId };
  if (restore === undefined) return { dbName, username, ...login };
  if (restore.kind === "snapshot") return { snapshotIdentifier: restore.snapshotIdentifier, ...login };
  const { sourceInstance: sourceDbInstanceIdentifier, time } = restore;
  const when = time === undefined ? { useLatestRestorableTime: true } : { restoreTime: time };
  return { restoreToPointInTime: { sourceDbInstanceIdentifier, ...when }, ...login };
}

/** ARN of the secret with the database's user and password. */
export function databaseSecretArn({ dbCredentials }: QuiltApp, instance: Instance): pulumi.Output<string> {
  if (dbCredentials.mode === "static") return pulumi.output(dbCredentials.secretArn);
  return instance.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn ?? "");
}

/**
 * AWS Backup beside the database's own backups: daily, 35 days, copied to where the customer says. The vault goes only when
 * nothing is in it: AWS deletes none that holds backups, and they are not deleted here.
 */
export function backups({ plan, parent, tags }: Scope, instance: Instance, key: Key): void {
  if (plan.backup === undefined) return;
  const name = `${plan.name}-backup`;
  const vault = new Vault(
    name,
    { name, kmsKeyArn: key.arn, tags: tags(name) },
    { parent, protect: plan.protect.backup },
  );
  const to = plan.backup.copyToVaultArn;
  const lifecycle = { deleteAfter: 35 };
  const rule = {
    ruleName: "daily",
    targetVaultName: vault.name,
    schedule: "cron(0 5 ? * * *)",
    lifecycle,
    ...(to === undefined ? {} : { copyActions: [{ destinationVaultArn: to, lifecycle }] }),
  };
  const backup = new BackupPlan(name, { name, rules: [rule], tags: tags(name) }, { parent });
  const assumeRolePolicy = serviceTrust("backup.amazonaws.com", plan.accountID);
  const role = new Role(name, { name, assumeRolePolicy, tags: tags(name) }, { parent });
  const policyArn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup";
  const allowed = new RolePolicyAttachment(name, { role: role.name, policyArn }, { parent });
  new Selection(
    name,
    { planId: backup.id, name: plan.name, iamRoleArn: role.arn, resources: [instance.arn] },
    { parent, dependsOn: [allowed] },
  );
}
