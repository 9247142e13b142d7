/** Why mutations of registries that nobody notices do no harm. Each reason covers a place and, where it must, one kind of change. */
import type { Harmless } from "./harmless.ts";

const NAMES: readonly Harmless[] = [
  {
    at: "(tagSpecifications\\[\\d+\\]\\.)?tags\\.Name",
    reason: "the name a console shows; who owns the resource is told by the other tags",
  },
  {
    at: "name|accountId|recordName|policyName|displayName|targetId|identifier|finalSnapshotIdentifier|metricTransformation\\.name|(.*\\.)?ruleName",
    change: "left out|misspelt|as in a sibling",
    reason: "a name is the program's own choice, and whoever refers to the resource follows it",
  },
  {
    at: "(.*\\.)?(description|alarmDescription|displayName|Description)|desiredState#Description|rules\\[\\d+\\]\\.id|.*\\.fixedResponse\\.(contentType|messageBody)|advancedEventSelectors\\[0\\]\\.name",
    reason: "a text for people",
  },
  {
    at: ".*#(.*\\.)?Statement\\[\\d+\\]\\.Sid",
    reason: "the name of a statement, which nothing refers to",
  },
  {
    at: ".*#Version",
    change: "left out",
    reason: "the older version of the language means the same where there are no variables",
  },
  {
    type: "Alias",
    at: "|targetKeyId",
    reason: "a second name of the key, which only people use",
  },
  {
    type: "ForwardingRule|Job|Secret",
    at: "labels\\.causeway-registry",
    reason: "tells two registries of a customer apart; whose both are is told by the other labels",
  },
];

const ALARMS: readonly Harmless[] = [
  {
    type: "MetricAlarm",
    at: "comparisonOperator",
    reason: "differs at the threshold itself alone, which lies far from what is well and from what is ill",
  },
  {
    type: "MetricAlarm",
    at: "threshold|evaluationPeriods|period",
    reason:
      "moves the point or the minute at which somebody is told, and still tells well from ill within the quarter hour",
  },
  {
    type: "MetricAlarm",
    at: "statistic",
    reason: "of a steady trouble the lowest, the highest and the mean value tell the same",
  },
  {
    type: "MetricAlarm",
    at: "treatMissingData",
    change: "left out|set to missing|set to ignore",
    reason: "decides what the alarm shows while nothing is measured; it tells nobody either way",
  },
  {
    type: "LogMetricFilter",
    at: "metricTransformation\\.(defaultValue|value)",
    reason: "one call counts as more than none all the same",
  },
  {
    type: "AlertPolicy",
    at: "combiner",
    reason: "there is one condition, and one alone is all and any",
  },
  {
    type: "AlertPolicy",
    at: "conditions\\[0\\]\\.conditionThreshold\\.(aggregations.*|duration|thresholdValue)",
    reason: "moves the point or the minute at which somebody is told, and still tells well from ill",
  },
];

const DELIVERY: readonly Harmless[] = [
  {
    type: "EventTarget",
    at: "retryPolicy.*",
    reason: "how long a delivery is tried before the message goes to the queue of what was not delivered",
  },
  {
    type: "EventRule",
    at: "state",
    change: "set to ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    reason: "adds calls that only read, which the pattern of package events leaves out",
  },
  {
    type: "LogResourcePolicy",
    at: "policyDocument#Statement\\[0\\]\\.Principal\\.Service(\\[1\\])?",
    reason: "EventBridge delivers by its own name; the other service delivers for it in some regions",
  },
  {
    type: "Job",
    at: "timeZone|retryConfig.*|template\\.template\\.(maxRetries|timeout)|template\\.taskCount|attemptDeadline|deletionProtection",
    reason: "the next run comes by itself before the token ends, whatever this one does",
  },
  {
    type: "Firewall",
    at: "logConfig.*",
    reason: "what is logged, not what is let in",
  },
];

const NETWORK: readonly Harmless[] = [
  {
    type: "Subnet",
    at: "cidrBlock|availabilityZoneId",
    reason:
      "any part of the VPC's range, and any zone of the region, serves as well where tiers keep zones of their own",
  },
  {
    type: "VpcEndpoint",
    at: "securityGroupIds\\[0\\]",
    change: "points to .*",
    reason: "the groups of our endpoints let the same ranges in to the same port",
  },
  {
    type: "Record",
    at: "ttl|allowOverwrite|aliases\\[0\\]\\.evaluateTargetHealth",
    reason: "how long resolvers keep an answer, and whether a record of the same name may be taken over",
  },
  {
    type: "CertificateValidation",
    at: "validationRecordFqdns(\\[\\d+\\])?|",
    reason: "waits for the proof; the listener takes no certificate before it is issued",
  },
  {
    type: "RegionBackendService",
    at: "network",
    change: "left out",
    reason: "Google takes the network of the backends",
  },
  {
    type: "EndpointServicePrivateDnsVerification",
    at: "waitForVerification",
    reason: "decides whether the program waits for the proof; who uses the name waits for it anyway",
  },
  {
    type: "NetworkEndpointGroup|TargetGroupAttachment|NetworkEndpoint|TargetGroup",
    at: "defaultPort|port",
    reason: "the port of those that name none, and each target names its own",
  },
  {
    type: "TargetGroup",
    at: "deregistrationDelay|healthCheck\\.(interval|unhealthyThreshold|healthyThreshold|matcher|path)",
    reason: "how fast a target counts as well or not well",
  },
  {
    type: "RegionBackendService",
    at: "connectionDrainingTimeoutSec|backends\\[0\\]\\.(maxConnectionsPerEndpoint|capacityScaler|balancingMode)",
    reason: "which of the backends is taken first, and how long a connection lasts that is already there",
  },
];

const KEPT: readonly Harmless[] = [
  {
    type: "Bucket(LifecycleConfiguration|CorsConfiguration)",
    at: "rules\\[\\d+\\]\\.(abortIncompleteMultipartUpload|noncurrentVersionExpiration)\\..*|corsRules\\[0\\]\\.maxAgeSeconds",
    reason: "a day or a version more or less of what is no longer current",
  },
  {
    type: "ListenerRule",
    at: "priority",
    reason: "no request fits two rules but a check of health, and that one stays the first",
  },
  {
    type: "Secret",
    at: "recoveryWindowInDays",
    reason: "how long a deletion can be taken back; the instance makes another value",
  },
  {
    type: "Resource",
    at: "desiredState#Tags",
    reason: "the list is empty: what Cloud Control makes is not marked",
  },
  {
    type: "Plan",
    at: "rules\\[0\\]\\.lifecycle\\.deleteAfter",
    change: "one (more|less)",
    reason: "a backup is kept for a month, and a day more or less",
  },
  {
    type: "Resource",
    at: "desiredState#OriginConfiguration\\.Restrictions\\.InternalUpstream",
    change: "left out",
    reason: "what a package group does not say is inherited, and this one says that it is",
  },
  {
    type: "Resource",
    at: "desiredState#DomainOwner",
    change: "left out",
    reason: "the account that asks is the owner",
  },
];

const SECOND: readonly Harmless[] = [
  {
    type: "TopicPolicy",
    at: "policy#Statement\\[1\\]\\.Condition\\.(ArnLike|StringEquals)(\\..*)?",
    change: "left out",
    reason: "either condition keeps other accounts' alarms out, and the other one is still there",
  },
  {
    type: "Role",
    at: "maxSessionDuration",
    change: "one more",
    reason: "how long a session may be asked for, and the refresher asks for less",
  },
  {
    type: "Function|LoadBalancer",
    at: "timeout|idleTimeout",
    change: "one (more|less)",
    reason: "a second of minutes",
  },
  {
    type: "Instance",
    at: "backupRetentionPeriod|allocatedStorage|maxAllocatedStorage",
    change: "one (more|less)",
    reason: "a day of two weeks, and a gibibyte of what grows by itself",
  },
  {
    type: "LaunchTemplate",
    at: "blockDeviceMappings\\[0\\]\\.ebs\\.volumeSize",
    change: "one (more|less)",
    reason: "a gibibyte of many",
  },
  {
    type: "LaunchTemplate",
    at: "ebsOptimized|monitoring(\\.enabled)?|metadataOptions\\.instanceMetadataTags",
    reason:
      "current machines are optimised anyway; how often EC2 measures one, and whether it reads its own tags, changes nothing it does",
  },
  {
    type: "Group",
    at: "tags\\[3\\](\\..*)?",
    reason: "the name a console shows; the tags before it tell whose the machines are",
  },
  {
    type: "LaunchTemplate",
    at: "userData",
    change: "misspelt",
    reason: "hits a character of a script, which its own tests run",
  },
  {
    type: "Group",
    at: "healthCheckGracePeriod|maxSize|instanceRefresh\\.preferences\\.maxHealthyPercentage",
    change: "left out|one (more|less)",
    reason: "there is time to start and room for a replacement all the same",
  },
  {
    type: "Instance",
    at: "username",
    change: "misspelt",
    reason: "the database's secret tells the name, and the instance reads it there",
  },
  {
    type: "RouteTableAssociation",
    at: "",
    change: "resource left out",
    reason: "the table of the VPC itself, which databases have then, leads nowhere either",
  },
  {
    type: "BucketLifecycleConfiguration",
    at: "rules\\[\\d+\\]\\.filter",
    change: "left out",
    reason: "a rule without a filter is for the whole bucket as well",
  },
  {
    type: "BucketServerSideEncryptionConfiguration",
    at: "rules\\[0\\]\\.bucketKeyEnabled",
    reason: "how often S3 asks for the key, which costs; what is kept is encrypted all the same",
  },
];

export const REGISTRIES_HARMLESS: readonly Harmless[] = [
  ...NAMES,
  ...ALARMS,
  ...DELIVERY,
  ...NETWORK,
  ...KEPT,
  ...SECOND,
];
