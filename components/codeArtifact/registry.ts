import * as pulumi from "@pulumi/pulumi";
import { Domain } from "@pulumi/aws/codeartifact/domain.js";
import type { CodeArtifactPlan } from "../../plan/codeArtifact/plan.ts";

export interface CodeArtifactRegistryArgs {
  readonly registry: CodeArtifactPlan;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A CodeArtifact domain with its repositories. */
export class CodeArtifactRegistry extends pulumi.ComponentResource {
  /** ARN of the bucket the domain keeps its assets in, e.g. `arn:aws:s3:::assets-193858265520-us-east-1`. */
  readonly assetBucketArn: pulumi.Output<string>;

  constructor(name: string, args: CodeArtifactRegistryArgs, opts: pulumi.ComponentResourceOptions) {
    const { registry, tags } = args;
    super("causeway:aws:CodeArtifactRegistry", name, { domain: registry.domain }, opts);
    const domain = new Domain(name, { domain: registry.domain, tags }, { parent: this });
    this.assetBucketArn = domain.s3BucketArn;
    this.registerOutputs({ assetBucketArn: this.assetBucketArn });
  }
}
