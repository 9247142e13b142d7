import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { SESSION_SECONDS } from "../../plan/codeArtifact/facts.ts";
import type { ConsumerPlan } from "../../plan/codeArtifact/plan.ts";
import { consumerTrust } from "../../plan/codeArtifact/policies.ts";

export interface CodeArtifactConsumerRoleArgs {
  readonly consumer: ConsumerPlan;
  /** Unique id of the Google service account that takes the role. */
  readonly serviceAccountID: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** The role through which a Google service account reads a registry, by its identity token and without any key. */
export class CodeArtifactConsumerRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: CodeArtifactConsumerRoleArgs, opts: pulumi.ComponentResourceOptions) {
    const { consumer, serviceAccountID, tags } = args;
    super("causeway:aws:CodeArtifactConsumerRole", name, { audience: consumer.audience }, opts);
    const { permissionsBoundaryARN } = consumer;
    const role = new Role(
      name,
      {
        name: consumer.roleName,
        description: "Reads a CodeArtifact registry from Google Cloud",
        assumeRolePolicy: pulumi.output(serviceAccountID).apply((id) => consumerTrust(id, consumer.audience)),
        maxSessionDuration: SESSION_SECONDS,
        ...(permissionsBoundaryARN === undefined ? {} : { permissionsBoundary: permissionsBoundaryARN }),
        tags,
      },
      { parent: this },
    );
    new RolePolicy(name, { name: "read", role: role.name, policy: consumer.policy }, { parent: this });
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
