import { policyDocument, type PolicyStatement } from "../policyDocument.ts";
import type { CodeArtifact, CodeArtifactRepository, DomainKey, Publisher } from "./customer.ts";
import { domainArn, packageArn, repositoryArn } from "./names.ts";
import { packagePatterns } from "./packageGroups.ts";

/** Every policy of a registry as data. Nothing here names all actions of CodeArtifact at once. */

/** What reading a repository takes. Source: CodeArtifact User Guide, "Repository policies", read permissions. */
export const READER_ACTIONS = [
  "codeartifact:DescribePackageVersion",
  "codeartifact:DescribeRepository",
  "codeartifact:GetPackageVersionReadme",
  "codeartifact:GetRepositoryEndpoint",
  "codeartifact:ListPackages",
  "codeartifact:ListPackageVersions",
  "codeartifact:ListPackageVersionAssets",
  "codeartifact:ListPackageVersionDependencies",
  "codeartifact:ReadFromRepository",
] as const;

/** What getting a token from another account takes. Source: CodeArtifact User Guide, "Domain policies". */
const TOKEN_ACTIONS = [
  "codeartifact:GetAuthorizationToken",
  "codeartifact:DescribeDomain",
  "codeartifact:ListRepositoriesInDomain",
] as const;

/** What nobody who publishes may do. */
const DESTROYING_ACTIONS = [
  "codeartifact:DeleteRepository",
  "codeartifact:DeletePackage",
  "codeartifact:DeletePackageVersions",
  "codeartifact:DisposePackageVersions",
] as const;

/**
 * Policy of the domain's key. The first statement is AWS's own example: whoever works with CodeArtifact in this account
 * and region. Source: CodeArtifact User Guide, "Create a domain", example key policy. The account's root keeps the key
 * manageable; administrators may do anything but encrypt and decrypt.
 */
export function keyPolicy(
  { accountID, region }: CodeArtifact,
  { adminRoleARNs }: Pick<DomainKey & { mode: "customer-managed" }, "adminRoleARNs">,
): string {
  const statements: PolicyStatement[] = [
    {
      Sid: "CodeArtifact",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: "*",
      Condition: {
        StringEquals: { "kms:CallerAccount": accountID, "kms:ViaService": `codeartifact.${region}.amazonaws.com` },
      },
    },
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountID}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  ];
  if (adminRoleARNs.length === 0) return policyDocument(statements);
  const administer = ["Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get"];
  statements.push({
    Sid: "Administrators",
    Effect: "Allow",
    Principal: { AWS: adminRoleARNs },
    Action: [
      ...administer.map((verb) => `kms:${verb}*`),
      "kms:TagResource",
      "kms:UntagResource",
      "kms:ScheduleKeyDeletion",
      "kms:CancelKeyDeletion",
    ],
    Resource: "*",
  });
  return policyDocument(statements);
}

const accountOf = (arn: string): string | undefined => arn.split(":")[4];

/** Policy of the domain, undefined where all who get tokens are of its own account, who need none. */
export function domainPolicy({ accountID, domainPolicy }: CodeArtifact): string | undefined {
  const { tokenPrincipals, orgID } = domainPolicy;
  const foreign = tokenPrincipals.filter((arn) => accountOf(arn) !== accountID);
  const tokens = { Effect: "Allow", Action: TOKEN_ACTIONS, Resource: "*" } as const;
  const statements: PolicyStatement[] = [];
  if (foreign.length > 0) statements.push({ Sid: "Tokens", Principal: { AWS: foreign }, ...tokens });
  if (orgID !== undefined) {
    const Condition = { StringEquals: { "aws:PrincipalOrgID": orgID } };
    statements.push({ Sid: "OrganizationTokens", Principal: "*", ...tokens, Condition });
  }
  return statements.length === 0 ? undefined : policyDocument(statements);
}

/** Policy of a repository, undefined where the identity policies of its own account say everything. */
export function repositoryPolicy(codeArtifact: CodeArtifact, repository: CodeArtifactRepository): string | undefined {
  const { readers, publishers } = repository;
  const statements: PolicyStatement[] = [];
  if (readers.length > 0) {
    statements.push({
      Sid: "Read",
      Effect: "Allow",
      Principal: { AWS: readers },
      Action: READER_ACTIONS,
      Resource: "*",
    });
  }
  publishers.forEach((publisher, index) => {
    statements.push(...publishing(codeArtifact, repository, publisher, index + 1));
  });
  if (publishers.length > 0) {
    const Principal = { AWS: [...new Set(publishers.map(({ principalARN }) => principalARN))] };
    statements.push({ Sid: "Keep", Effect: "Deny", Principal, Action: DESTROYING_ACTIONS, Resource: "*" });
  }
  statements.push(...sources(codeArtifact));
  return statements.length === 0 ? undefined : policyDocument(statements);
}

/**
 * Leave to publish. Maven's clients also write metadata, and NuGet's read the repository. Source: CodeArtifact User
 * Guide, "Permissions to publish packages" of the two formats.
 */
function publishing(
  codeArtifact: CodeArtifact,
  { name }: CodeArtifactRepository,
  { principalARN, packages, anyPackage }: Publisher,
  number: number,
): readonly PolicyStatement[] {
  const own = packages.length > 0 ? packages : codeArtifact.internalNamespaces.flatMap(packagePatterns);
  const patterns = anyPackage ? ["*"] : own;
  if (patterns.length === 0) return [];
  const Principal = { AWS: principalARN };
  const maven = patterns.some((pattern) => pattern === "*" || pattern.startsWith("maven/"));
  const nuget = patterns.some((pattern) => pattern === "*" || pattern.startsWith("nuget/"));
  const publish: PolicyStatement = {
    Sid: `Publish${number}`,
    Effect: "Allow",
    Principal,
    Action: ["codeartifact:PublishPackageVersion", ...(maven ? ["codeartifact:PutPackageMetadata"] : [])],
    Resource: patterns.map((pattern) => packageArn(codeArtifact, name, pattern)),
  };
  if (!nuget) return [publish];
  const Resource = repositoryArn(codeArtifact, name);
  return [publish, { Effect: "Allow", Principal, Action: "codeartifact:ReadFromRepository", Resource }];
}

/** Refuses reading from anywhere but the endpoints and ranges named; both conditions must fail for a refusal. */
function sources({ domainPolicy }: CodeArtifact): readonly PolicyStatement[] {
  const { sourceVpceIDs, sourceRanges } = domainPolicy;
  if (sourceVpceIDs.length === 0 && sourceRanges.length === 0) return [];
  const Condition = {
    ...(sourceVpceIDs.length === 0 ? {} : { StringNotEquals: { "aws:SourceVpce": sourceVpceIDs } }),
    ...(sourceRanges.length === 0 ? {} : { NotIpAddress: { "aws:SourceIp": sourceRanges } }),
  };
  const Action = "codeartifact:ReadFromRepository";
  return [{ Sid: "Elsewhere", Effect: "Deny", Principal: "*", Action, Resource: "*", Condition }];
}

/**
 * Trust of the consumer's role: one Google service account, for this audience alone. Google is known to AWS, so no
 * identity provider is made; `aud` holds the service account's own id. Source: IAM User Guide, "Available keys for AWS
 * web identity federation", accounts.google.com.
 */
export const consumerTrust = (serviceAccountID: string, oidcAudience: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: "accounts.google.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "accounts.google.com:sub": serviceAccountID,
            "accounts.google.com:aud": serviceAccountID,
            "accounts.google.com:oaud": oidcAudience,
          },
        },
      },
    ],
  });

/** A bearer token is asked for in an identity policy. Source: CodeArtifact User Guide, "Authentication with tokens". */
const BEARER: PolicyStatement = {
  Sid: "Bearer",
  Effect: "Allow",
  Action: "sts:GetServiceBearerToken",
  Resource: "*",
  Condition: { StringEquals: { "sts:AWSServiceName": "codeartifact.amazonaws.com" } },
};

/** What the consumer's role may do: get tokens, and read the repositories that are no stores. */
export const consumerPolicy = (codeArtifact: CodeArtifact): string =>
  policyDocument([
    {
      Sid: "Token",
      Effect: "Allow",
      Action: "codeartifact:GetAuthorizationToken",
      Resource: domainArn(codeArtifact),
    },
    {
      Sid: "Read",
      Effect: "Allow",
      Action: READER_ACTIONS,
      Resource: codeArtifact.repositories.map(({ name }) => repositoryArn(codeArtifact, name)),
    },
    BEARER,
  ]);

const named = (...actions: readonly string[]): readonly string[] => actions.map((action) => `codeartifact:${action}`);

/** What whoever administers the domain by hand needs, as a document to attach to a role of theirs. */
export const administratorPolicy = (codeArtifact: CodeArtifact): string =>
  policyDocument([
    {
      Sid: "Administer",
      Effect: "Allow",
      Action: named(
        ...["CreateRepository", "DeleteRepository", "UpdateRepository", "DescribeRepository", "DescribeDomain"],
        ...["AssociateExternalConnection", "DisassociateExternalConnection", "AssociateWithDownstreamRepository"],
        ...["PutDomainPermissionsPolicy", "PutRepositoryPermissionsPolicy"],
        ...["CreatePackageGroup", "UpdatePackageGroup", "DeletePackageGroup", "DescribePackageGroup"],
        "UpdatePackageGroupOriginConfiguration",
      ),
      Resource: [
        domainArn(codeArtifact),
        repositoryArn(codeArtifact, "*"),
        domainArn(codeArtifact).replace(":domain/", ":package-group/") + "/*",
      ],
    },
  ]);

/**
 * What deploying this registry takes beyond administering it: the domain itself, its key's grant, linking upstreams, and
 * Cloud Control for package groups. Source: CodeArtifact User Guide, "Add or remove upstream repositories"; Cloud Control
 * API User Guide, prerequisites.
 */
export const deployerPolicy = (codeArtifact: CodeArtifact): string =>
  policyDocument([
    {
      Sid: "Domain",
      Effect: "Allow",
      Action: named("CreateDomain", "DescribeDomain", "TagResource", "UntagResource", "ListTagsForResource"),
      Resource: domainArn(codeArtifact),
    },
    {
      Sid: "Upstreams",
      Effect: "Allow",
      Action: named("AssociateWithDownstreamRepository"),
      Resource: repositoryArn(codeArtifact, "*"),
    },
    { Sid: "Key", Effect: "Allow", Action: ["kms:CreateGrant", "kms:DescribeKey"], Resource: "*" },
    {
      Sid: "CloudControl",
      Effect: "Allow",
      Action: ["Create", "Get", "Update", "Delete"].map((verb) => `cloudformation:${verb}Resource`),
      Resource: "*",
    },
  ]);

/** Denies a role everything that a token of it may be used for; tokens live on for hours after the role's trust ends. */
export const revocationPolicy = (codeArtifact: CodeArtifact): string =>
  policyDocument([
    {
      Sid: "Revoked",
      Effect: "Deny",
      Action: [...READER_ACTIONS, "codeartifact:GetAuthorizationToken", "codeartifact:PublishPackageVersion"],
      Resource: [domainArn(codeArtifact), repositoryArn(codeArtifact, "*"), packageArn(codeArtifact, "*", "*")],
    },
  ]);
