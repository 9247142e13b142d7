import { argumentOf, commandFor } from "../fleet/commands.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { customerOf } from "../fleet/selection.ts";
import type { Clouds, FleetEvent, FleetResult, FleetVerb, Member, RunOptions, StackResult } from "../fleet/types.ts";
import type { ExitCode } from "./exit.ts";
import { commandFleet } from "./fleet.ts";
import { interruptible, type Stops } from "./interrupts.ts";
import { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** How a verb over some customers is shown. */
export interface Shown<Value> {
  readonly terminal: Terminal;
  readonly options: RunOptions;
  readonly stops: Stops;
  /** Shows one stack that is done, as soon as it is. */
  readonly show: (value: Value, stack: string) => void | Promise<void>;
}

/** Runs a verb with progress, and shows each stack when it ends: what came of it, or why it failed. */
export async function shownRun<Value>(
  run: (options: RunOptions) => Promise<FleetResult<Value>>,
  { terminal, options, stops, show }: Shown<Value>,
): Promise<FleetResult<Value>> {
  const progress = new Progress(terminal);
  let shown: Promise<unknown> = Promise.resolve();
  const onEvent = (event: FleetEvent): void => {
    terminal.event(event);
    progress.event(event);
    if (event.kind !== "stack ended") return;
    const result = event.result as StackResult<Value>;
    shown = shown.then(() => showEnd(terminal, result, show));
    // said by whoever awaits it below
    shown.catch(() => undefined);
  };
  const result = await run({ ...options, ...stops, onEvent });
  await shown;
  return result;
}

async function showEnd<Value>(
  terminal: Terminal,
  result: StackResult<Value>,
  show: (value: Value, stack: string) => void | Promise<void>,
): Promise<void> {
  if (result.outcome === "done") await show(result.value, result.stack);
  if (result.outcome === "failed" || result.outcome === "interrupted") {
    terminal.say(terminal.colors.red(result.failure.message));
  }
}

/** A verb over some customers, as the command line asks for it. */
export interface Command {
  readonly terminal: Terminal;
  readonly root: string;
  readonly clouds: Clouds;
  readonly members: readonly Member[];
  readonly options: RunOptions;
}

/** Runs a verb on a fleet of its own, shows each stack as it ends, and says in the end what came of all. */
export async function overFleet<Value>(
  { terminal, root, clouds, members, options }: Command,
  run: (fleet: Fleet, options: RunOptions) => Promise<FleetResult<Value>>,
  show: (value: Value, member: Member) => void,
): Promise<FleetResult<Value>> {
  // a mistake in the only file needs no engine and no clouds to be told
  if (members.length === 1) customerOf(members[0]!);
  const fleet = await commandFleet(terminal, root, clouds);
  try {
    const result = await interruptible(terminal, (stops) =>
      shownRun((given) => run(fleet, given), {
        ...{ terminal, stops, options },
        show: (value, stack) =>
          show(
            value,
            members.find((member) => member.stack === stack)!,
          ),
      }),
    );
    terminal.say(describeRun(result, members, clouds));
    return result;
  } finally {
    await fleet.close();
  }
}

/** What came of a stack as data, where it is told beside its exit code. */
export function asData<Value extends object>(result: StackResult<Value>, code: ExitCode): object {
  const { stack, outcome } = result;
  if (result.outcome === "done") return { stack, outcome, code, ...result.value };
  return { stack, outcome, code, ...("failure" in result ? { error: result.failure.message } : {}) };
}

/** `npx causeway up acme beta` */
export const commandsFor = (
  clouds: Clouds,
  verb: Parameters<typeof commandFor>[1],
  some: readonly Member[],
): string => {
  const [first, ...rest] = some;
  return first === undefined ? "" : [commandFor(clouds, verb, first), ...rest.map(argumentOf)].join(" ");
};

/** Causes told with the summary; a longer list is in what came before it, and in `--json`. */
const TOLD = 20;

/** Verbs whose results are the whole answer, where nobody failed. */
const READING: ReadonlySet<FleetVerb> = new Set(["outputs", "handoff"]);

/**
 * What came of many customers: the counts, each failure with its cause and the next command, and one command for all that
 * is left to do. Empty where one customer alone was worked on to its end, which has told all there is, and where everybody
 * was declined.
 */
export function describeRun(
  { verb, results, durationMs }: FleetResult<unknown>,
  members: readonly Member[],
  clouds: Clouds,
): string {
  const of = (outcome: StackResult<unknown>["outcome"]): StackResult<unknown>[] =>
    results.filter((result) => result.outcome === outcome);
  const [done, failed, interrupted, waiting] = [of("done"), of("failed"), of("interrupted"), of("not begun")];
  const quiet = done.length === results.length && READING.has(verb);
  if (quiet || (results.length === 1 && waiting.length === 0)) return "";
  // nobody was chosen, or nobody was agreed on, which has been told
  if (results.length === 0) return members.length === 0 ? `${verb}: no customer is concerned, nothing to do` : "";
  const counts = [
    `${done.length} done`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(interrupted.length > 0 ? [`${interrupted.length} stopped under way`] : []),
    ...(waiting.length > 0 ? [`${waiting.length} not begun`] : []),
  ];
  const memberOf = (some: readonly StackResult<unknown>[]): readonly Member[] => {
    const stacks = new Set(some.map(({ stack }) => stack));
    return [...stacks].flatMap((stack) => members.find((member) => member.stack === stack) ?? []);
  };
  const again = memberOf([...failed, ...interrupted, ...waiting]);
  const half = memberOf(interrupted.filter((one) => "failure" in one && one.failure.inFlight.length > 0));
  return [
    `${verb} of ${results.length} customers: ${counts.join(", ")}, in ${duration(durationMs)}`,
    ...causes([...failed, ...interrupted]),
    ...(half.length > 0 ? [`left mid-update: ${commandsFor(clouds, "recover", half)}`] : []),
    ...(again.length > 0 ? [`then again, for those alone: ${commandsFor(clouds, verb, again)}`] : []),
  ].join("\n");
}

function causes(failed: readonly StackResult<unknown>[]): string[] {
  const lines = failed.slice(0, TOLD).flatMap((result) => {
    if (!("failure" in result)) return [];
    const { code, message, next } = result.failure;
    return [`  ${result.stack}: ${code}: ${cause(message)}`, ...(next === undefined ? [] : [`    next: ${next}`])];
  });
  return failed.length > TOLD ? [...lines, `  and ${failed.length - TOLD} more`] : lines;
}

/** A message's first line, with the next one where the first only announces it. */
function cause(message: string): string {
  const [first = "", second = ""] = message.split("\n");
  return first.endsWith(":") ? `${first} ${second.trim()}` : first;
}

const duration = (ms: number): string =>
  ms < 90_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
