import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import { Schedule } from "@pulumi/aws/scheduler/schedule.js";
import * as pulumi from "@pulumi/pulumi";
import type { Retention } from "../../plan/codeArtifact/customer.ts";
import type { CodeArtifactPlan } from "../../plan/codeArtifact/plan.ts";
import { retentionPolicy } from "../../plan/codeArtifact/retentionPolicy.ts";
import { RETENTION_SCRIPT } from "../../plan/codeArtifact/retentionScript.ts";
import { fit } from "../../plan/names.ts";
import { policyDocument } from "../../plan/policyDocument.ts";
import { serviceTrust } from "../../plan/serviceTrust.ts";

export interface CodeArtifactRetentionArgs {
  readonly registry: CodeArtifactPlan;
  readonly retention: Retention;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A function that gives old versions up, started by a schedule. Dry, it may only read: leave to archive, dispose or
 * delete comes with the first rule that does so for real.
 */
export class CodeArtifactRetention extends pulumi.ComponentResource {
  readonly functionArn: pulumi.Output<string>;

  constructor(name: string, args: CodeArtifactRetentionArgs, opts: pulumi.ComponentResourceOptions) {
    const { registry, retention, tags } = args;
    const { dryRun, rules, schedule } = retention;
    super("causeway:aws:CodeArtifactRetention", name, { dryRun }, opts);
    // Source: AWS Lambda API Reference and IAM User Guide: names of functions and roles have 64 characters.
    const functionName = fit(`${name}-retention`, 64);
    const group = new LogGroup(
      functionName,
      { name: `/aws/lambda/${functionName}`, retentionInDays: registry.monitoring.logRetentionDays, tags },
      { parent: this },
    );
    const role = this.createRole(functionName, serviceTrust("lambda.amazonaws.com"), tags);
    const policy = group.arn.apply((arn) => retentionPolicy(registry, retention, arn));
    const allowed = new RolePolicy(functionName, { name: "retain", role: role.name, policy }, { parent: this });
    const { domain, accountID: domainOwner } = registry;
    const run = new LambdaFunction(
      functionName,
      {
        name: functionName,
        role: role.arn,
        runtime: "nodejs22.x",
        handler: "index.handler",
        timeout: 900,
        code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(RETENTION_SCRIPT) }),
        environment: { variables: { RETENTION: JSON.stringify({ domain, domainOwner, dryRun, rules }) } },
        tags,
      },
      { parent: this, dependsOn: [allowed] },
    );
    // Source: EventBridge Scheduler User Guide, "Confused deputy prevention".
    const starts = serviceTrust("scheduler.amazonaws.com", registry.accountID);
    const starter = this.createRole(fit(`${name}-retention-start`, 64), starts, tags);
    new RolePolicy(
      `${functionName}-start`,
      {
        name: "start",
        role: starter.name,
        policy: run.arn.apply((Resource) =>
          policyDocument([{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource }]),
        ),
      },
      { parent: this },
    );
    new Schedule(
      functionName,
      {
        name: functionName,
        scheduleExpression: schedule,
        flexibleTimeWindow: { mode: "OFF" },
        target: { arn: run.arn, roleArn: starter.arn },
      },
      { parent: this },
    );
    this.functionArn = run.arn;
    this.registerOutputs({ functionArn: this.functionArn });
  }

  private createRole(name: string, assumeRolePolicy: string, tags: Readonly<Record<string, string>>): Role {
    return new Role(name, { name, assumeRolePolicy, tags }, { parent: this });
  }
}
