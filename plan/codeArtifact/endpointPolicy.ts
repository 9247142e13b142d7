import type { PolicyStatement } from "../policyDocument.ts";
import type { CodeArtifactPlan } from "./plan.ts";

/** What an interface endpoint to CodeArtifact lets through: reading from these registries and nothing else. */
export function endpointStatements(registries: readonly CodeArtifactPlan[]): readonly PolicyStatement[] {
  return registries.map(({ accountID, region, domain }) => ({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${accountID}:root` },
    Action: ["codeartifact:GetAuthorizationToken"],
    Resource: `arn:aws:codeartifact:${region}:${accountID}:domain/${domain}`,
  }));
}
