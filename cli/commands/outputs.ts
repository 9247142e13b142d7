import { stringify } from "yaml";
import { customerOf } from "../../fleet/selection.ts";
import type { Clouds, Member, RunOptions } from "../../fleet/types.ts";
import type { ExitCode } from "../exit.ts";
import { commandFleet, stackCodes, worst } from "../fleet.ts";
import { describeRun, shownRun } from "../fleetRun.ts";
import { interruptible } from "../interrupts.ts";
import type { Terminal } from "../terminal.ts";
import { commandsFor } from "./operate.ts";

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
  members: readonly Member[],
  options: RunOptions,
): Promise<ExitCode> {
  if (members.length === 1) customerOf(members[0]!);
  const fleet = await commandFleet(terminal, root, clouds);
  try {
    const result = await interruptible(terminal, (stops) =>
      shownRun((given) => fleet.outputs(members, given), {
        ...{ terminal, stops, options },
        show: (found, stack) => terminal.result(members.length === 1 ? describeOutputs(found) : named(stack, found)),
      }),
    );
    const done = result.results.filter((one) => one.outcome === "done");
    const all = Object.fromEntries(done.map(({ stack, value }) => [stack, value]));
    if (members.length > 1) terminal.data(all);
    else if (done[0] !== undefined) terminal.data(done[0].value);
    terminal.say(describeRun(result, members, (verb, some) => commandsFor(clouds, verb, some)));
    return worst(stackCodes(result));
  } finally {
    await fleet.close();
  }
}

const named = (stack: string, found: Readonly<Record<string, unknown>>): string =>
  `# ${stack}\n${describeOutputs(found)}`;
