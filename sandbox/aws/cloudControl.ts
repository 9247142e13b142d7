/** Cloud Control API: package groups of CodeArtifact, which the provider has no type of its own for. */
import type { Call, Handler } from "../handler.ts";
import { isRecord, list, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject } from "../world.ts";
import { findDomain, repositoryIn } from "./codeArtifact.ts";
import { arn, Doing } from "./common.ts";

export const CLOUD_CONTROL = "aws:cloudcontrol/resource:Resource";
const PACKAGE_GROUP = "AWS::CodeArtifact::PackageGroup";

/** Source: CodeArtifact API Reference, PackageGroupOriginConfiguration. */
const MODES = ["ALLOW", "ALLOW_SPECIFIC_REPOSITORIES", "BLOCK", "INHERIT"];
const RESTRICTIONS = ["Publish", "ExternalUpstream", "InternalUpstream"];
const PROPERTIES = [
  "DomainName",
  "DomainOwner",
  "Pattern",
  "Description",
  "ContactInfo",
  "OriginConfiguration",
  "Tags",
];

const resource: Handler = {
  create(call) {
    const doing = new Doing("creating AWS Cloud Control API Resource", "CloudControl: CreateResource");
    const { state, domain } = settle(call, doing);
    const name = String(domain.args["domain"]);
    const id = arn("codeartifact", domain, `package-group/${name}${String(state["Pattern"])}`);
    if (state["Pattern"] === "/*") throw doing.error("AlreadyExists", `Package group /* exists in every domain`);
    if (call.world.find(call.place, CLOUD_CONTROL, id))
      throw doing.error("AlreadyExists", `Package group ${String(state["Pattern"])} already exists in ${name}`);
    return { id, name: String(state["Pattern"]), attrs: { packageGroupArn: id }, within: [domain] };
  },
  update(call, { id }) {
    const { domain } = settle(
      call,
      new Doing(`updating AWS Cloud Control API Resource (${id})`, "CloudControl: UpdateResource"),
    );
    return { within: [domain] };
  },
  outputs: ({ args, attrs }) => ({
    packageGroupArn: undefined,
    properties: JSON.stringify({ ...parsed(args["desiredState"]), Arn: attrs["packageGroupArn"] }),
  }),
  inUse: ({ id }) => new Error(`nothing can use ${id}`),
};

/** The wanted state, fit for the domain it is for. */
function settle(call: Call, doing: Doing): { state: Values; domain: CloudObject } {
  if (call.args["typeName"] !== PACKAGE_GROUP) {
    const message = `the sandbox simulates ${PACKAGE_GROUP} alone, not ${String(call.args["typeName"])}`;
    throw doing.error("UnsupportedActionException", message);
  }
  const state = parsed(call.args["desiredState"]);
  if (state === undefined) throw doing.error("ValidationException", "DesiredState is not a JSON object");
  const unknown = Object.keys(state).find((name) => !PROPERTIES.includes(name));
  if (unknown !== undefined)
    throw doing.error(
      "ValidationException",
      `Model validation failed (#: extraneous key [${unknown}] is not permitted)`,
    );
  const missing = ["DomainName", "Pattern"].find((name) => text(state[name]) === undefined);
  if (missing !== undefined)
    throw doing.error("ValidationException", `Model validation failed (#: required key [${missing}] not found)`);
  const named = { ...call, args: { domain: state["DomainName"], domainOwner: state["DomainOwner"] } };
  const domain = findDomain(named, doing, "codeartifact:CreatePackageGroup");
  checkPattern(doing, String(state["Pattern"]));
  checkOrigins(call, doing, state, domain);
  return { state, domain };
}

/** Source: CodeArtifact User Guide, Package group definition syntax and matching behavior. */
function checkPattern(doing: Doing, pattern: string): void {
  if (/^\/[^\p{C}\s]{0,518}[$~*]$/u.test(pattern)) return;
  throw doing.error("InvalidRequest", `Package group pattern ${pattern} must begin with / and end with $, ~ or *`);
}

function checkOrigins({ world }: Call, doing: Doing, state: Values, domain: CloudObject): void {
  const configuration = state["OriginConfiguration"];
  if (configuration === undefined) return;
  const restrictions = isRecord(configuration) ? configuration["Restrictions"] : undefined;
  if (!isRecord(restrictions))
    throw doing.error(
      "ValidationException",
      "Model validation failed (#/OriginConfiguration: required key [Restrictions] not found)",
    );
  for (const [name, restriction] of Object.entries(restrictions)) {
    const mode = isRecord(restriction) ? text(restriction["RestrictionMode"]) : undefined;
    if (!RESTRICTIONS.includes(name) || mode === undefined || !MODES.includes(mode))
      throw doing.error("ValidationException", `Model validation failed (#/OriginConfiguration/Restrictions/${name})`);
    const repositories = isRecord(restriction) ? texts(restriction["Repositories"]) : [];
    const specific = mode === "ALLOW_SPECIFIC_REPOSITORIES";
    if (repositories.length > 0 !== specific)
      throw doing.error(
        "InvalidRequest",
        `${name}: repositories go with ALLOW_SPECIFIC_REPOSITORIES and with it alone`,
      );
    const absent = repositories.find((one) => !repositoryIn(world, domain, one));
    if (absent !== undefined) throw doing.error("NotFound", `Repository ${absent} does not exist in the domain`);
  }
}

function parsed(document: unknown): Values | undefined {
  try {
    const state: unknown = JSON.parse(String(document));
    return isRecord(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Package groups of a domain: what each wants, by pattern. */
export function packageGroups(all: readonly CloudObject[], domain: CloudObject): Map<string, Values> {
  const own = all.filter(({ within }) => within.includes(keyOf(domain)));
  return new Map(
    list(own.map(({ args }) => parsed(args["desiredState"])))
      .filter(isRecord)
      .map((state) => [String(state["Pattern"]), state]),
  );
}

export const CLOUD_CONTROL_HANDLERS: Record<string, Handler> = { [CLOUD_CONTROL]: resource };
