import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketCorsConfiguration } from "@pulumi/aws/s3/bucketCorsConfiguration.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketReplicationConfig } from "@pulumi/aws/s3/bucketReplicationConfig.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import type * as pulumi from "@pulumi/pulumi";
import { policyDocument, type PolicyStatement } from "../../plan/policyDocument.ts";
import { keyPolicy, replicationPolicy, tlsOnly } from "../../plan/selfHosted/policies.ts";
import { serviceTrust } from "../../plan/serviceTrust.ts";
import type { Scope } from "./scope.ts";

/** A bucket and what its policy has to be there for. */
export interface Stored {
  readonly bucket: Bucket;
  readonly policy: BucketPolicy;
}

/** Key of everything the registry keeps. Losing it loses the packages, so it rotates and cannot be deleted at once. */
export function key({ plan, parent, tags }: Scope): Key {
  const { name, accountID, region, protect } = plan;
  const made = new Key(
    name,
    {
      description: `Data of the registry ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: keyPolicy(accountID, region),
      tags: tags(name),
    },
    { parent, protect: protect.data },
  );
  new Alias(name, { name: `alias/${name}`, targetKeyId: made.keyId }, { parent });
  return made;
}

/** Packages: versioned, encrypted with the key, never public, over TLS 1.2 and later alone. */
export function packages(scope: Scope, bucketName: string, encryptedBy: Key): Stored {
  const { plan, parent } = scope;
  const name = `${plan.name}-data`;
  const stored = closedBucket(scope, name, bucketName, [], {
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: encryptedBy.arn },
    bucketKeyEnabled: true,
  });
  const { bucket } = stored;
  const versioning = new BucketVersioning(
    name,
    { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
    { parent },
  );
  const rules = [
    { id: "uploads", status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
    {
      id: "versions",
      status: "Enabled",
      filter: {},
      noncurrentVersionExpiration: { noncurrentDays: 90, newerNoncurrentVersions: 3 },
    },
  ];
  new BucketLifecycleConfiguration(name, { bucket: bucket.id, rules }, { parent, dependsOn: [versioning] });
  if (plan.app.kind === "quilt") {
    const allowedOrigins = plan.seedCompatible ? ["*"] : [`https://${plan.app.catalogHost}`];
    const rule = { allowedHeaders: ["Authorization"], allowedMethods: ["GET"], allowedOrigins, maxAgeSeconds: 3000 };
    new BucketCorsConfiguration(name, { bucket: bucket.id, corsRules: [rule] }, { parent });
  }
  replicate(scope, name, bucket, encryptedBy, versioning);
  return stored;
}

/** Access logs of the load balancer, which can write to S3's own encryption only. Source: Elastic Load Balancing, "Enable access logs". */
export function accessLogs(scope: Scope): Stored {
  const { plan, parent } = scope;
  const name = `${plan.name}-logs`;
  const deliver: PolicyStatement = {
    Effect: "Allow",
    Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: `arn:aws:s3:::${plan.logBucket}/AWSLogs/${plan.accountID}/*`,
    Condition: { StringEquals: { "aws:SourceAccount": plan.accountID } },
  };
  const encryption = { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
  const stored = closedBucket(scope, name, plan.logBucket, [deliver], encryption);
  const rules = [{ id: "age", status: "Enabled", filter: {}, expiration: { days: plan.logRetentionDays } }];
  new BucketLifecycleConfiguration(name, { bucket: stored.bucket.id, rules }, { parent });
  return stored;
}

type EncryptionRule = {
  applyServerSideEncryptionByDefault: { sseAlgorithm: string; kmsMasterKeyId?: pulumi.Input<string> };
};

function closedBucket(
  { plan, parent, tags }: Scope,
  name: string,
  bucketName: string,
  statements: readonly PolicyStatement[],
  encryption: EncryptionRule & { bucketKeyEnabled?: boolean },
): Stored {
  const bucket = new Bucket(name, { bucket: bucketName, tags: tags(name) }, { parent, protect: plan.protect.data });
  const closed = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  };
  const block = new BucketPublicAccessBlock(name, { bucket: bucket.id, ...closed }, { parent });
  new BucketOwnershipControls(
    name,
    { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
    { parent },
  );
  new BucketServerSideEncryptionConfiguration(name, { bucket: bucket.id, rules: [encryption] }, { parent });
  const document = policyDocument([...tlsOnly(bucketName), ...statements]);
  const policy = new BucketPolicy(name, { bucket: bucket.id, policy: document }, { parent, dependsOn: [block] });
  return { bucket, policy };
}

function replicate(scope: Scope, name: string, bucket: Bucket, encryptedBy: Key, versioning: BucketVersioning): void {
  const { plan, parent, tags } = scope;
  if (plan.replication === undefined) return;
  const { bucketArn, kmsKeyArn } = plan.replication;
  const visible = `${plan.name}-replication`;
  const assumeRolePolicy = serviceTrust("s3.amazonaws.com", plan.accountID);
  const role = new Role(visible, { name: visible, assumeRolePolicy, tags: tags(visible) }, { parent });
  const policy = encryptedBy.arn.apply((arn) =>
    replicationPolicy(plan.dataBucket!, arn, plan.region, plan.replication!),
  );
  const allowed = new RolePolicy(visible, { name: "replicate", role: role.name, policy }, { parent });
  const rule = {
    id: "all",
    status: "Enabled",
    priority: 1,
    filter: {},
    // A deletion by mistake is not copied.
    deleteMarkerReplication: { status: "Disabled" },
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
    destination: { bucket: bucketArn, encryptionConfiguration: { replicaKmsKeyId: kmsKeyArn } },
  };
  new BucketReplicationConfig(
    name,
    { bucket: bucket.id, role: role.arn, rules: [rule] },
    { parent, dependsOn: [versioning, allowed] },
  );
}
