/** A CodeArtifact registry with what stands around it, made through the protocol alone. */
import type { Values } from "../../sandbox/values.ts";
import type { Resource } from "./client.ts";
import { ACCOUNT } from "./estate.ts";

export const DOMAIN = "aws:codeartifact/domain:Domain";
export const REPOSITORY = "aws:codeartifact/repository:Repository";
export const DOMAIN_POLICY = "aws:codeartifact/domainPermissions:DomainPermissions";
export const REPOSITORY_POLICY = "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy";
export const GROUP = "aws:cloudcontrol/resource:Resource";
export const KEY = "aws:kms/key:Key";
export const ALIAS = "aws:kms/alias:Alias";
export const BUCKET = "aws:s3/bucket:Bucket";
export const ROLE = "aws:iam/role:Role";
export const SECRET = "aws:secretsmanager/secret:Secret";
export const SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
export const TOPIC = "aws:sns/topic:Topic";
export const QUEUE = "aws:sqs/queue:Queue";
export const EVENT_RULE = "aws:cloudwatch/eventRule:EventRule";
export const EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget";
export const FUNCTION = "aws:lambda/function:Function";
export const TRAIL = "aws:cloudtrail/trail:Trail";
export const s3 = (name: string): string => `aws:s3/bucket${name}:Bucket${name}`;

export type Make = (type: string, args: Values) => Promise<Resource>;

export const policy = (...statements: Values[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

export const statement = (principal: unknown, action: unknown, resource: unknown = "*", more: Values = {}): Values => ({
  ...{ Effect: "Allow", Principal: principal, Action: action, Resource: resource },
  ...more,
});

/** A role that one service may assume. */
export const roleFor = (service: string, name = service.split(".")[0]!): Values => ({
  name,
  assumeRolePolicy: policy({
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Principal: { Service: `${service}.amazonaws.com` },
  }),
});

/** A zip made of one file, as an engine sends it. */
export const archive = (text: string): Values => ({
  "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
  assets: { "index.mjs": { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", text } },
});

export const code = (role: Resource): Values => ({
  ...{ name: "retention", role: role.state["arn"], runtime: "nodejs22.x", handler: "index.handler" },
  code: archive("export const handler = () => 1;"),
});

/** What CloudTrail has to be let do with its bucket. */
export const trailBucketPolicy = (bucketArn: unknown): string => {
  const service = { Service: "cloudtrail.amazonaws.com" };
  const full = { Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control" } } };
  return policy(
    statement(service, "s3:GetBucketAcl", bucketArn),
    statement(service, "s3:PutObject", `${String(bucketArn)}/AWSLogs/${ACCOUNT}/*`, full),
  );
};

/** One of every type around a CodeArtifact registry. */
export async function makeCodeArtifact(make: Make): Promise<void> {
  const key = await make(KEY, { description: "packages", enableKeyRotation: true });
  await make(ALIAS, { name: "alias/codeartifact/acme-prod", targetKeyId: key.id });
  const domain = await make(DOMAIN, { domain: "acme-prod", encryptionKey: key.state["arn"] });
  const owner = { domain: "acme-prod", domainOwner: domain.state["owner"] };
  await make(DOMAIN_POLICY, { ...owner, policyDocument: policy(statement("*", "codeartifact:GetAuthorizationToken")) });
  const store = { repository: "npm-store", externalConnections: { externalConnectionName: "public:npmjs" } };
  await make(REPOSITORY, { ...owner, ...store });
  const shared = { repository: "shared", upstreams: [{ repositoryName: "npm-store" }] };
  await make(REPOSITORY, { ...owner, ...shared });
  const reading = policy(statement({ AWS: `arn:aws:iam::${ACCOUNT}:root` }, "codeartifact:ReadFromRepository"));
  await make(REPOSITORY_POLICY, { ...owner, repository: "shared", policyDocument: reading });
  const state = { DomainName: "acme-prod", Pattern: "/npm/acme/*", Description: "ours" };
  await make(GROUP, { typeName: "AWS::CodeArtifact::PackageGroup", desiredState: JSON.stringify(state) });
  await makePeople(make);
  const { queue, topic } = await makeChannels(make);
  await makeEvents(make, queue, topic);
  await makeBuckets(make);
}

async function makePeople(make: Make): Promise<void> {
  const scheduler = await make(ROLE, roleFor("scheduler"));
  const lambda = await make(ROLE, roleFor("lambda"));
  const policyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  await make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", { role: lambda.id, policyArn });
  await make("aws:iam/instanceProfile:InstanceProfile", { name: "registry", role: lambda.id });
  const user = await make("aws:iam/user:User", { name: "smtp" });
  const sending = policy({ Effect: "Allow", Action: "ses:SendRawEmail", Resource: "*" });
  await make("aws:iam/userPolicy:UserPolicy", { name: "send", user: user.id, policy: sending });
  await make("aws:iam/accessKey:AccessKey", { user: user.id });
  const secret = await make(SECRET, { name: "registry/smtp", recoveryWindowInDays: 0 });
  await make(SECRET_VERSION, { secretId: secret.id, secretString: "correct-horse" });
  const made = await make(FUNCTION, code(lambda));
  const invoke = { function: made.id, action: "lambda:InvokeFunction", principal: "events.amazonaws.com" };
  await make("aws:lambda/permission:Permission", invoke);
  const target = { arn: made.state["arn"], roleArn: scheduler.state["arn"] };
  const schedule = {
    name: "retention",
    scheduleExpression: "rate(1 day)",
    flexibleTimeWindow: { mode: "OFF" },
    target,
  };
  await make("aws:scheduler/schedule:Schedule", schedule);
}

async function makeChannels(make: Make): Promise<{ queue: Resource; topic: Resource }> {
  const queue = await make(QUEUE, { name: "packages" });
  const events = { Service: "events.amazonaws.com" };
  const sending = policy(statement(events, "sqs:SendMessage", queue.state["arn"]));
  await make("aws:sqs/queuePolicy:QueuePolicy", { queueUrl: queue.id, policy: sending });
  const topic = await make(TOPIC, { name: "packages" });
  const publishing = policy(statement(events, "sns:Publish", topic.id));
  await make("aws:sns/topicPolicy:TopicPolicy", { arn: topic.id, policy: publishing });
  const mail = { topic: topic.id, protocol: "email", endpoint: "platform@example.com" };
  await make("aws:sns/topicSubscription:TopicSubscription", mail);
  return { queue, topic };
}

async function makeEvents(make: Make, queue: Resource, topic: Resource): Promise<void> {
  const pattern = { source: ["aws.codeartifact"], detail: { domainName: ["acme-prod"] } };
  const rule = await make(EVENT_RULE, { name: "packages", eventPattern: JSON.stringify(pattern) });
  const dead = { deadLetterConfig: { arn: queue.state["arn"] } };
  await make(EVENT_TARGET, { rule: rule.id, targetId: "topic", arn: topic.id, ...dead });
  const group = await make("aws:cloudwatch/logGroup:LogGroup", { name: "/aws/events/packages" });
  const writing = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const document = policy(statement({ Service: "events.amazonaws.com" }, writing, `${String(group.state["arn"])}:*`));
  await make("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", { policyName: "events", policyDocument: document });
  const metricTransformation = { name: "Denied", namespace: "Registry", value: "1" };
  const filter = { name: "denied", logGroupName: group.id, pattern: '{ $.errorCode = "AccessDenied*" }' };
  await make("aws:cloudwatch/logMetricFilter:LogMetricFilter", { ...filter, metricTransformation });
  const metric = { metricName: "Denied", namespace: "Registry", period: 300, statistic: "Sum", evaluationPeriods: 1 };
  const over = { threshold: 1, comparisonOperator: "GreaterThanOrEqualToThreshold", alarmActions: [topic.id] };
  await make("aws:cloudwatch/metricAlarm:MetricAlarm", { name: "denied", ...metric, ...over });
}

async function makeBuckets(make: Make): Promise<void> {
  const role = await make(ROLE, roleFor("s3"));
  const [source, copy] = [
    await make(BUCKET, { bucket: "acme-packages" }),
    await make(BUCKET, { bucket: "acme-copies" }),
  ];
  for (const bucket of [source.id, copy.id])
    await make(s3("Versioning"), { bucket, versioningConfiguration: { status: "Enabled" } });
  const bucket = source.id;
  await make(s3("CorsConfiguration"), { bucket, corsRules: [{ allowedMethods: ["GET"], allowedOrigins: ["*"] }] });
  const expiry = { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 90 } };
  await make(s3("LifecycleConfiguration"), { bucket, rules: [expiry] });
  const block = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
  await make(s3("PublicAccessBlock"), { bucket, ...block });
  await make(s3("Policy"), { bucket, policy: trailBucketPolicy(source.state["arn"]) });
  await make(s3("OwnershipControls"), { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
  const encrypted = { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true };
  await make(s3("ServerSideEncryptionConfiguration"), { bucket, rules: [encrypted] });
  const to = { status: "Enabled", destination: { bucket: copy.state["arn"] } };
  await make(s3("ReplicationConfig"), { bucket, role: role.state["arn"], rules: [{ id: "all", ...to }] });
  await make(TRAIL, { name: "audit", s3BucketName: bucket });
}
