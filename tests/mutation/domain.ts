/** Whether a CodeArtifact domain's repositories and package groups are as the customer file has them. */
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Customer } from "../../plan/customer.ts";
import { blocks, isRecord, list, text, texts } from "../../sandbox/values.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

const DOMAIN = "aws:codeartifact/domain:Domain";
const REPOSITORY = "aws:codeartifact/repository:Repository";
const GROUP = "aws:cloudcontrol/resource:Resource";

/** Source: CodeArtifact User Guide, Supported external connection repositories. */
const SOURCES: Readonly<Record<string, string>> = { npm: "public:npmjs", pypi: "public:pypi" };

export function domainTrouble({ ours }: Aftermath, { registries }: Customer): string | undefined {
  for (const { origin } of registries) {
    if (origin.kind !== "codeArtifact") continue;
    const { codeArtifact } = origin;
    const mine = ours.filter(({ account }) => account === codeArtifact.accountID);
    const domain = mine.find(({ type }) => type === DOMAIN);
    if (domain?.args["domain"] !== codeArtifact.domain) return "the domain has another name than the file's";
    const own = mine.some(
      ({ type, attrs }) => type === "aws:kms/key:Key" && attrs["arn"] === domain.args["encryptionKey"],
    );
    if (!own) return "the domain has another key than its own";
    const trouble = repositoryTrouble(codeArtifact, mine) ?? groupTrouble(codeArtifact, mine);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** `<name> <- <upstreams or public source>: <description>` */
function repositoryTrouble(
  { stores, repositories, accountID }: CodeArtifact,
  mine: readonly CloudObject[],
): string | undefined {
  const wanted = [
    ...stores.map((store) => `${store}-store of ${accountID} <- ${SOURCES[store]}`),
    ...repositories.map(({ name, upstreams }) => {
      const from = upstreams.map((one) => ((stores as readonly string[]).includes(one) ? `${one}-store` : one));
      return `${name} of ${accountID} <- ${from.join(", ")}`;
    }),
  ];
  const found = mine
    .filter(({ type }) => type === REPOSITORY)
    .map(({ args }) => {
      const external = isRecord(args["externalConnections"])
        ? [args["externalConnections"]]
        : blocks(args["externalConnections"]);
      const from = [
        ...blocks(args["upstreams"]).map((one) => one["repositoryName"]),
        ...external.map((one) => one["externalConnectionName"]),
      ];
      return `${String(args["repository"])} of ${text(args["domainOwner"]) ?? accountID} <- ${from.join(", ")}`;
    });
  const wrong = [...wanted].sort().join("; ") === [...found].sort().join("; ");
  return wrong ? undefined : `repositories are ${[...found].sort().join("; ")}`;
}

const MODES: Readonly<Record<string, string>> = {
  allow: "ALLOW",
  block: "BLOCK",
  inherit: "INHERIT",
  "allow-specific-repositories": "ALLOW_SPECIFIC_REPOSITORIES",
};

/** Source: CodeArtifact User Guide, Package group origin controls. Names of the customer's own come from nobody else. */
function groupTrouble(registry: CodeArtifact, mine: readonly CloudObject[]): string | undefined {
  const publishing = registry.repositories.filter(({ publishers }) => publishers.length > 0).map(({ name }) => name);
  const wanted = new Map<string, string>(
    registry.internalNamespaces.map(({ format, name }) => [
      `/${format}/${name}/*`,
      `ALLOW_SPECIFIC_REPOSITORIES ${publishing.join()} | BLOCK  | ALLOW `,
    ]),
  );
  for (const { pattern, origins } of registry.packageGroups) {
    const { publish, externalUpstream, internalUpstream } = origins;
    const all = [publish, externalUpstream, internalUpstream];
    wanted.set(pattern, all.map(({ mode, repositories }) => `${MODES[mode]} ${repositories.join()}`).join(" | "));
  }
  const found = new Map(
    mine
      .filter(({ type }) => type === GROUP)
      .map(({ args }) => {
        const state = JSON.parse(String(args["desiredState"])) as Record<string, unknown>;
        const about =
          state["DomainName"] === registry.domain &&
          [undefined, registry.accountID].includes(text(state["DomainOwner"]));
        const origin = isRecord(state["OriginConfiguration"]) ? state["OriginConfiguration"] : {};
        const restrictions = isRecord(origin["Restrictions"]) ? origin["Restrictions"] : {};
        const said = ["Publish", "ExternalUpstream", "InternalUpstream"].map((kind) => {
          const one = isRecord(restrictions[kind]) ? restrictions[kind] : {};
          return `${text(one["RestrictionMode"]) ?? "INHERIT"} ${texts(list(one["Repositories"])).join()}`;
        });
        return [about ? String(state["Pattern"]) : "of another domain", said.join(" | ")] as const;
      }),
  );
  const wrong = [...wanted].find(([pattern, said]) => found.get(pattern) !== said);
  if (wrong !== undefined) return `${wrong[0]} is ${found.get(wrong[0]) ?? "not there"}`;
  return found.size === wanted.size ? undefined : "there are package groups the file does not have";
}
