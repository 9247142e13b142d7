/** What a registry that is run here may do, and who may touch what it keeps. */
import type { SelfHosted } from "../../plan/selfHosted/customer.ts";
import { directly, refuses } from "../../sandbox/aws/federation.ts";
import { admits, trusts, type Context } from "../../sandbox/aws/iamPolicy.ts";
import { isRecord, list, text } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import type { Request } from "./rights.ts";
import { each, mayDo } from "./rightsCodeArtifact.ts";

const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

/** Parts of a registry that policies are about. */
interface Parts {
  readonly registry: SelfHosted;
  readonly world: World;
  readonly all: (type: string) => readonly CloudObject[];
  /** ARN of the key of its data. */
  readonly key: string;
  /** Name of the bucket of its data. */
  readonly bucket: string;
}

export function selfHostedRights({ world, ours }: Aftermath, registry: SelfHosted): readonly Request[] {
  const mine = ours.filter(({ account, outside }) => account === registry.accountID && outside !== true);
  const all = (type: string): readonly CloudObject[] => mine.filter((one) => one.type === type);
  const [key] = all("aws:kms/key:Key");
  const bucket = registry.app.kind === "quilt" ? registry.app.packageBucketName : "";
  const parts: Parts = { registry, world, all, key: String(key?.attrs["arn"]), bucket };
  return [
    ...ofInstance(parts),
    ...ofServices(parts),
    ...onKey(parts, key),
    ...onBuckets(parts),
    ...onEndpoint(ours, parts),
  ];
}

const roleNamed = ({ all }: Parts, name: unknown): CloudObject | undefined =>
  all("aws:iam/role:Role").find((role) => role.name === name);

const attached = (world: World, role: CloudObject | undefined, policy: string): boolean =>
  role !== undefined &&
  world.referrers(role, ATTACHMENT).some(({ args }) => args["policyArn"] === `arn:aws:iam::aws:policy/${policy}`);

/** Whether a service takes a role for this account, and whether it would for another. */
const takenBy = (role: CloudObject | undefined, service: string, account: string): boolean =>
  role !== undefined && trusts(String(role.args["assumeRolePolicy"]), service, { "aws:SourceAccount": account });

function ofInstance(parts: Parts): Request[] {
  const { world, all, registry, key, bucket } = parts;
  const [template] = all("aws:ec2/launchTemplate:LaunchTemplate");
  const given = isRecord(template?.args["iamInstanceProfile"]) ? template.args["iamInstanceProfile"] : {};
  const profile = all("aws:iam/instanceProfile:InstanceProfile").find(({ attrs }) => attrs["arn"] === given["arn"]);
  const role = roleNamed(parts, profile?.args["role"]);
  const does = mayDo(world, role);
  const one = (action: string, on: string, context: Context = {}) =>
    [`${action} on ${on}`, does(action, on, context)] as const;
  const secret = (name: string): string =>
    `arn:aws:secretsmanager:${registry.region}:${registry.accountID}:secret:${name}`;
  const [signing] = all("aws:secretsmanager/secret:Secret");
  const secrets = [...secretsOf(parts), ...(signing === undefined ? [] : [signing.id])];
  const group = all("aws:cloudwatch/logGroup:LogGroup").find(({ name }) => name!.startsWith("/causeway/registries/"));
  const logs = `arn:aws:logs:${registry.region}:${registry.accountID}:log-group:${group?.name}:log-stream:x`;
  const measured = (namespace: string) => one("cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": namespace });
  const image = (name: string): string => `arn:aws:ecr:${registry.region}:${registry.accountID}:repository/${name}`;
  const layers = ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"].map(
    (name) => `ecr:${name}`,
  );
  const through = { "kms:ViaService": `secretsmanager.${registry.region}.amazonaws.com` };
  const otherKey = key.replace(/[^/]+$/, "00000000-0000-0000-0000-000000000000");
  const objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
  return [
    ...each(true, "the instance", [
      ["takes its role", role !== undefined && trusts(String(role.args["assumeRolePolicy"]), "ec2.amazonaws.com")],
      ["opens sessions", attached(world, role, "AmazonSSMManagedInstanceCore")],
      ...secrets.flatMap((arn) => [
        one("secretsmanager:GetSecretValue", arn),
        one("secretsmanager:DescribeSecret", arn),
      ]),
      one("secretsmanager:PutSecretValue", signing?.id ?? ""),
      one("kms:Decrypt", otherKey, through),
      one("kms:Decrypt", key),
      one("kms:GenerateDataKey", key),
      ...["CreateLogStream", "PutLogEvents", "DescribeLogStreams"].map((name) => one(`logs:${name}`, logs)),
      one("ec2:DescribeTags", "*"),
      measured("CWAgent"),
      measured("Causeway/SelfHosted"),
      one("ecr:GetAuthorizationToken", "*"),
      ...["registry", "nginx", "catalog"].flatMap((name) => layers.map((action) => one(action, image(name)))),
      ...objects.map((action) => one(action, `arn:aws:s3:::${bucket}/x`)),
      one("s3:ListBucket", `arn:aws:s3:::${bucket}`),
    ]),
    ...each(false, "the instance", [
      one("secretsmanager:GetSecretValue", secret("other-AbCdEf")),
      ...secretsOf(parts).map((arn) => one("secretsmanager:PutSecretValue", arn)),
      one("kms:Decrypt", otherKey),
      one("kms:Decrypt", otherKey.replace(registry.accountID, "000000000000"), through),
      one("kms:Decrypt", otherKey, { "kms:ViaService": "s3.us-east-1.amazonaws.com" }),
      measured("AWS/EC2"),
      ...layers.map((action) => one(action, image("other"))),
      ...objects.map((action) => one(action, "arn:aws:s3:::other/x")),
      one("s3:DeleteBucket", `arn:aws:s3:::${bucket}`),
      one("logs:PutLogEvents", logs.replace("/causeway/", "/other/")),
      one("iam:PassRole", "*"),
    ]),
  ];
}

/** Secrets that are the customer's or AWS's: the instance reads them. */
function secretsOf({ registry, all }: Parts): string[] {
  const [database] = all("aws:rds/instance:Instance");
  const [made] = list(database?.attrs["masterUserSecrets"]);
  const arn = isRecord(made) ? text(made["secretArn"]) : undefined;
  const mail = registry.app.kind === "quilt" ? [registry.app.smtp.credentialsSecretArn] : [];
  return [...mail, ...(arn === undefined ? [] : [arn])];
}

function ofServices(parts: Parts): Request[] {
  const { registry, world, all } = parts;
  const [selection] = all("aws:backup/selection:Selection");
  const [log] = all("aws:ec2/flowLog:FlowLog");
  const role = (arn: unknown) => roleNamed(parts, text(arn)?.split("/").at(-1));
  const [backup, flow] = [role(selection?.args["iamRoleArn"]), role(log?.args["iamRoleArn"])];
  const [mine, other] = [registry.accountID, "000000000000"];
  return [
    ...each(true, "services", [
      ["backups taken", takenBy(backup, "backup.amazonaws.com", mine)],
      ["backups allowed", attached(world, backup, "service-role/AWSBackupServiceRolePolicyForBackup")],
      ["flow logs written", takenBy(flow, "vpc-flow-logs.amazonaws.com", mine)],
    ]),
    ...each(false, "services", [
      ["backups for another account", takenBy(backup, "backup.amazonaws.com", other)],
      ["flow logs of another account", takenBy(flow, "vpc-flow-logs.amazonaws.com", other)],
    ]),
  ];
}

/** Sources: CloudWatch Logs User Guide, Encrypt log data; EC2 Auto Scaling User Guide, Required AWS KMS key policy. */
function onKey({ registry }: Parts, key: CloudObject | undefined): Request[] {
  const { accountID, region } = registry;
  const policy = text(key?.args["policy"]) ?? "{}";
  const scaling = `arn:aws:iam::${accountID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
  const stranger = "arn:aws:iam::000000000000:role/stranger";
  const by = (arn: string, action: string, context: Context = {}) =>
    [`${arn} ${action}`, admits(policy, { arn }, action, "*", { "aws:PrincipalArn": arn, ...context })] as const;
  const itself = (arn: string, action: string, context: Context = {}) =>
    [
      `${arn} ${action} by the key alone`,
      admits(directly(policy), { arn }, action, "*", { "aws:PrincipalArn": arn, ...context }),
    ] as const;
  const user = `arn:aws:iam::${accountID}:role/user`;
  const logs = (action: string, account: string) => {
    const context = { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:log-group:x` };
    return [
      `logs of ${account} ${action}`,
      admits(policy, { service: `logs.${region}.amazonaws.com` }, action, "*", context),
    ] as const;
  };
  const using = ["Encrypt", "Decrypt", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext", "DescribeKey"].map(
    (name) => `kms:${name}`,
  );
  const resource = { "kms:GrantIsForAWSResource": "true" };
  return [
    ...each(true, "key", [
      by(`arn:aws:iam::${accountID}:root`, "kms:Decrypt"),
      by(`arn:aws:iam::${accountID}:root`, "kms:PutKeyPolicy"),
      ...using.flatMap((action) => [logs(action, accountID), itself(scaling, action)]),
      itself(scaling, "kms:CreateGrant", resource),
    ]),
    ...each(false, "key", [
      ...using.map((action) => itself(user, action)),
      itself(user, "kms:CreateGrant", resource),
      itself(scaling, "kms:CreateGrant"),
      ...using.flatMap((action) => [logs(action, "000000000000"), by(stranger, action)]),
      by(stranger, "kms:CreateGrant", resource),
    ]),
  ];
}

/** Sources: Amazon S3 User Guide, Security best practices; Application Load Balancers, Enable access logs. */
function onBuckets({ registry, all }: Parts): Request[] {
  const { accountID } = registry;
  const [, ...rest] = all("aws:s3/bucketPolicy:BucketPolicy");
  const policies = all("aws:s3/bucketPolicy:BucketPolicy");
  const [balancer] = all("aws:lb/loadBalancer:LoadBalancer").filter(
    ({ args }) => args["loadBalancerType"] === "application",
  );
  const logs = isRecord(balancer?.args["accessLogs"]) ? balancer.args["accessLogs"] : {};
  const buckets = all("aws:s3/bucket:Bucket").map(({ args }) => String(args["bucket"]));
  const delivery = (bucket: string, account: string, prefix: string) => {
    const policy = policyOf(policies, bucket);
    const context = { "aws:SourceAccount": account, "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };
    const service = { service: "logdelivery.elasticloadbalancing.amazonaws.com" };
    return admits(policy, service, "s3:PutObject", `arn:aws:s3:::${bucket}/${prefix}`, context);
  };
  const to = String(logs["bucket"]);
  const refused = (bucket: string, what: string, context: Context): readonly [string, boolean][] =>
    [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/x`].map((arn) => [
      `${what} on ${arn}`,
      refuses(policyOf(policies, bucket), { arn: `arn:aws:iam::${accountID}:role/x` }, "s3:GetObject", arn, context),
    ]);
  const safe = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.2" };
  return [
    ...each(true, "buckets", [
      ["access logs are on", logs["enabled"] === true && buckets.includes(to) && rest.length > 0],
      ["access logs written", delivery(to, accountID, `AWSLogs/${accountID}/x`)],
      ...buckets.flatMap((bucket) =>
        refused(bucket, "refused without tls", { ...safe, "aws:SecureTransport": "false" }),
      ),
      ...buckets.flatMap((bucket) => refused(bucket, "refused with old tls", { ...safe, "s3:TlsVersion": "1.1" })),
    ]),
    ...each(false, "buckets", [
      ["access logs of another account", delivery(to, "000000000000", `AWSLogs/${accountID}/x`)],
      ["access logs elsewhere", delivery(to, accountID, "x")],
      ...buckets.flatMap((bucket) => refused(bucket, "refused with tls", safe)),
    ]),
  ];
}

const policyOf = (policies: readonly CloudObject[], bucket: string): string =>
  text(policies.find(({ args }) => args["bucket"] === bucket)?.args["policy"]) ?? "{}";

/** Our endpoint to S3 lets clients of the registry fetch and put what it signed, and nothing of other buckets. */
function onEndpoint(ours: readonly CloudObject[], { registry, bucket }: Parts): Request[] {
  const endpoint = ours.find(
    ({ account, args }) => account !== registry.accountID && String(args["serviceName"]).endsWith(".s3"),
  );
  const policy = text(endpoint?.args["policy"]) ?? "{}";
  const arn = `arn:aws:iam::${registry.accountID}:role/x`;
  const may = (action: string, on: string) => [`${action} on ${on}`, admits(policy, { arn }, action, on)] as const;
  const objects = ["s3:GetObject", "s3:PutObject"];
  return [
    ...each(
      true,
      "our endpoint",
      objects.map((action) => may(action, `arn:aws:s3:::${bucket}/objs/x`)),
    ),
    ...each(false, "our endpoint", [
      ...objects.map((action) => may(action, "arn:aws:s3:::other/objs/x")),
      may("s3:DeleteObject", `arn:aws:s3:::${bucket}/objs/x`),
    ]),
  ];
}
