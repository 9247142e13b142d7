import type { FleetHandoff } from "../../fleet/fleet.ts";
import { customerOf } from "../../fleet/selection.ts";
import type { Clouds, Member, RunOptions } from "../../fleet/types.ts";
import { planHandoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { planCustomer } from "../../plan/plan.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { stackCodes, worst } from "../fleet.ts";
import { overFleet } from "../fleetRun.ts";
import type { Terminal } from "../terminal.ts";

/** Shows what the customer must be told as the stack's last update recorded it, or from the file where there was none. */
export async function handoff(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  members: readonly Member[],
  options: RunOptions,
): Promise<ExitCode> {
  const result = await overFleet(
    { terminal, root, clouds, members, options },
    (fleet, given) => fleet.handoff(members, given),
    (value, { stack }) => show(terminal, value, stack),
  );
  const all = result.results.flatMap((one) => (one.outcome === "done" ? [one.value.handoff] : []));
  if (members.length > 1) terminal.data(all);
  else if (all[0] !== undefined) terminal.data(all[0]);
  return worst(stackCodes(result));
}

function show(terminal: Terminal, { handoff: found, recorded }: FleetHandoff, stack: string): void {
  if (!recorded) terminal.say(`${stack}: nothing is deployed yet, this is from the customer file alone`);
  terminal.result(renderHandoffMarkdown(found));
}

/** Shows what the customer must be told from the file alone; needs no engine and no clouds. */
export function offlineHandoff(terminal: Terminal, members: readonly Member[]): ExitCode {
  const all = members.map((member) => planHandoff(planCustomer(customerOf(member))));
  for (const found of all) terminal.result(renderHandoffMarkdown(found));
  terminal.data(all.length === 1 ? all[0] : all);
  return EXIT.done;
}
