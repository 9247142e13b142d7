import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Resource as CloudControlResource } from "@pulumi/aws/cloudcontrol/resource.js";
import { Domain } from "@pulumi/aws/codeartifact/domain.js";
import { DomainPermissions } from "@pulumi/aws/codeartifact/domainPermissions.js";
import { Repository } from "@pulumi/aws/codeartifact/repository.js";
import { RepositoryPermissionsPolicy } from "@pulumi/aws/codeartifact/repositoryPermissionsPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { CodeArtifactPlan, RepositoryPlan } from "../../plan/codeArtifact/plan.ts";
import { CodeArtifactConsumerRole } from "./consumerRole.ts";
import { CodeArtifactMonitoring } from "./monitoring.ts";
import { CodeArtifactRetention } from "./retention.ts";
import { CodeArtifactTokenRefresher } from "./tokenRefresher.ts";

export interface CodeArtifactRegistryArgs {
  readonly registry: CodeArtifactPlan;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Labels of what is made on Google Cloud. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A CodeArtifact domain with its key, repositories, package groups, the role executors' side reads through, and what
 * watches and cleans it. With a refresher it needs two providers: the domain's account and our Google project.
 *
 * Another domain name or key replaces the domain and loses every package, so production's is protected, the key always
 * is, and a key that differs is ignored once the domain is there. Policies, upstreams and groups change in place.
 */
export class CodeArtifactRegistry extends pulumi.ComponentResource {
  readonly domainArn: pulumi.Output<string>;
  readonly domainOwner: pulumi.Output<string>;
  /** ARN of the bucket the domain keeps its assets in, e.g. `arn:aws:s3:::assets-193858265520-us-east-1`. */
  readonly assetBucketArn: pulumi.Output<string>;
  /** Absent with AWS's own key. */
  readonly kmsKeyArn?: pulumi.Output<string>;
  /** By repository, stores included. */
  readonly repositoryArns: Readonly<Record<string, pulumi.Output<string>>>;
  /** URL by repository and format. */
  readonly endpoints: CodeArtifactPlan["outputs"]["endpoints"];
  /** How to sign in, by repository and tool; no token among it. */
  readonly loginCommands: CodeArtifactPlan["outputs"]["loginCommands"];
  readonly policies: CodeArtifactPlan["outputs"]["policies"];
  readonly runbook: CodeArtifactPlan["outputs"]["runbook"];
  readonly consumerRoleArn: pulumi.Output<string>;
  readonly oidcAudience: string;
  /** Secret on our Google project that holds a token; absent where somebody else's service account reads. */
  readonly tokenSecret?: pulumi.Output<string>;
  readonly eventRuleArn?: pulumi.Output<string>;
  readonly topicArn?: pulumi.Output<string>;

  readonly #tags: Readonly<Record<string, string>>;

  constructor(name: string, args: CodeArtifactRegistryArgs, opts: pulumi.ComponentResourceOptions) {
    const { registry, labels = {} } = args;
    super("causeway:aws:CodeArtifactRegistry", name, { domain: registry.domain }, opts);
    this.#tags = { ...args.tags, ...registry.tags };
    const keyArn = this.createKey(name, registry);
    const domain = new Domain(
      name,
      { domain: registry.domain, ...(keyArn === undefined ? {} : { encryptionKey: keyArn }), tags: this.#tags },
      { parent: this, protect: registry.protect, ignoreChanges: ["encryptionKey"] },
    );
    if (registry.domainPolicy !== undefined) {
      new DomainPermissions(
        name,
        { domain: domain.domain, domainOwner: domain.owner, policyDocument: registry.domainPolicy },
        { parent: this },
      );
    }
    const repositories = this.createRepositories(registry, domain);
    this.createPackageGroups(registry, domain, Object.values(repositories));
    const { refresher } = registry;
    const tokens = refresher && new CodeArtifactTokenRefresher(refresher.name, { refresher, labels }, { parent: this });
    const role = new CodeArtifactConsumerRole(
      registry.consumer.roleName,
      {
        consumer: registry.consumer,
        serviceAccountID: tokens?.serviceAccountID ?? registry.consumer.serviceAccountID!,
        tags: this.#tags,
      },
      { parent: this },
    );
    const watched = { registry, consumerRoleArn: role.arn, tags: this.#tags };
    const monitoring = registry.monitoring.events
      ? new CodeArtifactMonitoring(name, watched, { parent: this })
      : undefined;
    if (registry.retention !== undefined) {
      new CodeArtifactRetention(name, { registry, retention: registry.retention, tags: this.#tags }, { parent: this });
    }
    this.domainArn = domain.arn;
    this.domainOwner = domain.owner;
    this.assetBucketArn = domain.s3BucketArn;
    if (keyArn !== undefined) this.kmsKeyArn = pulumi.output(keyArn);
    this.repositoryArns = Object.fromEntries(Object.entries(repositories).map(([key, { arn }]) => [key, arn]));
    this.endpoints = registry.outputs.endpoints;
    this.loginCommands = registry.outputs.loginCommands;
    this.policies = registry.outputs.policies;
    this.runbook = registry.outputs.runbook;
    this.consumerRoleArn = role.arn;
    this.oidcAudience = registry.consumer.audience;
    if (tokens !== undefined) this.tokenSecret = tokens.secretName;
    if (monitoring !== undefined) {
      this.eventRuleArn = monitoring.ruleArn;
      this.topicArn = monitoring.topicArn;
    }
    this.registerOutputs({ domainArn: this.domainArn, assetBucketArn: this.assetBucketArn });
  }

  private createKey(name: string, { key, domain }: CodeArtifactPlan): pulumi.Input<string> | undefined {
    if (key.kind !== "create") return key.kind === "existing" ? key.arn : undefined;
    const made = new Key(
      name,
      {
        description: `CodeArtifact domain ${domain}`,
        enableKeyRotation: true,
        rotationPeriodInDays: key.rotationDays,
        deletionWindowInDays: key.deletionWindowDays,
        policy: key.policy,
        tags: this.#tags,
      },
      { parent: this, protect: key.protect },
    );
    new Alias(name, { name: key.alias, targetKeyId: made.keyId }, { parent: this });
    return made.arn;
  }

  /** Each after its upstreams: the plan has them in that order, and every reference is to what was made before. */
  private createRepositories({ repositories }: CodeArtifactPlan, domain: Domain): Readonly<Record<string, Repository>> {
    const made: Record<string, Repository> = {};
    for (const planned of repositories) {
      const { name, resourceName, policy } = planned;
      const repository = this.createRepository(planned, domain, made);
      made[name] = repository;
      if (policy === undefined) continue;
      new RepositoryPermissionsPolicy(
        resourceName,
        {
          domain: domain.domain,
          domainOwner: domain.owner,
          repository: repository.repository,
          policyDocument: policy,
        },
        { parent: this },
      );
    }
    return made;
  }

  /**
   * Upstreams are left out where there are none, since the provider takes no empty list; it can neither take the last
   * upstream away nor exchange an external connection, so both replace the repository.
   */
  private createRepository(
    { name, resourceName, description, connection, upstreams, protect }: RepositoryPlan,
    domain: Domain,
    made: Readonly<Record<string, Repository>>,
  ): Repository {
    return new Repository(
      resourceName,
      {
        domain: domain.domain,
        domainOwner: domain.owner,
        repository: name,
        ...(description === undefined ? {} : { description }),
        ...(connection === undefined ? {} : { externalConnections: { externalConnectionName: connection } }),
        ...(upstreams.length === 0
          ? {}
          : { upstreams: upstreams.map((upstream) => ({ repositoryName: made[upstream]!.repository })) }),
        tags: this.#tags,
      },
      {
        parent: this,
        protect,
        deleteBeforeReplace: true,
        replaceOnChanges: ["externalConnections", ...(upstreams.length === 0 ? ["upstreams"] : [])],
      },
    );
  }

  /** The provider has no type for package groups; Cloud Control makes them. They name repositories, which come first. */
  private createPackageGroups({ packageGroups }: CodeArtifactPlan, domain: Domain, after: readonly Repository[]): void {
    for (const { resourceName, state } of packageGroups) {
      new CloudControlResource(
        resourceName,
        { typeName: "AWS::CodeArtifact::PackageGroup", desiredState: state },
        { parent: this, dependsOn: [domain, ...after] },
      );
    }
  }
}
