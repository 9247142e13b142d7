/** What goes wrong with registries, by the thing it happens to and the metric that shows it. */
import { isNetworkBalancer, LOAD_BALANCER, SCALING_GROUP, TARGET_GROUP } from "../../sandbox/aws/elb.ts";
import { balancersOf } from "../../sandbox/aws/targetGroup.ts";
import { CERTIFICATE } from "../../sandbox/aws/certificates.ts";
import { texts, type Values } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";

/** One thing that goes wrong: what its metric is every minute while all is well, and while it is not. */
export interface Failure {
  readonly type: string;
  /** Whether it is about an object of that type. */
  readonly of?: (object: CloudObject, world: World) => boolean;
  readonly namespace: string;
  readonly metric: string;
  /** Dimensions the service gives the metric. */
  readonly dimensions: (object: CloudObject, world: World) => Values;
  readonly well: number;
  readonly ill: number;
}

const suffix = (object: CloudObject): Values => ({ LoadBalancer: object.attrs["arnSuffix"] });
const application = (object: CloudObject): boolean => !isNetworkBalancer(object);
const before = (group: CloudObject, world: World): CloudObject | undefined => {
  const [arn] = balancersOf(world, group);
  return world.all(LOAD_BALANCER).find(({ id }) => id === arn);
};
const group = (object: CloudObject, world: World): Values => ({
  LoadBalancer: before(object, world)?.attrs["arnSuffix"],
  TargetGroup: object.attrs["arnSuffix"],
});
const behind =
  (network: boolean) =>
  (object: CloudObject, world: World): boolean => {
    const found = before(object, world);
    return found !== undefined && isNetworkBalancer(found) === network;
  };
const scaling = ({ name }: CloudObject): Values => ({ AutoScalingGroupName: name });

/** Source: Network Load Balancers, CloudWatch metrics; AWS PrivateLink Guide, CloudWatch metrics. */
const PUBLISHED: readonly Failure[] = [
  ...[
    { metric: "UnHealthyHostCount", well: 0, ill: 1 },
    { metric: "HealthyHostCount", well: 1, ill: 0 },
  ].map((one) => ({
    ...{ type: TARGET_GROUP, of: behind(true), namespace: "AWS/NetworkELB", dimensions: group, ...one },
  })),
  ...[
    { metric: "TCP_ELB_Reset_Count", well: 5, ill: 1000 },
    { metric: "PortAllocationErrorCount", well: 0, ill: 5 },
  ].map((one) => ({
    ...{ type: LOAD_BALANCER, of: isNetworkBalancer, namespace: "AWS/NetworkELB", dimensions: suffix, ...one },
  })),
  {
    ...{ type: "aws:ec2/vpcEndpointService:VpcEndpointService", namespace: "AWS/PrivateLinkServices" },
    ...{ metric: "RstPacketsSent", dimensions: ({ id }) => ({ "Service Id": id }), well: 5, ill: 1000 },
  },
];

/** Source: Application Load Balancers, CloudWatch metrics; Certificate Manager, Supported CloudWatch metrics. */
const FRONT: readonly Failure[] = [
  ...[
    { metric: "HTTPCode_ELB_5XX_Count", well: 0, ill: 30 },
    { metric: "TargetResponseTime", well: 0.5, ill: 15 },
  ].map((one) => ({
    ...{ type: LOAD_BALANCER, of: application, namespace: "AWS/ApplicationELB", dimensions: suffix, ...one },
  })),
  {
    ...{ type: TARGET_GROUP, of: behind(false), namespace: "AWS/ApplicationELB", metric: "UnHealthyHostCount" },
    ...{ dimensions: group, well: 0, ill: 1 },
  },
  {
    ...{ type: CERTIFICATE, namespace: "AWS/CertificateManager", metric: "DaysToExpiry", well: 60, ill: 20 },
    dimensions: ({ id }) => ({ CertificateArn: id }),
  },
];

/**
 * Sources: EC2 Auto Scaling User Guide, CloudWatch metrics: a group tells those it is asked for; CloudWatch agent, Metrics
 * collected; EC2 User Guide, CloudWatch metrics: EBS metrics of Nitro-based instances.
 */
const MACHINES: readonly Failure[] = [
  {
    ...{ type: SCALING_GROUP, namespace: "AWS/AutoScaling", metric: "GroupInServiceInstances", well: 1, ill: 0 },
    dimensions: (object) =>
      texts(object.args["enabledMetrics"]).includes("GroupInServiceInstances") &&
      object.args["metricsGranularity"] === "1Minute"
        ? scaling(object)
        : { none: true },
  },
  ...["disk_used_percent", "mem_used_percent"].map((metric) => ({
    ...{ type: SCALING_GROUP, namespace: "CWAgent", metric, dimensions: scaling, well: 50, ill: 95 },
  })),
  {
    ...{ type: SCALING_GROUP, namespace: "AWS/EC2", metric: "EBSIOBalance%", dimensions: scaling },
    ...{ well: 90, ill: 5 },
  },
  {
    // the instance measures this one itself
    ...{ type: SCALING_GROUP, namespace: "Causeway/SelfHosted", metric: "EnvRefreshFailures", well: 0, ill: 1 },
    dimensions: ({ name }) => ({ Registry: name!.replace(/-app$/, "") }),
  },
];

const MIB = 1024 ** 2;

/** Source: Amazon RDS User Guide, Amazon CloudWatch metrics for RDS; AWS Backup Developer Guide, Monitoring with CloudWatch. */
const KEPT: readonly Failure[] = [
  ...[
    { metric: "CPUUtilization", well: 40, ill: 98 },
    { metric: "FreeStorageSpace", well: 10_240 * MIB, ill: 512 * MIB },
    { metric: "FreeableMemory", well: 1024 * MIB, ill: 64 * MIB },
    { metric: "DatabaseConnections", well: 20, ill: 150 },
  ].map((one) => ({
    ...{ type: "aws:rds/instance:Instance", namespace: "AWS/RDS", ...one },
    dimensions: ({ args }: CloudObject) => ({ DBInstanceIdentifier: args["identifier"] }),
  })),
  {
    ...{ type: "aws:backup/vault:Vault", namespace: "AWS/Backup", metric: "NumberOfBackupJobsFailed" },
    ...{ dimensions: ({ name }) => ({ BackupVaultName: name }), well: 0, ill: 1 },
  },
];

export const FAILURES: readonly Failure[] = [...PUBLISHED, ...FRONT, ...MACHINES, ...KEPT];
