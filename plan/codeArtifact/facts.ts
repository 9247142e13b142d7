/** What AWS fixes about CodeArtifact: regions, public stores, formats and limits. */

/** Formats of packages. Source: CodeArtifact API Reference, PackageFormat. */
export const FORMATS = ["npm", "pypi", "maven", "nuget", "generic", "ruby", "swift", "cargo"] as const;
export type Format = (typeof FORMATS)[number];

/** Regions with CodeArtifact. Source: CodeArtifact User Guide, "Create the Amazon S3 gateway endpoint", table of buckets. */
export const CODEARTIFACT_REGIONS = [
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-north-1",
  "eu-south-1",
  "eu-central-1",
  "ap-northeast-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-south-1",
] as const;

/** A public source of packages and the one repository that stores what is taken from it. */
export interface Store {
  readonly repository: string;
  readonly connection: string;
  readonly format: Format;
}

/**
 * Sources: CodeArtifact User Guide, "Supported external connection repositories" (connections and formats) and "Add an
 * external connection" (the store names the console gives; the last ones follow their pattern).
 */
export const STORES = {
  npm: { repository: "npm-store", connection: "public:npmjs", format: "npm" },
  pypi: { repository: "pypi-store", connection: "public:pypi", format: "pypi" },
  "maven-central": { repository: "maven-central-store", connection: "public:maven-central", format: "maven" },
  "google-android": { repository: "google-android-store", connection: "public:maven-googleandroid", format: "maven" },
  "gradle-plugins": { repository: "gradle-plugins-store", connection: "public:maven-gradleplugins", format: "maven" },
  commonsware: { repository: "commonsware-store", connection: "public:maven-commonsware", format: "maven" },
  clojars: { repository: "clojars-store", connection: "public:maven-clojars", format: "maven" },
  nuget: { repository: "nuget-store", connection: "public:nuget-org", format: "nuget" },
  ruby: { repository: "rubygems-store", connection: "public:ruby-gems-org", format: "ruby" },
  cargo: { repository: "crates-io-store", connection: "public:crates-io", format: "cargo" },
} as const satisfies Readonly<Record<string, Store>>;
export type StoreKey = keyof typeof STORES;
export const STORE_KEYS = Object.keys(STORES) as [StoreKey, ...StoreKey[]];

/** Direct upstreams of a repository, and repositories one request searches. Source: CodeArtifact User Guide, "Quotas". */
export const MOST_UPSTREAMS = 10;
export const MOST_SEARCHED = 25;

/** Characters of a domain's or repository's policy. Source: CodeArtifact API Reference, PutDomainPermissionsPolicy. */
export const MOST_POLICY = 7168;

/** Characters of an endpoint's policy, white space counted. Source: AWS PrivateLink quotas. */
export const MOST_ENDPOINT_POLICY = 20_480;

/** Characters of all inline policies of a role. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const MOST_ROLE_POLICY = 10_240;

/** Seconds a session of a consumer's role lasts, and with it a token whose lifetime is 0. */
export const SESSION_SECONDS = 3600;

/** How a package group decides where versions come from. Source: CodeArtifact API Reference, PackageGroupOriginRestrictionMode. */
export const MODES = ["allow", "block", "allow-specific-repositories", "inherit"] as const;
export type Mode = (typeof MODES)[number];

/** What retention does with an old version. Source: CodeArtifact User Guide, "Package version status". */
export const RETENTION_ACTIONS = ["archive", "dispose", "delete"] as const;
export type RetentionAction = (typeof RETENTION_ACTIONS)[number];
