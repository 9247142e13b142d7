import * as pulumi from "@pulumi/pulumi";
import type { SelfHostedPlan } from "../../plan/selfHosted/plan.ts";

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
  readonly loadBalancerArn: pulumi.Output<string>;
  /** The HTTPS listener: it has to exist before a target group takes its load balancer. */
  readonly listener: pulumi.Resource;
  /** Security group of the load balancer: whoever forwards to it adds a rule. */
  readonly securityGroupId: pulumi.Output<string>;
}

/** A registry run here. */
export class SelfHostedRegistry extends pulumi.ComponentResource {
  readonly target: LoadBalancerTarget;

  constructor(name: string, args: SelfHostedRegistryArgs, opts: pulumi.ComponentResourceOptions) {
    super("causeway:aws:SelfHostedRegistry", name, { region: args.registry.region }, opts);
    const unknown = pulumi.output("");
    this.target = { vpcId: unknown, subnetIds: [], loadBalancerArn: unknown, listener: this, securityGroupId: unknown };
    this.registerOutputs({});
  }
}
