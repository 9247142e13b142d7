import type * as pulumi from "@pulumi/pulumi";
import type { SelfHostedPlan } from "../../plan/selfHosted/plan.ts";

/** What every part of a self-hosted registry is declared with. */
export interface Scope {
  readonly plan: SelfHostedPlan;
  readonly parent: pulumi.Resource;
  /** Tags of a resource with a visible name. */
  readonly tags: (name: string) => Record<string, string>;
}

/** Lets a service of AWS's act in a role, on behalf of this account alone. Source: IAM User Guide, the confused deputy problem. */
export const trust = (service: string, accountID?: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        ...(accountID === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": accountID } } }),
      },
    ],
  });
