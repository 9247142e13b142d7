/** What watches: metric filters and alarms, policies of CloudWatch Logs, and trails. */
import type { Call, Handler, Made } from "../handler.ts";
import { blocks, isRecord, text, texts } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { assumable } from "./iam.ts";
import { admits } from "./iamPolicy.ts";
import { usableKey } from "./kms.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";
import { BUCKET_POLICY, bucketNamed } from "./s3.ts";

const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy";
const METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
export const TRAIL = "aws:cloudtrail/trail:Trail";

const logPolicy: Handler = {
  create(call) {
    const id = text(call.args["policyName"]) ?? text(call.args["resourceArn"]);
    const doing = new Doing(`creating CloudWatch Logs Resource Policy (${id})`, "CloudWatch Logs: PutResourcePolicy");
    if (id === undefined) throw doing.error("InvalidParameterException", "Either policyName or resourceArn is needed");
    checkResourcePolicy(doing, call.args["policyDocument"], LOG_RULES);
    // Source: Amazon CloudWatch Logs User Guide, quotas: 10 resource policies a region of an account.
    if (call.world.count(call.place, LOG_POLICY) >= 10)
      throw doing.error("LimitExceededException", "Resource limit exceeded.");
    const policyScope = call.args["resourceArn"] === undefined ? "ACCOUNT" : "RESOURCE";
    return { id, name: id, attrs: { policyScope, revisionId: call.tx.hex("revision", 16) } };
  },
  update(call, { id }) {
    const doing = new Doing(`updating CloudWatch Logs Resource Policy (${id})`, "CloudWatch Logs: PutResourcePolicy");
    checkResourcePolicy(doing, call.args["policyDocument"], LOG_RULES);
    return { attrs: { revisionId: call.tx.hex("revision", 16) } };
  },
  inUse: ({ id }) => new Error(`nothing can use resource policy ${id}`),
};

const LOG_RULES = { code: "InvalidParameterException", most: 5120, tooLong: "LimitExceededException" };

/** The resource policies of CloudWatch Logs in one place. */
export function logPolicies(world: World, { account, region }: Place): string[] {
  const own = world.all(LOG_POLICY).filter((one) => one.account === account && one.region === region);
  return own.map(({ args }) => String(args["policyDocument"]));
}

const metricFilter: Handler = {
  create(call) {
    const [name, group] = [String(call.args["name"]), String(call.args["logGroupName"])];
    const doing = new Doing(`putting CloudWatch Logs Metric Filter (${name})`, "CloudWatch Logs: PutMetricFilter");
    const found = call.world.find(call.place, LOG_GROUP, group);
    if (!found) throw doing.error("ResourceNotFoundException", "The specified log group does not exist.");
    // Source: Amazon CloudWatch Logs User Guide, quotas, metric filters.
    if (call.world.referrers(found, METRIC_FILTER).length >= 100)
      throw doing.error("LimitExceededException", "Resource limit exceeded.");
    settleFilter(call, doing);
    return { id: name, name, within: [found] };
  },
  update(call, { id }) {
    settleFilter(call, new Doing(`putting CloudWatch Logs Metric Filter (${id})`, "CloudWatch Logs: PutMetricFilter"));
    return {};
  },
  inUse: ({ id }) => new Error(`nothing can use metric filter ${id}`),
};

/** Source: CloudWatch Logs API Reference, MetricTransformation; User Guide, Filter pattern syntax. */
function settleFilter({ args }: Call, doing: Doing): void {
  const to = isRecord(args["metricTransformation"]) ? args["metricTransformation"] : {};
  const wrong = ["name", "namespace"].find((name) => /[:*$]/.test(String(to[name])));
  if (wrong !== undefined) throw doing.error("InvalidParameterException", `metric ${wrong} must not hold :, * or $`);
  if (to["defaultValue"] !== undefined && to["dimensions"] !== undefined)
    throw doing.error("InvalidParameterException", "dimensions and a default value cannot go together");
  const pattern = String(args["pattern"]).trim();
  const [open, close] = [pattern.match(/[({[]/g)?.length ?? 0, pattern.match(/[)}\]]/g)?.length ?? 0];
  if (open !== close) throw doing.error("InvalidParameterException", "Invalid metric filter pattern");
}

const alarm: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating CloudWatch Metric Alarm (${name})`, "CloudWatch: PutMetricAlarm");
    if (call.world.find(call.place, ALARM, name))
      throw doing.error("ResourceAlreadyExists", `an alarm ${name} exists, which this one would silently replace`);
    settleAlarm(call, doing);
    return { id: name, name, attrs: { arn: arn("cloudwatch", call.place, `alarm:${name}`) } };
  },
  update(call, { id }) {
    settleAlarm(call, new Doing(`updating CloudWatch Metric Alarm (${id})`, "CloudWatch: PutMetricAlarm"));
    return {};
  },
  outputs: ({ args }) => ({ evaluateLowSampleCountPercentiles: args["evaluateLowSampleCountPercentiles"] ?? "" }),
  inUse: ({ id }) => new Error(`nothing can use alarm ${id}`),
};

/** Source: CloudWatch API Reference, PutMetricAlarm. */
function settleAlarm({ args }: Call, doing: Doing): void {
  const invalid = (message: string): Error => doing.error("ValidationError", message);
  const one = args["metricName"] !== undefined;
  if (one === blocks(args["metricQueries"]).length > 0)
    throw invalid("Exactly one of MetricName and Metrics is needed");
  if (one) {
    for (const name of ["namespace", "period"])
      if (args[name] === undefined) throw invalid(`The parameter ${name} is needed`);
    if ((args["statistic"] === undefined) === (args["extendedStatistic"] === undefined))
      throw invalid("Exactly one of Statistic and ExtendedStatistic is needed");
    const period = Number(args["period"]);
    if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
      throw invalid("Period must be 10, 20, 30 or a multiple of 60");
    if (period * Number(args["evaluationPeriods"]) > 604_800)
      throw invalid("Metrics cannot be checked across more than 7 days");
  }
  if (args["threshold"] === undefined && args["thresholdMetricId"] === undefined)
    throw invalid("Exactly one of Threshold and ThresholdMetricId is needed");
  if (Number(args["datapointsToAlarm"] ?? 0) > Number(args["evaluationPeriods"]))
    throw invalid("DatapointsToAlarm must not be above EvaluationPeriods");
  for (const name of ["alarmActions", "okActions", "insufficientDataActions"]) {
    if (texts(args[name]).length > 5) throw invalid(`At most five ${name} are allowed`);
    const bad = texts(args[name]).find((action) => !/^arn:aws:/.test(action));
    if (bad !== undefined) throw invalid(`Invalid arn syntax: ${bad}`);
  }
}

const trail: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating CloudTrail Trail (${name})`, "CloudTrail: CreateTrail");
    const id = arn("cloudtrail", call.place, `trail/${name}`);
    if (call.world.find(call.place, TRAIL, id))
      throw doing.error("TrailAlreadyExistsException", `Trail ${name} already exists`);
    // Source: AWS CloudTrail User Guide, Quotas, trails per region.
    if (call.world.count(call.place, TRAIL) >= 5)
      throw doing.error(
        "MaximumNumberOfTrailsExceededException",
        `User: ${call.place.account} already has 5 trails in ${call.place.region}.`,
      );
    settleTrail(call, doing, id);
    return { id, name, attrs: { arn: id, homeRegion: call.place.region, snsTopicArn: "" } };
  },
  update: (call, { id }) =>
    settleTrail(call, new Doing(`updating CloudTrail Trail (${id})`, "CloudTrail: UpdateTrail"), id),
  inUse: ({ id }) => new Error(`nothing can use trail ${id}`),
};

/** Source: AWS CloudTrail User Guide, Amazon S3 bucket policy for CloudTrail; Sending events to CloudWatch Logs. */
function settleTrail(call: Call, doing: Doing, id: string): Made {
  const { args, world, place } = call;
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-]))*[A-Za-z0-9]$/.test(String(args["name"])))
    throw doing.error("InvalidTrailNameException", `Trail name ${String(args["name"])} is not valid`);
  const name = String(args["s3BucketName"]);
  const found = bucketNamed(world, name);
  if (!found) throw doing.error("S3BucketDoesNotExistException", `S3 bucket ${name} does not exist!`);
  if (!written(world, found, call, id))
    throw doing.error(
      "InsufficientS3BucketPolicyException",
      `Incorrect S3 bucket policy is detected for bucket: ${name}`,
    );
  const [group, role] = [text(args["cloudWatchLogsGroupArn"]), text(args["cloudWatchLogsRoleArn"])];
  if ((group === undefined) !== (role === undefined))
    throw doing.error("InvalidParameterCombinationException", "A log group and a role for it go together");
  if (group !== undefined) {
    const known = /^arn:aws:logs:[^:]+:\d{12}:log-group:(.+):\*$/.exec(group)?.[1];
    if (known === undefined || !world.find(place, LOG_GROUP, known))
      throw doing.error(
        "InvalidCloudWatchLogsLogGroupArnException",
        `CloudTrail cannot validate the specified log group ARN: ${group}`,
      );
    if (!assumable(world, role, "cloudtrail.amazonaws.com", place.account, id))
      throw doing.error(
        "InvalidCloudWatchLogsRoleArnException",
        "Access denied. Verify in IAM that the role has adequate permissions.",
      );
  }
  usableKey(call, doing, args["kmsKeyId"], "KmsKeyNotFoundException");
  return {};
}

/** Whether a bucket lets CloudTrail look at it and write below the account's prefix. */
function written(world: World, found: CloudObject, { args, place }: Call, id: string): boolean {
  const policy = text(world.referrers(found, BUCKET_POLICY)[0]?.args["policy"]) ?? "{}";
  const prefix = text(args["s3KeyPrefix"]);
  const bucketArn = String(found.attrs["arn"]);
  const logs = `${bucketArn}/${prefix === undefined ? "" : `${prefix}/`}AWSLogs/${place.account}/x`;
  const context = { "aws:SourceArn": id, "aws:SourceAccount": place.account, "aws:SecureTransport": "true" };
  const writing = { ...context, "s3:x-amz-acl": "bucket-owner-full-control", "s3:TlsVersion": "1.3" };
  const service = { service: "cloudtrail.amazonaws.com" };
  return (
    admits(policy, service, "s3:GetBucketAcl", bucketArn, { ...context, "s3:TlsVersion": "1.3" }) &&
    admits(policy, service, "s3:PutObject", logs, writing)
  );
}

export const MONITORING_HANDLERS: Record<string, Handler> = {
  [LOG_POLICY]: logPolicy,
  [METRIC_FILTER]: metricFilter,
  [ALARM]: alarm,
  [TRAIL]: trail,
};
