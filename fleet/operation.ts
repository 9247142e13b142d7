import {
  EngineError,
  type Operation,
  type OperationOptions,
  type OperationResult,
  runOperation,
  stackOutputs,
} from "../engine/driver.ts";
import type { StackState } from "../engine/stackState.ts";
import { recoverCommand, refuseOrphans, withAdvice, type OpenStack } from "./interruption.ts";
import { describeRelease, protectedIn } from "./protection.ts";
import type { RunOptions } from "./types.ts";

/** What runs engine operations: the engine, or in tests of concurrency something that only takes time. */
export interface Driver {
  readonly runOperation: typeof runOperation;
  readonly stackOutputs: typeof stackOutputs;
}

/** The Pulumi engine. */
export const ENGINE: Driver = { runOperation, stackOutputs };

type OnEvent = NonNullable<OperationOptions["onEvent"]>;

/** How to run one operation on one stack. */
export interface StackOptions extends Pick<
  RunOptions,
  "signal" | "kill" | "policyPacks" | "expectNoChanges" | "keepProtected"
> {
  readonly onEvent?: OnEvent;
  readonly driver?: Driver;
}

/**
 * Runs one operation on one stack. An update that would make again what is already there and recorded nowhere is refused.
 * @throws EngineError with what to do about it
 * @throws FleetError with `unrecorded`
 */
export async function operateStack(
  stack: OpenStack,
  operation: Operation,
  { driver = ENGINE, kill, ...options }: StackOptions = {},
): Promise<OperationResult> {
  const { target, settings } = stack;
  let before: StackState | undefined;
  try {
    return await driver.runOperation(operation, settings, {
      ...given(options),
      engine: target.engine,
      onState: async (state) => {
        before = state;
        if (operation === "up") await refuseOrphans(stack, state);
      },
      excludeProtected: operation === "destroy" && (target.clouds === "sandbox" || options.keepProtected === true),
      refresh: true,
      expectNoChanges: operation === "preview" && options.expectNoChanges === true,
    });
  } catch (error) {
    // nobody who stops at once waits for another look at the clouds
    if (kill?.aborted === true) throw cutOff(error, stack);
    throw releasable(await withAdvice(error, stack, before), stack);
  }
}

const given = ({
  signal,
  policyPacks,
  onEvent,
}: StackOptions): Pick<OperationOptions, "signal" | "policyPacks" | "onEvent"> => ({
  ...(signal === undefined ? {} : { signal }),
  ...(policyPacks === undefined ? {} : { policyPacks }),
  ...(onEvent === undefined ? {} : { onEvent }),
});

function cutOff(error: unknown, stack: OpenStack): unknown {
  return error instanceof EngineError ? error.withAdvice(`run ${recoverCommand(stack)}, then try again`) : error;
}

/** The error with how to give leave for the protected resources it stopped at. */
function releasable(error: unknown, { customer }: OpenStack): unknown {
  if (!(error instanceof EngineError)) return error;
  const release = describeRelease(customer, protectedIn(error));
  return release === "" ? error : error.withAdvice(release);
}
