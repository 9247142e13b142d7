import type { Figure, Measured } from "./figure.ts";
import { spreadOf, type Run, type Spread } from "./measure.ts";

/** Milliseconds on the clock, and of processor time where the platform tells. */
interface Times {
  readonly wall: Spread;
  readonly cpu?: Spread;
}

/** One figure with its result. */
export interface Row {
  readonly name: string;
  readonly target?: number;
  readonly measured?: Times;
  readonly met?: boolean;
  readonly plain?: Times;
  readonly plainEdited?: Times;
  readonly skipped?: string;
}

export function rowOf({ name, target }: Figure, result: Measured | { readonly skipped: string }): Row {
  const promised = target === undefined ? {} : { target };
  if ("skipped" in result) return { name, ...promised, skipped: result.skipped };
  const { ours, plain = [], edited = [] } = result;
  const measured = timesOf(ours);
  return {
    ...{ name, ...promised, measured },
    ...(target === undefined ? {} : { met: measured.wall.median <= target }),
    ...(plain.length === 0 ? {} : { plain: timesOf(plain) }),
    ...(edited.length === 0 ? {} : { plainEdited: timesOf(edited) }),
  };
}

function timesOf(runs: readonly Run[]): Times {
  const cpu = runs.flatMap((run) => run.cpu ?? []);
  return { wall: spreadOf(runs.map(({ wall }) => wall)), ...(cpu.length === 0 ? {} : { cpu: spreadOf(cpu) }) };
}

/** `0.60 s`, or `18 ms` below a tenth of a second. */
const time = (ms: number): string => (ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

const range = ({ median, min, max, runs }: Spread): string =>
  runs === 1 ? time(median) : `${time(median)} (${time(min)} to ${time(max)})`;

function ratio({ measured, plain }: Row): string {
  if (measured === undefined || plain === undefined) return "";
  return `${(plain.wall.median / measured.wall.median).toFixed(1)} x`;
}

const COLUMNS: readonly [head: string, cell: (row: Row) => string][] = [
  ["figure", ({ name }) => name],
  ["measured", ({ measured }) => (measured ? range(measured.wall) : "not measured")],
  ["target", ({ target }) => (target === undefined ? "" : time(target))],
  ["", ({ met }) => (met === undefined ? "" : met ? "met" : "MISSED")],
  ["plain Pulumi", ({ plain }) => (plain ? range(plain.wall) : "")],
  ["plain / ours", ratio],
  ["CPU", ({ measured }) => (measured?.cpu ? time(measured.cpu.median) : "")],
  ["CPU plain", ({ plain }) => (plain?.cpu ? time(plain.cpu.median) : "")],
  ["CPU plain, edited", ({ plainEdited }) => (plainEdited?.cpu ? time(plainEdited.cpu.median) : "")],
];

const LEGEND = [
  "Median of several runs, with the fastest and the slowest; ours and the plain program in turn. CPU is processor time of",
  "all processes of a run, which a busy machine changes little.",
  "Plain Pulumi: the same resources in one TypeScript file as Pulumi's templates start, with whole-package imports and",
  "the TypeScript loading that Pulumi brings; edited: its first run after an edit, when it is type-checked again.",
];

/** The rows as a table for people; below it, what the columns mean and why a figure is missing. */
export function table(rows: readonly Row[]): string {
  const columns = COLUMNS.map(([head, cell]) => {
    const cells = rows.map(cell);
    const width = Math.max(head.length, ...cells.map(({ length }) => length));
    return [head, "-".repeat(width), ...cells].map((text) => text.padEnd(width));
  });
  const lines = Array.from({ length: rows.length + 2 }, (_, i) => columns.map((column) => column[i]).join("  "));
  const skipped = rows.flatMap((row) => (row.skipped === undefined ? [] : [`${row.name}: ${row.skipped}`]));
  return [...lines.map((line) => line.trimEnd()), "", ...LEGEND, ...skipped].join("\n");
}
