/**
 * The world on disk: one file of JSON lines. The first line is the header, every other line one acknowledged change of
 * the clouds. A change is written and flushed before it is answered, so a kill loses nothing that was acknowledged; a
 * last line cut short by a kill was never acknowledged and is dropped.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { WorldFileError } from "./errors.ts";

export interface Header {
  format: "causeway-world";
  version: 1;
  /** Hex key of the keyed hashes in this file. */
  key: string;
}

/** Reads every line of a world file; an absent or empty file is a new world. */
export function readJournal(file: string): { header: Header; changes: unknown[] } {
  const content = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = content.split("\n");
  const cut = lines.pop() !== "";
  const parsed = lines.map((line, index) => parse(file, line, index + 1));
  if (cut && lines.length === 0) throw new WorldFileError(file, 1, "it has no complete line");
  const header = parsed.shift() as Partial<Record<keyof Header, unknown>> | undefined;
  if (header === undefined) return { header: newHeader(), changes: [] };
  if (header.format !== "causeway-world" || header.version !== 1 || typeof header.key !== "string") {
    throw new WorldFileError(file, 1, "it is not a world of this version");
  }
  return { header: header as Header, changes: parsed };
}

function newHeader(): Header {
  return { format: "causeway-world", version: 1, key: randomBytes(32).toString("hex") };
}

function parse(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new WorldFileError(file, number, "the line is not JSON");
  }
}

/** Writes a world file anew, whole or not at all. */
export function rewriteJournal(file: string, header: Header, changes: Iterable<unknown>): void {
  const fresh = `${file}.new`;
  const descriptor = openSync(fresh, "w", 0o600);
  let buffer = `${JSON.stringify(header)}\n`;
  for (const change of changes) {
    buffer += `${JSON.stringify(change)}\n`;
    if (buffer.length > 1_000_000) buffer = writeAll(descriptor, buffer);
  }
  writeAll(descriptor, buffer);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(fresh, file);
}

/** A short write (a full disk, say) must not pass for a whole line. */
function writeAll(descriptor: number, text: string): "" {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  return "";
}

/** Appends changes. Those made while a flush is under way share the next one. */
export class JournalWriter {
  readonly #descriptor: number;
  #size: number;
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #flushing = false;

  constructor(file: string) {
    this.#descriptor = openSync(file, "a", 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** Writes one line at once; it survives a kill of this process from here on. */
  append(change: unknown): void {
    const line = `${JSON.stringify(change)}\n`;
    try {
      writeAll(this.#descriptor, line);
    } catch (error) {
      // Half a line would damage the line after it.
      ftruncateSync(this.#descriptor, this.#size);
      throw error;
    }
    this.#size += Buffer.byteLength(line);
  }

  /** Resolves once every line written so far would survive the machine too. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#flushing) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const error = await new Promise<Error | null>((resolve) => fdatasync(this.#descriptor, resolve));
      for (const { resolve, reject } of batch)
        if (error) reject(error);
        else resolve();
    }
    this.#flushing = false;
  }

  /** Flushes what was written and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    closeSync(this.#descriptor);
  }
}
