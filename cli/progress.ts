import { isCloudResource } from "../fleet/resources.ts";
import type { FleetEvent, FleetVerb } from "../fleet/types.ts";
import { verbOf } from "./steps.ts";
import type { Terminal } from "./terminal.ts";

type Resource = Extract<FleetEvent, { kind: "resource" }>;

/** Stacks named in the moving line; the others are only counted. */
const NAMED = 3;

/**
 * Shows a run as it goes. On a terminal one line moves: of one stack what is done and what runs, of many how many are
 * done and how much time is left. Elsewhere there is a line for each resource of a stack that is worked on alone, and of
 * many each stack has its lines when it ends.
 */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #running = new Set<string>();
  readonly #stacks = new Set<string>();
  #verb: FleetVerb = "preview";
  #count = 0;
  #one: string | undefined;
  #began = 0;
  #done = 0;
  #failed = 0;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Shows one event. */
  readonly event = (event: FleetEvent): void => {
    switch (event.kind) {
      case "begun":
        this.#verb = event.verb;
        this.#count = event.stacks.length;
        this.#one = event.stacks.length === 1 ? event.stacks[0] : undefined;
        this.#began = this.#now();
        [this.#done, this.#failed] = [0, 0];
        break;
      case "stack begun":
        this.#stacks.add(event.stack);
        break;
      case "resource":
        if (this.#one !== undefined) this.#resource(event);
        break;
      case "stack ended":
        this.#stacks.delete(event.result.stack);
        if (this.#one === undefined && event.result.outcome === "failed") this.#failed += 1;
        if (this.#one === undefined) this.#done += 1;
        break;
      case "ended":
        return this.#terminal.settle();
    }
    this.#terminal.progress(this.#one === undefined ? this.#many() : this.#single(this.#one));
  };

  #resource({ urn, type, op, state }: Resource): void {
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    if (state === "begun") {
      this.#running.add(name);
      return;
    }
    this.#running.delete(name);
    this.#done += 1;
    const verb = verbOf(op);
    if (this.#verb === "preview" || this.#verb === "drift" || verb === undefined || !isCloudResource(type)) return;
    this.#terminal.note(`${state === "done" ? verb : `failed to ${op}`} ${type} ${name}`);
  }

  #single(stack: string): string {
    if (this.#done === 0 && this.#running.size === 0) return `${this.#verb} ${stack}: starting`;
    const [first] = this.#running;
    const now = first === undefined ? "" : `, ${this.#running.size} running (${first})`;
    return `${this.#verb} ${stack}: ${this.#done} done${now}`;
  }

  #many(): string {
    const names = [...this.#stacks].slice(0, NAMED);
    const more = this.#stacks.size > names.length ? ", …" : "";
    const parts = [
      `${this.#done} of ${this.#count} done`,
      ...(this.#failed > 0 ? [`${this.#failed} failed`] : []),
      ...(names.length > 0 ? [`${this.#stacks.size} running (${names.join(", ")}${more})`] : []),
      ...this.#timeLeft(),
    ];
    return `${this.#verb}: ${parts.join(", ")}`;
  }

  #timeLeft(): string[] {
    if (this.#done === 0 || this.#done === this.#count) return [];
    const seconds = ((this.#now() - this.#began) / 1000 / this.#done) * (this.#count - this.#done);
    return [`about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`} left`];
  }
}
