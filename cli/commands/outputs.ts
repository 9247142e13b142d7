import { stringify } from "yaml";
import type { Clouds, Member, RunOptions } from "../../fleet/types.ts";
import type { ExitCode } from "../exit.ts";
import { stackCodes, worst } from "../fleet.ts";
import { overFleet } from "../fleetRun.ts";
import type { Terminal } from "../terminal.ts";

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
  const result = await overFleet(
    { terminal, root, clouds, members, options },
    (fleet, given) => fleet.outputs(members, given),
    (found, { stack }) => terminal.result(members.length === 1 ? describeOutputs(found) : named(stack, found)),
  );
  const done = result.results.filter((one) => one.outcome === "done");
  if (members.length > 1) terminal.data(Object.fromEntries(done.map(({ stack, value }) => [stack, value])));
  else if (done[0] !== undefined) terminal.data(done[0].value);
  return worst(stackCodes(result));
}

const named = (stack: string, found: Readonly<Record<string, unknown>>): string =>
  `# ${stack}\n${describeOutputs(found)}`;
