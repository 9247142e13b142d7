import { createInterface } from "node:readline/promises";
import pc from "picocolors";

/** Whether a person looks at a stream. Without a terminal `isTTY` is undefined, whatever its type says. */
const isTerminal = ({ isTTY }: { readonly isTTY?: boolean }): boolean =>
  isTTY === true && process.env["CI"] === undefined;

const ESCAPE = "\u001b";

/**
 * A text that moves no cursor and hides nothing: names and paths come from other people's files. Colours stay, and whatever
 * else cannot be seen is written out.
 */
export const inert = (text: string): string =>
  text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, (character, at: number) => {
    if (character === ESCAPE && /^\[[\d;]*m/.test(text.slice(at + 1, at + 16))) return character;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });

/**
 * Where a command's words go: results to standard output, everything else to standard error. Colours and a moving line
 * only on a terminal; elsewhere plain lines.
 */
export class Terminal {
  readonly json: boolean;
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly #live: boolean;
  readonly #events: boolean;
  #line = "";

  constructor(options: { readonly json: boolean; readonly events?: boolean }) {
    this.#events = options.events === true;
    this.json = options.json || this.#events;
    this.#live = isTerminal(process.stderr);
    this.colors = pc.createColors(this.#live && pc.isColorSupported);
  }

  /** A result for a person; with `--json` nothing, since the result is then given as data. */
  result(text: string): void {
    if (this.json || text === "") return;
    this.#clear();
    process.stdout.write(inert(text.endsWith("\n") ? text : `${text}\n`));
  }

  /** One line of JSON for a machine that follows a run; without `--events` nothing. */
  event(value: unknown): void {
    if (this.#events) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A result for a machine; without `--json` nothing, and nothing where events have told it. */
  data(value: unknown): void {
    if (this.json && !this.#events) process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** A line for a person that is no result. */
  say(text: string): void {
    if (text === "") return;
    this.#clear();
    process.stderr.write(`${inert(text)}\n`);
    this.#draw();
  }

  /** What is going on now: one moving line on a terminal, nothing elsewhere. */
  progress(text: string): void {
    if (!this.#live) return;
    this.#clear();
    const [width, line] = [process.stderr.columns, inert(text)];
    this.#line = line.length >= width ? `${line.slice(0, width - 2)}…` : line;
    this.#draw();
  }

  /** A line about progress where no line can move; nothing on a terminal. */
  note(text: string): void {
    if (!this.#live) process.stderr.write(`${inert(text)}\n`);
  }

  /** Ends the moving line. */
  settle(): void {
    this.#clear();
    this.#line = "";
  }

  /** Whether somebody can be asked. */
  get interactive(): boolean {
    return isTerminal(process.stdin) && isTerminal(process.stderr);
  }

  /** Asks and returns what was typed. */
  async ask(question: string): Promise<string> {
    this.settle();
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return (await prompt.question(question)).trim();
    } finally {
      prompt.close();
    }
  }

  #clear(): void {
    if (this.#live && this.#line !== "") process.stderr.write("\r\u001b[2K");
  }

  #draw(): void {
    if (this.#live && this.#line !== "") process.stderr.write(this.colors.dim(this.#line));
  }
}
