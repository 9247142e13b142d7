/**
 * How other people's text gets into a report. Names, paths, messages, values and git refs come from customer files and
 * from branches of strangers, so every one of them passes `visible`, and what `visible` lets through stands in a code
 * span or an HTML `code` element, where GitHub reads neither Markdown nor HTML, mentions, issue numbers or addresses.
 */

/** Longest text shown in one place, in UTF-16 units; the rest is in the report file. */
export const LONGEST = 160;

/**
 * Characters that a reader cannot see, that reorder what he sees, or that end a code span or a line: control, format
 * (zero width, bidirectional), surrogate halves, private use and unassigned ones, separators other than a plain space,
 * letters that are drawn as nothing, and the backtick. Four combining marks in a row draw over the lines around them.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}`\u115F\u1160\u2800\u3164\uFFA0]|(?! )\p{Zs}|\p{M}{4,}/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const escaped = (characters: string): string =>
  NAMED[characters] ??
  Array.from(characters, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).join("");

/**
 * The text on one line, with whatever cannot be seen written out as `\u{…}`, and its middle left out where it is longer
 * than `longest` UTF-16 units.
 */
export function visible(text: string, longest: number = LONGEST): string {
  // Cut before escaping, so that a text of megabytes costs nothing, and after it, since escapes are longer.
  const shown = shortened(text, 4 * longest)
    .replace(HIDDEN, escaped)
    .trim();
  return shown === "" ? "(empty)" : shortened(shown, longest);
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const head = Math.ceil((longest - 1) / 2);
  const tail = longest - 1 - head;
  return `${wellFormed(text.slice(0, head))}…${wellFormed(text.slice(text.length - tail))}`;
}

/** Without the half of a pair that a cut has left. */
const wellFormed = (text: string): string => text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");

/** Other people's text in a Markdown line. */
export const code = (text: string, longest?: number): string => `\`${visible(text, longest)}\``;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Other people's text in a line of HTML, such as `summary`, where GitHub reads no Markdown. */
export const htmlCode = (text: string, longest?: number): string =>
  `<code>${visible(text, longest).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")}</code>`;

/** A word, or a number, that can be nothing else to GitHub. */
const PLAIN = /^(?:\(?[A-Za-z]+(?:['’][A-Za-z]+)*|\d{1,6})\)?[.,;:]?$/u;

/**
 * A sentence that may quote other people's text, in a Markdown line: plain words stay words, everything else stands in
 * code spans. Never begin a line with it.
 */
export function prose(sentence: string, longest: number = 3 * LONGEST): string {
  const runs: { readonly plain: boolean; readonly words: string[] }[] = [];
  for (const word of visible(sentence, longest).split(/ +/)) {
    const plain = PLAIN.test(word);
    const last = runs.at(-1);
    if (last?.plain === plain) last.words.push(word);
    else runs.push({ plain, words: [word] });
  }
  return runs.map(({ plain, words }) => (plain ? words.join(" ") : `\`${words.join(" ")}\``)).join(" ");
}

const NUMBERS = new Intl.NumberFormat("en-US");

/** `1 customer`, `1,000 customers`. */
export const count = (n: number, noun: string, plural = `${noun}s`): string =>
  `${NUMBERS.format(n)} ${n === 1 ? noun : plural}`;

/** `30 s`, `2 to 5 min`; `null` is up to somebody else. */
export function duration(seconds: readonly [least: number, most: number] | null): string {
  if (seconds === null) return "no end by itself";
  const [least, most] = seconds;
  const [unit, name] = most < 120 ? [1, "s"] : most < 7200 ? [60, "min"] : [3600, "h"];
  const [from, to] = [Math.floor(least / unit), Math.ceil(most / unit)];
  return from === to ? `${to} ${name}` : `${from} to ${to} ${name}`;
}
