import { ConfigError, formatIssue, type Issue } from "../../plan/errors.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Selected } from "../selection.ts";
import type { Terminal } from "../terminal.ts";

/** What `check` found in one file. */
interface Checked {
  readonly file: string;
  readonly problems: readonly Issue[];
  readonly notes: readonly Issue[];
}

function checkFile({ file }: Selected): Checked {
  try {
    return { file, problems: [], notes: loadCustomer(file).notes };
  } catch (error) {
    if (error instanceof ConfigError) return { file, problems: error.issues, notes: [] };
    throw error;
  }
}

/** Reads customer files and reports every problem of every file; needs no engine and no account. */
export function check(terminal: Terminal, selected: readonly Selected[]): ExitCode {
  const checked = selected.map(checkFile);
  for (const { problems, notes } of checked) {
    for (const problem of problems) terminal.say(terminal.colors.red(formatIssue(problem)));
    for (const note of notes) terminal.say(`note: ${formatIssue(note)}`);
  }
  const bad = checked.filter(({ problems }) => problems.length > 0);
  terminal.result(`${count(checked.length - bad.length, "file")} valid${bad.length > 0 ? `, ${bad.length} not` : ""}`);
  terminal.data({ files: checked });
  return bad.length === 0 ? EXIT.done : EXIT.usage;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
