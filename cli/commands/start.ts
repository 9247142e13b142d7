import type { OperationResult } from "../../engine/driver.ts";
import { FleetError } from "../../fleet/error.ts";
import type { SandboxSettings } from "../../fleet/sandbox.ts";
import { selectMembers } from "../../fleet/selection.ts";
import type { Member } from "../../fleet/types.ts";
import type { Customer } from "../../plan/customer.ts";
import type { Handoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { getEngine } from "../engine.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { commandFleet, stackCodes, worst } from "../fleet.ts";
import { shownRun } from "../fleetRun.ts";
import { interruptible } from "../interrupts.ts";
import { describeSteps, summarise } from "../steps.ts";
import type { Terminal } from "../terminal.ts";
import { showCloudTime } from "./operate.ts";
import { describeOutputs } from "./outputs.ts";
import { plan } from "./plan.ts";

/**
 * Brings one customer up on the simulated clouds and shows what came of it. Where no engine can be had, shows what it
 * would declare instead and ends with code 3.
 */
export async function start(
  terminal: Terminal,
  root: string,
  named: string,
  simulated: SandboxSettings = {},
): Promise<ExitCode> {
  const [member] = await selectMembers(root, { customers: [named] });
  if (member === undefined) throw new Exit(EXIT.usage, "expected a customer, got none");
  const { customer, notes } = loadCustomer(member.file);
  for (const { path, message } of notes) terminal.say(`note: ${path}: ${message}`);
  try {
    return await bringUp(terminal, root, member, customer, named, simulated);
  } catch (error) {
    const none = error instanceof Exit ? error.code === EXIT.noEngine : isNoEngine(error);
    if (!none || !(error instanceof Error)) throw error;
    terminal.say(error.message);
    terminal.say(`\nWhat ${customer.name} would declare, from a preview in this process:\n`);
    await plan(terminal, [member], true);
    return EXIT.noEngine;
  }
}

const isNoEngine = (error: unknown): boolean => error instanceof FleetError && error.code === "no-engine";

async function bringUp(
  terminal: Terminal,
  root: string,
  member: Member,
  customer: Customer,
  named: string,
  simulated: SandboxSettings,
): Promise<ExitCode> {
  const engine = await getEngine(terminal);
  terminal.say(`Pulumi ${engine.version} (${engine.source}), simulated AWS and Google Cloud on loopback`);
  const fleet = await commandFleet(terminal, root, "sandbox", simulated, engine);
  try {
    const result = await interruptible(terminal, (stops) =>
      shownRun((given) => fleet.up([member], given), {
        ...{ terminal, stops, options: {} },
        show: (value) => show(terminal, customer, named, value),
      }),
    );
    return worst(stackCodes(result));
  } finally {
    await fleet.close();
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
        .map(({ dnsName }) => `  npx causeway sandbox reach ${executorsOf(customer)}/guest ${dnsName}`),
      `  npx causeway plan ${named} --resources  ${dim("every resource, without an engine")}`,
      `  npx causeway sandbox destroy ${named}   ${dim("delete it all again, except what is protected")}`,
    ].join("\n"),
  );
}

/** With the project, since other customers that are up may have a subnet of the same name. */
const executorsOf = ({ gcp, executors }: Customer): string => `${gcp.projectID}/${executors.subnets[0]?.name}`;
