/** One alarm of CloudWatch on what a registry is published by. */
export interface ServiceAlarm {
  readonly key: string;
  readonly per: "group" | "balancer" | "service";
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: string;
  readonly comparisonOperator: string;
  readonly threshold: number;
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly alarmDescription: string;
}

const minute = { period: 60, evaluationPeriods: 3 };

/**
 * What goes wrong behind an endpoint service. Thresholds are our own.
 * Source of the metrics: Network Load Balancers, "CloudWatch metrics"; AWS PrivateLink Guide, "CloudWatch metrics".
 */
export const SERVICE_ALARMS: readonly ServiceAlarm[] = [
  {
    key: "unhealthy",
    per: "group",
    namespace: "AWS/NetworkELB",
    metricName: "UnHealthyHostCount",
    statistic: "Maximum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    ...minute,
    alarmDescription: "A target of the registry fails its health check",
  },
  {
    key: "healthy",
    per: "group",
    namespace: "AWS/NetworkELB",
    metricName: "HealthyHostCount",
    statistic: "Maximum",
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    ...minute,
    alarmDescription: "No target of the registry is healthy",
  },
  {
    key: "resets",
    per: "balancer",
    namespace: "AWS/NetworkELB",
    metricName: "TCP_ELB_Reset_Count",
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 100,
    ...minute,
    alarmDescription: "The load balancer resets many connections",
  },
  {
    key: "ports",
    per: "balancer",
    namespace: "AWS/NetworkELB",
    metricName: "PortAllocationErrorCount",
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 0,
    ...minute,
    alarmDescription: "Connections fail for want of ports: more than 55,000 to one target; add targets",
  },
  {
    key: "refused",
    per: "service",
    namespace: "AWS/PrivateLinkServices",
    metricName: "RstPacketsSent",
    statistic: "Sum",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 100,
    ...minute,
    alarmDescription: "The registry resets many connections over PrivateLink",
  },
];
