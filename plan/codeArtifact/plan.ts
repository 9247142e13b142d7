import type { Customer, Registry } from "../customer.ts";
import type { CodeArtifact } from "./customer.ts";

/** A domain and its repositories with every name and policy decided. */
export interface CodeArtifactPlan {
  readonly accountID: string;
  readonly region: string;
  readonly domain: string;
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planCodeArtifact(
  _customer: Customer,
  _registry: Registry,
  codeArtifact: CodeArtifact,
): CodeArtifactPlan {
  const { accountID, region, domain } = codeArtifact;
  return { accountID, region, domain };
}
