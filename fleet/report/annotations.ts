import type { DiffReport, FileProblem } from "../diff/types.ts";
import { visible } from "./text.ts";

/**
 * GitHub Actions' rules for workflow commands: `%`, CR and LF in data, and `:` and `,` too in properties. Source: GitHub
 * Docs, Workflow commands for GitHub Actions; actions/toolkit, packages/core/src/command.ts.
 */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Longest message, in UTF-16 units. */
const LONGEST_MESSAGE = 1000;

/** Longest path: Linux takes no longer one. */
const LONGEST_PATH = 4096;

/**
 * A problem as a line for the log of a GitHub Actions step, which GitHub shows at the file's line in the pull request.
 * It shows ten errors of a step. Source: GitHub Docs, Checks API limits of annotations by workflow commands.
 */
export function annotation({ file, line, column, path, message }: FileProblem): string {
  const places = `file=${property(visible(file, LONGEST_PATH))},line=${line},col=${column}`;
  const title = path === "" ? "customer file" : path;
  return `::error ${places},title=${property(visible(title))}::${data(visible(message, LONGEST_MESSAGE))}`;
}

/** Every problem of a refused file, one line each, in the report's order. */
export const annotations = ({ customers }: DiffReport): readonly string[] =>
  customers.flatMap(({ problems }) => problems.map(annotation));
