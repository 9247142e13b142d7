import type { EngineErrorCode } from "../engine/engineError.ts";
import type { OperationResult, Step } from "../engine/driver.ts";
import type { Issue } from "../plan/errors.ts";

/** Which clouds a fleet works on; nothing but the word `sandbox` chooses the simulated ones. */
export type Clouds = "real" | "sandbox";

/** Every verb that works on stacks. */
export type FleetVerb =
  "preview" | "up" | "refresh" | "drift" | "destroy" | "outputs" | "handoff" | "status" | "recover";

/** One customer of a fleet. */
export interface Member {
  /** `name` of the file, which is the stack. */
  readonly stack: string;
  /** Absolute path of the customer file. */
  readonly path: string;
  /** The file as messages name it: relative to the working directory. */
  readonly file: string;
  /** Whether the file was chosen by path instead of by name; the stack is then told of it. */
  readonly byPath: boolean;
}

/**
 * Which customers. Named ones come in the order given, others by name. With several kinds of choice a customer must meet
 * each.
 */
export interface Selection {
  /** Names in `stacks/customers`, or paths of files. */
  readonly customers?: readonly string[];
  /** Every customer in `stacks/customers`. */
  readonly all?: boolean;
  /** `key=value` pairs that must all be among the file's labels. */
  readonly labels?: readonly string[];
  /** A git ref; only customers whose file differs from it in the working tree. */
  readonly changedSince?: string;
}

/**
 * Why a stack failed: an engine's code, or
 * - `invalid-file`: the customer file is refused, nothing was touched
 * - `unrecorded`: objects were made and never recorded, and would be made again
 * - `unavailable`: what was asked for does not exist for this target
 * - `defect`: this program broke, and the message is for its authors
 */
export type FleetErrorCode = EngineErrorCode | "invalid-file" | "unrecorded" | "unavailable" | "defect";

/** Why one stack failed, and what to run next. */
export interface StackFailure {
  readonly code: FleetErrorCode;
  /** One or more lines for a person. Never a secret. */
  readonly message: string;
  /** The command that puts it right or tries again. */
  readonly next?: string;
  /** Resources whose operation had begun and not ended. */
  readonly inFlight: readonly string[];
  /** What was done before it failed, or with `changes` what would be. */
  readonly steps: readonly Step[];
  /** With `invalid-file`: each problem with its place, where the file was refused before an engine began. */
  readonly problems?: readonly Issue[];
}

/**
 * What came of one stack.
 * - `done`: `value` says what
 * - `failed`: `failure` says why
 * - `interrupted`: it was under way when the run was told to stop; `failure` says what that left
 * - `not begun`: the run was told to stop first; nothing was touched
 */
export type StackResult<Value> =
  | { readonly stack: string; readonly outcome: "done"; readonly value: Value; readonly durationMs: number }
  | {
      readonly stack: string;
      readonly outcome: "failed" | "interrupted";
      readonly failure: StackFailure;
      readonly durationMs: number;
    }
  | { readonly stack: string; readonly outcome: "not begun" };

/** What came of a run over some customers: one result each, in the order of the selection. */
export interface FleetResult<Value> {
  readonly verb: FleetVerb;
  /** `some failed` where others did not. */
  readonly outcome: "done" | "failed" | "some failed" | "interrupted";
  readonly results: readonly StackResult<Value>[];
  readonly durationMs: number;
}

/** What is told while a run goes on. Every event can be written as one line of JSON. */
export type FleetEvent =
  | {
      readonly kind: "begun";
      readonly verb: FleetVerb;
      readonly stacks: readonly string[];
      readonly concurrency: number;
    }
  | { readonly kind: "stack begun"; readonly stack: string; readonly verb: FleetVerb }
  | {
      readonly kind: "resource";
      readonly stack: string;
      readonly op: string;
      readonly type: string;
      readonly urn: string;
      readonly state: "begun" | "done" | "failed";
    }
  | { readonly kind: "stack ended"; readonly result: StackResult<unknown> }
  | { readonly kind: "ended"; readonly outcome: FleetResult<unknown>["outcome"]; readonly durationMs: number };

/** How to run a verb. */
export interface RunOptions {
  /** Stops gracefully: stacks under way finish what is in flight, the others are not begun. */
  readonly signal?: AbortSignal;
  /** Stops at once: engines are killed, and the results say what that left. */
  readonly kill?: AbortSignal;
  readonly onEvent?: (event: FleetEvent) => void;
  /** Stacks at once. @default from cores and memory, see `defaultConcurrency` */
  readonly concurrency?: number;
  /** Policy packs to enforce in `preview` and `up`: executables, or directories. */
  readonly policyPacks?: readonly string[];
  /** Fail with `changes` where a preview finds any. */
  readonly expectNoChanges?: boolean;
  /** `destroy`: delete the rest where protected resources remain, instead of refusing. */
  readonly keepProtected?: boolean;
}

/** What a health check found out about one stack. */
export interface StackStatus {
  readonly stack: string;
  /** Every tunnel and BGP session that should be up is, every endpoint lets traffic through. */
  readonly healthy: boolean;
  /** What is not as it should be, a sentence each, with whose side it is. */
  readonly problems: readonly string[];
  /** Endpoints that only the customer can accept; they do not make a stack unhealthy. */
  readonly waiting: readonly string[];
}

/** The part of a fleet that a roll-out needs. */
export interface FleetOperations {
  select(selection: Selection): Promise<readonly Member[]>;
  preview(members: readonly Member[], options?: RunOptions): Promise<FleetResult<OperationResult>>;
  up(members: readonly Member[], options?: RunOptions): Promise<FleetResult<OperationResult>>;
  status(members: readonly Member[], options?: RunOptions): Promise<FleetResult<StackStatus>>;
}
