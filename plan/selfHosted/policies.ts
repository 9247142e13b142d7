import { policyDocument, type PolicyStatement } from "../policyDocument.ts";
import { ecrHosts, imagesOf } from "./bootstrap/cloudInit.ts";
import type { SelfHostedPlan } from "./plan.ts";

/** IAM policies of a self-hosted registry: each names what it is for, and nothing else. */

const allow = (Action: string | readonly string[], Resource: string | readonly string[]): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
});

/**
 * The account manages the key by its own policies, and CloudWatch Logs uses it for this account's groups.
 * Source: AWS KMS Developer Guide, "Default key policy"; CloudWatch Logs User Guide, "Encrypt log data".
 */
export const keyPolicy = (accountID: string, region: string): string =>
  policyDocument([
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountID}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      Resource: "*",
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${accountID}:log-group:*` },
      },
    },
    ...autoScalingStatements(accountID),
  ]);

/**
 * Auto Scaling starts machines with encrypted volumes by its service-linked role, which has no rights to keys of its own.
 * Named by condition: a principal that does not exist yet would make the policy invalid.
 * Source: Amazon EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes".
 */
function autoScalingStatements(accountID: string): readonly PolicyStatement[] {
  const role = `arn:aws:iam::${accountID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  const common = { Effect: "Allow", Principal: { AWS: "*" }, Resource: "*" } as const;
  return [
    {
      ...common,
      Sid: "Volumes",
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      Condition: { StringEquals: { "aws:PrincipalArn": role } },
    },
    {
      ...common,
      Sid: "Attachment",
      Action: "kms:CreateGrant",
      Condition: { StringEquals: { "aws:PrincipalArn": role }, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** Refuses whoever comes without TLS, or with one older than 1.2. Source: Amazon S3 User Guide, security best practices. */
export function tlsOnly(bucket: string): readonly PolicyStatement[] {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const deny = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource } as const;
  return [
    { ...deny, Sid: "Tls", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { ...deny, Sid: "Tls12", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
  ];
}

/** What is read and written encrypted needs the key. Source: Amazon S3 User Guide, Using server-side encryption with KMS keys. */
const throughKey = (keyArn: string): PolicyStatement => allow(["kms:GenerateDataKey", "kms:Decrypt"], keyArn);

/**
 * What whoever signs URLs may do with packages. `s3:HeadObject` is an action of the published template and none of IAM's:
 * GetObject covers it. Source: Service Authorization Reference, Amazon S3.
 */
export function packageStatements(bucket: string, keyArn: string, seedCompatible: boolean): readonly PolicyStatement[] {
  const objects = ["s3:DeleteObject", "s3:GetObject", ...(seedCompatible ? ["s3:HeadObject"] : []), "s3:PutObject"];
  return [
    allow(objects, `arn:aws:s3:::${bucket}/*`),
    allow("s3:ListBucket", `arn:aws:s3:::${bucket}`),
    throughKey(keyArn),
  ];
}

/** ARNs the instance's role is written with. */
export interface RoleArns {
  readonly key: string;
  readonly logGroup: string;
  /** Of secrets the instance reads. */
  readonly secrets: readonly string[];
  /** Of the secret whose value the instance makes itself. */
  readonly signing?: string;
}

/** Keys of other secrets are the customer's: a secret of theirs may be encrypted with one, which its own policy allows. */
const throughSecrets = ({ accountID, region }: SelfHostedPlan): PolicyStatement => ({
  ...allow("kms:Decrypt", `arn:aws:kms:${region}:${accountID}:key/*`),
  Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },
});

/** What the instance does besides what Session Manager's own policy allows. */
export function instancePolicy(plan: SelfHostedPlan, arns: RoleArns): string {
  const { app, dataBucket, seedCompatible } = plan;
  const signs = app.kind === "generic" || app.s3Identity.kind !== "iam-user";
  const fromEcr = ecrHosts(imagesOf(plan)).length > 0;
  const layers = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
  return policyDocument([
    ...(arns.secrets.length === 0
      ? []
      : [
          allow(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], arns.secrets),
          throughSecrets(plan),
        ]),
    ...(arns.signing === undefined ? [] : [allow("secretsmanager:PutSecretValue", arns.signing)]),
    allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], `${arns.logGroup}:*`),
    // the CloudWatch agent reads its group's name from the instance's tags, and the alarms go by that
    allow("ec2:DescribeTags", "*"),
    {
      ...allow("cloudwatch:PutMetricData", "*"),
      Condition: { StringEquals: { "cloudwatch:namespace": ["Causeway/SelfHosted", "CWAgent"] } },
    },
    ...(fromEcr ? [allow("ecr:GetAuthorizationToken", "*"), allow(layers, ecrRepositories(plan))] : []),
    ...(dataBucket !== undefined && signs
      ? packageStatements(dataBucket, arns.key, seedCompatible)
      : [throughKey(arns.key)]),
  ]);
}

/** Repositories of the images, by ARN. Source: Service Authorization Reference, Amazon Elastic Container Registry. */
function ecrRepositories(plan: SelfHostedPlan): readonly string[] {
  return imagesOf(plan).flatMap((image) => {
    const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^@]+)@/.exec(image);
    return found === null ? [] : [`arn:aws:ecr:${found[2]}:${found[1]}:repository/${found[3]}`];
  });
}

/** Source: Amazon S3 User Guide, "Setting up permissions for live replication", with encrypted objects. */
export function replicationPolicy(
  bucket: string,
  keyArn: string,
  region: string,
  { bucketArn, kmsKeyArn }: { readonly bucketArn: string; readonly kmsKeyArn: string },
): string {
  const there = kmsKeyArn.split(":")[3]!;
  const through = (where: string) => ({ StringLike: { "kms:ViaService": `s3.${where}.amazonaws.com` } });
  return policyDocument([
    allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], `arn:aws:s3:::${bucket}`),
    allow(
      ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
      `arn:aws:s3:::${bucket}/*`,
    ),
    allow(["s3:ReplicateObject", "s3:ReplicateTags"], `${bucketArn}/*`),
    { ...allow("kms:Decrypt", keyArn), Condition: through(region) },
    { ...allow("kms:Encrypt", kmsKeyArn), Condition: through(there) },
  ]);
}
