import { formatIssue } from "../../plan/errors.ts";
import { checkFiles } from "../../fleet/checkFiles.ts";
import type { Member } from "../../fleet/types.ts";
import { count } from "../count.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** Reads customer files and reports every problem of every file; needs no engine and no account. */
export async function check(terminal: Terminal, members: readonly Member[]): Promise<ExitCode> {
  const checked = await checkFiles(members.map(({ file }) => file));
  for (const { problems, notes } of checked) {
    for (const problem of problems) terminal.say(terminal.colors.red(formatIssue(problem)));
    for (const note of notes) terminal.say(`note: ${formatIssue(note)}`);
  }
  const bad = checked.filter(({ problems }) => problems.length > 0);
  terminal.result(`${count(checked.length - bad.length, "file")} valid${bad.length > 0 ? `, ${bad.length} not` : ""}`);
  terminal.data({ files: checked });
  return bad.length === 0 ? EXIT.done : EXIT.usage;
}
