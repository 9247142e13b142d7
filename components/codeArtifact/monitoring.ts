import { Trail } from "@pulumi/aws/cloudtrail/trail.js";
import { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget.js";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { LogMetricFilter } from "@pulumi/aws/cloudwatch/logMetricFilter.js";
import { LogResourcePolicy } from "@pulumi/aws/cloudwatch/logResourcePolicy.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import { Queue } from "@pulumi/aws/sqs/queue.js";
import { QueuePolicy } from "@pulumi/aws/sqs/queuePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import {
  alertPattern,
  auditFilters,
  callPattern,
  packagePattern,
  serviceMay,
  topicPolicy,
} from "../../plan/codeArtifact/events.ts";
import type { CodeArtifactPlan } from "../../plan/codeArtifact/plan.ts";
import { fit } from "../../plan/names.ts";

export interface CodeArtifactMonitoringArgs {
  readonly registry: CodeArtifactPlan;
  readonly consumerRoleArn: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Days a message waits in a queue at most. Source: Amazon SQS quotas, message retention, 14 days. */
const LONGEST_WAIT = 14 * 24 * 60 * 60;

/**
 * What happens in a domain: package events in a log group and, where wanted, a queue; deletions to a topic; API calls
 * from CloudTrail to the same log group with alarms on what nobody should do. What cannot be delivered is kept in a queue.
 */
export class CodeArtifactMonitoring extends pulumi.ComponentResource {
  /** Of package events. */
  readonly ruleArn: pulumi.Output<string>;
  readonly topicArn: pulumi.Output<string>;

  readonly #name: string;
  readonly #tags: Readonly<Record<string, string>>;
  readonly #undelivered: Queue;
  readonly #group: LogGroup;
  readonly #topic: Topic;

  constructor(name: string, args: CodeArtifactMonitoringArgs, opts: pulumi.ComponentResourceOptions) {
    const { registry, tags } = args;
    const { domain, monitoring } = registry;
    super("causeway:aws:CodeArtifactMonitoring", name, { domain }, opts);
    this.#name = name;
    this.#tags = tags;
    this.#undelivered = this.createQueue("undelivered");
    this.#group = new LogGroup(
      name,
      { name: `/aws/events/codeartifact/${domain}`, retentionInDays: monitoring.logRetentionDays, tags },
      { parent: this },
    );
    this.#topic = new Topic(name, { name: `${name}-packages`, tags }, { parent: this });
    const packages = this.createRule("packages", packagePattern(registry));
    const alerts = this.createRule("alerts", alertPattern(registry));
    const rules = [packages, alerts];
    this.createTarget("packages-log", packages, this.#group.arn);
    this.createTarget("alerts-topic", alerts, this.#topic.arn);
    if (monitoring.queue) {
      const queue = this.createQueue("packages");
      this.createTarget("packages-queue", packages, queue.arn);
      this.allowQueue("packages", queue, [packages]);
    }
    if (monitoring.auditAPICalls) rules.push(this.createAudit(registry, args.consumerRoleArn));
    if (monitoring.trailBucket !== undefined) this.createTrail(monitoring.trailBucket);
    this.allowDelivery(registry, rules, alerts);
    this.subscribe(monitoring.subscribers);
    this.ruleArn = packages.arn;
    this.topicArn = this.#topic.arn;
    this.registerOutputs({ ruleArn: this.ruleArn, topicArn: this.topicArn });
  }

  private createQueue(suffix: string): Queue {
    const name = `${this.#name}-${suffix}`;
    return new Queue(
      name,
      { name, messageRetentionSeconds: LONGEST_WAIT, sqsManagedSseEnabled: true, tags: this.#tags },
      { parent: this },
    );
  }

  private createRule(suffix: string, eventPattern: string, state = "ENABLED"): EventRule {
    // Source: Amazon EventBridge API Reference, PutRule, name: 64 characters.
    const name = fit(`${this.#name}-${suffix}`, 64);
    return new EventRule(`${this.#name}-${suffix}`, { name, eventPattern, state, tags: this.#tags }, { parent: this });
  }

  private createTarget(suffix: string, rule: EventRule, arn: pulumi.Input<string>): void {
    new EventTarget(
      `${this.#name}-${suffix}`,
      {
        rule: rule.name,
        targetId: suffix,
        arn,
        deadLetterConfig: { arn: this.#undelivered.arn },
        retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
      },
      { parent: this },
    );
  }

  private allowQueue(suffix: string, queue: Queue, rules: readonly EventRule[]): void {
    const policy = pulumi
      .all([queue.arn, ...rules.map(({ arn }) => arn)])
      .apply(([arn, ...sources]) => serviceMay("events.amazonaws.com", "sqs:SendMessage", arn!, sources));
    new QueuePolicy(`${this.#name}-${suffix}`, { queueUrl: queue.url, policy }, { parent: this });
  }

  /** Lets the rules, and these rules alone, deliver; the topic hears of alarms too. */
  private allowDelivery(registry: CodeArtifactPlan, rules: readonly EventRule[], alerts: EventRule): void {
    this.allowQueue("undelivered", this.#undelivered, rules);
    const policy = pulumi.all([this.#topic.arn, alerts.arn]).apply(([arn, rule]) => topicPolicy(registry, arn, rule));
    new TopicPolicy(this.#name, { arn: this.#topic.arn, policy }, { parent: this });
    const actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
    const services = ["events.amazonaws.com", "delivery.logs.amazonaws.com"];
    const policyDocument = this.#group.arn.apply((arn) => serviceMay(services, actions, `${arn}:*`));
    new LogResourcePolicy(this.#name, { policyName: `${this.#name}-events`, policyDocument }, { parent: this });
  }

  private subscribe(addresses: readonly string[]): void {
    for (const address of addresses) {
      new TopicSubscription(
        `${this.#name}-${address}`,
        { topic: this.#topic.arn, protocol: "email", endpoint: address },
        { parent: this },
      );
    }
  }

  /** API calls, the reading ones too, as CloudTrail hands them to EventBridge; alarms on three kinds of them. */
  private createAudit(registry: CodeArtifactPlan, consumerRoleArn: pulumi.Input<string>): EventRule {
    const state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    const calls = this.createRule("calls", callPattern(registry), state);
    this.createTarget("calls-log", calls, this.#group.arn);
    const filters = pulumi.output(consumerRoleArn).apply(auditFilters);
    for (const kind of ["denied", "changed", "tokens"] as const) this.createAlarm(kind, filters[kind]);
    return calls;
  }

  private createAlarm(kind: "denied" | "changed" | "tokens", pattern: pulumi.Input<string>): void {
    const name = `${this.#name}-${kind}`;
    const namespace = "Causeway/CodeArtifact";
    new LogMetricFilter(
      name,
      {
        name,
        logGroupName: this.#group.name,
        pattern,
        metricTransformation: { name, namespace, value: "1", defaultValue: "0" },
      },
      { parent: this },
    );
    new MetricAlarm(
      name,
      {
        name,
        namespace,
        metricName: name,
        statistic: "Sum",
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        treatMissingData: "notBreaching",
        alarmActions: [this.#topic.arn],
        tags: this.#tags,
      },
      { parent: this },
    );
  }

  /** CodeArtifact's calls are management events; a trail cannot be narrowed to one service's alone. */
  private createTrail(s3BucketName: string): void {
    const fieldSelectors = [{ field: "eventCategory", equals: ["Management"] }];
    new Trail(
      this.#name,
      {
        name: this.#name,
        s3BucketName,
        isMultiRegionTrail: true,
        enableLogFileValidation: true,
        advancedEventSelectors: [{ name: "Management", fieldSelectors }],
        tags: this.#tags,
      },
      { parent: this },
    );
  }
}
