import type { OperationResult } from "../../engine/driver.ts";
import { cloudTime, describeCloudTime } from "../../fleet/cloudTime.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { describeKept } from "../../fleet/protection.ts";
import { customerOf } from "../../fleet/selection.ts";
import type { Clouds, FleetResult, Member, RunOptions, StackResult } from "../../fleet/types.ts";
import type { Customer } from "../../plan/customer.ts";
import type { Issue } from "../../plan/errors.ts";
import { confirm } from "../confirm.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { commandFleet, stackCodes, worst } from "../fleet.ts";
import { describeRun, shownRun } from "../fleetRun.ts";
import { interruptible, type Stops } from "../interrupts.ts";
import type { VerbOptions } from "../options.ts";
import { describeSteps, summarise } from "../steps.ts";
import type { Terminal } from "../terminal.ts";

/** A verb that runs the engine. */
export type OperationVerb = "preview" | "up" | "refresh" | "destroy";

/** One verb over some customers. */
export interface Request {
  readonly operation: OperationVerb;
  readonly clouds: Clouds;
  readonly root: string;
  readonly members: readonly Member[];
  readonly options: VerbOptions;
  /** What the options mean to the fleet. */
  readonly run: RunOptions;
}

/**
 * Runs an engine operation on some customers; one that fails stops none of the others. Every file is read before the first
 * stack is touched.
 */
export async function operate(terminal: Terminal, request: Request): Promise<ExitCode> {
  const { members, root, clouds } = request;
  // a mistake in the only file needs no engine and no clouds to be told
  if (members.length === 1) customerOf(members[0]!);
  const fleet = await commandFleet(terminal, root, clouds);
  try {
    return await interruptible(terminal, (stops) => operateOn(terminal, fleet, request, stops));
  } finally {
    await fleet.close();
  }
}

async function operateOn(terminal: Terminal, fleet: Fleet, request: Request, stops: Stops): Promise<ExitCode> {
  const { operation, clouds, members, run } = request;
  const { agreed, declined } = await confirm(terminal, fleet, request, stops);
  const result = await shownRun((options) => fleet[operation](agreed, options), {
    ...{ terminal, stops, options: run },
    show: (value, stack) => showOperation(terminal, request, customerOf(memberOf(members, stack)), value),
  });
  const problems = allRefused(result);
  if (problems.length > 0) {
    terminal.data({ problems });
    return EXIT.usage;
  }
  const codes = stackCodes(result);
  terminal.data([
    ...result.results.map((each, index) => ({ ...told(each), operation, code: codes[index] })),
    ...declined.map(({ stack, code, error }) => ({ stack, operation, outcome: "declined", code, error })),
  ]);
  terminal.say(describeRun(result, members, clouds));
  return worst([...codes, ...declined.map(({ code }) => code)]);
}

const memberOf = (members: readonly Member[], stack: string): Member => members.find((one) => one.stack === stack)!;

/** Where every file is refused nothing was done, and each has been told: every problem, as `check` gives them. */
function allRefused({ results }: FleetResult<unknown>): readonly Issue[] {
  const issues = results.map((each) => ("failure" in each ? (each.failure.problems ?? []) : []));
  return issues.every((some) => some.length > 0) ? issues.flat() : [];
}

/** A stack's result as data. */
function told(result: StackResult<OperationResult>): object {
  const { stack, outcome } = result;
  if (result.outcome === "done") return { stack, outcome, ...result.value };
  if (result.outcome === "not begun") return { stack, outcome };
  const { message, next, inFlight, steps } = result.failure;
  return { stack, outcome, error: message, reason: result.failure.code, next, inFlight, steps };
}

/** Shows what an operation did, or would do. */
export async function showOperation(
  terminal: Terminal,
  { operation, clouds }: Pick<Request, "operation" | "clouds">,
  customer: Customer,
  result: OperationResult,
): Promise<void> {
  terminal.result(describeSteps(result.steps, operation));
  if (result.kept !== undefined && result.kept.length > 0) terminal.result(describeKept(customer, result.kept));
  terminal.result(summarise(customer.name, operation, result));
  if (clouds === "sandbox") await showCloudTime(terminal, customer, result.steps);
}

/** Says what an operation on simulated clouds would have taken in real ones. */
export async function showCloudTime(
  terminal: Terminal,
  customer: Customer,
  steps: OperationResult["steps"],
): Promise<void> {
  const time = describeCloudTime(await cloudTime(customer, steps));
  if (time !== undefined) terminal.result(`${customer.name}: ${time}`);
}
