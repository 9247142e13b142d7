import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { RolloutError } from "./errors.ts";
import type { Recorded, RolloutEvent } from "./events.ts";
import { acquireLock } from "./lock.ts";
import { fold, reduce, type RolloutState } from "./state.ts";

/** Where the journals of a project are: `<root>/.causeway/rollouts`. */
export const journalFolder = (root: string): string => join(root, ".causeway", "rollouts");

/** For tests: called around every append; what it throws is as if the process had died there. */
export type Appending = (moment: "before" | "after", event: RolloutEvent, path: string) => void;

/**
 * The events of one roll-out, a line of JSON each, in a file that only grows. An event counts once its line has reached
 * the disk; what it permits is done only afterwards. A last line that was cut off never counted.
 */
export class Journal {
  readonly #path: string;
  readonly #file: number;
  readonly #release: () => void;
  readonly #appending: Appending | undefined;
  #state: RolloutState;
  /** In bytes; where the next line goes. */
  #length: number;

  private constructor(path: string, release: () => void, appending: Appending | undefined) {
    const { events, length } = readEvents(path);
    this.#path = path;
    this.#release = release;
    this.#appending = appending;
    this.#state = fold(events);
    this.#file = openSync(path, "r+");
    ftruncateSync(this.#file, length);
    this.#length = length;
  }

  /**
   * Writes the first event of a new roll-out. The file appears with it or not at all.
   * @throws RolloutError where the name is taken
   */
  static create(folder: string, event: Extract<RolloutEvent, { kind: "planned" }>, appending?: Appending): Journal {
    mkdirSync(folder, { recursive: true });
    const path = pathOf(folder, event.plan.id);
    const passing = `${path}.${process.pid}.tmp`;
    appending?.("before", event, path);
    try {
      writeFileSync(passing, line(event), { flush: true });
      linkSync(passing, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new RolloutError("refused", `there is a roll-out ${event.plan.id} already; give this one another name`);
    } finally {
      rmSync(passing, { force: true });
    }
    syncFolder(folder);
    appending?.("after", event, path);
    return Journal.open(folder, event.plan.id, appending);
  }

  /** Opens a journal to go on with. @throws RolloutError `unknown`, `busy` or `damaged` */
  static open(folder: string, id: string, appending?: Appending): Journal {
    const path = existing(folder, id);
    const release = acquireLock(join(folder, `${id}.lock`), `roll-out ${id}`);
    try {
      return new Journal(path, release, appending);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** As of the last event. */
  get state(): RolloutState {
    return this.#state;
  }

  /** Writes an event, and returns once it is on the disk. */
  append(event: RolloutEvent): Recorded {
    this.#appending?.("before", event, this.#path);
    const text = line(event);
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.#length + written);
    }
    fsyncSync(this.#file);
    this.#length += bytes.length;
    const recorded = JSON.parse(text) as Recorded;
    this.#state = reduce(this.#state, recorded);
    this.#appending?.("after", event, this.#path);
    return recorded;
  }

  close(): void {
    closeSync(this.#file);
    this.#release();
  }
}

/** The state of a roll-out, whoever works on it. @throws RolloutError `unknown` or `damaged` */
export function readState(folder: string, id: string): RolloutState {
  return fold(readEvents(existing(folder, id)).events);
}

/** Names of the roll-outs there are, the oldest journal first where names count up. */
export function journalIds(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

const pathOf = (folder: string, id: string): string => join(folder, `${id}.jsonl`);

function existing(folder: string, id: string): string {
  const path = pathOf(folder, id);
  if (/^[a-z0-9][a-z0-9.-]*$/.test(id) && existsSync(path)) return path;
  const known = journalIds(folder);
  throw new RolloutError(
    "unknown",
    `expected a roll-out, got ${id}; there are: ${known.length === 0 ? "none" : known.join(", ")}`,
  );
}

const line = (event: RolloutEvent): string => `${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`;

/** The whole lines of a journal, and their length in bytes. */
function readEvents(path: string): { readonly events: readonly Recorded[]; readonly length: number } {
  const bytes = readFileSync(path);
  const length = bytes.lastIndexOf("\n") + 1;
  const lines = bytes.subarray(0, length).toString("utf8").split("\n").slice(0, -1);
  const events = lines.map((text, index) => parsed(path, text, index + 1));
  if (events[0]?.kind !== "planned") throw damaged(path, 1);
  return { events, length };
}

function parsed(path: string, text: string, number: number): Recorded {
  try {
    return JSON.parse(text) as Recorded;
  } catch {
    throw damaged(path, number);
  }
}

const damaged = (path: string, number: number): RolloutError =>
  new RolloutError(
    "damaged",
    `${path}:${number}: expected an event of a roll-out, got something else; only a last line may be cut off, so put ` +
      "the file back from a copy, or look at each stack with causeway preview and start another roll-out",
  );

/** The name of a new file is durable only once its folder is. */
function syncFolder(folder: string): void {
  for (const each of [folder, dirname(folder)]) {
    const handle = openSync(each, "r");
    fsyncSync(handle);
    closeSync(handle);
  }
}
