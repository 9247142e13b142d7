import type { PolicyStatement } from "../policyDocument.ts";
import { domainArn, repositoryArn } from "./names.ts";
import type { CodeArtifactPlan } from "./plan.ts";

/** What the statements are made of. */
export type EndpointUser = Pick<CodeArtifactPlan, "accountID" | "region" | "domain" | "readable" | "principals">;

/**
 * What an interface endpoint to CodeArtifact lets through: reading from these registries by those who may, and nothing
 * else; nobody publishes this way. Source: CodeArtifact User Guide, "Create a VPC endpoint policy for CodeArtifact".
 */
export function endpointStatements(registries: readonly EndpointUser[]): readonly PolicyStatement[] {
  return registries.flatMap(({ readable, principals, ...domain }) => {
    const who = {
      Effect: "Allow",
      Principal: { AWS: [...new Set(principals.map((arn) => `arn:aws:iam::${arn.split(":")[4]}:root`))] },
      Condition: { StringEquals: { "aws:PrincipalArn": principals } },
    } as const;
    return [
      { ...who, Action: "codeartifact:GetAuthorizationToken", Resource: domainArn(domain) },
      {
        ...who,
        Action: ["codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"],
        Resource: readable.map((name) => repositoryArn(domain, name)),
      },
      { ...who, Action: "sts:GetServiceBearerToken", Resource: "*" },
    ];
  });
}
