/** Sharing out a limited number of characters. Every length here is in UTF-16 units, never fewer than the characters. */

/** What one section would like to say. */
export interface Section {
  /** First line, shown whenever there are entries. */
  readonly title: string;
  /** Lines in order of importance. */
  readonly entries: readonly string[];
  /** Says what is left out, given the number of entries shown; shown as the section's last line. */
  readonly rest: (shown: number) => string;
  /** Share of what is left, against the other sections', where not all of them fit. */
  readonly weight: number;
}

const length = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** Lines of a section, at most `limit` characters where its title and its `rest` fit in that. */
function fitted({ title, entries, rest }: Section, limit: number): readonly string[] {
  if (entries.length === 0) return [];
  const whole = [title, "", ...entries, ""];
  if (length(whole) <= limit) return whole;
  let shown = 0;
  // `rest` counts what is left out, so its length hardly changes; 16 covers digits.
  let left = limit - length([title, "", rest(0), ""]) - 16;
  while (shown < entries.length && (entries[shown]?.length ?? 0) + 1 <= left)
    left -= (entries[shown++]?.length ?? 0) + 1;
  return [title, "", ...entries.slice(0, shown), rest(shown), ""];
}

/**
 * The sections one below the other, at most `limit` characters. Sections that want less than their share leave the
 * difference to the others; none with entries goes unmentioned.
 */
export function fit(sections: readonly Section[], limit: number): string {
  const wanted = sections.map((section) => length(fitted(section, Infinity)));
  const shares = share(
    wanted,
    sections.map(({ weight }) => weight),
    limit,
  );
  return sections
    .flatMap((section, n) => fitted(section, shares[n] ?? 0))
    .map((line) => `${line}\n`)
    .join("");
}

/** Gives each what it wants as far as there is enough, and otherwise by weight. */
export function share(wanted: readonly number[], weights: readonly number[], total: number): readonly number[] {
  const given = wanted.map(() => 0);
  let open = wanted.map((_, n) => n);
  let left = total;
  while (open.length > 0) {
    const weight = open.reduce((sum, n) => sum + (weights[n] ?? 0), 0);
    const part = (n: number): number => Math.floor((left * (weights[n] ?? 0)) / weight);
    const modest = open.filter((n) => (wanted[n] ?? 0) <= part(n));
    if (modest.length === 0) {
      for (const n of open) given[n] = part(n);
      return given;
    }
    for (const n of modest) given[n] = wanted[n] ?? 0;
    left -= modest.reduce((sum, n) => sum + (wanted[n] ?? 0), 0);
    open = open.filter((n) => !modest.includes(n));
  }
  return given;
}
