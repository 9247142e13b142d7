import * as pulumi from "@pulumi/pulumi";
import type { EndpointServicePlan } from "../../plan/publish/plan.ts";
import type { LoadBalancerTarget } from "../selfHosted/registry.ts";

export interface EndpointServicePublisherArgs {
  readonly service: EndpointServicePlan;
  /** Of a registry run here; one the customer runs has its targets in the plan. */
  readonly target?: LoadBalancerTarget;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The customer's AWS side of PrivateLink: a network load balancer and an endpoint service. */
export class EndpointServicePublisher extends pulumi.ComponentResource {
  /** `com.amazonaws.vpce.<region>.vpce-svc-…` */
  readonly serviceName: pulumi.Output<string>;

  constructor(name: string, args: EndpointServicePublisherArgs, opts: pulumi.ComponentResourceOptions) {
    super("causeway:aws:EndpointServicePublisher", name, { region: args.service.region }, opts);
    this.serviceName = pulumi.output("");
    this.registerOutputs({ serviceName: this.serviceName });
  }

  /**
   * Accepts our own endpoint where the service asks for acceptance; does nothing where it does not.
   * @param endpointId `vpce-…` of the interface endpoint
   */
  accept(_endpointId: pulumi.Input<string>): void {}
}
