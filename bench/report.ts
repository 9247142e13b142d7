import type { Figure, Measured } from "./figure.ts";
import { spreadOf, type Spread } from "./measure.ts";

/** One figure with its result. */
export interface Row {
  readonly name: string;
  /** Milliseconds, as all times here. */
  readonly target: number;
  readonly measured?: Spread;
  readonly met?: boolean;
  readonly plain?: Spread;
  readonly plainEdited?: Spread;
  readonly note?: string;
}

export function rowOf({ name, target }: Figure, result: Measured | { readonly skipped: string }): Row {
  if ("skipped" in result) return { name, target, note: result.skipped };
  const { ours, plain = [], edited = [], note } = result;
  const measured = spreadOf(ours);
  return {
    ...{ name, target, measured, met: measured.median <= target },
    ...(plain.length === 0 ? {} : { plain: spreadOf(plain) }),
    ...(edited.length === 0 ? {} : { plainEdited: spreadOf(edited) }),
    ...(note === undefined ? {} : { note }),
  };
}

/** `0.60 s`, or `18 ms` below a tenth of a second. */
const time = (ms: number): string => (ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

const spread = (of: Spread | undefined): string =>
  of === undefined ? "" : of.runs === 1 ? time(of.median) : `${time(of.median)} (${time(of.min)} to ${time(of.max)})`;

const ratio = ({ measured, plain }: Row): string =>
  measured && plain ? `${(plain.median / measured.median).toFixed(1)} x` : "";

const HEAD = ["figure", "measured", "target", "", "plain Pulumi", "plain, edited", "plain / ours"];

/** The rows as a table for people; below it, what the columns mean. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.measured === undefined ? (row.note ?? "") : spread(row.measured),
    time(row.target),
    row.met === undefined ? "" : row.met ? "met" : "MISSED",
    spread(row.plain),
    row.plainEdited === undefined ? "" : time(row.plainEdited.median),
    ratio(row),
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  const notes = rows.flatMap(({ name, note, measured }) => (note && measured ? [`${name}: ${note}`] : []));
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...cells.map(line), "", ...LEGEND, ...notes].join(
    "\n",
  );
}

const LEGEND = [
  "Median of several runs, with the fastest and the slowest; ours and the plain program in turn.",
  "Plain Pulumi: the same resources in one TypeScript file as Pulumi's templates start, with whole-package imports and",
  "the TypeScript loading that Pulumi brings; edited: its first run after an edit, when it is type-checked again.",
];
