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
}
