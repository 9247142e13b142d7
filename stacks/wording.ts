/**
 * How a mistake is said: `expected …, got …; what to do`. Lower case, no full stop, and never a secret.
 */

/** What a field wants, for the message about a value that is not it. */
export interface Help {
  /** What is allowed, e.g. `twelve digits`. */
  readonly expected: string;
  /** What to do, for a value of the right type; a function where it depends on the value. */
  readonly fix: string | ((value: string | number | boolean) => string);
  /** What belongs in the place of a placeholder or an empty value, e.g. `the account id`. */
  readonly what: string;
  /** What to do about a number where a text belongs; to quote it, by default. */
  readonly number?: string;
  /** What a person does not see in a value at once, in brackets after it. */
  readonly remark?: (value: string | number | boolean) => string | undefined;
}

const PLAIN = /^[A-Za-z0-9_.:/@+-]+$/;
/** A DNS name is up to 253 characters long and is shown whole. */
const LONGEST = 260;

/** A value as a message shows it: plain where it can be, quoted otherwise, cut when long, never a private key. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a block";
  const text = typeof value === "number" ? value.toString() : typeof value === "string" ? value : JSON.stringify(value);
  if (text.includes("PRIVATE KEY")) return "a private key";
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  if (PLAIN.test(cut)) return cut;
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, escapeCharacter);
}

const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** What printed procedures leave to fill in: `<REGION>`, `$accountId`, `{{ region }}`, `CUSTOMER`, `….domain`. */
const PLACEHOLDER = /<[^<>\s]+>|\$\{?[A-Za-z]\w*\}?|\{\{.*\}\}|(^|[.\-/])(CUSTOMER|DOMAIN)([.\-/]|$)|\.domain$/;

/** Whether a text still holds a placeholder of the procedure it was pasted from. */
export const isPlaceholder = (value: unknown): value is string => typeof value === "string" && PLACEHOLDER.test(value);

/** The message about a value that is not what `help` describes. */
export function mistake(value: unknown, help: Help, wanted: "text" | "number" | "other" = "text"): string {
  const start = `expected ${help.expected}, got ${show(value)}`;
  if (value === undefined) return `${start}; add ${help.what}`;
  if (value === null) return `${start}; write ${help.what} after the colon, or remove the key`;
  if (typeof value === "object") return `${start}; write ${help.what}`;
  if (isPlaceholder(value)) {
    return `expected ${help.expected}, got ${JSON.stringify(value)}; a placeholder is left, put in ${help.what}`;
  }
  if (wanted === "text" && typeof value !== "string")
    return `${start}, which yaml reads as a ${typeof value}; ${help.number ?? "quote it"}`;
  if (wanted === "number" && typeof value === "string" && /^[+-]?\d+$/.test(value)) {
    return `expected ${help.expected}, got ${JSON.stringify(value)}, which the quotes make text; write ${Number(value)}`;
  }
  const remark = help.remark?.(value as string);
  return `${start}${remark === undefined ? "" : ` (${remark})`}; ${typeof help.fix === "string" ? help.fix : help.fix(value as string)}`;
}

/** `a, b or c`. */
export const either = (values: readonly string[], joint = "or"): string =>
  values.length < 2 ? (values[0] ?? "") : `${values.slice(0, -1).join(", ")} ${joint} ${values.at(-1)}`;

const NUMBERS = "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split(
  " ",
);

/** A count in words up to fifteen. */
export const inWords = (count: number): string => NUMBERS[count] ?? String(count);

/** The edit distance between two short words (Levenshtein, with neighbours swapped as one edit). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, before[column - 2]! + 1);
      }
      current.push(best);
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length]!;
}

const allowedEdits = (length: number): number => (length < 3 ? 0 : length < 6 ? 1 : 2);

/** The word somebody most likely meant: equal but for case, or at most two edits (fewer in a short word) away. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const folded = word.toLowerCase();
  const scored = candidates
    .map((candidate) => ({ candidate, edits: distance(folded, candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= allowedEdits(Math.min(word.length, candidate.length)))
    .sort((a, b) => a.edits - b.edits);
  return scored[0]?.candidate;
}
