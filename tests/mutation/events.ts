/** Whether what happens in a CodeArtifact domain comes to where the customer file has it, and to nowhere else. */
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Customer } from "../../plan/customer.ts";
import { alarmState } from "../../sandbox/aws/alarmState.ts";
import { fitsFilter, fitsPattern } from "../../sandbox/aws/eventPattern.ts";
import { EVENT_RULE, EVENT_TARGET, undelivered } from "../../sandbox/aws/events.ts";
import { admits } from "../../sandbox/aws/iamPolicy.ts";
import { messagePolicy, queueAt, topicAt } from "../../sandbox/aws/notifications.ts";
import { isRecord, texts, type Values } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";
import { mayTell } from "./alarms.ts";
import type { Aftermath } from "./catchers.ts";

const TOPIC_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const TRAIL = "aws:cloudtrail/trail:Trail";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";

export function eventTrouble({ world, ours }: Aftermath, { registries, health }: Customer): string | undefined {
  for (const { origin } of registries) {
    if (origin.kind !== "codeArtifact" || !origin.codeArtifact.monitoring.events) continue;
    const { codeArtifact } = origin;
    const mine = ours.filter(({ account }) => account === codeArtifact.accountID);
    const trouble =
      packageTrouble(world, codeArtifact, mine) ??
      callTrouble(world, codeArtifact, mine) ??
      keptTrouble(mine, health.logRetentionDays);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

type Event = Values & { readonly detail: Values };

/** Source: CodeArtifact User Guide, CodeArtifact event format and example. */
const packageEvent = ({ domain, accountID }: CodeArtifact, detail: Values): Event => ({
  ...{ source: "aws.codeartifact", "detail-type": "CodeArtifact Package Version State Change", account: accountID },
  detail: {
    ...{ domainName: domain, domainOwner: accountID, repositoryName: "internal", packageFormat: "npm" },
    ...{ operationType: "Updated", packageVersionState: "Published", ...detail },
  },
});

/** Source: CodeArtifact User Guide, Logging CodeArtifact API calls with AWS CloudTrail. */
const callEvent = ({ domain }: CodeArtifact, detail: Values): Event => ({
  ...{ source: "aws.codeartifact", "detail-type": "AWS API Call via CloudTrail" },
  detail: { eventSource: "codeartifact.amazonaws.com", requestParameters: { domain }, ...detail },
});

/** Kinds of places an event comes to, e.g. `logs`, `sns`; or what keeps it from one. */
function placesOf(world: World, event: Event, mine: readonly CloudObject[], reading = false): string[] {
  const rules = mine.filter(({ type, args }) => {
    if (type !== EVENT_RULE || args["state"] === "DISABLED") return false;
    // Source: EventBridge User Guide, Events from AWS services via CloudTrail: reading calls are left out unless asked for
    if (reading && args["state"] !== "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") return false;
    return fitsPattern(JSON.parse(String(args["eventPattern"] ?? "{}")), event);
  });
  return rules
    .flatMap((rule) => world.referrers(rule, EVENT_TARGET))
    .map(
      (target) => lost(world, target) ?? undelivered(world, target) ?? placeOf(world, String(target.args["arn"]), mine),
    )
    .sort();
}

function placeOf(world: World, arn: string, mine: readonly CloudObject[]): string {
  const at = arn.includes(":sqs:") ? queueAt(world, arn) : arn.includes(":sns:") ? topicAt(world, arn) : undefined;
  const action = arn.includes(":sqs:") ? "sqs:SendMessage" : "sns:Publish";
  const stranger = { "aws:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/other" };
  const policy = (at && messagePolicy(world, at)) ?? "{}";
  if (admits(policy, { service: "events.amazonaws.com" }, action, arn, stranger))
    return `${arn}, which any rule may write to`;
  if (world.all(EVENT_TARGET).some(({ args }) => deadOf(args) === arn)) return `${arn}, where what is lost is kept`;
  const own = mine.some(({ attrs }) => attrs["arn"] === arn);
  return own ? arn.split(":")[2]! : `${arn}, which is not the registry's`;
}

const deadOf = ({ deadLetterConfig: kept }: Values): unknown => (isRecord(kept) ? kept["arn"] : undefined);

/** What a target cannot take is kept in a queue that EventBridge may write to, and is tried for a day first. */
function lost(world: World, { args, account, region }: CloudObject): string | undefined {
  const dead = deadOf(args);
  const queue = queueAt(world, dead);
  if (queue === undefined) return `what ${String(args["arn"])} cannot take is lost`;
  const source = `arn:aws:events:${region}:${account}:rule/${String(args["rule"])}`;
  const policy = messagePolicy(world, queue) ?? "{}";
  const asker = { service: "events.amazonaws.com" };
  const open = (by: string): boolean => admits(policy, asker, "sqs:SendMessage", String(dead), { "aws:SourceArn": by });
  if (open(`${source}-of-another`)) return `${queue.name} lets any rule in`;
  return open(source) ? undefined : `${queue.name} does not let ${source} in`;
}

/** What is no event of the domain's packages. */
const foreign = (registry: CodeArtifact, detail: Values): readonly (readonly [string, Event, readonly string[]])[] => [
  ["a version of another domain", packageEvent({ ...registry, domain: "other" }, detail), []],
  ["a version of another account's domain", packageEvent({ ...registry, accountID: "000000000000" }, detail), []],
  ["another kind of event", { ...packageEvent(registry, detail), "detail-type": "other" }, []],
  ["an event of another service", { ...packageEvent(registry, detail), source: "aws.other" }, []],
];

function packageTrouble(world: World, registry: CodeArtifact, mine: readonly CloudObject[]): string | undefined {
  const all = ["logs", ...(registry.monitoring.queue ? ["sqs"] : [])];
  const cases: readonly (readonly [what: string, event: Event, places: readonly string[]])[] = [
    ["a published version", packageEvent(registry, {}), all],
    ["a deleted version", packageEvent(registry, { operationType: "Deleted" }), [...all, "sns"].sort()],
    ["a disposed version", packageEvent(registry, { packageVersionState: "Disposed" }), [...all, "sns"].sort()],
    ...[{}, { operationType: "Deleted" }].flatMap((detail) => foreign(registry, detail)),
    ["something else", { source: "aws.ec2", "detail-type": "other", detail: {} }, []],
  ];
  for (const [what, event, wanted] of cases) {
    const found = placesOf(world, event, mine);
    if (found.join() !== wanted.join()) return `${what} comes to ${found.join(", ") || "nobody"}`;
  }
  const told = mine
    .filter(({ type, args }) => type === TOPIC_SUBSCRIPTION && args["protocol"] === "email")
    .filter(({ args }) => mine.some(({ attrs }) => attrs["arn"] === args["topic"]))
    .map(({ args }) => String(args["endpoint"]));
  const { subscribers } = registry.monitoring;
  return told.sort().join() === [...subscribers].sort().join() ? undefined : `${told.join(", ") || "nobody"} is told`;
}

const stranger = { sessionContext: { sessionIssuer: { arn: "arn:aws:iam::000000000000:role/stranger" } } };

/** Calls that somebody has to hear of. Source: the customer file's documentation, `monitoring.auditAPICalls`. */
const CALLS_HEARD: readonly Values[] = [
  { eventName: "ReadFromRepository", errorCode: "AccessDenied" },
  { eventName: "GetAuthorizationToken", userIdentity: stranger },
  ...["PutDomainPermissionsPolicy", "PutRepositoryPermissionsPolicy", "DeleteRepository", "DeleteDomain"].map(
    (eventName) => ({ eventName }),
  ),
  { eventName: "DisposePackageVersions" },
];

function callTrouble(world: World, registry: CodeArtifact, mine: readonly CloudObject[]): string | undefined {
  const { auditAPICalls, trailBucket } = registry.monitoring;
  if (!auditAPICalls) return undefined;
  if (trailBucket !== undefined && !mine.some(({ type }) => type === TRAIL)) return "no trail brings the calls";
  const reader = mine.find(({ type, args }) => type === "aws:iam/role:Role" && federated(args["assumeRolePolicy"]));
  const usual = { sessionContext: { sessionIssuer: { arn: reader?.attrs["arn"] } } };
  const quiet: readonly Values[] = [
    { eventName: "GetAuthorizationToken", userIdentity: usual },
    { eventName: "ReadFromRepository", userIdentity: usual },
  ];
  for (const detail of [...CALLS_HEARD, ...quiet]) {
    const event = callEvent(registry, detail);
    const name = String(detail["eventName"]);
    const found = placesOf(world, event, mine, /^(Get|Read)/.test(name));
    if (found.join() !== "logs") return `a call of ${name} comes to ${found.join(", ") || "nobody"}`;
    const raised = alarmsOf(world, event, mine);
    if (raised.wrong !== undefined) return raised.wrong;
    if (raised.count !== (quiet.includes(detail) ? 0 : 1)) return `${name} raises ${raised.count} alarms`;
  }
  const other = callEvent({ ...registry, domain: "other" }, { eventName: "DeleteDomain" });
  const call = callEvent(registry, { eventName: "DeleteDomain" });
  const service = { ...call, detail: { ...call.detail, eventSource: "s3.amazonaws.com" } };
  const kind = { ...call, "detail-type": "other" };
  const found = [other, service, kind].flatMap((event) => placesOf(world, event, mine));
  return found.length === 0 ? undefined : `a call that is not about the domain comes to ${found.join(", ")}`;
}

const federated = (trust: unknown): boolean => String(trust).includes("accounts.google.com");

/** Alarms that one event raises by the filters of the log group, and why one of them tells nobody. */
function alarmsOf(world: World, event: Event, mine: readonly CloudObject[]): { count: number; wrong?: string } {
  const group = mine.find(({ type, name }) => type === LOG_GROUP && name!.startsWith("/aws/events/"));
  const filters = group === undefined ? [] : world.referrers(group, METRIC_FILTER);
  const counted = filters
    .filter(({ args }) => fitsFilter(String(args["pattern"]), event))
    .map(({ args }) => args["metricTransformation"] as Values);
  const raised = mine.filter(({ type, args }) => {
    const metric = counted.find((one) => one["name"] === args["metricName"] && one["namespace"] === args["namespace"]);
    return type === ALARM && metric !== undefined && Number(metric["value"]) > 0;
  });
  const wrong = raised
    .map((alarm) => {
      const state = (value: number) => alarmState(alarm, { value, minutes: 5 });
      // one event in five minutes: `value` is per minute
      if (state(0.2) !== "ALARM" || state(0) !== "OK") return `${alarm.name} does not tell one event from none`;
      if (alarmState(alarm, { minutes: 5 }) === "ALARM") return `${alarm.name} is raised while nothing is called`;
      const told = texts(alarm.args["alarmActions"]);
      const topic = told.find((arn) => mine.some(({ attrs }) => attrs["arn"] === arn));
      if (topic === undefined) return `${alarm.name} tells nobody of the registry's`;
      return mayTell(world, alarm, topic) ?? openToOthers(world, topic);
    })
    .find((trouble) => trouble !== undefined);
  return wrong === undefined ? { count: raised.length } : { count: raised.length, wrong };
}

/** The topic hears alarms of its own account alone. Source: CloudWatch User Guide, Amazon SNS topics and alarms. */
function openToOthers(world: World, arn: string): string | undefined {
  const account = "000000000000";
  const context = { "aws:SourceArn": `arn:aws:cloudwatch:us-east-1:${account}:alarm:x`, "aws:SourceAccount": account };
  const policy = messagePolicy(world, topicAt(world, arn)!) ?? "{}";
  const open = admits(policy, { service: "cloudwatch.amazonaws.com" }, "sns:Publish", arn, context);
  return open ? `${arn} hears alarms of any account` : undefined;
}

/** Logs are kept as long as the file says, and what was not delivered for as long as a queue keeps anything. */
function keptTrouble(mine: readonly CloudObject[], days: number): string | undefined {
  const group = mine.find(({ type, args }) => type === LOG_GROUP && args["retentionInDays"] !== days);
  if (group !== undefined) return `${group.name} is not kept for ${days} days`;
  // Source: SQS API Reference, SetQueueAttributes, MessageRetentionPeriod: at most 14 days
  const queue = mine.find(
    ({ type, args }) => type === "aws:sqs/queue:Queue" && args["messageRetentionSeconds"] !== 1_209_600,
  );
  return queue && `${queue.name} does not keep messages for 14 days`;
}
