import { basename } from "node:path";
import { ConfigError, formatIssue, type Issue } from "../../plan/errors.ts";
import { checkPolicies, POLICIES, type Violation } from "../../policy/index.ts";
import { customerGraph } from "../../stacks/graph.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { count } from "../count.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** What the policies say of one customer file, or why it could not be asked about. */
export interface Judged {
  /** The customer's name, or the file's where that is refused. */
  readonly stack: string;
  readonly file: string;
  readonly violations: readonly Violation[];
  readonly problems: readonly Issue[];
}

/** Asks every policy about the resources of one customer. */
export async function judge(file: string): Promise<Judged> {
  try {
    const { customer } = loadCustomer(file);
    return { stack: customer.name, file, violations: checkPolicies(await customerGraph(customer)), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { stack: basename(file, ".yaml"), file, violations: [], problems: error.issues };
  }
}

/**
 * Asks every policy about the resources of some customers; needs no engine and no account. A file that is refused keeps no
 * other from being judged.
 */
export async function policy(terminal: Terminal, selected: readonly { readonly file: string }[]): Promise<ExitCode> {
  const judged: Judged[] = [];
  for (const { file } of selected) {
    const one = await judge(file);
    for (const problem of one.problems) terminal.say(terminal.colors.red(formatIssue(problem)));
    for (const violation of one.violations) say(terminal, file, violation);
    judged.push(one);
  }
  const refused = judged.filter(({ violations }) => violations.some(({ level }) => level === "mandatory")).length;
  const invalid = judged.filter(({ problems }) => problems.length > 0).length;
  const kept = `${count(judged.length - refused - invalid, "customer")} within ${POLICIES.length} policies`;
  const rest = [...(refused > 0 ? [`${refused} not`] : []), ...(invalid > 0 ? [`${invalid} with a refused file`] : [])];
  terminal.result([kept, ...rest].join(", "));
  terminal.data({ customers: judged });
  if (invalid > 0) return EXIT.usage;
  return refused === 0 ? EXIT.done : EXIT.policy;
}

function say(terminal: Terminal, file: string, { policy, level, resource, message }: Violation): void {
  const line = `${file}: ${policy}${resource === undefined ? "" : `: ${resource}`}: ${message}`;
  terminal.say(level === "mandatory" ? terminal.colors.red(line) : `advice: ${line}`);
}

/** Shows every policy with its reason, what to do about a violation and where its facts are from. */
export function listPolicies(terminal: Terminal): ExitCode {
  const blocks = POLICIES.map(({ id, level, title, reason, fix, source }) =>
    [`${id} (${level})`, `  ${title}.`, `  why: ${reason}`, `  fix: ${fix}`, `  source: ${source}`].join("\n"),
  );
  terminal.result(blocks.join("\n\n"));
  terminal.data({
    policies: POLICIES.map(({ id, level, scope, title, reason, fix, source }) => {
      return { id, level, scope, title, reason, fix, source };
    }),
  });
  return EXIT.done;
}
