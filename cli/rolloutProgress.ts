import type { Recorded } from "../fleet/rollout/index.ts";
import type { Terminal } from "./terminal.ts";

/** Stacks named in the moving line; the others are only counted. */
const NAMED = 3;

/** One moving line that says how far a wave is; `describeEvent` has the lines that stay. */
export class RolloutProgress {
  readonly #terminal: Terminal;
  readonly #running = new Set<string>();
  #wave = 0;
  /** Unknown in a wave that was begun in another run. */
  #count: number | undefined;
  #ended = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows one event of a roll-out. */
  readonly record = (event: Recorded): void => {
    if (event.kind === "previewed") this.#begin(event.wave, event.stacks.length);
    if (event.kind === "begun") {
      if (event.wave !== this.#wave) this.#begin(event.wave, undefined);
      this.#running.add(event.stack);
    }
    if (event.kind === "done" || event.kind === "failed") {
      this.#running.delete(event.stack);
      this.#ended += 1;
    }
    if (this.#wave > 0) this.#terminal.progress(this.#line());
  };

  #begin(wave: number, count: number | undefined): void {
    [this.#wave, this.#count, this.#ended] = [wave, count, 0];
    this.#running.clear();
  }

  #line(): string {
    const done = `${this.#ended}${this.#count === undefined ? "" : ` of ${this.#count}`} done`;
    const names = [...this.#running].slice(0, NAMED).join(", ");
    const more = this.#running.size > NAMED ? ", …" : "";
    return `wave ${this.#wave}: ${done}${names === "" ? "" : `, ${this.#running.size} running (${names}${more})`}`;
  }
}
