import { DiffError, diffFleet, type DiffOptions, type DiffReport } from "../../fleet/diff/index.ts";
import { renderDiff } from "../diffText.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** What the command line asks for. */
export interface DiffRequest {
  readonly base?: string;
  readonly head?: string;
  readonly baseRoot?: string;
  readonly headRoot?: string;
  readonly expectNoChanges?: true;
}

/** Says what a change does to every customer; needs no engine and no account. */
export async function diff(terminal: Terminal, root: string, request: DiffRequest): Promise<ExitCode> {
  const report = await compare(terminal, root, request);
  terminal.result(renderDiff(report, terminal.colors));
  terminal.data(report);
  return codeOf(report, request.expectNoChanges === true);
}

async function compare(terminal: Terminal, root: string, request: DiffRequest): Promise<DiffReport> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Exit(EXIT.interrupted, "interrupted; nothing was touched"));
  process.once("SIGINT", interrupt);
  try {
    terminal.progress("diff: asking git");
    return await diffFleet({ ...options(request, root), signal: stop.signal, onProgress: progressOn(terminal) });
  } catch (error) {
    if (error instanceof DiffError) throw new Exit(EXIT.usage, error.message, { cause: error });
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
    terminal.settle();
  }
}

const options = ({ base, head, baseRoot, headRoot }: DiffRequest, root: string): DiffOptions => ({
  root,
  ...(base === undefined ? {} : { base }),
  ...(head === undefined ? {} : { head }),
  ...(baseRoot === undefined ? {} : { baseRoot }),
  ...(headRoot === undefined ? {} : { headRoot }),
});

const progressOn =
  (terminal: Terminal): NonNullable<DiffOptions["onProgress"]> =>
  ({ done, total }) =>
    terminal.progress(`diff: ${done} of ${total} customers compared`);

function codeOf({ totals, violations }: DiffReport, expectNoChanges: boolean): ExitCode {
  if (totals.invalid > 0) return EXIT.usage;
  if (violations.some(({ level }) => level === "mandatory")) return EXIT.policy;
  return expectNoChanges && totals.unchanged < totals.customers ? EXIT.drift : EXIT.done;
}
