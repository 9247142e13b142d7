/** Who may do what with a CodeArtifact domain, as the customer file has it. */
import { SERVICE_ACCOUNT } from "../../sandbox/gcp/identity.ts";
import { policyOf } from "../../sandbox/aws/codeArtifact.ts";
import { directly, federates, refuses } from "../../sandbox/aws/federation.ts";
import { defaultPolicy } from "../../sandbox/aws/endpointPolicy.ts";
import { admits, allows, trusts, type Context } from "../../sandbox/aws/iamPolicy.ts";
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Customer } from "../../plan/customer.ts";
import { isRecord, text } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import type { Request } from "./rights.ts";

/** What reading takes. Source: CodeArtifact User Guide, Repository policies, read access. */
const READING = [
  ...["DescribePackageVersion", "DescribeRepository", "GetPackageVersionReadme", "GetRepositoryEndpoint"],
  ...["ListPackages", "ListPackageVersions", "ListPackageVersionAssets", "ListPackageVersionDependencies"],
  "ReadFromRepository",
].map((name) => `codeartifact:${name}`);

const DESTROYING = ["DeleteRepository", "DeletePackage", "DeletePackageVersions", "DisposePackageVersions"].map(
  (name) => `codeartifact:${name}`,
);

const TOKENS = ["GetAuthorizationToken", "DescribeDomain", "ListRepositoriesInDomain"].map(
  (name) => `codeartifact:${name}`,
);

const STRANGER = "arn:aws:iam::000000000000:role/stranger";

/** ARNs of a domain's parts. */
interface Names {
  readonly domain: string;
  readonly repository: (name: string) => string;
  readonly packages: (repository: string, name: string) => string;
}

const namesOf = ({ region, accountID, domain }: CodeArtifact): Names => {
  const of = (kind: string, rest: string): string => `arn:aws:codeartifact:${region}:${accountID}:${kind}/${rest}`;
  return {
    domain: of("domain", domain),
    repository: (name) => of("repository", `${domain}/${name}`),
    packages: (repository, name) => of("package", `${domain}/${repository}/${name}`),
  };
};

export function codeArtifactRights(
  { world, ours }: Aftermath,
  registry: CodeArtifact,
  customer: Customer,
): readonly Request[] {
  const names = namesOf(registry);
  const mine = ours.filter(({ account }) => account === registry.accountID);
  const reader = mine.find(({ args }) => String(args["assumeRolePolicy"]).includes("accounts.google.com"));
  return [
    ...reading(world, registry, names, reader),
    ...taking(world, registry, reader),
    ...onKey(registry, mine),
    ...onDomain(registry, names, mine),
    ...registry.repositories.flatMap((repository) => onRepository(world, registry, names, repository, mine)),
    ...ofRetention(world, registry, names, mine),
    ...onEndpoints(ours, registry, names, reader, customer),
  ];
}

/** What a role may do by its own policies. */
export const mayDo =
  (world: World, role: CloudObject | undefined) =>
  (action: string, resource: string, context: Context = {}): boolean =>
    role !== undefined &&
    world
      .referrers(role, "aws:iam/rolePolicy:RolePolicy")
      .some(({ args }) => allows(String(args["policy"]), action, resource, context));

/** Requests that have to be allowed, or must not be, as `may` says. */
export const each = (may: boolean, who: string, all: readonly (readonly [what: string, found: boolean])[]): Request[] =>
  all.map(([what, found]) => ({ what: `${who}: ${what}`, may, found }));

function reading(world: World, registry: CodeArtifact, names: Names, role: CloudObject | undefined): Request[] {
  const does = mayDo(world, role);
  const one = (action: string, on: string, context?: Context) =>
    [`${action} on ${on}`, does(action, on, context)] as const;
  const bearer = { "sts:AWSServiceName": "codeartifact.amazonaws.com" };
  const read = registry.repositories.flatMap(({ name }) =>
    READING.map((action) => one(action, names.repository(name))),
  );
  const [first] = registry.repositories;
  const other = namesOf({ ...registry, domain: "other" });
  return [
    ...each(true, "the reader", [
      one("codeartifact:GetAuthorizationToken", names.domain),
      one("sts:GetServiceBearerToken", "*", bearer),
      ...read,
    ]),
    ...each(false, "the reader", [
      one("codeartifact:GetAuthorizationToken", other.domain),
      one("sts:GetServiceBearerToken", "*", { "sts:AWSServiceName": "other.amazonaws.com" }),
      one("codeartifact:ReadFromRepository", other.repository(first!.name)),
      ...registry.stores.map((store) => one("codeartifact:ReadFromRepository", names.repository(`${store}-store`))),
      one("codeartifact:PublishPackageVersion", names.packages(first!.name, "npm//x")),
      ...DESTROYING.map((action) => one(action, names.repository(first!.name))),
      one("codeartifact:PutRepositoryPermissionsPolicy", names.repository(first!.name)),
    ]),
  ];
}

/** Only the refresher's account takes the reader's role, and only with a token meant for it. */
function taking(world: World, registry: CodeArtifact, role: CloudObject | undefined): Request[] {
  const [account] = world.all(SERVICE_ACCOUNT);
  const sub = text(account?.attrs["uniqueId"]) ?? "";
  const oaud = `https://codeartifact/${registry.accountID}/${registry.domain}`;
  const claims = (changes: Context = {}): Context =>
    Object.fromEntries(
      Object.entries({ sub, aud: sub, oaud, ...changes }).map(([key, value]) => [`accounts.google.com:${key}`, value]),
    );
  const trust = text(role?.args["assumeRolePolicy"]) ?? "{}";
  const take = (what: string, given: Context) => [what, federates(trust, "accounts.google.com", given)] as const;
  const bounded = role?.args["permissionsBoundary"] === registry.consumer.permissionsBoundaryARN;
  return [
    ...each(true, "the refresher", [take("takes the role", claims()), ["is held by the boundary", bounded]]),
    ...each(false, "the role", [
      take("is taken by another account", claims({ sub: "1", aud: "1" })),
      take("is taken by another subject", claims({ sub: "1" })),
      take("is taken by a token of another account", claims({ aud: "1" })),
      take("is taken by a token for something else", claims({ oaud: "https://other" })),
      ["is taken by lambda", trusts(trust, "lambda.amazonaws.com")],
      ["is taken from aws", admits(trust, { arn: STRANGER }, "sts:AssumeRole", "*")],
    ]),
  ];
}

/** Source: CodeArtifact User Guide, Encryption at rest, example key policy. */
function onKey(registry: CodeArtifact, mine: readonly CloudObject[]): Request[] {
  const domain = mine.find(({ type }) => type === "aws:codeartifact/domain:Domain");
  const key = mine.find(
    ({ type, attrs }) => type === "aws:kms/key:Key" && attrs["arn"] === domain?.args["encryptionKey"],
  );
  if (registry.kms.mode !== "customer-managed") return [];
  const { adminRoleARNs, rotationDays, deletionWindowDays } = registry.kms;
  const policy = text(key?.args["policy"]) ?? "{}";
  const through = {
    "kms:CallerAccount": registry.accountID,
    "kms:ViaService": `codeartifact.${registry.region}.amazonaws.com`,
  };
  const may = (arn: string, action: string, context: Context = {}) =>
    [`${arn} ${action}`, admits(policy, { arn }, action, "*", context)] as const;
  const itself = (arn: string, action: string, context: Context = {}) =>
    [`${arn} ${action} by the key alone`, admits(directly(policy), { arn }, action, "*", context)] as const;
  const root = `arn:aws:iam::${registry.accountID}:root`;
  const user = `arn:aws:iam::${registry.accountID}:role/user`;
  const administering = [
    "DescribeKey",
    "EnableKey",
    "DisableKey",
    "ListGrants",
    "PutKeyPolicy",
    "UpdateAlias",
    "RevokeGrant",
  ];
  const more = [
    "CreateAlias",
    "GetKeyPolicy",
    "TagResource",
    "UntagResource",
    "ScheduleKeyDeletion",
    "CancelKeyDeletion",
  ];
  const kept = key?.args["enableKeyRotation"] === true && key.args["rotationPeriodInDays"] === rotationDays;
  return [
    ...each(true, "key", [
      may(root, "kms:Decrypt"),
      may(root, "kms:PutKeyPolicy"),
      itself(user, "kms:CreateGrant", through),
      itself(user, "kms:DescribeKey", through),
      ...adminRoleARNs.flatMap((arn) => [...administering, ...more].map((action) => itself(arn, `kms:${action}`))),
      ["rotation as in the file", kept],
      ["deletion as in the file", key?.args["deletionWindowInDays"] === deletionWindowDays],
    ]),
    ...each(false, "key", [
      ...adminRoleARNs.flatMap((arn) =>
        ["Decrypt", "Encrypt", "GenerateDataKey"].map((one) => itself(arn, `kms:${one}`)),
      ),
      itself(user, "kms:DescribeKey"),
      itself(user, "kms:Decrypt", through),
      may(STRANGER, "kms:CreateGrant", { ...through, "kms:CallerAccount": "000000000000" }),
      may(STRANGER, "kms:Decrypt"),
      may(STRANGER, "kms:CreateGrant", { "kms:CallerAccount": registry.accountID }),
      may(STRANGER, "kms:DescribeKey", { "kms:ViaService": through["kms:ViaService"] }),
    ]),
  ];
}

function onDomain({ domainPolicy, accountID }: CodeArtifact, names: Names, mine: readonly CloudObject[]): Request[] {
  const found = mine.find(({ type }) => type === "aws:codeartifact/domainPermissions:DomainPermissions");
  const policy = text(found?.args["policyDocument"]) ?? "{}";
  const may = (arn: string, action: string, context: Context = {}) =>
    [`${arn} ${action}`, admits(policy, { arn }, action, names.domain, context)] as const;
  const foreign = domainPolicy.tokenPrincipals.filter((arn) => !arn.includes(accountID));
  const { orgID } = domainPolicy;
  const member =
    orgID === undefined ? [] : TOKENS.map((action) => may(STRANGER, action, { "aws:PrincipalOrgID": orgID }));
  const outsider = { "aws:PrincipalOrgID": "o-0000000000" };
  return [
    ...each(true, "domain", [...foreign.flatMap((arn) => TOKENS.map((action) => may(arn, action))), ...member]),
    ...each(false, "domain", [
      ...TOKENS.flatMap((action) => [may(STRANGER, action), may(STRANGER, action, outsider)]),
      ...foreign.map((arn) => may(arn, "codeartifact:DeleteDomain")),
      ...foreign.map((arn) => may(arn, "codeartifact:PutDomainPermissionsPolicy")),
    ]),
  ];
}

function onRepository(
  world: World,
  registry: CodeArtifact,
  names: Names,
  { name, readers, publishers }: CodeArtifact["repositories"][number],
  mine: readonly CloudObject[],
): Request[] {
  const repository = mine.find(
    ({ type, args }) => type === "aws:codeartifact/repository:Repository" && args["repository"] === name,
  );
  const policy = (repository && policyOf(world, repository)) ?? "{}";
  const may = (arn: string, action: string, on: string) =>
    [`${arn} ${action} on ${on}`, admits(policy, { arn }, action, on)] as const;
  const arn = names.repository(name);
  const own = registry.internalNamespaces.map((one) => `${one.format}/${one.name}/thing`);
  const publish = "codeartifact:PublishPackageVersion";
  const kept = (who: string): (readonly [string, boolean])[] =>
    DESTROYING.map((action) => [`${who} ${action}`, refuses(policy, { arn: who }, action, arn)]);
  return [
    ...each(true, name, [
      ...readers.flatMap((who) => READING.map((action) => may(who, action, arn))),
      ...publishers.flatMap(({ principalARN }) =>
        own.map((one) => may(principalARN, publish, names.packages(name, one))),
      ),
      ...publishers.flatMap(({ principalARN }) => kept(principalARN)),
    ]),
    ...each(false, name, [
      ...READING.map((action) => may(STRANGER, action, arn)),
      may(STRANGER, publish, names.packages(name, "npm//x")),
      ...readers.map((who) => may(who, publish, names.packages(name, "npm//x"))),
      ...publishers.map(({ principalARN }) => may(principalARN, publish, names.packages(name, "npm//other"))),
      ...publishers.map(({ principalARN }) => may(principalARN, publish, names.packages("other", own[0] ?? "npm//x"))),
    ]),
  ];
}

const RETAINING = {
  archive: "UpdatePackageVersionsStatus",
  dispose: "DisposePackageVersions",
  delete: "DeletePackageVersions",
};

/** The function reads and does what its rules say; its schedule starts it and nothing else. */
function ofRetention(world: World, registry: CodeArtifact, names: Names, mine: readonly CloudObject[]): Request[] {
  const { retention } = registry;
  if (retention === undefined) return [];
  const run = mine.find(({ type }) => type === "aws:lambda/function:Function");
  const schedule = mine.find(({ type }) => type === "aws:scheduler/schedule:Schedule");
  const target = (schedule?.args["target"] ?? {}) as { arn?: string; roleArn?: string };
  const roleOf = (arn: unknown) => mine.find(({ type, attrs }) => type === "aws:iam/role:Role" && attrs["arn"] === arn);
  const [worker, starter] = [roleOf(run?.args["role"]), roleOf(target.roleArn)];
  const [does, starts] = [mayDo(world, worker), mayDo(world, starter)];
  const group = `arn:aws:logs:${registry.region}:${registry.accountID}:log-group:/aws/lambda/${run?.name}:log-stream:x`;
  const one = (action: string, on: string) => [`${action} on ${on}`, does(action, on)] as const;
  const listing = ["ListPackages", "ListPackageVersions", "DescribePackageVersion"].map(
    (name) => `codeartifact:${name}`,
  );
  const wanted = retention.rules.flatMap(({ repository, action }) => [
    ...listing.map((name) =>
      one(name, name.endsWith("Packages") ? names.repository(repository) : names.packages(repository, "npm//x")),
    ),
    ...(retention.dryRun ? [] : [one(`codeartifact:${RETAINING[action]}`, names.packages(repository, "npm//x"))]),
  ]);
  const other = registry.repositories.find(({ name }) =>
    retention.rules.every(({ repository }) => repository !== name),
  );
  const actions = new Set(retention.dryRun ? [] : retention.rules.map(({ action }) => RETAINING[action]));
  const unasked = Object.values(RETAINING).filter((action) => !actions.has(action));
  const [rule] = retention.rules;
  const settings = JSON.stringify({
    domain: registry.domain,
    domainOwner: registry.accountID,
    dryRun: retention.dryRun,
    rules: retention.rules,
  });
  const environment = (run?.args["environment"] as { variables?: { RETENTION?: string } } | undefined)?.variables;
  return [
    ...each(true, "retention", [
      ...wanted,
      one("logs:CreateLogStream", group),
      one("logs:PutLogEvents", group),
      [
        "started by its schedule",
        target.arn === run?.attrs["arn"] &&
          schedule?.args["scheduleExpression"] === retention.schedule &&
          schedule.args["state"] !== "DISABLED",
      ],
      ["invoked by its starter", starts("lambda:InvokeFunction", String(run?.attrs["arn"]))],
      ["its settings", environment?.RETENTION !== undefined && sameSettings(environment.RETENTION, settings)],
      ["its script", JSON.stringify(run?.args["code"] ?? "").length > 500],
      ["its handler", handles(run)],
      ["time to work", Number(run?.args["timeout"]) >= 300],
    ]),
    ...each(false, "retention", [
      ...unasked.map((action) => one(`codeartifact:${action}`, names.packages(rule!.repository, "npm//x"))),
      ...[...actions].map((action) => one(`codeartifact:${action}`, names.packages(other!.name, "npm//x"))),
      one("codeartifact:PublishPackageVersion", names.packages(rule!.repository, "npm//x")),
      one("logs:PutLogEvents", group.replace("/aws/lambda/", "/other/")),
      [
        "started for another account",
        starter !== undefined &&
          trusts(String(starter.args["assumeRolePolicy"]), "scheduler.amazonaws.com", {
            "aws:SourceAccount": "000000000000",
          }),
      ],
      ["another function invoked", starts("lambda:InvokeFunction", `${String(run?.attrs["arn"])}-other`)],
    ]),
  ];
}

/** Source: AWS Lambda Developer Guide, Define Lambda function handler in Node.js: `<file>.<what it exports>`. */
function handles(run: CloudObject | undefined): boolean {
  const [file, name] = String(run?.args["handler"]).split(".");
  const code = isRecord(run?.args["code"]) ? run.args["code"] : {};
  const assets = isRecord(code["assets"]) ? code["assets"] : {};
  const script = assets[`${file}.mjs`] ?? assets[`${file}.js`];
  const lines = isRecord(script) ? String(script["text"]) : "";
  return new RegExp(`^export (async )?(const|function) ${name}\\b`, "m").test(lines);
}

function sameSettings(given: string, wanted: string): boolean {
  const sorted = (text: string): string =>
    JSON.stringify(JSON.parse(text), (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
    );
  try {
    return sorted(given) === sorted(wanted);
  } catch {
    return false;
  }
}

/** Our endpoints let the reader through to this domain, and nobody else to anything. */
function onEndpoints(
  ours: readonly CloudObject[],
  { region }: CodeArtifact,
  names: Names,
  reader: CloudObject | undefined,
  { aws }: Customer,
): Request[] {
  const arn = String(reader?.attrs["arn"]);
  const by = (who: string): Context => ({ "aws:PrincipalArn": who });
  const endpoints = ours.filter(
    ({ type, account, args }) =>
      type === "aws:ec2/vpcEndpoint:VpcEndpoint" &&
      aws.some(({ accountID }) => accountID === account) &&
      String(args["serviceName"]).startsWith(`com.amazonaws.${region}.`),
  );
  const sibling = `${arn.split("/")[0]}/other`;
  return endpoints.flatMap((endpoint) => {
    const { id, args } = endpoint;
    const policy = String(defaultPolicy(endpoint));
    const may = (who: string, action: string, on: string) =>
      [`${who} ${action} on ${on}`, admits(policy, { arn: who }, action, on, by(who))] as const;
    if (String(args["serviceName"]).endsWith(".s3"))
      return each(false, id, [
        may(STRANGER, "s3:GetObject", "arn:aws:s3:::other/x"),
        may(STRANGER, "s3:PutObject", "arn:aws:s3:::other/x"),
      ]);
    return [
      ...each(true, id, [
        may(arn, "codeartifact:GetAuthorizationToken", names.domain),
        may(arn, "sts:GetServiceBearerToken", "*"),
        ...["internal", "shared"].flatMap((name) => [
          may(arn, "codeartifact:ReadFromRepository", names.repository(name)),
          may(arn, "codeartifact:GetRepositoryEndpoint", names.repository(name)),
        ]),
      ]),
      ...each(false, id, [
        may(sibling, "codeartifact:GetAuthorizationToken", names.domain),
        may(sibling, "codeartifact:ReadFromRepository", names.repository("shared")),
        may(sibling, "sts:GetServiceBearerToken", "*"),
        may(STRANGER, "codeartifact:ReadFromRepository", names.repository("shared")),
        may(arn, "codeartifact:PublishPackageVersion", names.packages("internal", "npm//x")),
      ]),
    ];
  });
}
