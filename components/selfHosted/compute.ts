import { Group } from "@pulumi/aws/autoscaling/group.js";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate.js";
import type { InstanceProfile } from "@pulumi/aws/iam/instanceProfile.js";
import type { Key } from "@pulumi/aws/kms/key.js";
import type { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Groups } from "./groups.ts";
import type { RegistryNetwork } from "./network.ts";
import type { Scope } from "./scope.ts";

/**
 * Amazon Linux 2023, resolved when an instance starts: every new instance is up to date, and a new image replaces none.
 * Source: EC2 User Guide, "Use a Systems Manager parameter instead of an AMI ID".
 */
const IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

const ROOT_GIB = 30;

export interface ComputeArgs {
  readonly network: RegistryNetwork;
  readonly groups: Groups;
  readonly key: Key;
  readonly profile: InstanceProfile;
  readonly targetGroups: readonly TargetGroup[];
  /** Base64; holds names and ARNs, never a secret. */
  readonly userData: pulumi.Output<string>;
  /** What has to be there before the first instance starts. */
  readonly before: readonly pulumi.Resource[];
}

/** One instance that replaces itself; everything worth keeping is elsewhere. */
export function compute(scope: Scope, args: ComputeArgs): Group {
  const { plan, parent, tags } = scope;
  const name = `${plan.name}-app`;
  const template = launchTemplate(scope, args);
  // One that keeps packages on a volume of its own goes before the next one comes: two would write over each other.
  const alone = plan.app.kind === "generic" && plan.app.data !== undefined;
  const preferences = alone
    ? { minHealthyPercentage: 0, maxHealthyPercentage: 100 }
    : { minHealthyPercentage: 100, maxHealthyPercentage: 200 };
  return new Group(
    name,
    {
      name,
      minSize: alone ? 0 : 1,
      maxSize: alone ? 1 : 2,
      desiredCapacity: 1,
      vpcZoneIdentifiers: [...args.network.subnetIds("app")],
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      targetGroupArns: args.targetGroups.map(({ arn }) => arn),
      healthCheckType: "ELB",
      // the alarm on instances in service reads this; a group tells nothing unless asked to
      enabledMetrics: ["GroupInServiceInstances"],
      metricsGranularity: "1Minute",
      healthCheckGracePeriod: 600,
      instanceRefresh: { strategy: "Rolling", preferences },
      tags: Object.entries(tags(name)).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
    },
    { parent, dependsOn: [...args.before] },
  );
}

function launchTemplate(
  { plan, parent, tags }: Scope,
  { groups, key, profile, userData }: ComputeArgs,
): LaunchTemplate {
  const name = `${plan.name}-app`;
  const ebs = (volumeSize: number) => ({
    volumeType: "gp3",
    volumeSize,
    encrypted: "true",
    deleteOnTermination: "true",
  });
  const data = plan.app.kind === "generic" ? plan.app.data : undefined;
  const seed = plan.layout === "seed";
  return new LaunchTemplate(
    name,
    {
      name,
      imageId: IMAGE,
      instanceType: plan.instanceType,
      iamInstanceProfile: { arn: profile.arn },
      ...(seed
        ? { networkInterfaces: [{ associatePublicIpAddress: "true", securityGroups: [groups.app.id] }] }
        : { vpcSecurityGroupIds: [groups.app.id] }),
      ...(plan.ssh === undefined ? {} : { keyName: plan.ssh.keyName }),
      // The sidecar asks from inside a container, one hop further away.
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: needsHop(plan.app) ? 2 : 1,
        instanceMetadataTags: "disabled",
      },
      blockDeviceMappings: [
        { deviceName: "/dev/xvda", ebs: ebs(ROOT_GIB) },
        ...(data === undefined ? [] : [{ deviceName: "/dev/sdf", ebs: { ...ebs(data.sizeGiB), kmsKeyId: key.arn } }]),
      ],
      monitoring: { enabled: true },
      ebsOptimized: "true",
      userData,
      updateDefaultVersion: true,
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags: tags(name) })),
      tags: tags(name),
    },
    { parent },
  );
}

const needsHop = (app: Scope["plan"]["app"]): boolean => app.kind === "quilt" && app.s3Identity.kind !== "iam-user";
