/** Upstreams by repository, as far as they are known. */
export type Upstreams = ReadonlyMap<string, readonly string[]>;

/** Every repository a request to `from` may search, itself left out: the whole chain. */
export function searchedFrom(upstreams: Upstreams, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    for (const next of upstreams.get(name) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(from);
  seen.delete(from);
  return seen;
}

/** A way from a repository back to itself, `a, b, a`; undefined where there is none. */
export function cycleAt(upstreams: Upstreams, from: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const visit = (path: readonly string[]): readonly string[] | undefined => {
    for (const next of upstreams.get(path.at(-1)!) ?? []) {
      if (next === from) return [...path, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = visit([...path, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit([from]);
}

/** Repositories in an order in which each comes after its upstreams. Of a cycle, whichever comes first. */
export function inOrder<Repository extends { readonly name: string; readonly upstreams: readonly string[] }>(
  repositories: readonly Repository[],
): readonly Repository[] {
  const byName = new Map(repositories.map((repository) => [repository.name, repository]));
  const ordered = new Set<Repository>();
  const visiting = new Set<Repository>();
  const visit = (repository: Repository | undefined): void => {
    if (repository === undefined || ordered.has(repository) || visiting.has(repository)) return;
    visiting.add(repository);
    repository.upstreams.forEach((name) => visit(byName.get(name)));
    ordered.add(repository);
  };
  repositories.forEach(visit);
  return [...ordered];
}
