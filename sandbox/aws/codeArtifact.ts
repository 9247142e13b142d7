/** CodeArtifact: domains, repositories and their policies. */
import type { Call, Handler, Made } from "../handler.ts";
import { blocks, isRecord, text, type Values } from "../values.ts";
import { keyOf, type CloudObject, type Place, type World } from "../world.ts";
import { CODEARTIFACT_REGIONS } from "./amazonServices.ts";
import { arn, Doing } from "./common.ts";
import { admits } from "./iamPolicy.ts";
import { usableKey } from "./kms.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";

export const DOMAIN = "aws:codeartifact/domain:Domain";
export const REPOSITORY = "aws:codeartifact/repository:Repository";
const DOMAIN_POLICY = "aws:codeartifact/domainPermissions:DomainPermissions";
const REPOSITORY_POLICY = "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy";

/** Formats by external connection. Source: CodeArtifact User Guide, Supported external connection repositories. */
export const EXTERNAL_CONNECTIONS: Readonly<Record<string, string>> = {
  ...{ "public:npmjs": "npm", "public:pypi": "pypi", "public:nuget-org": "nuget", "public:crates-io": "cargo" },
  ...{ "public:ruby-gems-org": "ruby", "public:maven-central": "maven", "public:maven-clojars": "maven" },
  ...{ "public:maven-googleandroid": "maven", "public:maven-gradleplugins": "maven" },
  "public:maven-commonsware": "maven",
};

/** Direct upstreams of a repository. Source: CodeArtifact User Guide, Quotas. */
const MOST_UPSTREAMS = 10;

/** Source: CodeArtifact API Reference, PutDomainPermissionsPolicy, PutRepositoryPermissionsPolicy, policyDocument. */
const POLICY = { code: "ValidationException", most: 7168 };

const domain: Handler = {
  create(call) {
    const name = String(call.args["domain"]);
    const doing = new Doing(`creating CodeArtifact Domain (${name})`, "codeartifact: CreateDomain");
    if (!CODEARTIFACT_REGIONS.has(call.place.region))
      throw doing.error("UnknownEndpoint", `CodeArtifact is not in the region ${call.place.region}`);
    const id = arn("codeartifact", call.place, `domain/${name}`);
    if (call.world.find(call.place, DOMAIN, id))
      throw doing.error("ConflictException", `Domain already exists. (domain: ${name})`);
    // Source: CodeArtifact User Guide, Quotas, domains per account; it can be raised.
    if (call.world.count(call.place, DOMAIN) >= 10)
      throw doing.error("ServiceQuotaExceededException", "Maximum number of domains (10) reached.");
    const key = usableKey(call, doing, call.args["encryptionKey"], "ValidationException");
    const { account, region } = call.place;
    const attrs = {
      ...{ arn: id, owner: account, createdTime: now(), assetSizeBytes: "0" },
      encryptionKey: text(key?.attrs["arn"]) ?? arn("kms", call.place, `key/${awsKey(call.world, account, region)}`),
      s3BucketArn: `arn:aws:s3:::${assetBucket(call.world, region)}`,
    };
    return { id, name, attrs, terms: [`${name}-${account}`] };
  },
  outputs: (object, world) => ({ repositoryCount: world.referrers(object, REPOSITORY).length }),
  inUse({ id, args }, users) {
    const doing = new Doing(`deleting CodeArtifact Domain (${id})`, "codeartifact: DeleteDomain");
    const message = `Domain ${String(args["domain"])} has ${users.length} repositories. Delete them first.`;
    return doing.error("ConflictException", message);
  },
};

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** The account's `aws/codeartifact` key. */
function awsKey(world: World, account: string, region: string): string {
  const hex = world.hash(`aws/codeartifact ${account} ${region}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

/**
 * The bucket of a region that CodeArtifact hands packages' assets out from. Source: CodeArtifact User Guide, Create an
 * Amazon S3 gateway endpoint: `assets-<12 digits>-<region>`; which digits is AWS's affair.
 */
export function assetBucket(world: World, region: string): string {
  const digits = Number.parseInt(world.hash(`assets ${region}`).slice(0, 12), 16) % 1e12;
  return `assets-${String(digits).padStart(12, "0")}-${region}`;
}

/**
 * The domain behind a host that serves packages, `<domain>-<owner>.d.codeartifact.<region>.amazonaws.com`, or undefined.
 * Source: CodeArtifact User Guide, Get a repository endpoint.
 */
export function domainAt(world: World, host: string): CloudObject | undefined {
  const [, label, region] = /^([a-z0-9-]+-\d{12})\.d\.codeartifact\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host) ?? [];
  if (label === undefined) return undefined;
  return world.anywhere(DOMAIN, label).find((found) => found.region === region);
}

/** A repository of a domain, whoever administers it. */
export function repositoryIn(world: World, owner: CloudObject, name: string): CloudObject | undefined {
  return world.referrers(owner, REPOSITORY).find(({ args }) => args["repository"] === name);
}

/** The domain that the arguments name. @throws CloudError when there is none or it lets the account do nothing there */
export function findDomain({ world, place, args }: Call, doing: Doing, action: string): CloudObject {
  const owner = text(args["domainOwner"]) ?? place.account;
  const where: Place = { ...place, account: owner };
  const name = String(args["domain"]);
  const id = arn("codeartifact", where, `domain/${name}`);
  const found = world.find(where, DOMAIN, id);
  if (!found) throw doing.error("ResourceNotFoundException", `Domain not found. (domain: ${name}, owner: ${owner})`);
  const policy = world.referrers(found, DOMAIN_POLICY)[0]?.args["policyDocument"];
  const asker = { arn: `arn:aws:iam::${place.account}:root` };
  if (owner === place.account || admits(text(policy) ?? "{}", asker, action, id)) return found;
  const message = `User: ${asker.arn} is not authorized to perform: ${action} on resource: ${id}`;
  throw doing.error("AccessDeniedException", message);
}

const repository: Handler = {
  create(call) {
    const name = String(call.args["repository"]);
    const doing = new Doing(`creating CodeArtifact Repository (${name})`, "codeartifact: CreateRepository");
    const owner = findDomain(call, doing, "codeartifact:CreateRepository");
    if (repositoryIn(call.world, owner, name)) {
      const message = `Repository ${name} in domain ${String(owner.args["domain"])} already exists.`;
      throw doing.error("ConflictException", message);
    }
    checkSources(call, doing, owner);
    const id = arn("codeartifact", owner, `repository/${String(owner.args["domain"])}/${name}`);
    const attrs = { arn: id, administratorAccount: call.place.account, domainOwner: owner.account };
    return { id, name, attrs, uses: [owner] };
  },
  update: updateRepository,
  outputs: ({ args, attrs }) => ({
    ...(isRecord(args["externalConnections"]) ? { externalConnections: connected(args["externalConnections"]) } : {}),
    upstreams: args["upstreams"] ?? attrs["upstreams"],
  }),
  inUse: ({ id }) => new Error(`nothing can use repository ${id}`),
};

const connected = (connection: Values): Values => ({
  externalConnectionName: connection["externalConnectionName"],
  packageFormat: EXTERNAL_CONNECTIONS[String(connection["externalConnectionName"])],
  status: "AVAILABLE",
});

/**
 * The provider sends upstreams only when there are any, so that taking all away is not carried out; and it associates a
 * new external connection before it lets go of the old one, which CodeArtifact refuses.
 * Source: hashicorp/terraform-provider-aws internal/service/codeartifact/repository.go, resourceRepositoryUpdate.
 */
function updateRepository(call: Call, object: CloudObject): Made {
  const doing = new Doing(`updating CodeArtifact Repository (${object.id})`, "codeartifact: UpdateRepository");
  const owner = findDomain(call, doing, "codeartifact:UpdateRepository");
  const [before, after] = [object.args, call.args].map(({ externalConnections: it }) =>
    isRecord(it) ? text(it["externalConnectionName"]) : undefined,
  );
  if (before !== undefined && after !== undefined && before !== after) {
    const other = new Doing(
      `associating external connection to CodeArtifact repository (${object.id})`,
      "codeartifact: AssociateExternalConnection",
    );
    throw other.error("ConflictException", `Repository already has the external connection ${before}.`);
  }
  checkSources(call, doing, owner);
  const kept =
    blocks(call.args["upstreams"]).length > 0 ? undefined : (object.args["upstreams"] ?? object.attrs["upstreams"]);
  return { attrs: { upstreams: kept }, uses: [owner] };
}

/** What a repository takes packages from. Source: CodeArtifact API Reference, CreateRepository, AssociateExternalConnection. */
function checkSources(call: Call, doing: Doing, owner: CloudObject): void {
  const own = String(call.args["repository"]);
  const upstreams = blocks(call.args["upstreams"]).map((one) => String(one["repositoryName"]));
  const connection = isRecord(call.args["externalConnections"]) ? call.args["externalConnections"] : undefined;
  const external = text(connection?.["externalConnectionName"]);
  if (external !== undefined && EXTERNAL_CONNECTIONS[external] === undefined)
    throw doing.error("ResourceNotFoundException", `External connection ${external} does not exist.`);
  if (external !== undefined && upstreams.length > 0)
    throw doing.error(
      "ValidationException",
      "A repository can have upstream repositories or an external connection, not both.",
    );
  if (upstreams.length > MOST_UPSTREAMS)
    throw doing.error(
      "ServiceQuotaExceededException",
      `A repository can have at most ${MOST_UPSTREAMS} upstream repositories.`,
    );
  const twice = upstreams.find((name, index) => upstreams.indexOf(name) !== index);
  if (twice !== undefined) throw doing.error("ValidationException", `Upstream repository ${twice} is named twice.`);
  for (const name of upstreams) {
    if (name !== own && !repositoryIn(call.world, owner, name)) {
      const message = `Upstream repository ${name} does not exist in domain ${String(owner.args["domain"])}.`;
      throw doing.error("ResourceNotFoundException", message);
    }
    if (leadsTo(call.world, owner, name, own))
      throw doing.error("ValidationException", `Upstream repository ${name} makes a cycle with ${own}.`);
  }
}

/** Whether a repository is another's, or has it among its upstreams at any distance. */
function leadsTo(world: World, owner: CloudObject, from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return upstreamsOf(repositoryIn(world, owner, from)).some((next) => leadsTo(world, owner, next, to, seen));
}

/** Names of a repository's direct upstreams in order of priority. */
export function upstreamsOf(found: CloudObject | undefined): string[] {
  const given = found?.args["upstreams"] ?? found?.attrs["upstreams"];
  return blocks(given).map((one) => String(one["repositoryName"]));
}

const domainPermissions: Handler = {
  create(call) {
    const name = String(call.args["domain"]);
    const doing = new Doing(
      `creating CodeArtifact Domain Permissions Policy (${name})`,
      "codeartifact: PutDomainPermissionsPolicy",
    );
    const owner = findDomain(call, doing, "codeartifact:PutDomainPermissionsPolicy");
    return { id: owner.id, ...stored(call, doing, undefined), within: [owner] };
  },
  update: (call, object) =>
    stored(
      call,
      new Doing(
        `updating CodeArtifact Domain Permissions Policy (${object.id})`,
        "codeartifact: PutDomainPermissionsPolicy",
      ),
      object,
    ),
  outputs: ({ id }) => ({ resourceArn: id }),
  inUse: ({ id }) => new Error(`nothing can use the policy of ${id}`),
};

const repositoryPermissions: Handler = {
  create(call) {
    const name = String(call.args["repository"]);
    const doing = new Doing(
      `creating CodeArtifact Repository Permissions Policy (${name})`,
      "codeartifact: PutRepositoryPermissionsPolicy",
    );
    const found = repositoryIn(
      call.world,
      findDomain(call, doing, "codeartifact:PutRepositoryPermissionsPolicy"),
      name,
    );
    if (!found) throw doing.error("ResourceNotFoundException", `Repository not found. (repository: ${name})`);
    return { id: found.id, ...stored(call, doing, undefined), within: [found] };
  },
  update: (call, object) =>
    stored(
      call,
      new Doing(
        `updating CodeArtifact Repository Permissions Policy (${object.id})`,
        "codeartifact: PutRepositoryPermissionsPolicy",
      ),
      object,
    ),
  outputs: ({ id }) => ({ resourceArn: id }),
  inUse: ({ id }) => new Error(`nothing can use the policy of ${id}`),
};

/** A policy as it is stored: each time under a new revision, which a writer may ask to be the one it knows. */
function stored(call: Call, doing: Doing, before: CloudObject | undefined): Made {
  checkResourcePolicy(doing, call.args["policyDocument"], POLICY);
  const wanted = text(call.args["policyRevision"]);
  if (wanted !== undefined && wanted !== text(before?.attrs["policyRevision"]))
    throw doing.error("ConflictException", `The policy revision ${wanted} is not the current one.`);
  const owner = text(call.args["domainOwner"]) ?? call.place.account;
  return { attrs: { policyRevision: call.tx.hex("revision", 32), domainOwner: owner } };
}

/** The policy a domain or repository has, or undefined. */
export function policyOf(world: World, object: CloudObject): string | undefined {
  const type = object.type === DOMAIN ? DOMAIN_POLICY : REPOSITORY_POLICY;
  return text(
    world.referrers(object, type).find(({ within }) => within.includes(keyOf(object)))?.args["policyDocument"],
  );
}

export const CODEARTIFACT_HANDLERS: Record<string, Handler> = {
  [DOMAIN]: domain,
  [REPOSITORY]: repository,
  [DOMAIN_POLICY]: domainPermissions,
  [REPOSITORY_POLICY]: repositoryPermissions,
};
