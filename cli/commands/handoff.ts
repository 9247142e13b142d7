import { planHandoff, type Handoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { planCustomer } from "../../plan/plan.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Clouds } from "../main.ts";
import type { Selected } from "../selection.ts";
import { openTarget } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { readOutputs } from "./outputs.ts";

/**
 * Shows what the customer must be told: as the stack's last update recorded it, or from the file alone where there was
 * none, or where `clouds` is undefined.
 */
export async function handoff(
  terminal: Terminal,
  root: string,
  clouds: Clouds | undefined,
  selected: readonly Selected[],
): Promise<ExitCode> {
  const customers = selected.map((one) => ({ one, customer: loadCustomer(one.file, { lenient: true }).customer }));
  const target = clouds === undefined ? undefined : await openTarget(terminal, root, clouds);
  try {
    const all: Handoff[] = [];
    for (const { one, customer } of customers) {
      const outputs = target && (await readOutputs(target, one, customer));
      const recorded = outputs?.["handoff"] as Handoff | undefined;
      if (target !== undefined && recorded === undefined) {
        terminal.say(`${customer.name}: nothing is deployed yet, this is from the customer file alone`);
      }
      const result = recorded ?? planHandoff(planCustomer(customer));
      terminal.result(renderHandoffMarkdown(result));
      all.push(result);
    }
    terminal.data(all.length === 1 ? all[0] : all);
    return EXIT.done;
  } finally {
    await target?.close();
  }
}
