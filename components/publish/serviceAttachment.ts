import * as pulumi from "@pulumi/pulumi";
import type { ServiceAttachmentPlan } from "../../plan/publish/plan.ts";

export interface ServiceAttachmentPublisherArgs {
  readonly attachment: ServiceAttachmentPlan;
  /** Labels of every resource. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The customer's Google side of Private Service Connect: a load balancer and a service attachment. */
export class ServiceAttachmentPublisher extends pulumi.ComponentResource {
  /** `projects/<project>/regions/<region>/serviceAttachments/<name>` */
  readonly targetService: pulumi.Output<string>;

  constructor(name: string, args: ServiceAttachmentPublisherArgs, opts: pulumi.ComponentResourceOptions) {
    super("causeway:gcp:ServiceAttachmentPublisher", name, { region: args.attachment.region }, opts);
    this.targetService = pulumi.output("");
    this.registerOutputs({ targetService: this.targetService });
  }
}
