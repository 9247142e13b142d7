import type * as pulumi from "@pulumi/pulumi";
import type { SelfHostedPlan } from "../../plan/selfHosted/plan.ts";

/** What every part of a self-hosted registry is declared with. */
export interface Scope {
  readonly plan: SelfHostedPlan;
  readonly parent: pulumi.Resource;
  /** Tags of a resource with a visible name. */
  readonly tags: (name: string) => Record<string, string>;
}
