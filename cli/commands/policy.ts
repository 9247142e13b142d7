import { checkPolicies, POLICIES, type Violation } from "../../policy/index.ts";
import { customerGraph } from "../../stacks/graph.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** Asks every policy about the resources of some customers; needs no engine and no account. */
export async function policy(terminal: Terminal, selected: readonly { readonly file: string }[]): Promise<ExitCode> {
  const customers = selected.map(({ file }) => ({ file, customer: loadCustomer(file).customer }));
  const checked: { readonly stack: string; readonly file: string; readonly violations: readonly Violation[] }[] = [];
  for (const { file, customer } of customers) {
    const violations = checkPolicies(await customerGraph(customer));
    checked.push({ stack: customer.name, file, violations });
    for (const violation of violations) say(terminal, file, violation);
  }
  const refused = checked.filter(({ violations }) => violations.some(({ level }) => level === "mandatory"));
  const kept = count(checked.length - refused.length, "customer");
  terminal.result(`${kept} within ${POLICIES.length} policies${refused.length > 0 ? `, ${refused.length} not` : ""}`);
  terminal.data({ customers: checked });
  return refused.length === 0 ? EXIT.done : EXIT.policy;
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

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
