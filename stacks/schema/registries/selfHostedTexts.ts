/** Patterns of texts that only a self-hosted registry has. */

/** Source: RDS and Elastic Load Balancing API references: names of at most 32 characters, no hyphen first or last. */
export const NAME_PREFIX = /^[a-z][a-z0-9-]{0,19}[a-z0-9]$/;

/** Source: AWS Certificate Manager API Reference, CertificateArn. */
export const CERTIFICATE_ARN = /^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;

/** Source: AWS Secrets Manager User Guide, "What's in a secret": six random characters end the ARN. */
export const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+$/;

/** Bucket names without dots, which would not fit the wildcard of S3's certificate. Source: Amazon S3 User Guide, naming rules. */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Source: OCI Distribution Specification, references by digest. */
export const IMAGE = /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/;

/** What is wrong with a bucket's name. */
export const bucketNameFix = (value: unknown): string =>
  String(value).includes(".")
    ? "s3's certificate covers no name with a dot, write - in its place"
    : "respell it, the name is new to all of s3";
