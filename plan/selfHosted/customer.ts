/** Who signs the URLs of package data. `instance-role-shim` hands the role's credentials to an SDK without IMDSv2. */
export type S3Identity =
  | { readonly kind: "instance-role" | "instance-role-shim" }
  | { readonly kind: "iam-user"; readonly accessKeys: AccessKeys };

/** A slot of a long-lived key: IAM allows two keys per user. Source: IAM User Guide, "IAM and AWS STS quotas". */
export type KeySlot = "a" | "b";

/** Which keys there are, and which one the registry signs with. */
export interface AccessKeys {
  readonly active: KeySlot;
  /** Sorted; one or both. */
  readonly slots: readonly KeySlot[];
}

/** A certificate that exists in ACM, or one that is made and proven in the hosted zone. */
export type RegistryCertificate =
  { readonly kind: "existing"; readonly arn: string; readonly domain: string } | { readonly kind: "create" };

/** What a database is made from; read when it is made and never after. */
export type Restore =
  | { readonly kind: "snapshot"; readonly snapshotIdentifier: string }
  | { readonly kind: "pointInTime"; readonly sourceInstance: string; readonly time?: string };

/** The Quilt Teams stack. */
export interface QuiltApp {
  readonly kind: "quilt";
  readonly catalogHost: string;
  readonly catalogImage: string;
  readonly packageBucketName: string;
  readonly teamId: string;
  readonly teamName: string;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly defaultSender: string;
    readonly credentialsSecretArn: string;
  };
  readonly dbInstanceClass: string;
  readonly dbCredentials: { readonly mode: "rds-managed" } | { readonly mode: "static"; readonly secretArn: string };
  readonly restore?: Restore;
  readonly s3Identity: S3Identity;
}

/** Any registry in one container. */
export interface GenericApp {
  readonly kind: "generic";
  readonly port: number;
  readonly healthPath: string;
  /** Where packages are, copied to a bucket every five minutes. */
  readonly data?: { readonly path: string; readonly sizeGiB: number };
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs of secrets by the variable that gets the value. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A registry that this program runs in an AWS account of the customer's. */
export interface SelfHosted {
  readonly accountID: string;
  readonly region: string;
  /** `quilt`: the Quilt Teams stack; `generic`: any registry in a container, such as Verdaccio or devpi. */
  readonly profile: "quilt" | "generic";
  /** DNS name of the registry; a certificate covers it. */
  readonly registryHost: string;
  /** Bucket of the packages, which clients fetch from by presigned URL; only of the `quilt` profile. */
  readonly packageBucket?: string;
  readonly namePrefix?: string;
  readonly certificate: RegistryCertificate;
  readonly hostedZoneID?: string;
  readonly instanceType: string;
  /** `registry` and `nginx`, by digest. */
  readonly images: { readonly registry: string; readonly nginx: string };
  readonly vpcCidr: string;
  readonly layout: "tiered" | "seed";
  /** How the instance gets out; `internet-gateway` is the seed layout's. */
  readonly egress: "vpc-endpoints" | "nat" | "internet-gateway";
  readonly internetFacing: boolean;
  readonly allowedCidrs: readonly string[];
  readonly ssh?: { readonly keyName: string; readonly inputCidrs: readonly string[] };
  readonly alarmTopicArn?: string;
  readonly seedCompatible: boolean;
  readonly replication?: { readonly bucketArn: string; readonly kmsKeyArn: string };
  readonly backup?: { readonly copyToVaultArn?: string };
  readonly app: QuiltApp | GenericApp;
}
