import type { CustomerDiff, DiffClass, DiffReport } from "./types.ts";

interface Parts {
  readonly base: string;
  readonly head: string;
  readonly programChanged: boolean;
  /** Customers at either ref. */
  readonly customers: number;
  readonly classes: readonly DiffClass[];
  /** Every customer that is not unchanged. */
  readonly diffs: readonly CustomerDiff[];
}

/** The report, with its sums. */
export function reportOf({ base, head, programChanged, customers, classes, diffs }: Parts): DiffReport {
  const kinds = countBy(diffs, ({ kind }) => kind);
  const operations = countBy(
    diffs.flatMap(({ resources }) => resources),
    ({ kind }) => kind,
  );
  const totals = {
    customers,
    changed: kinds.get("changed") ?? 0,
    added: kinds.get("added") ?? 0,
    removed: kinds.get("removed") ?? 0,
    invalid: kinds.get("invalid") ?? 0,
    unchanged: customers - diffs.length,
    creates: operations.get("create") ?? 0,
    updates: operations.get("update") ?? 0,
    replaces: operations.get("replace") ?? 0,
    deletes: operations.get("delete") ?? 0,
  };
  const byName = [...diffs].sort((a, b) => (a.stack < b.stack ? -1 : a.stack > b.stack ? 1 : 0));
  return { version: 1, base, head, programChanged, totals, classes, customers: byName, violations: [] };
}

function countBy<Item, Key>(items: readonly Item[], key: (item: Item) => Key): ReadonlyMap<Key, number> {
  const counts = new Map<Key, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
