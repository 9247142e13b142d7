/**
 * What the argument facts do not have: types that are not among them. By type: the file of the Terraform provider whose
 * schema says it, and its arguments, in the same words as the facts.
 */

interface Fact {
  readonly [key: string]: unknown;
  readonly arguments?: Readonly<Record<string, Fact>>;
}

export interface TypeFacts {
  readonly file: string;
  readonly arguments: Readonly<Record<string, Fact>>;
}

const HERE: Record<string, Fact> = { region: { computed: true, forceNew: "conditional" } };
const NEW: Fact = { forceNew: true };
const IN_PLACE: Fact = { forceNew: false };
const JSON_TEXT: Fact = { format: "JSON" };
const COMPUTED: Fact = { computed: true };
const OWN_NAME: Record<string, Fact> = {
  name: { computed: true, forceNew: true, conflictsWith: ["namePrefix"] },
  namePrefix: { computed: true, forceNew: true, conflictsWith: ["name"] },
};
const internal = (file: string, args: Readonly<Record<string, Fact>>): TypeFacts => ({
  file: `internal/service/${file}.go`,
  arguments: args,
});

/** Merged over the facts read elsewhere, argument by argument. */
export const AWS_FACTS: Readonly<Record<string, TypeFacts>> = {
  // Source: CodeArtifact User Guide, Upstream repository priority order.
  "aws:codeartifact/repository:Repository": internal("codeartifact/repository", { upstreams: { ordered: true } }),
  "aws:lb/listener:Listener": internal("elbv2/listener", { defaultActions: { ordered: true } }),
  "aws:autoscaling/group:Group": internal("autoscaling/group", { terminationPolicies: { ordered: true } }),
  "aws:ec2/vpcEndpointService:VpcEndpointService": internal("ec2/vpc_endpoint_service", { supportedRegions: IN_PLACE }),
  "aws:rds/instance:Instance": internal("rds/instance", {
    ...{
      passwordWo: IN_PLACE,
      passwordWoVersion: IN_PLACE,
      databaseInsightsMode: IN_PLACE,
      dedicatedLogVolume: IN_PLACE,
    },
  }),
  "aws:cloudcontrol/resource:Resource": internal("cloudcontrol/resource", {
    ...HERE,
    // Properties that the type's schema calls createOnly replace.
    desiredState: { ...JSON_TEXT, forceNew: "conditional" },
    schema: { computed: true, sensitive: true },
    typeName: { ...NEW, pattern: "^[0-9A-Za-z]{2,64}::[0-9A-Za-z]{2,64}::[0-9A-Za-z]{2,64}(::MODULE){0,1}$" },
  }),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": internal("iam/role_policy_attachment", {
    policyArn: NEW,
    role: NEW,
  }),
  "aws:iam/instanceProfile:InstanceProfile": internal("iam/instance_profile", {
    ...{ name: { ...OWN_NAME["name"], max: 128 }, namePrefix: OWN_NAME["namePrefix"]! },
    path: { forceNew: true, default: "/" },
  }),
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": internal("logs/resource_policy", {
    ...HERE,
    policyDocument: { ...JSON_TEXT, min: 1, max: 5120 },
    policyName: NEW,
    resourceArn: NEW,
  }),
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": internal("logs/metric_filter", {
    ...HERE,
    name: { forceNew: true, max: 512 },
    logGroupName: { forceNew: true, max: 512 },
    pattern: { max: 1024 },
    metricTransformation: {
      arguments: {
        ...{ name: { max: 255 }, namespace: { max: 255 }, value: { max: 100 } },
        unit: { default: "None" },
        dimensions: {},
      },
    },
  }),
  "aws:sns/topicPolicy:TopicPolicy": internal("sns/topic_policy", { ...HERE, arn: NEW, policy: JSON_TEXT }),
  "aws:sns/topicSubscription:TopicSubscription": internal("sns/topic_subscription", {
    ...HERE,
    confirmationTimeoutInMinutes: { default: 1 },
    deliveryPolicy: JSON_TEXT,
    endpoint: NEW,
    endpointAutoConfirms: { default: false },
    filterPolicy: JSON_TEXT,
    filterPolicyScope: { computed: true, enum: ["MessageAttributes", "MessageBody"] },
    protocol: {
      forceNew: true,
      enum: ["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"],
    },
    rawMessageDelivery: { default: false },
    redrivePolicy: JSON_TEXT,
    topic: NEW,
  }),
  "aws:sqs/queue:Queue": internal("sqs/queue", {
    ...HERE,
    contentBasedDeduplication: { default: false },
    deduplicationScope: { computed: true, enum: ["messageGroup", "queue"] },
    delaySeconds: { default: 0, min: 0, max: 900 },
    fifoQueue: { forceNew: true, default: false },
    fifoThroughputLimit: { computed: true, enum: ["perQueue", "perMessageGroupId"] },
    kmsDataKeyReusePeriodSeconds: { computed: true, min: 60, max: 86400 },
    kmsMasterKeyId: { conflictsWith: ["sqsManagedSseEnabled"] },
    // Source of the larger maximum: Amazon SQS Developer Guide, Message quotas: 1 MiB since August 2025.
    maxMessageSize: { default: 262144, min: 1024, max: 1048576 },
    messageRetentionSeconds: { default: 345600, min: 60, max: 1209600 },
    ...{ name: { ...OWN_NAME["name"], max: 80 }, namePrefix: OWN_NAME["namePrefix"]! },
    policy: { ...COMPUTED, ...JSON_TEXT },
    receiveWaitTimeSeconds: { default: 0, min: 0, max: 20 },
    redriveAllowPolicy: { ...COMPUTED, ...JSON_TEXT },
    redrivePolicy: { ...COMPUTED, ...JSON_TEXT },
    sqsManagedSseEnabled: { computed: true, conflictsWith: ["kmsMasterKeyId"] },
    visibilityTimeoutSeconds: { default: 30, min: 0, max: 43200 },
  }),
  "aws:sqs/queuePolicy:QueuePolicy": internal("sqs/queue_policy", { ...HERE, policy: JSON_TEXT, queueUrl: NEW }),
  "aws:lambda/function:Function": internal("lambda/function", {
    ...HERE,
    architectures: { computed: true, enum: ["x86_64", "arm64"] },
    codeSha256: COMPUTED,
    description: { max: 256 },
    ephemeralStorage: { computed: true, arguments: { size: { computed: true, min: 512, max: 10240 } } },
    handler: { max: 128 },
    loggingConfig: {
      computed: true,
      arguments: {
        applicationLogLevel: { enum: ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] },
        logFormat: { enum: ["JSON", "Text"] },
        logGroup: { computed: true },
        systemLogLevel: { enum: ["DEBUG", "INFO", "WARN"] },
      },
    },
    memorySize: { default: 128, min: 128, max: 10240 },
    name: { forceNew: true, max: 64 },
    packageType: { forceNew: true, default: "Zip", enum: ["Zip", "Image"] },
    publish: { default: false },
    reservedConcurrentExecutions: { default: -1, min: -1 },
    skipDestroy: { default: false },
    sourceCodeHash: COMPUTED,
    timeout: { default: 3, min: 1, max: 900 },
    tracingConfig: { computed: true, arguments: { mode: { enum: ["Active", "PassThrough"] } } },
    vpcConfig: { arguments: { vpcId: COMPUTED, ipv6AllowedForDualStack: { default: false } } },
  }),
  "aws:lambda/permission:Permission": internal("lambda/permission", {
    ...HERE,
    action: { ...NEW, pattern: "^(lambda:[*]|lambda:[A-Za-z]+|[*])$" },
    ...Object.fromEntries(
      ["eventSourceToken", "function", "functionUrlAuthType", "principal", "principalOrgId", "qualifier"].map(
        (name): [string, Fact] => [name, NEW],
      ),
    ),
    ...{ invokedViaFunctionUrl: NEW, sourceArn: NEW },
    sourceAccount: { ...NEW, pattern: "^\\d{12}$" },
    statementId: { computed: true, forceNew: true, max: 100, conflictsWith: ["statementIdPrefix"] },
    statementIdPrefix: { computed: true, forceNew: true, max: 74, conflictsWith: ["statementId"] },
  }),
  "aws:scheduler/schedule:Schedule": internal("scheduler/schedule", {
    ...HERE,
    actionAfterCompletion: { computed: true, enum: ["NONE", "DELETE"] },
    description: { max: 512 },
    flexibleTimeWindow: {
      arguments: { maximumWindowInMinutes: { min: 1, max: 1440 }, mode: { enum: ["OFF", "FLEXIBLE"] } },
    },
    groupName: { computed: true, forceNew: true },
    ...{ name: { ...OWN_NAME["name"], max: 64 }, namePrefix: OWN_NAME["namePrefix"]! },
    scheduleExpression: { min: 1, max: 256 },
    scheduleExpressionTimezone: { default: "UTC", min: 1, max: 50 },
    state: { default: "ENABLED", enum: ["ENABLED", "DISABLED"] },
    target: {
      arguments: {
        retryPolicy: {
          arguments: {
            maximumEventAgeInSeconds: { serviceDefault: 86400, min: 60, max: 86400 },
            maximumRetryAttempts: { serviceDefault: 185, min: 0, max: 185 },
          },
        },
      },
    },
  }),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": internal("s3/bucket_ownership_controls", {
    ...HERE,
    bucket: { forceNew: true, min: 1, max: 63 },
    rule: { arguments: { objectOwnership: { enum: ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"] } } },
  }),
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": internal("s3/bucket_replication_configuration", {
    ...HERE,
    bucket: { forceNew: true, min: 1, max: 63 },
    rules: {
      ordered: true,
      min: 1,
      max: 1000,
      arguments: {
        id: { computed: true, max: 255 },
        status: { enum: ["Enabled", "Disabled"] },
        deleteMarkerReplication: { arguments: { status: { enum: ["Enabled", "Disabled"] } } },
        destination: {
          arguments: {
            storageClass: {
              enum: [
                ...["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER"],
                ...["DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE"],
              ],
            },
          },
        },
      },
    },
    token: { sensitive: true },
  }),
  "aws:lb/listenerRule:ListenerRule": internal("elbv2/listener_rule", {
    ...HERE,
    actions: {
      ordered: true,
      min: 1,
      arguments: {
        order: { computed: true, min: 1, max: 50000 },
        type: {
          enum: [
            "forward",
            "redirect",
            "fixed-response",
            "authenticate-cognito",
            "authenticate-oidc",
            "jwt-validation",
          ],
        },
        fixedResponse: {
          arguments: {
            contentType: {
              enum: ["text/plain", "text/css", "text/html", "application/javascript", "application/json"],
            },
            messageBody: { max: 1024 },
            statusCode: { computed: true, pattern: "^[245]\\d\\d$" },
          },
        },
        redirect: {
          arguments: {
            ...{ host: { default: "#{host}" }, path: { default: "/#{path}" }, port: { default: "#{port}" } },
            protocol: { default: "#{protocol}", enum: ["#{protocol}", "HTTP", "HTTPS"] },
            query: { default: "#{query}" },
            statusCode: { enum: ["HTTP_301", "HTTP_302"] },
          },
        },
      },
    },
    conditions: { min: 1 },
    listenerArn: NEW,
    priority: { computed: true, forceNew: true, min: 1, max: 50000 },
  }),
  "aws:autoscaling/attachment:Attachment": internal("autoscaling/attachment", {
    ...HERE,
    autoscalingGroupName: NEW,
    elb: { forceNew: true, exactlyOneOf: ["elb", "lbTargetGroupArn"] },
    lbTargetGroupArn: { forceNew: true, exactlyOneOf: ["elb", "lbTargetGroupArn"] },
  }),
  "aws:acm/certificate:Certificate": internal("acm/certificate", {
    ...HERE,
    certificateAuthorityArn: { forceNew: true, conflictsWith: ["certificateBody", "privateKey", "validationMethod"] },
    certificateBody: { conflictsWith: ["domainName", "subjectAlternativeNames", "validationMethod"] },
    certificateChain: { conflictsWith: ["domainName", "subjectAlternativeNames", "validationMethod"] },
    domainName: {
      computed: true,
      forceNew: true,
      min: 1,
      max: 253,
      exactlyOneOf: ["domainName", "privateKey", "privateKeyWo"],
    },
    keyAlgorithm: {
      computed: true,
      forceNew: true,
      enum: ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"],
    },
    options: { computed: true },
    privateKey: { sensitive: true, exactlyOneOf: ["domainName", "privateKey", "privateKeyWo"] },
    privateKeyWo: { writeOnly: true },
    subjectAlternativeNames: { computed: true, forceNew: true },
    validationMethod: { computed: true, forceNew: true, enum: ["DNS", "EMAIL", "NONE"] },
    validationOptions: { forceNew: true },
  }),
  "aws:acm/certificateValidation:CertificateValidation": internal("acm/certificate_validation", {
    ...HERE,
    certificateArn: NEW,
    validationRecordFqdns: NEW,
  }),
  "aws:backup/vault:Vault": internal("backup/vault", {
    ...HERE,
    forceDestroy: { default: false },
    kmsKeyArn: { computed: true, forceNew: true },
    name: { forceNew: true, max: 50, pattern: "^[0-9A-Za-z_-]{2,50}$" },
  }),
  "aws:backup/plan:Plan": internal("backup/plan", {
    ...HERE,
    name: {},
    rules: {
      min: 1,
      arguments: {
        completionWindow: { default: 180 },
        scheduleExpressionTimezone: { default: "Etc/UTC" },
        startWindow: { default: 60 },
        ruleName: { pattern: "^[0-9A-Za-z_.-]{1,50}$" },
      },
    },
  }),
  "aws:backup/selection:Selection": internal("backup/selection", {
    ...HERE,
    iamRoleArn: NEW,
    name: { forceNew: true, max: 50, pattern: "^[0-9A-Za-z_.-]{1,50}$" },
    notResources: { computed: true, forceNew: true },
    planId: NEW,
    resources: NEW,
    conditions: { computed: true, forceNew: true },
    selectionTags: { forceNew: true, arguments: { type: { enum: ["STRINGEQUALS"] } } },
  }),
};
