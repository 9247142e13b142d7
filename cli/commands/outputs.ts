import { stringify } from "yaml";
import { stackOutputs } from "../../engine/driver.ts";
import type { Customer } from "../../plan/customer.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Clouds } from "../main.ts";
import type { Selected } from "../selection.ts";
import { openTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";

/** Outputs of a stack's last update, secrets left out; undefined where there was none. */
export async function readOutputs(
  target: Target,
  selected: Selected,
  customer: Customer,
): Promise<Record<string, unknown> | undefined> {
  const outputs = await stackOutputs(await target.stackOf(selected, customer), target.engine);
  if (outputs === undefined || Object.keys(outputs).length === 0) return undefined;
  const plain = Object.entries(outputs).filter(([, { secret }]) => !secret);
  return Object.fromEntries(plain.map(([key, { value }]) => [key, value]));
}

/** Outputs as a person reads them; the hand-off has a verb of its own, and `deployed` is for the next run. */
export function describeOutputs(outputs: Readonly<Record<string, unknown>>): string {
  const { handoff: _handoff, deployed: _deployed, ...shown } = outputs;
  return stringify(shown, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** Shows the outputs of some stacks. */
export async function outputs(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  selected: readonly Selected[],
): Promise<ExitCode> {
  const customers = selected.map((one) => ({ one, customer: loadCustomer(one.file, { lenient: true }).customer }));
  const target = await openTarget(terminal, root, clouds);
  try {
    const all: Record<string, unknown> = {};
    for (const { one, customer } of customers) {
      const found = await readOutputs(target, one, customer);
      if (found === undefined) throw new Exit(EXIT.usage, `${customer.name}: no outputs yet; run up first`);
      terminal.result(describeOutputs(found));
      all[customer.name] = found;
    }
    terminal.data(selected.length === 1 ? Object.values(all)[0] : all);
    return EXIT.done;
  } finally {
    await target.close();
  }
}
