import { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import { InstanceProfile } from "@pulumi/aws/iam/instanceProfile.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import type { Key } from "@pulumi/aws/kms/key.js";
import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../../plan/policyDocument.ts";
import { shortHash } from "../../plan/names.ts";
import type { AccessKeys, QuiltApp } from "../../plan/selfHosted/customer.ts";
import { instancePolicy, packageStatements } from "../../plan/selfHosted/policies.ts";
import { serviceTrust } from "../../plan/serviceTrust.ts";
import type { Scope } from "./scope.ts";

/** Source: AWS Systems Manager User Guide, "Configure instance permissions"; CloudWatch User Guide, agent roles. */
const SESSIONS = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

/**
 * A secret encrypted with the registry's key. Once there is leave to delete it, it goes at once: one that waits to be
 * recovered keeps its name, and a registry made again would stop half-way. Both values are made anew for whoever needs one.
 */
export function secret(
  { plan, parent, tags }: Scope,
  suffix: "signing" | "access-key",
  description: string,
  key: Key,
): Secret {
  const name = `${plan.name}-${suffix}`;
  const protect = suffix === "access-key" ? plan.protect.accessKey : plan.protect.data;
  return new Secret(
    name,
    { name, description, kmsKeyId: key.arn, recoveryWindowInDays: 0, tags: tags(name) },
    { parent, protect },
  );
}

/** The user of the published template, who signs URLs that last: a key without an end. */
export interface RegistryUser {
  readonly user: User;
  readonly secret: Secret;
}

/** A user with the packages' rights, a key in each slot, and the active one in Secrets Manager, where the host takes it up. */
export function registryUser(scope: Scope, app: QuiltApp, keys: AccessKeys, key: Key): RegistryUser {
  const { plan, parent, tags } = scope;
  const name = `${plan.name}-user`;
  const visible = `${app.teamId}-RegistryUser-${shortHash(plan.name)}`;
  const user = new User(name, { name: visible, path: "/", tags: tags(visible) }, { parent });
  const policy = key.arn.apply((arn) =>
    policyDocument(packageStatements(app.packageBucketName, arn, plan.seedCompatible)),
  );
  new UserPolicy(name, { name: "quilt-registry-s3", user: user.name, policy }, { parent });
  const slots = new Map(
    keys.slots.map((slot) => [slot, new AccessKey(`${name}-${slot}`, { user: user.name }, { parent })]),
  );
  const active = slots.get(keys.active)!;
  const kept = secret(scope, "access-key", "Key the registry signs URLs with", key);
  const secretString = pulumi.secret(
    pulumi
      .all([active.id, active.secret])
      .apply(([accessKeyId, secretAccessKey]) => JSON.stringify({ accessKeyId, secretAccessKey })),
  );
  new SecretVersion(`${plan.name}-access-key`, { secretId: kept.id, secretString }, { parent });
  return { user, secret: kept };
}

/** What the instance's policy is written with. */
export interface InstanceNeeds {
  readonly key: Key;
  readonly logGroupArn: pulumi.Output<string>;
  readonly secretArns: readonly pulumi.Input<string>[];
  readonly signing?: Secret;
}

/** The instance's role: Session Manager, its secrets, its logs, its images, its packages. */
export function instanceProfile(
  { plan, parent, tags }: Scope,
  { key, logGroupArn, secretArns, signing }: InstanceNeeds,
): { readonly profile: InstanceProfile; readonly ready: readonly pulumi.Resource[] } {
  const name = `${plan.name}-app`;
  const role = new Role(
    name,
    { name, assumeRolePolicy: serviceTrust("ec2.amazonaws.com"), tags: tags(name) },
    { parent },
  );
  const attachment = new RolePolicyAttachment(name, { role: role.name, policyArn: SESSIONS }, { parent });
  const policy = pulumi
    .all([key.arn, logGroupArn, pulumi.all([...secretArns]), pulumi.output(signing?.arn)])
    .apply(([keyArn, logGroup, secrets, signingArn]) =>
      instancePolicy(plan, {
        key: keyArn,
        logGroup,
        secrets,
        ...(signingArn === undefined ? {} : { signing: signingArn }),
      }),
    );
  const own = new RolePolicy(name, { name: "registry", role: role.name, policy }, { parent });
  const profile = new InstanceProfile(name, { name, role: role.name, tags: tags(name) }, { parent });
  return { profile, ready: [attachment, own] };
}
