/**
 * What a CodeArtifact registry is planned as: names, policies, groups, sign-in commands, guards. Texts and data alone: that
 * AWS's evaluation of a policy is what the policy says is for a real account.
 */
import { describe, expect, it } from "vitest";
import { CODE_ARTIFACT_GUARDS, codeArtifactValues } from "../../plan/codeArtifact/guards.ts";
import { endpointStatements } from "../../plan/codeArtifact/endpointPolicy.ts";
import { CODEARTIFACT_REGIONS, STORES } from "../../plan/codeArtifact/facts.ts";
import { groupPattern, packagePatterns } from "../../plan/codeArtifact/packageGroups.ts";
import { planCodeArtifact, type CodeArtifactPlan } from "../../plan/codeArtifact/plan.ts";
import { cronEvery } from "../../plan/codeArtifact/refresherPlan.ts";
import { EVERYTHING, load, SMALLEST, registryOf } from "../stacks/codeArtifactFile.ts";

function planOf(text: string): CodeArtifactPlan {
  const customer = load(text);
  return planCodeArtifact(customer, customer.registries[0]!, registryOf(text));
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const statements = (document: string | undefined): readonly Statement[] =>
  (JSON.parse(document ?? '{"Statement":[]}') as { Statement: readonly Statement[] }).Statement;

const smallest = planOf(SMALLEST);
const everything = planOf(SMALLEST + EVERYTHING);
const policyOf = (plan: CodeArtifactPlan, name: string): readonly Statement[] =>
  statements(plan.repositories.find((repository) => repository.name === name)?.policy);

describe("the smallest block", () => {
  it("chains internal on shared on three stores, each after its upstreams [CA-09]", () => {
    expect(smallest.repositories.map(({ name, connection, upstreams }) => [name, connection ?? upstreams])).toEqual([
      ["maven-central-store", "public:maven-central"],
      ["npm-store", "public:npmjs"],
      ["pypi-store", "public:pypi"],
      ["shared", ["npm-store", "pypi-store", "maven-central-store"]],
      ["internal", ["shared"]],
    ]);
  });

  it("needs no policy of the domain or a repository, since all who read are of its account [CA-11]", () => {
    expect([smallest.domainPolicy, ...smallest.repositories.map(({ policy }) => policy)].filter(Boolean)).toEqual([]);
  });

  it("protects production's domain, key and repositories [CA-01]", () => {
    expect(smallest.key).toMatchObject({ kind: "create", protect: true, rotationDays: 365, deletionWindowDays: 30 });
    expect([smallest.protect, ...smallest.repositories.map(({ protect }) => protect)]).toEqual(Array(6).fill(true));
    const other = planOf(SMALLEST.replace("environment: prod", "environment: nonprod"));
    expect([other.protect, other.key]).toMatchObject([false, { protect: true }]);
  });

  it("gives up the protection of what a permit names", () => {
    const permits = `    permits:
      registries[packages].codeArtifact.repositories[shared]: { reason: nobody reads it any more }
      registries[packages].codeArtifact.kms: { reason: the account is closed for good }
`;
    const file = load(SMALLEST);
    const given = [...permits.matchAll(/^ {6}(\S+): \{ reason: (.*) \}$/gm)];
    const customer = { ...file, permits: given.map(([, path, reason]) => ({ path: path!, reason: reason! })) };
    const plan = planCodeArtifact(customer, file.registries[0]!, registryOf(SMALLEST));
    expect(plan.repositories.filter(({ protect }) => !protect).map(({ name }) => name)).toEqual(["shared"]);
    expect(plan.key).toMatchObject({ protect: false });
  });
});

describe("the public stores", () => {
  it.each([
    ["npm", "npm-store", "public:npmjs", "npm"],
    ["pypi", "pypi-store", "public:pypi", "pypi"],
    ["maven-central", "maven-central-store", "public:maven-central", "maven"],
    ["google-android", "google-android-store", "public:maven-googleandroid", "maven"],
    ["gradle-plugins", "gradle-plugins-store", "public:maven-gradleplugins", "maven"],
    ["commonsware", "commonsware-store", "public:maven-commonsware", "maven"],
    ["clojars", "clojars-store", "public:maven-clojars", "maven"],
    ["nuget", "nuget-store", "public:nuget-org", "nuget"],
    ["ruby", "rubygems-store", "public:ruby-gems-org", "ruby"],
    ["cargo", "crates-io-store", "public:crates-io", "cargo"],
  ] as const)("keep what comes from %s in %s, connected to %s [A.3]", (key, repository, connection, format) => {
    expect(STORES[key]).toEqual({ repository, connection, format });
    const plan = planOf(`${SMALLEST}          stores: [${key}]\n`);
    expect(plan.repositories[0]).toMatchObject({ name: repository, connection, upstreams: [] });
  });

  it("are ten, and regions thirteen [A.2 Regions]", () => {
    expect([Object.keys(STORES).length, CODEARTIFACT_REGIONS.length]).toEqual([10, 13]);
  });
});

describe("policies", () => {
  it("keep the key to the service and to whoever administers it [CA-05]", () => {
    const { key } = everything;
    if (key.kind !== "create") throw new Error("expected a key to make");
    const [service, root, administrators] = statements(key.policy);
    expect(service).toEqual({
      Sid: "CodeArtifact",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:CallerAccount": "444455556666",
          "kms:ViaService": "codeartifact.us-east-1.amazonaws.com",
        },
      },
    });
    expect(root).toMatchObject({ Principal: { AWS: "arn:aws:iam::444455556666:root" }, Action: "kms:*" });
    expect(administrators?.Principal).toEqual({ AWS: ["arn:aws:iam::444455556666:role/keys"] });
    expect(administrators?.Action).not.toContain("kms:Encrypt");
    expect(JSON.stringify(administrators?.Action)).not.toMatch(/crypt|kms:\*|GenerateDataKey/);
    expect(key.policy.match(/"AWS":"\*"/g)).toHaveLength(1);
  });

  it("give tokens to other accounts and the organization, and nothing else of the domain [CA-11]", () => {
    expect(statements(everything.domainPolicy)).toEqual([
      {
        Sid: "Tokens",
        Principal: { AWS: ["arn:aws:iam::777788889999:role/ci"] },
        Effect: "Allow",
        Action: [
          "codeartifact:GetAuthorizationToken",
          "codeartifact:DescribeDomain",
          "codeartifact:ListRepositoriesInDomain",
        ],
        Resource: "*",
      },
      {
        Sid: "OrganizationTokens",
        Principal: "*",
        Effect: "Allow",
        Action: [
          "codeartifact:GetAuthorizationToken",
          "codeartifact:DescribeDomain",
          "codeartifact:ListRepositoriesInDomain",
        ],
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } },
      },
    ]);
  });

  it("ask for bearer tokens in the reader's own policy and not in the domain's [CA-12]", () => {
    expect(statements(everything.consumer.policy).at(-1)).toEqual({
      Sid: "Bearer",
      Effect: "Allow",
      Action: "sts:GetServiceBearerToken",
      Resource: "*",
      Condition: { StringEquals: { "sts:AWSServiceName": "codeartifact.amazonaws.com" } },
    });
    expect(everything.domainPolicy).not.toContain("sts:");
  });

  it("let nobody read a store [CA-10]", () => {
    const arn = "arn:aws:codeartifact:us-east-1:444455556666:repository/acme-prod";
    expect(statements(everything.consumer.policy)[1]?.Resource).toEqual([`${arn}/internal`, `${arn}/shared`]);
    expect(policyOf(everything, "npm-store")).toEqual([]);
  });

  it("let readers read a whole repository in nine ways [CA-13]", () => {
    const [read] = policyOf(everything, "internal");
    expect(read).toMatchObject({ Effect: "Allow", Principal: { AWS: ["arn:aws:iam::777788889999:role/ci"] } });
    expect(read?.Action).toEqual([
      "codeartifact:DescribePackageVersion",
      "codeartifact:DescribeRepository",
      "codeartifact:GetPackageVersionReadme",
      "codeartifact:GetRepositoryEndpoint",
      "codeartifact:ListPackages",
      "codeartifact:ListPackageVersions",
      "codeartifact:ListPackageVersionAssets",
      "codeartifact:ListPackageVersionDependencies",
      "codeartifact:ReadFromRepository",
    ]);
  });

  it("let publishers publish what is the customer's own [CA-14]", () => {
    const publish = policyOf(everything, "internal").find(({ Sid }) => Sid === "Publish1");
    expect(publish?.Action).toEqual(["codeartifact:PublishPackageVersion", "codeartifact:PutPackageMetadata"]);
    const arn = "arn:aws:codeartifact:us-east-1:444455556666:package/acme-prod/internal";
    expect(publish?.Resource).toEqual(
      [
        "npm/acme/*",
        "maven/com.acme/*",
        "maven/com.acme.*",
        ...["", "-*", "_*", ".*"].map((end) => `pypi//acme${end}`),
      ].map((packages) => `${arn}/${packages}`),
    );
  });

  it("let nuget's publishers read the repository too, and everything only where that is written [CA-14]", () => {
    const any = planOf(
      `${SMALLEST}          repositories: { internal: { publishers: [{ principalARN: "arn:aws:iam::444455556666:role/ci", anyPackage: true }] } }\n`,
    );
    const [publish, read] = policyOf(any, "internal");
    expect(publish?.Resource).toEqual(["arn:aws:codeartifact:us-east-1:444455556666:package/acme-prod/internal/*"]);
    expect(read).toMatchObject({ Action: "codeartifact:ReadFromRepository" });
  });

  it("refuse publishers everything that destroys [CA-15]", () => {
    expect(policyOf(everything, "internal").find(({ Effect }) => Effect === "Deny")).toEqual({
      Sid: "Keep",
      Effect: "Deny",
      Principal: { AWS: ["arn:aws:iam::444455556666:role/publish"] },
      Action: [
        "codeartifact:DeleteRepository",
        "codeartifact:DeletePackage",
        "codeartifact:DeletePackageVersions",
        "codeartifact:DisposePackageVersions",
      ],
      Resource: "*",
    });
  });

  it("name no service as a whole anywhere [CA-15]", () => {
    for (const plan of [smallest, everything]) expect(JSON.stringify(plan)).not.toContain("codeartifact:*");
  });

  it("let the deployer link upstreams and use cloud control [CA-16, CA-23]", () => {
    const { deployer } = everything.outputs.policies;
    const actions = statements(deployer).flatMap(({ Action }) => Action);
    expect(actions).toContain("codeartifact:AssociateWithDownstreamRepository");
    expect(actions.filter((action) => action.startsWith("cloudformation:"))).toEqual([
      "cloudformation:CreateResource",
      "cloudformation:GetResource",
      "cloudformation:UpdateResource",
      "cloudformation:DeleteResource",
    ]);
  });

  it("refuse reading from elsewhere only where sources are named [CA-17]", () => {
    const named = planOf(
      `${SMALLEST}          domainPolicy: { sourceVpceIDs: [vpce-0a1b2c3d4e5f67890], sourceRanges: [203.0.113.7/32] }\n`,
    );
    expect(policyOf(named, "shared")).toEqual([
      {
        Sid: "Elsewhere",
        Effect: "Deny",
        Principal: "*",
        Action: "codeartifact:ReadFromRepository",
        Resource: "*",
        Condition: {
          StringNotEquals: { "aws:SourceVpce": ["vpce-0a1b2c3d4e5f67890"] },
          NotIpAddress: { "aws:SourceIp": ["203.0.113.7/32"] },
        },
      },
    ]);
    expect(JSON.stringify(everything)).not.toContain("aws:SourceVpce");
  });

  it("let the reader's role alone through our endpoints, to read [CA-32]", () => {
    const role = "arn:aws:iam::444455556666:role/acme-packages-reader";
    const who = {
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::444455556666:root"] },
      Condition: { StringEquals: { "aws:PrincipalArn": [role] } },
    };
    const arn = "arn:aws:codeartifact:us-east-1:444455556666";
    expect(endpointStatements([smallest])).toEqual([
      { ...who, Action: "codeartifact:GetAuthorizationToken", Resource: `${arn}:domain/acme-prod` },
      {
        ...who,
        Action: ["codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"],
        Resource: [`${arn}:repository/acme-prod/internal`, `${arn}:repository/acme-prod/shared`],
      },
      { ...who, Action: "sts:GetServiceBearerToken", Resource: "*" },
    ]);
  });

  it("revoke by refusing the role, since tokens outlive its trust [CA-43]", () => {
    const { revoke } = smallest.outputs.runbook;
    expect(revoke).toContain("aws iam put-role-policy --role-name acme-packages-reader --policy-name revoked");
    const document = /'(\{.*\})'$/.exec(revoke)?.[1];
    expect(statements(document)[0]).toMatchObject({ Effect: "Deny" });
    expect(statements(document)[0]?.Action).toContain("codeartifact:ReadFromRepository");
  });
});

describe("package groups", () => {
  it("are written as the service and as iam write them [CA-21]", () => {
    const both = (format: "npm" | "maven" | "pypi", name: string): unknown => [
      groupPattern({ format, name }),
      packagePatterns({ format, name })[0],
    ];
    expect(both("npm", "acme")).toEqual(["/npm/acme/*", "npm/acme/*"]);
    expect(both("maven", "com.acme")).toEqual(["/maven/com.acme~", "maven/com.acme/*"]);
    expect(both("pypi", "acme")).toEqual(["/pypi//acme~", "pypi//acme"]);
  });

  it("take our own names from where they are published and from nowhere else [CA-22]", () => {
    expect(everything.packageGroups.map(({ pattern }) => pattern)).toEqual([
      "/maven/com.acme~",
      "/npm/acme/*",
      "/npm/other/*",
      "/pypi//acme~",
    ]);
    expect(JSON.parse(everything.packageGroups[1]!.state)).toEqual({
      DomainName: "acme-prod",
      DomainOwner: "444455556666",
      Pattern: "/npm/acme/*",
      Description: "Packages of our own",
      OriginConfiguration: {
        Restrictions: {
          Publish: { RestrictionMode: "ALLOW_SPECIFIC_REPOSITORIES", Repositories: ["internal"] },
          ExternalUpstream: { RestrictionMode: "BLOCK" },
          InternalUpstream: { RestrictionMode: "ALLOW" },
        },
      },
      Tags: [{ Key: "team", Value: "platform" }],
    });
  });

  it("keep to what is written, and inherit the rest [CA-20]", () => {
    const { OriginConfiguration } = JSON.parse(everything.packageGroups[2]!.state) as Record<string, unknown>;
    expect(OriginConfiguration).toEqual({
      Restrictions: {
        Publish: { RestrictionMode: "BLOCK" },
        ExternalUpstream: { RestrictionMode: "ALLOW_SPECIFIC_REPOSITORIES", Repositories: ["npm-store"] },
        InternalUpstream: { RestrictionMode: "INHERIT" },
      },
    });
  });
});

describe("guards", () => {
  it("know what was deployed of every registry", () => {
    const at = "registries[packages].codeArtifact";
    expect(codeArtifactValues(load(SMALLEST))).toEqual({
      [at]: true,
      [`${at}.environment`]: "prod",
      [`${at}.domain`]: "acme-prod",
      [`${at}.accountID`]: "444455556666",
      [`${at}.region`]: "us-east-1",
      [`${at}.kms`]: "customer-managed",
      [`${at}.stores[maven-central]`]: true,
      [`${at}.stores[npm]`]: true,
      [`${at}.stores[pypi]`]: true,
      [`${at}.repositories[internal]`]: true,
      [`${at}.repositories[internal].upstreams`]: "some",
      [`${at}.repositories[shared]`]: true,
      [`${at}.repositories[shared].upstreams`]: "some",
    });
  });

  it("no longer find upstreams that were all taken away [CA-08]", () => {
    const emptied = load(`${SMALLEST}          repositories: { shared: {}, internal: { upstreams: [] } }\n`);
    expect(Object.keys(codeArtifactValues(emptied))).not.toContain(
      "registries[packages].codeArtifact.repositories[internal].upstreams",
    );
    const guard = CODE_ARTIFACT_GUARDS.find(({ path }) => path.endsWith(".upstreams"));
    expect(guard?.kind).toBe("removal");
  });

  it("guard every value", () => {
    const guarded = CODE_ARTIFACT_GUARDS.map(({ path }) => path);
    const general = Object.keys(codeArtifactValues(load(SMALLEST))).map((path) =>
      path.replace(/\[[^\]]+\]/g, "[<key>]"),
    );
    expect([...new Set(general)].sort()).toEqual([...guarded].sort());
  });
});

describe("the refresher's plan", () => {
  it("has no secret, and an audience of this domain alone [CA-44]", () => {
    expect(smallest.refresher).toEqual({
      projectID: "acme-prod-4f2a",
      region: "us-central1",
      name: "acme-packages-token",
      serviceAccountName: "acme-packages-token",
      secretName: "acme-packages-token",
      schedule: "0 */2 * * *",
      refreshMinutes: 120,
      image: "docker.io/library/node:24-slim",
      environment: {
        AUDIENCE: "https://codeartifact/444455556666/acme-prod",
        ROLE_ARN: "arn:aws:iam::444455556666:role/acme-packages-reader",
        AWS_REGION: "us-east-1",
        DOMAIN: "acme-prod",
        DOMAIN_OWNER: "444455556666",
        TOKEN_SECONDS: "21600",
        SECRET: "projects/acme-prod-4f2a/secrets/acme-packages-token",
      },
    });
  });

  it("is none where somebody else's service account reads [CA-42]", () => {
    const plan = planOf(`${SMALLEST}          consumer: { serviceAccountID: "104839201928374650192" }\n`);
    expect([plan.refresher, plan.consumer.serviceAccountID]).toEqual([undefined, "104839201928374650192"]);
  });

  it("runs as often as the interval says [CA-45]", () => {
    expect([15, 60, 120].map(cronEvery)).toEqual(["*/15 * * * *", "0 * * * *", "0 */2 * * *"]);
  });
});
