import type { CodeArtifact, InternalNamespace, OriginKind, PackageGroup } from "./customer.ts";
import type { Format, Mode } from "./facts.ts";

/** Formats whose packages have no namespaces: a prefix of the name stands for one. */
const WITHOUT_NAMESPACES: readonly Format[] = ["pypi", "nuget", "ruby", "cargo"];

/**
 * The pattern of a package group that holds exactly a namespace's packages. `~` matches a prefix up to a word's end, so
 * `com.acme` holds `com.acme.tools` and not `com.acmeother`. Source: CodeArtifact User Guide, "Package group definition
 * syntax and matching behavior".
 */
export function groupPattern({ format, name }: InternalNamespace): string {
  if (format === "maven") return `/maven/${name}~`;
  return WITHOUT_NAMESPACES.includes(format) ? `/${format}//${name}~` : `/${format}/${name}/*`;
}

/** The same packages as IAM writes them, `<format>/<namespace>/<name>`. */
export function packagePatterns({ format, name }: InternalNamespace): readonly string[] {
  if (format === "maven") return [`maven/${name}/*`, `maven/${name}.*`];
  if (!WITHOUT_NAMESPACES.includes(format)) return [`${format}/${name}/*`];
  return ["", "-*", "_*", ".*"].map((rest) => `${format}//${name}${rest}`);
}

/** Repositories that somebody publishes to; `internal` where nobody is named yet. */
const publishTargets = ({ repositories }: CodeArtifact): readonly string[] => {
  const named = repositories.filter(({ publishers }) => publishers.length > 0).map(({ name }) => name);
  return named.length > 0 ? named : repositories.filter(({ name }) => name === "internal").map(({ name }) => name);
};

/**
 * The groups of a domain, sorted by pattern: those written, and one for each internal namespace that none is written
 * for. Nobody outside can then bring a package under the customer's own names in: versions come from the publishing
 * repositories alone. The root group is AWS's own and stays as it is.
 */
export function packageGroups(codeArtifact: CodeArtifact): readonly PackageGroup[] {
  const written = codeArtifact.packageGroups;
  const targets = publishTargets(codeArtifact);
  const generated = codeArtifact.internalNamespaces
    .map(groupPattern)
    .filter((pattern) => !written.some((group) => group.pattern === pattern))
    .map((pattern): PackageGroup => ({
      pattern,
      description: "Packages of our own",
      origins: {
        publish:
          targets.length > 0
            ? { mode: "allow-specific-repositories", repositories: targets }
            : { mode: "block", repositories: [] },
        externalUpstream: { mode: "block", repositories: [] },
        internalUpstream: { mode: "allow", repositories: [] },
      },
    }));
  return [...written, ...generated].toSorted((a, b) => (a.pattern < b.pattern ? -1 : 1));
}

const MODE_NAMES: Readonly<Record<Mode, string>> = {
  allow: "ALLOW",
  block: "BLOCK",
  "allow-specific-repositories": "ALLOW_SPECIFIC_REPOSITORIES",
  inherit: "INHERIT",
};

const ORIGIN_NAMES: Readonly<Record<OriginKind, string>> = {
  publish: "Publish",
  externalUpstream: "ExternalUpstream",
  internalUpstream: "InternalUpstream",
};

/** A group as Cloud Control takes it (JSON). Source: CloudFormation User Guide, AWS::CodeArtifact::PackageGroup. */
export function desiredState(
  { domain, accountID }: Pick<CodeArtifact, "domain" | "accountID">,
  { pattern, description, contactInfo, origins }: PackageGroup,
  tags: Readonly<Record<string, string>>,
): string {
  const restrictions = Object.entries(origins).map(([kind, { mode, repositories }]) => [
    ORIGIN_NAMES[kind as OriginKind],
    { RestrictionMode: MODE_NAMES[mode], ...(repositories.length === 0 ? {} : { Repositories: repositories }) },
  ]);
  return JSON.stringify({
    DomainName: domain,
    DomainOwner: accountID,
    Pattern: pattern,
    ...(description === undefined ? {} : { Description: description }),
    ...(contactInfo === undefined ? {} : { ContactInfo: contactInfo }),
    OriginConfiguration: { Restrictions: Object.fromEntries(restrictions) as unknown },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
}
