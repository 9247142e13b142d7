import { resolve } from "node:path";
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
  readonly policy?: true;
}

/** Says what a change does to every customer; needs no engine and no account. */
export async function diff(terminal: Terminal, root: string, request: DiffRequest): Promise<ExitCode> {
  if (request.policy === true && request.head !== undefined) {
    throw new Exit(EXIT.usage, "--policy: expected the working tree as head, got --head too; leave one of them out");
  }
  const compared = await compare(terminal, root, request);
  const report = request.policy === true ? { ...compared, violations: await violationsIn(compared, root) } : compared;
  terminal.result(renderDiff(report, terminal.colors));
  for (const { stack, policy, level, message } of report.violations) {
    const line = `${stack}: ${policy}: ${message}`;
    terminal.result(level === "mandatory" ? terminal.colors.red(line) : `advice: ${line}`);
  }
  terminal.data(report);
  return codeOf(report, request.expectNoChanges === true);
}

/** What the policies say of the customers that are changed or new. */
async function violationsIn({ customers }: DiffReport, root: string): Promise<DiffReport["violations"]> {
  const { judge } = await import("./policy.ts");
  const found: DiffReport["violations"][number][] = [];
  for (const { kind, file } of customers) {
    if (kind !== "changed" && kind !== "added") continue;
    const { violations } = await judge(resolve(root, file));
    found.push(
      ...violations.map(({ stack, policy, level, message, resource }) => {
        return { stack, policy, level, message, ...(resource === undefined ? {} : { resource }) };
      }),
    );
  }
  return found;
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
