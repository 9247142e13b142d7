/** A CodeArtifact registry as the rest of the program sees it: one domain and its repositories in one account and region. */
export interface CodeArtifact {
  /** The account that owns the domain: the customer's, or one the vendor keeps for this customer. */
  readonly accountID: string;
  readonly region: string;
  /** Name of the domain; immutable, and part of a public DNS name. */
  readonly domain: string;
  readonly environment: "prod" | "nonprod";
}
