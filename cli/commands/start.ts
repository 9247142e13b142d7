import { EngineError, type OperationResult } from "../../engine/driver.ts";
import type { Customer } from "../../plan/customer.ts";
import type { Handoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Seeding } from "../seed.ts";
import { selectCustomers, type Selected } from "../selection.ts";
import { describeSteps, summarise } from "../steps.ts";
import { openTarget } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { exitCodeOf, runStack, showCloudTime } from "./operate.ts";
import { describeOutputs } from "./outputs.ts";
import { plan } from "./plan.ts";

/**
 * Brings one customer up on the simulated clouds and shows what came of it. Where no engine can be had, shows what it
 * would declare instead and ends with code 3.
 */
export async function start(terminal: Terminal, root: string, named: string, seeding: Seeding = {}): Promise<ExitCode> {
  const [selected] = selectCustomers(root, [named], false);
  if (selected === undefined) throw new Exit(EXIT.usage, "expected a customer, got none");
  const { customer, notes } = loadCustomer(selected.file);
  for (const { path, message } of notes) terminal.say(`note: ${path}: ${message}`);
  try {
    const result = await bringUp(terminal, root, selected, customer, seeding);
    await show(terminal, customer, named, result);
    return EXIT.done;
  } catch (error) {
    if (error instanceof EngineError) throw new Exit(exitCodeOf(error), error.message, { cause: error });
    if (!(error instanceof Exit) || error.code !== EXIT.noEngine) throw error;
    terminal.say(error.message);
    terminal.say(`\nWhat ${customer.name} would declare, from a preview in this process:\n`);
    await plan(terminal, [selected], true);
    return EXIT.noEngine;
  }
}

async function bringUp(
  terminal: Terminal,
  root: string,
  selected: Selected,
  customer: Customer,
  seeding: Seeding,
): Promise<OperationResult> {
  const target = await openTarget(terminal, root, "sandbox", seeding);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  try {
    terminal.say(
      `Pulumi ${target.engine.version} (${target.engine.source}), simulated AWS and Google Cloud on loopback`,
    );
    return await runStack(terminal, target, "up", selected, customer, {}, interrupt.signal);
  } finally {
    process.off("SIGINT", onInterrupt);
    await target.close();
  }
}

async function show(terminal: Terminal, customer: Customer, named: string, result: OperationResult): Promise<void> {
  const { bold, dim } = terminal.colors;
  const outputs = result.outputs ?? {};
  terminal.data({ stack: customer.name, operation: "up", ...result });
  terminal.result(describeSteps(result.steps, "up"));
  terminal.result(bold(summarise(customer.name, "up", result)));
  await showCloudTime(terminal, customer, result.steps);
  terminal.result(`\n${bold("Outputs")}\n${describeOutputs(outputs)}`);
  const handoff = outputs["handoff"] as Handoff | undefined;
  if (handoff !== undefined) terminal.result(`\n${renderHandoffMarkdown(handoff)}`);
  terminal.say(
    [
      `\n${bold("Next")}`,
      `  npx causeway sandbox preview ${named}   ${dim("after an edit of the customer file: what would change")}`,
      `  npx causeway sandbox status ${named}    ${dim("tunnels, routes and endpoints as both clouds have them")}`,
      ...customer.registries
        .slice(0, 1)
        .map(({ dnsName }) => `  npx causeway sandbox reach ${customer.executors.subnets[0]?.name}/guest ${dnsName}`),
      `  npx causeway plan ${named} --resources  ${dim("every resource, without an engine")}`,
      `  npx causeway sandbox destroy ${named}   ${dim("delete it all again, except what is protected")}`,
    ].join("\n"),
  );
}
