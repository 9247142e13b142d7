import { automation } from "@pulumi/pulumi";
import { backEndProblem } from "./backEndProblem.ts";
import { clean, type Diagnostic, type OperationEvents, type Step, type Violation } from "./operationEvents.ts";
import type { PendingOperation } from "./recovery.ts";
import { describeHolder, holdersIn, type LockHolder } from "./stackLock.ts";

/**
 * Why an operation did not succeed.
 * - `failed`: the program, a provider or the engine reported errors
 * - `changes`: there were changes where none were expected
 * - `policy`: a mandatory policy is violated
 * - `protected`: protected resources stand in the way of `destroy`, and nothing was touched
 * - `locked`: another operation holds the stack, or held it when it was killed
 * - `interrupted`: an operation was cut off, this one or an earlier one, and left some of its work pending
 * - `cancelled`: interrupted by the caller
 * - `no-stack`: the back end has no such stack
 * - `configuration`: the engine could not start on this stack: wrong passphrase, unreachable back end, bad settings
 */
export type EngineErrorCode =
  "failed" | "changes" | "policy" | "protected" | "locked" | "interrupted" | "cancelled" | "no-stack" | "configuration";

/** A resource that is still in a stack's state. */
export interface Kept {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protected: boolean;
}

interface Details {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly Diagnostic[];
  readonly violations?: readonly Violation[];
  readonly inFlight?: readonly string[];
  readonly kept?: readonly Kept[];
  readonly pending?: readonly PendingOperation[];
  readonly holders?: readonly LockHolder[];
  readonly cause?: unknown;
}

/** An operation that did not succeed. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  /** What was done, or with `changes` what would be. */
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  readonly violations: readonly Violation[];
  /** Resources whose operation had begun and not ended. */
  readonly inFlight: readonly string[];
  /** With `protected`: what stands in the way. */
  readonly kept: readonly Kept[];
  /** With `interrupted`: what had begun, as far as the state tells. */
  readonly pending: readonly PendingOperation[];
  /** With `locked`: who holds the stack, as far as the back end tells. */
  readonly holders: readonly LockHolder[];

  constructor(code: EngineErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.steps = details.steps ?? [];
    this.diagnostics = details.diagnostics ?? [];
    this.violations = details.violations ?? [];
    this.inFlight = details.inFlight ?? [];
    this.kept = details.kept ?? [];
    this.pending = details.pending ?? [];
    this.holders = details.holders ?? [];
  }

  /** The same error, with what to do about it on a line of its own. */
  withAdvice(advice: string): EngineError {
    return new EngineError(this.code, `${this.message}\n${advice}`, this);
  }
}

/** Exit codes. Source: Pulumi, `pkg/cmd/pulumi/cmd/exit_codes.go`. */
const EXIT_CHANGES = 7;
const EXIT_CANCELLED = 8;
/** What is told of an engine that failed and said nothing. */
const SILENT = "no reason given";
/** No exit code at all: a signal ended the engine. See `commandOf`. */
const KILLED = -1;

/** What an error of the Automation API means for the operation that threw it. */
export function operationFailure(
  error: unknown,
  operation: string,
  stack: string,
  events: OperationEvents,
  signal?: AbortSignal,
): unknown {
  if (error instanceof EngineError) return error;
  const { diagnostics, violations, inFlight } = events;
  const details = { steps: [...events.steps.values()], diagnostics, violations, inFlight, cause: error };
  const mandatory = violations.filter(({ level }) => level === "mandatory");
  if (signal?.aborted === true || exitCode(error) === EXIT_CANCELLED) {
    return new EngineError("cancelled", `${operation} of ${stack} was interrupted${left(inFlight)}`, details);
  }
  if (exitCode(error) === KILLED) {
    return new EngineError(
      "interrupted",
      `${operation} of ${stack} was cut off: the engine was killed${left(inFlight)}`,
      details,
    );
  }
  if (mandatory.length > 0) {
    const list = mandatory.map(({ policy, message }) => `  ${policy}: ${message}`);
    return new EngineError("policy", [`${operation} of ${stack} is refused by policy:`, ...list].join("\n"), details);
  }
  if (exitCode(error) === EXIT_CHANGES) {
    return new EngineError("changes", `${operation} of ${stack} has changes where none were expected`, details);
  }
  const reasons = reasonsIn(diagnostics);
  if (reasons.length === 0) return stackFailure(error, stack, details);
  return new EngineError("failed", [`${operation} of ${stack} failed:`, ...reasons].join("\n"), details);
}

/** What an error means that came before the engine had anything to say about resources. */
export function stackFailure(error: unknown, stack: string, details: Details = {}): unknown {
  if (error instanceof automation.StackNotFoundError) {
    return noStack(stack, { ...details, cause: error });
  }
  if (error instanceof automation.ConcurrentUpdateError) {
    const holders = holdersIn(spoken(error));
    const told = holders.length > 0 ? holders.map(describeHolder).join("\n") : spoken(error);
    const message = `${stack} is locked by another run:\n${indent(told)}`;
    return new EngineError("locked", message, { ...details, holders, cause: error });
  }
  if (!(error instanceof automation.CommandError)) return error;
  const problem = backEndProblem(spoken(error), resultOf(error).backEnd);
  const message =
    problem === undefined ? `the engine could not work on ${stack}:\n${indent(spoken(error))}` : `${stack}: ${problem}`;
  return new EngineError("configuration", message, { ...details, cause: error });
}

export const noStack = (stack: string, details: Details = {}): EngineError =>
  new EngineError("no-stack", `there is no stack ${stack} in this back end`, details);

function left(inFlight: readonly string[]): string {
  return inFlight.length === 0
    ? ""
    : `, with these still in flight: ${inFlight.map((urn) => named(urn).trim().replace(/:$/, "")).join(", ")}`;
}

/** The engine closes a failure with an error that only says so; it is kept when there is nothing better. */
function reasonsIn(diagnostics: readonly Diagnostic[]): string[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const telling = errors.filter(
    ({ message }) => !/^(update|preview|one or more errors occurred)( failed)?$/.test(message),
  );
  return (telling.length > 0 ? telling : errors).map(({ message, urn }) =>
    indent(urn ? `${named(urn)}${message}` : message),
  );
}

function named(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return types === "pulumi:pulumi:Stack" ? "" : `${types.slice(types.lastIndexOf("$") + 1)} ${name}: `;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

interface Result {
  readonly code?: number;
  readonly stderr?: string;
  /** Address of the back end, for people; see `runPulumi`. */
  readonly backEnd?: string;
}

function resultOf(error: unknown): Result {
  return (error as { commandResult?: Result } | undefined)?.commandResult ?? {};
}

/** Whether nothing more comes of a failed command: a signal ended the engine, or it said what it had to say on the spot. */
export const hasSaidAll = (error: unknown): boolean => exitCode(error) === KILLED || spoken(error) !== SILENT;

function exitCode(error: unknown): number | undefined {
  return resultOf(error).code;
}

function spoken(error: unknown): string {
  // the AWS SDK warns about every answer without a checksum, which S3 stores other than Amazon's leave out
  const text = (resultOf(error).stderr ?? "").replaceAll(/^SDK .* WARN .*\n/gm, "");
  return clean(text) || SILENT;
}
