import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import type { Group } from "@pulumi/aws/autoscaling/group.js";
import type { Instance } from "@pulumi/aws/rds/instance.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Balancer } from "./balancer.ts";
import type { Scope } from "./scope.ts";

interface Alarm {
  readonly key: string;
  readonly about: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum";
  readonly comparison: ">=" | "<";
  readonly threshold: number;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  /** Seconds. */
  readonly period?: number;
  readonly periods?: number;
  readonly missing?: "breaching" | "notBreaching";
}

/** What an operator has to hear of, to one topic. Sources: CloudWatch metrics of each service's user guide. */
export function alarms(scope: Scope, balancer: Balancer, group: Group, database: Instance | undefined): void {
  const { plan, parent, tags } = scope;
  const topic = plan.alarmTopicArn;
  if (topic === undefined) return;
  for (const alarm of [
    ...ofBalancer(balancer),
    ...ofInstances(plan.name, group),
    ...ofDatabase(database),
    ...ofBackups(scope),
  ]) {
    const name = `${plan.name}-${alarm.key}`;
    new MetricAlarm(
      name,
      {
        name,
        alarmDescription: `${plan.registryHost}: ${alarm.about}`,
        namespace: alarm.namespace,
        metricName: alarm.metricName,
        statistic: alarm.statistic,
        comparisonOperator: alarm.comparison === "<" ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold",
        threshold: alarm.threshold,
        period: alarm.period ?? 300,
        evaluationPeriods: alarm.periods ?? 2,
        treatMissingData: alarm.missing ?? "notBreaching",
        dimensions: { ...alarm.dimensions },
        alarmActions: [topic],
        okActions: [topic],
        tags: tags(name),
      },
      { parent },
    );
  }
}

function ofBalancer({ balancer, targetGroups, certificateArn }: Balancer): readonly Alarm[] {
  const namespace = "AWS/ApplicationELB";
  const LoadBalancer = balancer.arnSuffix;
  const from = { namespace, dimensions: { LoadBalancer } };
  return [
    {
      ...{ key: "5xx", about: "the load balancer answers with errors of its own", ...from, statistic: "Sum" },
      ...{ metricName: "HTTPCode_ELB_5XX_Count", comparison: ">=", threshold: 10 },
    },
    {
      ...{ key: "slow", about: "answers take more than ten seconds", ...from, statistic: "Average" },
      ...{ metricName: "TargetResponseTime", comparison: ">=", threshold: 10 },
    },
    ...targetGroups.map((targets, index): Alarm => ({
      ...{ key: `unhealthy-${index}`, about: "an instance does not answer", namespace, statistic: "Maximum" },
      ...{ metricName: "UnHealthyHostCount", comparison: ">=", threshold: 1, periods: 3 },
      dimensions: { LoadBalancer, TargetGroup: targets.arnSuffix },
    })),
    {
      ...{ key: "certificate", about: "the certificate ends in less than 30 days", statistic: "Minimum" },
      ...{ namespace: "AWS/CertificateManager", metricName: "DaysToExpiry", comparison: "<", threshold: 30 },
      ...{ period: 86_400, periods: 1, dimensions: { CertificateArn: certificateArn } },
    },
  ];
}

function ofInstances(name: string, group: Group): readonly Alarm[] {
  const dimensions = { AutoScalingGroupName: group.name };
  const agent = { namespace: "CWAgent", statistic: "Maximum", comparison: ">=", threshold: 90, dimensions } as const;
  return [
    {
      ...{ key: "in-service", about: "no instance is in service", namespace: "AWS/AutoScaling", dimensions },
      ...{ metricName: "GroupInServiceInstances", statistic: "Minimum", comparison: "<", threshold: 1 },
    },
    { ...agent, key: "disk", about: "a disk is nearly full", metricName: "disk_used_percent" },
    { ...agent, key: "memory", about: "memory is nearly used up", metricName: "mem_used_percent" },
    {
      ...{ key: "ebs", about: "the volumes' burst is used up", namespace: "AWS/EC2", metricName: "EBSIOBalance%" },
      ...{ statistic: "Minimum", comparison: "<", threshold: 10, dimensions },
    },
    {
      ...{
        key: "environment",
        about: "a secret cannot be fetched",
        namespace: "Causeway/SelfHosted",
        statistic: "Sum",
      },
      ...{ metricName: "EnvRefreshFailures", comparison: ">=", threshold: 1, dimensions: { Registry: name } },
    },
  ];
}

const GIB = 1024 ** 3;

function ofDatabase(database: Instance | undefined): readonly Alarm[] {
  if (database === undefined) return [];
  const from = { namespace: "AWS/RDS", dimensions: { DBInstanceIdentifier: database.identifier } };
  const low = { ...from, statistic: "Minimum", comparison: "<" } as const;
  const high = { ...from, statistic: "Maximum", comparison: ">=" } as const;
  return [
    { ...high, key: "db-cpu", about: "the database is busy", metricName: "CPUUtilization", threshold: 90 },
    {
      ...low,
      key: "db-storage",
      about: "the database's disk is nearly full",
      metricName: "FreeStorageSpace",
      threshold: 2 * GIB,
    },
    {
      ...low,
      key: "db-memory",
      about: "the database has little memory",
      metricName: "FreeableMemory",
      threshold: GIB / 8,
    },
    {
      ...high,
      key: "db-connections",
      about: "the database has many connections",
      metricName: "DatabaseConnections",
      threshold: 80,
    },
  ];
}

function ofBackups({ plan }: Scope): readonly Alarm[] {
  if (plan.backup === undefined || plan.database === undefined) return [];
  return [
    {
      ...{ key: "backup", about: "a backup failed", namespace: "AWS/Backup", metricName: "NumberOfBackupJobsFailed" },
      ...{ statistic: "Sum", comparison: ">=", threshold: 1, periods: 1, period: 3600 },
      dimensions: { BackupVaultName: `${plan.name}-backup` },
    },
  ];
}
