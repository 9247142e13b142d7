import type { Run } from "./measure.ts";

/** What a benchmark has to work with. */
export interface Context {
  /** The repository. */
  readonly root: string;
  /** A folder of this run alone, removed at its end. */
  readonly scratch: string;
  /** Folder of the plain Pulumi program that declares what the `dev` customer does. */
  readonly plain: string;
}

/** What one figure's measurement gave. */
export interface Measured {
  readonly ours: readonly Run[];
  /** The plain program, unchanged since its last run. */
  readonly plain?: readonly Run[];
  /** The plain program the first time after an edit, when it is compiled anew. */
  readonly edited?: readonly Run[];
}

/** One promised figure. */
export interface Figure {
  readonly name: string;
  /** At most this many milliseconds on the clock, as the median; absent where no time is promised. */
  readonly target?: number;
  /** @returns what was measured, or why it cannot be here */
  measure(context: Context): Promise<Measured | { readonly skipped: string }>;
}
