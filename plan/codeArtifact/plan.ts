import type { Customer, Registry } from "../customer.ts";
import { isPermitted } from "../guards.ts";
import { fit, physicalName } from "../names.ts";
import type { CodeArtifact, CodeArtifactMonitoring, Retention } from "./customer.ts";
import { FORMATS, STORES } from "./facts.ts";
import { audience, repositoryEndpoint } from "./names.ts";
import { loginCommands, type Tool } from "./login.ts";
import { desiredState, packageGroups } from "./packageGroups.ts";
import * as policies from "./policies.ts";
import { planRefresher, type RefresherPlan } from "./refresherPlan.ts";
import { inOrder } from "./upstreams.ts";

/** A repository with its source and policy decided: a public connection, upstreams, or neither. */
export interface RepositoryPlan {
  readonly name: string;
  /** Logical name, `<customer>-<registry>-<repository>`. */
  readonly resourceName: string;
  readonly description?: string;
  readonly connection?: string;
  readonly upstreams: readonly string[];
  /** JSON. */
  readonly policy?: string;
  readonly protect: boolean;
}

/** The role a Google service account takes to read. */
export interface ConsumerPlan {
  readonly roleName: string;
  readonly audience: string;
  /** Of a service account that is there; without it the refresher's own. */
  readonly serviceAccountID?: string;
  readonly permissionsBoundaryARN?: string;
  /** JSON. */
  readonly policy: string;
}

/** A key to make, one that is there, or AWS's own. */
export type KeyPlan =
  | {
      readonly kind: "create";
      readonly alias: string;
      readonly rotationDays: number;
      readonly deletionWindowDays: number;
      /** JSON. */
      readonly policy: string;
      readonly protect: boolean;
    }
  | { readonly kind: "existing"; readonly arn: string }
  | { readonly kind: "aws" };

/** A domain and its repositories with every name and policy decided. */
export interface CodeArtifactPlan {
  readonly accountID: string;
  readonly region: string;
  readonly domain: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly protect: boolean;
  readonly key: KeyPlan;
  /** JSON. */
  readonly domainPolicy?: string;
  /** Each after its upstreams. */
  readonly repositories: readonly RepositoryPlan[];
  /** Names of the repositories consumers read: those that are no stores. */
  readonly readable: readonly string[];
  /** ARNs of all who read over our endpoints: the consumer's role. */
  readonly principals: readonly string[];
  readonly packageGroups: readonly {
    readonly pattern: string;
    readonly resourceName: string;
    readonly state: string;
  }[];
  readonly consumer: ConsumerPlan;
  readonly refresher?: RefresherPlan;
  readonly monitoring: CodeArtifactMonitoring & { readonly logRetentionDays: number };
  readonly retention?: Retention;
  readonly outputs: {
    /** URL by repository and format. */
    readonly endpoints: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly loginCommands: Readonly<Record<string, Readonly<Record<Tool, string>>>>;
    /** Documents (JSON) to attach to roles of people's own. */
    readonly policies: { readonly administrator: string; readonly deployer: string };
    readonly runbook: { readonly revoke: string; readonly rotate: string };
  };
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planCodeArtifact(customer: Customer, registry: Registry, codeArtifact: CodeArtifact): CodeArtifactPlan {
  const { accountID, region, domain, consumer } = codeArtifact;
  const base = physicalName(customer.name, registry.key);
  const at = `registries[${registry.key}].codeArtifact`;
  const held = (path: string): boolean => !isPermitted(customer, `${at}${path}`);
  const roleName = fit(`${base}-reader`, 64);
  const roleARN = `arn:aws:iam::${accountID}:role/${roleName}`;
  const readable = codeArtifact.repositories.map(({ name }) => name);
  const refresher =
    consumer.serviceAccountID === undefined
      ? planRefresher(customer, registry, codeArtifact, { roleARN, audience: audience(codeArtifact) })
      : undefined;
  const domainPolicy = policies.domainPolicy(codeArtifact);
  return {
    accountID,
    region,
    domain,
    tags: codeArtifact.tags,
    protect: codeArtifact.environment === "prod" && held(".domain"),
    key: planKey(codeArtifact, held(".kms")),
    ...(domainPolicy === undefined ? {} : { domainPolicy }),
    repositories: planRepositories(codeArtifact, base, held),
    readable,
    principals: [roleARN],
    packageGroups: packageGroups(codeArtifact).map((group) => ({
      pattern: group.pattern,
      resourceName: `${base}${group.pattern.replaceAll("/", "-")}`,
      state: desiredState(codeArtifact, group, codeArtifact.tags),
    })),
    consumer: {
      roleName,
      audience: audience(codeArtifact),
      ...(consumer.serviceAccountID === undefined ? {} : { serviceAccountID: consumer.serviceAccountID }),
      ...(consumer.permissionsBoundaryARN === undefined
        ? {}
        : { permissionsBoundaryARN: consumer.permissionsBoundaryARN }),
      policy: policies.consumerPolicy(codeArtifact),
    },
    ...(refresher === undefined ? {} : { refresher }),
    monitoring: { ...codeArtifact.monitoring, logRetentionDays: customer.health.logRetentionDays },
    ...(codeArtifact.retention === undefined ? {} : { retention: codeArtifact.retention }),
    outputs: outputsOf(codeArtifact, roleName),
  };
}

function planKey(codeArtifact: CodeArtifact, protect: boolean): KeyPlan {
  const { kms, domain } = codeArtifact;
  if (kms.mode === "aws-managed") return { kind: "aws" };
  if (kms.mode === "existing") return { kind: "existing", arn: kms.keyARN };
  const { rotationDays, deletionWindowDays } = kms;
  const policy = policies.keyPolicy(codeArtifact, kms);
  return { kind: "create", alias: `alias/codeartifact/${domain}`, rotationDays, deletionWindowDays, policy, protect };
}

function planRepositories(
  codeArtifact: CodeArtifact,
  base: string,
  held: (path: string) => boolean,
): readonly RepositoryPlan[] {
  const production = codeArtifact.environment === "prod";
  const stores = codeArtifact.stores.map((key): RepositoryPlan => ({
    name: STORES[key].repository,
    resourceName: `${base}-${STORES[key].repository}`,
    description: `Packages of ${STORES[key].connection}`,
    connection: STORES[key].connection,
    upstreams: [],
    protect: production && held(`.stores[${key}]`),
  }));
  const others = inOrder(codeArtifact.repositories).map((repository): RepositoryPlan => {
    const { name, description, upstreams } = repository;
    const policy = policies.repositoryPolicy(codeArtifact, repository);
    return {
      name,
      resourceName: `${base}-${name}`,
      ...(description === undefined ? {} : { description }),
      upstreams,
      ...(policy === undefined ? {} : { policy }),
      protect: production && held(`.repositories[${name}]`) && held(`.repositories[${name}].upstreams`),
    };
  });
  return [...stores, ...others];
}

function outputsOf(codeArtifact: CodeArtifact, roleName: string): CodeArtifactPlan["outputs"] {
  const by = <Value>(value: (repository: string) => Value): Readonly<Record<string, Value>> =>
    Object.fromEntries(codeArtifact.repositories.map(({ name }) => [name, value(name)]));
  const { domain, accountID, region, kms } = codeArtifact;
  return {
    endpoints: by((name) =>
      Object.fromEntries(FORMATS.map((format) => [format, repositoryEndpoint(codeArtifact, name, format)])),
    ),
    loginCommands: by((name) => loginCommands(codeArtifact, name)),
    policies: {
      administrator: policies.administratorPolicy(codeArtifact),
      deployer: policies.deployerPolicy(codeArtifact),
    },
    runbook: {
      revoke:
        `aws iam put-role-policy --role-name ${roleName} --policy-name revoked ` +
        `--policy-document '${policies.revocationPolicy(codeArtifact)}'`,
      rotate:
        kms.mode === "customer-managed"
          ? `aws kms rotate-key-on-demand --region ${region} --key-id $(aws kms describe-key --region ${region} --key-id alias/codeartifact/${domain} --query KeyMetadata.KeyId --output text)`
          : `nothing to rotate here: the key of ${domain} in ${accountID} is not this program's`,
    },
  };
}
