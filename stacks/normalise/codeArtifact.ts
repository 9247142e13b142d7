import type { z } from "zod";
import type {
  CodeArtifact,
  CodeArtifactRepository,
  DomainKey,
  InternalNamespace,
  PackageGroup,
  Publisher,
} from "../../plan/codeArtifact/customer.ts";
import { STORES, type Format } from "../../plan/codeArtifact/facts.ts";
import type { Partly } from "../../plan/partly.ts";
import type { codeArtifact as schema } from "../schema/registries/codeArtifact.ts";

export type CodeArtifactBlock = Partly<z.output<typeof schema>>;

const present = <Item>(items: readonly (Item | undefined)[] | undefined): readonly Item[] =>
  (items ?? []).filter((item) => item !== undefined);

const byKey = <Value>(entries: Readonly<Record<string, Value>> | undefined): readonly (readonly [string, Value])[] =>
  Object.entries(entries ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));

function key({
  mode,
  keyARN,
  rotationDays,
  deletionWindowDays,
  adminRoleARNs,
}: NonNullable<CodeArtifactBlock["kms"]>): Partly<DomainKey> {
  if (mode === "existing") return { mode, keyARN };
  if (mode === "aws-managed") return { mode };
  return { mode, rotationDays, deletionWindowDays, adminRoleARNs: present(adminRoleARNs) };
}

/** A repository whose upstreams nobody wrote is on top of all stores. */
function repositories({ stores, repositories: all }: CodeArtifactBlock): readonly Partly<CodeArtifactRepository>[] {
  const ofStores = present(stores).map((store) => STORES[store].repository);
  return byKey(all).map(([name, repository]) => {
    const { description, upstreams, readers, publishers } = repository ?? {};
    return {
      name,
      ...(description === undefined ? {} : { description }),
      upstreams: upstreams === undefined ? ofStores : present(upstreams),
      readers: present(readers),
      publishers: present(publishers).map((one): Partly<Publisher> => ({ ...one, packages: present(one.packages) })),
    };
  });
}

/** `<format>/<name>` as its parts. */
function namespace(written: string): InternalNamespace {
  const slash = written.indexOf("/");
  return { format: written.slice(0, slash) as Format, name: written.slice(slash + 1) };
}

function packageGroups({ packageGroups: all }: CodeArtifactBlock): readonly Partly<PackageGroup>[] {
  return byKey(all).map(([pattern, group]) => {
    const { publish, externalUpstream, internalUpstream, ...rest } = group ?? {};
    return { pattern, origins: { publish, externalUpstream, internalUpstream }, ...rest };
  });
}

/** From the file's shape to the program's. */
export function codeArtifact(block: CodeArtifactBlock): Partly<CodeArtifact> {
  const { accountID, region, environment, domain, kms, consumer, domainPolicy, monitoring, retention } = block;
  return {
    accountID,
    region,
    environment,
    domain,
    kms: key(kms ?? {}),
    stores: present(block.stores).toSorted(),
    repositories: repositories(block),
    internalNamespaces: present(block.internalNamespaces).map(namespace),
    packageGroups: packageGroups(block),
    consumer,
    domainPolicy,
    monitoring,
    ...(retention === undefined ? {} : { retention }),
    tags: { ...block.tags },
  };
}
