import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import type { Instance } from "@pulumi/aws/rds/instance.js";
import type { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { userData } from "../../plan/selfHosted/bootstrap/cloudInit.ts";
import type { QuiltApp } from "../../plan/selfHosted/customer.ts";
import { subnetsFor, type SelfHostedPlan } from "../../plan/selfHosted/plan.ts";
import * as runbooks from "../../plan/selfHosted/runbooks.ts";
import { alarms } from "./alarms.ts";
import { balancer, type Balancer } from "./balancer.ts";
import { compute } from "./compute.ts";
import { backups, database, databaseSecretArn } from "./database.ts";
import { groups, type Groups } from "./groups.ts";
import { instanceProfile, registryUser, secret, type RegistryUser } from "./identity.ts";
import { network, serviceEndpoints, type RegistryNetwork } from "./network.ts";
import type { Scope } from "./scope.ts";
import { accessLogs, key as makeKey, packages } from "./storage.ts";
import type { Key } from "@pulumi/aws/kms/key.js";

export interface SelfHostedRegistryArgs {
  readonly registry: SelfHostedPlan;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What a publisher needs of a registry that runs behind an application load balancer. */
export interface LoadBalancerTarget {
  readonly vpcId: pulumi.Output<string>;
  /** Subnets for a network load balancer, one per zone. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** AZ ids of those subnets, e.g. `use1-az1`. */
  readonly zoneIDs: readonly string[];
  readonly loadBalancerArn: pulumi.Output<string>;
  /** The HTTPS listener: it has to exist before a target group takes its load balancer. */
  readonly listener: pulumi.Resource;
  /** Security group of the load balancer: whoever forwards to it adds a rule. */
  readonly securityGroupId: pulumi.Output<string>;
}

/** A name that has to lead to the load balancer. */
export interface CnameRecord {
  readonly name: string;
  readonly type: "CNAME";
  readonly value: pulumi.Output<string>;
}

/** What is known of a registry once it runs; the first two are the published template's own names. */
export interface SelfHostedOutputs {
  readonly LoadBalancerDNSName: pulumi.Output<string>;
  /** Command that tells the instance's address: an instance that replaces itself has none that lasts. */
  readonly EC2InstanceIp: pulumi.Output<string>;
  readonly autoScalingGroupName: pulumi.Output<string>;
  readonly registryUrl: string;
  readonly catalogUrl?: string;
  readonly packageBucket?: string;
  readonly dbEndpoint?: pulumi.Output<string>;
  readonly dbSecretArn?: pulumi.Output<string>;
  readonly registryUserName?: pulumi.Output<string>;
  readonly albArn: pulumi.Output<string>;
  readonly albSecurityGroupId: pulumi.Output<string>;
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** For the customer's DNS, where no hosted zone is given. */
  readonly cnameRecords: readonly CnameRecord[];
  readonly createAdminCommand?: pulumi.Output<string>;
  readonly rotateKeyRunbook?: string;
  readonly backupRunbook: string;
}

/** The quilt profile's own parts. */
interface QuiltParts {
  readonly app: QuiltApp;
  readonly instance: Instance;
  readonly secretArn: pulumi.Output<string>;
  readonly signing: Secret;
  readonly user?: RegistryUser;
}

/**
 * A registry run here, in a VPC of its own: an application load balancer, one instance that replaces itself, and what it
 * keeps: a bucket and, of the quilt profile, a database. Everything that holds data is protected until the removal of the
 * block is permitted; a bucket that is not empty stays whatever happens.
 *
 * A change of images, settings or instance type replaces the instance and nothing else, in minutes.
 */
export class SelfHostedRegistry extends pulumi.ComponentResource {
  readonly target: LoadBalancerTarget;
  readonly outputs: SelfHostedOutputs;

  constructor(name: string, args: SelfHostedRegistryArgs, opts: pulumi.ComponentResourceOptions) {
    const { registry: plan, tags } = args;
    super("causeway:aws:SelfHostedRegistry", name, { region: plan.region, profile: plan.profile }, opts);
    const scope: Scope = { plan, parent: this, tags: (visible) => ({ ...tags, Name: visible }) };
    const net = network(scope);
    const secured = groups(scope, net);
    const key = makeKey(scope);
    const quilt = quiltParts(scope, net, secured, key);
    const stored = plan.dataBucket === undefined ? undefined : packages(scope, plan.dataBucket, key);
    const front = balancer(scope, net, secured, accessLogs(scope));
    const before = stored === undefined ? [] : [stored.policy];
    const group = this.instances(scope, net, secured, key, quilt, front, before);
    alarms(scope, front, group, quilt?.instance);
    this.target = {
      vpcId: net.vpc.id,
      subnetIds: net.subnetIds("app"),
      zoneIDs: subnetsFor(plan, "app").map(({ zoneID }) => zoneID),
      loadBalancerArn: front.balancer.arn,
      listener: front.listener,
      securityGroupId: secured.alb.id,
    };
    this.outputs = outputs(plan, net, secured, front, group.name, quilt);
    this.registerOutputs({ ...this.outputs });
  }

  private instances(
    scope: Scope,
    net: RegistryNetwork,
    secured: Groups,
    key: Key,
    quilt: QuiltParts | undefined,
    front: Balancer,
    before: readonly pulumi.Resource[],
  ) {
    const { plan, parent, tags } = scope;
    const endpoints = secured.endpoints === undefined ? [] : serviceEndpoints(scope, net, secured.endpoints.id);
    const logs = new LogGroup(
      plan.name,
      {
        name: `/causeway/registries/${plan.name}`,
        retentionInDays: plan.logRetentionDays,
        kmsKeyId: key.arn,
        tags: tags(plan.name),
      },
      { parent },
    );
    const { profile, ready } = instanceProfile(scope, {
      key,
      logGroupArn: logs.arn,
      secretArns: secretArns(plan, quilt),
      ...(quilt === undefined ? {} : { signing: quilt.signing }),
    });
    return compute(scope, {
      network: net,
      groups: secured,
      key,
      profile,
      targetGroups: front.targetGroups,
      userData: encodedUserData(plan, logs.name, quilt),
      before: [...net.ways, ...endpoints, ...ready, front.listener, ...before],
    });
  }
}

function quiltParts(scope: Scope, net: RegistryNetwork, secured: Groups, key: Key): QuiltParts | undefined {
  const { app, database: planned } = scope.plan;
  if (app.kind !== "quilt" || planned === undefined) return undefined;
  const instance = database(scope, app, planned, net, secured, key);
  backups(scope, instance, key);
  const signing = secret(scope, "signing", "Signs the sessions of the registry; the instance makes it once", key);
  const identity = app.s3Identity;
  const user = identity.kind === "iam-user" ? registryUser(scope, app, identity.accessKeys, key) : undefined;
  const secretArn = databaseSecretArn(app, instance);
  return { app, instance, secretArn, signing, ...(user === undefined ? {} : { user }) };
}

function secretArns({ app }: SelfHostedPlan, quilt: QuiltParts | undefined): readonly pulumi.Input<string>[] {
  if (app.kind === "generic") return [...new Set(Object.values(app.secrets))].sort();
  const key = quilt?.user?.secret.arn;
  return [quilt!.secretArn, quilt!.signing.arn, app.smtp.credentialsSecretArn, ...(key === undefined ? [] : [key])];
}

function encodedUserData(
  plan: SelfHostedPlan,
  logGroup: pulumi.Output<string>,
  quilt: QuiltParts | undefined,
): pulumi.Output<string> {
  const facts = {
    logGroup,
    ...(quilt === undefined
      ? {}
      : {
          databaseEndpoint: quilt.instance.endpoint,
          databaseSecretArn: quilt.secretArn,
          signingSecretArn: quilt.signing.arn,
          ...(quilt.user === undefined ? {} : { accessKeySecretArn: quilt.user.secret.arn }),
        }),
  };
  return pulumi.output(facts).apply((known) => Buffer.from(userData(plan, known)).toString("base64"));
}

function outputs(
  plan: SelfHostedPlan,
  net: RegistryNetwork,
  secured: Groups,
  { balancer: made }: Balancer,
  autoScalingGroupName: pulumi.Output<string>,
  quilt: QuiltParts | undefined,
): SelfHostedOutputs {
  const { registryHost, hosts, region } = plan;
  return {
    LoadBalancerDNSName: made.dnsName,
    EC2InstanceIp: autoScalingGroupName.apply((group) => runbooks.instanceAddress(group, region)),
    autoScalingGroupName,
    registryUrl: `https://${registryHost}`,
    ...(plan.dataBucket === undefined ? {} : { packageBucket: plan.dataBucket }),
    albArn: made.arn,
    albSecurityGroupId: secured.alb.id,
    vpcId: net.vpc.id,
    subnetIds: [...new Set(plan.subnets.map(({ tier }) => tier))]
      .filter((tier) => subnetsFor(plan, tier).length > 0)
      .flatMap((tier) => net.subnetIds(tier)),
    cnameRecords: hosts.map((host) => ({ name: host, type: "CNAME", value: made.dnsName })),
    backupRunbook: runbooks.backup(plan),
    ...(quilt === undefined ? {} : quiltOutputs(plan, quilt, autoScalingGroupName)),
  };
}

function quiltOutputs({ region, name }: SelfHostedPlan, quilt: QuiltParts, group: pulumi.Output<string>) {
  const { app, instance, secretArn, user } = quilt;
  return {
    catalogUrl: `https://${app.catalogHost}`,
    dbEndpoint: instance.endpoint,
    dbSecretArn: secretArn,
    createAdminCommand: group.apply((found) => runbooks.createAdmin(found, region)),
    ...(user === undefined ? {} : { registryUserName: user.user.name, rotateKeyRunbook: runbooks.rotateKey(name) }),
  };
}
