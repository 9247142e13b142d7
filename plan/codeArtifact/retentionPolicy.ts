import { policyDocument } from "../policyDocument.ts";
import type { CodeArtifact, Retention } from "./customer.ts";
import type { RetentionAction } from "./facts.ts";
import { packageArn, repositoryArn } from "./names.ts";

const ACTIONS: Readonly<Record<RetentionAction, string>> = {
  archive: "codeartifact:UpdatePackageVersionsStatus",
  dispose: "codeartifact:DisposePackageVersions",
  delete: "codeartifact:DeletePackageVersions",
};

/**
 * What the retention function may do: read and log; and what its rules do, in their repositories, unless it is dry.
 * @param logGroupARN ARN of its log group, without `:*`
 */
export function retentionPolicy(
  domain: Pick<CodeArtifact, "domain" | "accountID" | "region">,
  { dryRun, rules }: Retention,
  logGroupARN: string,
): string {
  const packages = (repository: string): string => packageArn(domain, repository, "*");
  const repositories = [...new Set(rules.map(({ repository }) => repository))];
  const write = rules.map(({ repository, action }) => ({
    Effect: "Allow" as const,
    Action: ACTIONS[action],
    Resource: packages(repository),
  }));
  return policyDocument([
    {
      Effect: "Allow",
      Action: ["codeartifact:ListPackages", "codeartifact:ListPackageVersions", "codeartifact:DescribePackageVersion"],
      Resource: repositories.flatMap((repository) => [repositoryArn(domain, repository), packages(repository)]),
    },
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${logGroupARN}:*` },
    ...(dryRun ? [] : write),
  ]);
}
