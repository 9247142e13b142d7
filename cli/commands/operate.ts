import { EngineError, runOperation, type Operation, type OperationResult } from "../../engine/driver.ts";
import type { StackState } from "../../engine/stackState.ts";
import type { Customer } from "../../plan/customer.ts";
import { REFUSED } from "../../plan/errors.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { cloudTime, describeCloudTime } from "../cloudTime.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { refuseOrphans, withAdvice } from "../interruption.ts";
import type { Clouds, VerbOptions } from "../main.ts";
import { Progress } from "../progress.ts";
import type { Selected } from "../selection.ts";
import { describeKept, describeRelease, describeSteps, protectedIn, summarise } from "../steps.ts";
import { openTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";

/** One verb over some customers. */
export interface Request {
  readonly operation: Operation;
  readonly clouds: Clouds;
  readonly root: string;
  readonly selected: readonly Selected[];
  readonly options: VerbOptions;
}

/** What came of one stack. */
interface Outcome {
  readonly stack: string;
  readonly code: ExitCode;
  readonly result?: OperationResult;
  readonly error?: string;
}

/**
 * Runs an engine operation on each customer in turn; one that fails stops none of the others. Every file is read before
 * the first stack is touched.
 */
export async function operate(terminal: Terminal, request: Request): Promise<ExitCode> {
  const customers = request.selected.map((selected) => ({
    selected,
    customer: loadCustomer(selected.file, { lenient: true }).customer,
  }));
  const target = await openTarget(terminal, request.root, request.clouds);
  const interrupt = new AbortController();
  const onInterrupt = () => {
    terminal.say("interrupted: finishing what is in flight; once more to stop at once");
    interrupt.abort();
  };
  process.once("SIGINT", onInterrupt);
  try {
    const outcomes: Outcome[] = [];
    for (const { selected, customer } of customers) {
      if (interrupt.signal.aborted) break;
      outcomes.push(await operateOne(terminal, request, target, selected, customer, interrupt.signal));
    }
    terminal.data(
      outcomes.map(({ stack, code, result, error }) => ({
        stack,
        operation: request.operation,
        code,
        error,
        ...result,
      })),
    );
    return interrupt.signal.aborted ? EXIT.interrupted : worst(outcomes);
  } finally {
    process.off("SIGINT", onInterrupt);
    await target.close();
  }
}

async function operateOne(
  terminal: Terminal,
  request: Request,
  target: Target,
  selected: Selected,
  customer: Customer,
  signal: AbortSignal,
): Promise<Outcome> {
  const stack = customer.name;
  const run = (operation: Operation): Promise<OperationResult> =>
    runStack(terminal, target, operation, selected, customer, request.options, signal);
  try {
    if (request.clouds === "real" && !(await agreed(terminal, request, stack, () => run("preview")))) {
      throw new Exit(EXIT.failed, `${request.operation} of ${stack}: not confirmed, nothing was changed`);
    }
    const result = await run(request.operation);
    terminal.result(describeSteps(result.steps, request.operation));
    if (result.kept !== undefined && result.kept.length > 0) terminal.result(describeKept(customer, result.kept));
    terminal.result(summarise(stack, request.operation, result));
    if (request.clouds === "sandbox") await showCloudTime(terminal, customer, result.steps);
    return { stack, code: EXIT.done, result };
  } catch (error) {
    if (!(error instanceof EngineError) && !(error instanceof Exit)) throw error;
    terminal.say(terminal.colors.red(error.message));
    if (error instanceof EngineError) terminal.say(describeRelease(customer, protectedIn(error)));
    return { stack, code: exitCodeOf(error), error: error.message };
  }
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

/** Runs one operation on one stack with progress. @throws EngineError */
export async function runStack(
  terminal: Terminal,
  target: Target,
  operation: Operation,
  selected: Selected,
  customer: Customer,
  options: VerbOptions,
  signal: AbortSignal,
): Promise<OperationResult> {
  const progress = new Progress(terminal, operation, customer.name);
  const settings = await target.stackOf(selected, customer);
  let before: StackState | undefined;
  try {
    return await runOperation(operation, settings, {
      engine: target.engine,
      onEvent: progress.event,
      onState: async (state) => {
        before = state;
        if (operation === "up") await refuseOrphans(target, customer, state);
      },
      signal,
      excludeProtected: operation === "destroy" && (target.clouds === "sandbox" || options.keepProtected === true),
      refresh: true,
      expectNoChanges: operation === "preview" && options.expectNoChanges === true,
    });
  } catch (error) {
    throw await withAdvice(error, target, settings, customer, before);
  } finally {
    progress.end();
  }
}

/** Whether a person, or the command line on their behalf, agreed to change real clouds. The answer defaults to no. */
async function agreed(
  terminal: Terminal,
  { operation, options }: Request,
  stack: string,
  preview: () => Promise<OperationResult>,
): Promise<boolean> {
  if (operation === "preview") return true;
  if (operation === "destroy" && options.confirm !== undefined) {
    if (options.confirm === stack && (options.yes === true || terminal.interactive)) return true;
    if (options.confirm !== stack)
      throw new Exit(EXIT.usage, `--confirm: expected ${stack}, got ${options.confirm}; nothing was changed`);
  }
  if (operation !== "destroy" && options.yes === true) return true;
  if (!terminal.interactive) {
    const needed = operation === "destroy" ? `--yes --confirm ${stack}` : "--yes";
    throw new Exit(
      EXIT.usage,
      `${operation} of ${stack}: expected ${needed} where nobody can be asked; nothing was changed`,
    );
  }
  if (operation === "destroy") return (await terminal.ask(`Type ${stack} to destroy it: `)) === stack;
  if (operation === "up") {
    const result = await preview();
    terminal.say(describeSteps(result.steps, "preview"));
    terminal.say(summarise(stack, "preview", result));
  }
  return /^y(es)?$/i.test(await terminal.ask(`${operation} ${stack}? [y/N] `));
}

/** The exit code that tells a script what kind of failure it was. */
export function exitCodeOf(error: EngineError | Exit): ExitCode {
  if (error instanceof Exit) return error.code;
  switch (error.code) {
    case "changes":
      return EXIT.drift;
    case "policy":
      return EXIT.policy;
    case "locked":
      return EXIT.locked;
    case "cancelled":
      return EXIT.interrupted;
    case "no-stack":
    case "configuration":
      return EXIT.usage;
    case "failed":
    case "interrupted":
    case "protected":
      return error.diagnostics.some(({ message }) => message.includes(REFUSED)) ? EXIT.usage : EXIT.failed;
  }
}

function worst(outcomes: readonly Outcome[]): ExitCode {
  const failed = outcomes.filter(({ code }) => code !== EXIT.done);
  if (failed.length > 0 && failed.length < outcomes.length) return EXIT.someFailed;
  return failed[0]?.code ?? EXIT.done;
}
