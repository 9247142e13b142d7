import type { Operation, OperationOptions } from "../engine/driver.ts";
import { isShown, verbOf } from "./steps.ts";
import type { Terminal } from "./terminal.ts";

type EngineEvent = Parameters<NonNullable<OperationOptions["onEvent"]>>[0];

/**
 * Shows an operation as it goes: on a terminal one line that counts and names what runs, elsewhere a line for each
 * resource that was changed.
 */
export class Progress {
  readonly event: (event: EngineEvent) => void;

  readonly #terminal: Terminal;
  readonly #title: string;
  readonly #plain: boolean;
  readonly #running = new Set<string>();
  #done = 0;

  constructor(terminal: Terminal, operation: Operation, stack: string) {
    this.#terminal = terminal;
    this.#title = `${operation} ${stack}`;
    this.#plain = operation !== "preview";
    this.event = (event) => this.#take(event);
    terminal.progress(`${this.#title}: starting`);
  }

  end(): void {
    this.#terminal.settle();
  }

  #take({ resourcePreEvent, resOutputsEvent, resOpFailedEvent }: EngineEvent): void {
    if (resourcePreEvent !== undefined) this.#running.add(nameOf(resourcePreEvent.metadata.urn));
    const ended = resOutputsEvent?.metadata ?? resOpFailedEvent?.metadata;
    if (ended !== undefined) {
      this.#running.delete(nameOf(ended.urn));
      this.#done += 1;
      const verb = verbOf(ended.op);
      if (this.#plain && verb !== undefined && isShown(ended.type)) {
        this.#terminal.note(
          `${resOpFailedEvent === undefined ? verb : `failed to ${ended.op}`} ${ended.type} ${nameOf(ended.urn)}`,
        );
      }
    }
    const [first] = this.#running;
    const now = first === undefined ? "" : `, ${this.#running.size} running (${first})`;
    this.#terminal.progress(`${this.#title}: ${this.#done} done${now}`);
  }
}

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);
