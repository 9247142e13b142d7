import type { Format, Mode, RetentionAction, StoreKey } from "./facts.ts";

/** Somebody who may publish to a repository: a role, and the packages it may publish. */
export interface Publisher {
  readonly principalARN: string;
  /** `<format>/<namespace>/<name>` with wildcards; empty for those of the internal namespaces. */
  readonly packages: readonly string[];
  /** Leave to publish under any name. */
  readonly anyPackage: boolean;
}

/** A repository other than a store. */
export interface CodeArtifactRepository {
  readonly name: string;
  readonly description?: string;
  /** Names of repositories, stores included, the first one searched first. */
  readonly upstreams: readonly string[];
  /** ARNs of roles, users or accounts, besides the consumer's role. */
  readonly readers: readonly string[];
  readonly publishers: readonly Publisher[];
}

/** A name that is the customer's own within a format: a namespace, or a prefix where the format has no namespaces. */
export interface InternalNamespace {
  readonly format: Format;
  readonly name: string;
}

export type OriginKind = "publish" | "externalUpstream" | "internalUpstream";

/** Where versions of the packages of one pattern may come from. */
export interface PackageGroup {
  readonly pattern: string;
  readonly origins: Readonly<Record<OriginKind, { readonly mode: Mode; readonly repositories: readonly string[] }>>;
  readonly contactInfo?: string;
  readonly description?: string;
}

/** The key a domain's assets are encrypted with. */
export type DomainKey =
  | {
      readonly mode: "customer-managed";
      readonly rotationDays: number;
      readonly deletionWindowDays: number;
      readonly adminRoleARNs: readonly string[];
    }
  | { readonly mode: "aws-managed" }
  | { readonly mode: "existing"; readonly keyARN: string };

/** Who on Google Cloud reads the registry: a service account that is there, or one this program makes a refresher for. */
export interface Consumer {
  /** Unique id, 20 to 22 digits, of a service account; without it one is made, with a job that refreshes its token. */
  readonly serviceAccountID?: string;
  /** Seconds a token lives; 0 ties it to the role's session. */
  readonly tokenTTLSeconds: number;
  readonly refreshMinutes: number;
  readonly image: string;
  readonly permissionsBoundaryARN?: string;
}

/** Who outside the account may get tokens, and from where anybody may read. */
export interface DomainPolicy {
  readonly tokenPrincipals: readonly string[];
  readonly orgID?: string;
  readonly sourceVpceIDs: readonly string[];
  readonly sourceRanges: readonly string[];
}

export interface CodeArtifactMonitoring {
  readonly events: boolean;
  readonly subscribers: readonly string[];
  readonly queue: boolean;
  readonly auditAPICalls: boolean;
  /** Bucket of a CloudTrail trail to make; without it the organisation's trail is used. */
  readonly trailBucket?: string;
}

/** One rule of retention: what happens to versions beyond the newest `keepLatest` that are older than `maxAgeDays`. */
export interface RetentionRule {
  readonly repository: string;
  readonly format: Format;
  readonly namespacePrefix?: string;
  readonly keepLatest: number;
  readonly maxAgeDays: number;
  readonly action: RetentionAction;
}

export interface Retention {
  readonly dryRun: boolean;
  readonly schedule: string;
  readonly rules: readonly RetentionRule[];
}

/** A CodeArtifact registry as the rest of the program sees it: one domain and its repositories in one account and region. */
export interface CodeArtifact {
  /** The account that owns the domain: the customer's, or one the vendor keeps for this customer. */
  readonly accountID: string;
  readonly region: string;
  /** Name of the domain; immutable, and part of a public DNS name. */
  readonly domain: string;
  readonly environment: "prod" | "nonprod";
  readonly kms: DomainKey;
  /** Sorted. */
  readonly stores: readonly StoreKey[];
  /** Sorted by name. */
  readonly repositories: readonly CodeArtifactRepository[];
  readonly internalNamespaces: readonly InternalNamespace[];
  /** Sorted by pattern. */
  readonly packageGroups: readonly PackageGroup[];
  readonly consumer: Consumer;
  readonly domainPolicy: DomainPolicy;
  readonly monitoring: CodeArtifactMonitoring;
  readonly retention?: Retention;
  readonly tags: Readonly<Record<string, string>>;
}
