/**
 * AWS's own services as registries use them: CodeArtifact's API and repositories, and S3 for what packages are made of.
 * They answer behind interface endpoints and on the internet alike.
 */
import { DOMAIN, domainAt, assetBucket, policyOf, REPOSITORY } from "../aws/codeArtifact.ts";
import { amazonService } from "../aws/amazonServices.ts";
import { defaultPolicy } from "../aws/endpointPolicy.ts";
import { ROLE } from "../aws/iam.ts";
import { admits, allows } from "../aws/iamPolicy.ts";
import { keyNamed, KMS_KEY } from "../aws/kms.ts";
import { bucketNamed } from "../aws/s3.ts";
import { SERVICE_ACCOUNT } from "../gcp/identity.ts";
import { isRecord, list, text, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { broken, hop, passed, type From, type Hop, type Walk } from "./walk.ts";

/** A host of one of AWS's services that clients of registries speak to. */
type Host =
  | { readonly kind: "api"; readonly region: string }
  | { readonly kind: "repositories"; readonly region: string }
  | { readonly kind: "bucket"; readonly region: string; readonly bucket: string };

/**
 * What a host of AWS's is, or undefined. Sources: CodeArtifact User Guide, Get a repository endpoint; Amazon S3 User Guide,
 * Virtual hosting of buckets.
 */
export function amazonHost(name: string): Host | undefined {
  const [, bucket, s3] = /^([a-z0-9][a-z0-9.-]+)\.s3\.([a-z]+-[a-z]+-\d)\.amazonaws\.com$/.exec(name) ?? [];
  if (bucket !== undefined) return { kind: "bucket", region: s3!, bucket };
  const [, repositories] = /^[a-z0-9-]+-\d{12}\.d\.codeartifact\.([a-z0-9-]+)\.amazonaws\.com$/.exec(name) ?? [];
  if (repositories !== undefined) return { kind: "repositories", region: repositories };
  const [, api] = /^codeartifact\.([a-z0-9-]+)\.amazonaws\.com$/.exec(name) ?? [];
  return api === undefined ? undefined : { kind: "api", region: api };
}

/** The host clients of a CodeArtifact domain fetch packages' assets from, or undefined where no domain is at a host. */
export function assetHost(world: World, name: string): string | undefined {
  const domain = domainAt(world, name);
  if (domain === undefined) return undefined;
  const bucket = text(domain.attrs["s3BucketArn"])?.split(":::")[1];
  return `${bucket ?? assetBucket(world, domain.region)}.s3.${domain.region}.amazonaws.com`;
}

/** Keys are the names of AWS's endpoint services after the region. */
const SERVES: Readonly<Record<Host["kind"], string>> = {
  api: "codeartifact.api",
  repositories: "codeartifact.repositories",
  bucket: "s3",
};

/**
 * From an interface endpoint, or from the internet, into one of AWS's services.
 * @param endpoint left out for a connection over the internet
 */
export function* amazon({ world }: From, name: string, endpoint?: CloudObject): Walk {
  const host = amazonHost(name);
  if (endpoint) {
    const given = String(endpoint.args["serviceName"]);
    const service = amazonService(endpoint, given)!;
    if (host === undefined || given !== `com.amazonaws.${host.region}.${SERVES[host.kind]}`) {
      const what = `${service.name} behind ${endpoint.id} does not serve ${name}`;
      yield broken("service", what);
      return;
    }
    yield passed("service", `${endpoint.id} leads to ${service.name}`);
  }
  if (host?.kind === "bucket") yield* intoBucket(world, host.bucket, host.region, endpoint);
  else if (host) yield* intoDomain(world, name, host, endpoint);
  yield passed("certificate", `AWS's is for ${name}`);
}

function* intoBucket(world: World, bucket: string, region: string, endpoint: CloudObject | undefined): Walk {
  const found = bucketNamed(world, bucket);
  const AWSs = bucket === assetBucket(world, region);
  const wrong = AWSs || found?.region === region ? undefined : `there is no bucket ${bucket} in ${region}`;
  yield hop("bucket", wrong, AWSs ? `${bucket} is where CodeArtifact keeps assets` : `${bucket} exists`, "customer");
  if (endpoint === undefined) return;
  const partition = `arn:aws:s3:::${bucket}`;
  // The signature in the URL authorises; policies are limited to a prefix where a registry keeps objects under one.
  const open = ["*", "objs/object"].some((key) =>
    admits(String(defaultPolicy(endpoint)), {}, "s3:GetObject", `${partition}/${key}`),
  );
  const closed = `the policy of ${endpoint.id} does not allow s3:GetObject on ${partition}/*`;
  yield hop(
    "endpoint policy",
    open ? undefined : closed,
    `the policy of ${endpoint.id} allows s3:GetObject on ${bucket}`,
  );
}

function* intoDomain(world: World, name: string, host: Host, endpoint: CloudObject | undefined): Walk {
  const domains =
    host.kind === "api" ? world.all(DOMAIN).filter(({ region }) => region === host.region) : [domainAt(world, name)];
  const found = domains.filter((one) => one !== undefined);
  const nothing =
    host.kind === "api" ? `there is no CodeArtifact domain in ${host.region}` : `no CodeArtifact domain is at ${name}`;
  const [first] = found;
  if (first === undefined) {
    yield broken("domain", nothing, "customer");
    return;
  }
  if (host.kind === "repositories") {
    yield passed("domain", `domain ${String(first.args["domain"])} of ${first.account} is at ${name}`, "customer");
    yield encryption(world, first);
  }
  const consumers = found.map((domain) => ({ domain, ...consumerOf(world, domain) }));
  const chosen = consumers.find(({ role }) => role !== undefined) ?? consumers[0]!;
  yield identity(chosen);
  if (chosen.role === undefined) return;
  const { domain, role } = chosen;
  if (host.kind === "api") {
    yield* endpointPolicy(endpoint, role, ["codeartifact:GetAuthorizationToken", domain.id]);
    return;
  }
  const [repository] = readable(world, domain, role);
  const arn = text(repository?.attrs["arn"]) ?? domain.id;
  if (repository) yield* endpointPolicy(endpoint, role, ["codeartifact:ReadFromRepository", arn]);
  const all = world.referrers(domain, REPOSITORY).length;
  const none =
    all === 0
      ? `domain ${domain.name} has no repository`
      : `${role.name} may read none of the ${all} repositories of domain ${domain.name}`;
  yield hop("repository", repository ? undefined : none, `${role.name} may read ${repository?.name}`, "customer");
}

/** A domain without its key serves nothing. Source: CodeArtifact User Guide, Encryption at rest. */
function encryption(world: World, domain: CloudObject): Hop {
  const reference = text(domain.args["encryptionKey"]);
  if (reference === undefined) return passed("encryption key", "AWS keeps the domain's key", "customer");
  const key = keyNamed(world, domain, reference);
  const wrong =
    key === undefined
      ? "does not exist"
      : key.type !== KMS_KEY
        ? "waits for its deletion"
        : key.args["isEnabled"] === false
          ? "is disabled"
          : undefined;
  const what = `the key of domain ${domain.name}, ${reference},`;
  return hop("encryption key", wrong && `${what} ${wrong}`, `${what} is enabled`, "customer");
}

interface Consumer {
  /** The role that a service account of ours gets tokens with. */
  readonly role?: CloudObject;
  readonly why?: string;
}

/**
 * The role in a domain's account that one of our service accounts may take on and get tokens with.
 * Source: IAM User Guide, Web identity federation: Google is built in; AWS compares the account's numeric id with `sub`.
 */
function consumerOf(world: World, domain: CloudObject): Consumer {
  const roles = world.all(ROLE).filter(({ account }) => account === domain.account);
  const federated = roles.flatMap((role) => subjectsOf(role).map((subject) => ({ role, subject })));
  if (federated.length === 0) return { why: `no role in ${domain.account} trusts a service account of Google's` };
  const live = federated.filter(({ subject }) => {
    const [account] = world.anywhere(SERVICE_ACCOUNT, subject);
    return account !== undefined && account.args["disabled"] !== true;
  });
  if (live.length === 0) {
    const { role, subject } = federated[0]!;
    return {
      why: `${role.name} in ${domain.account} trusts the service account ${subject}, which does not exist or is disabled`,
    };
  }
  const able = live.find(({ role }) => mayGetTokens(world, role, domain));
  if (able) return { role: able.role };
  return { why: `${live[0]!.role.name} may not get authorization tokens of domain ${domain.name}` };
}

/** Numeric ids of the service accounts that a role's trust is for. */
function subjectsOf({ args }: CloudObject): string[] {
  return statementsOf(args["assumeRolePolicy"]).flatMap((statement) => {
    const { Principal: principal, Action: action, Condition: condition, Effect: effect } = statement;
    const federated = isRecord(principal) ? many(principal["Federated"]) : [];
    if (effect !== "Allow" || !federated.includes("accounts.google.com")) return [];
    if (!many(action).includes("sts:AssumeRoleWithWebIdentity") || !isRecord(condition)) return [];
    const equal = isRecord(condition["StringEquals"]) ? condition["StringEquals"] : {};
    return many(equal["accounts.google.com:sub"] ?? equal["accounts.google.com:aud"]);
  });
}

/** Source: CodeArtifact User Guide, Authentication with tokens: both permissions are needed. */
function mayGetTokens(world: World, role: CloudObject, domain: CloudObject): boolean {
  const context = { "sts:AWSServiceName": "codeartifact.amazonaws.com" };
  return (
    may(world, role, "codeartifact:GetAuthorizationToken", domain.id) &&
    policiesOf(world, role).some((policy) => allows(policy, "sts:GetServiceBearerToken", "*", context))
  );
}

function may(world: World, role: CloudObject, action: string, resource: string): boolean {
  return policiesOf(world, role).some((policy) => allows(policy, action, resource));
}

function policiesOf(world: World, role: CloudObject): string[] {
  return world.referrers(role, "aws:iam/rolePolicy:RolePolicy").map(({ args }) => String(args["policy"]));
}

function identity({ domain, role, why }: Consumer & { readonly domain: CloudObject }): Hop {
  const ours = why?.includes("does not exist or is disabled") === true;
  const right = `${role?.name} in ${domain.account} lets our service account get tokens of domain ${domain.name}`;
  return hop("identity", why, right, ours ? "ours" : "customer");
}

/** Repositories a role may read: by its own policies in the same account, as long as the repository's does not forbid it. */
function readable(world: World, domain: CloudObject, role: CloudObject): CloudObject[] {
  const action = "codeartifact:ReadFromRepository";
  return world.referrers(domain, REPOSITORY).filter((repository) => {
    const arn = String(repository.attrs["arn"]);
    return may(world, role, action, arn) && !forbids(policyOf(world, repository), role, action, arn);
  });
}

/** Whether a policy would refuse what everybody were allowed. */
function forbids(policy: string | undefined, role: CloudObject, action: string, resource: string): boolean {
  const denials = statementsOf(policy).filter(({ Effect: effect }) => effect === "Deny");
  if (denials.length === 0) return false;
  const everybody = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [everybody, ...denials] });
  return !admits(document, { arn: String(role.attrs["arn"]) }, action, resource);
}

function* endpointPolicy(
  endpoint: CloudObject | undefined,
  role: CloudObject,
  [action, resource]: readonly [string, string],
): Walk {
  if (endpoint === undefined) return;
  const arn = String(role.attrs["arn"]);
  const context = { "aws:PrincipalArn": arn, "aws:PrincipalAccount": role.account };
  const open = admits(String(defaultPolicy(endpoint)), { arn }, action, resource, context);
  const what = `${action} on ${resource} to ${role.name}`;
  const closed = `the policy of ${endpoint.id} does not allow ${what}`;
  yield hop("endpoint policy", open ? undefined : closed, `the policy of ${endpoint.id} allows ${what}`);
}

function statementsOf(document: unknown): Values[] {
  if (text(document) === undefined) return [];
  const { Statement: statement } = JSON.parse(String(document)) as Values;
  return (isRecord(statement) ? [statement] : list(statement)).filter(isRecord);
}

function many(value: unknown): string[] {
  return typeof value === "string" ? [value] : texts(value);
}
