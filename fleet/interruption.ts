/** What a person is told, and told to do, when an operation was cut off or stands in another's way. */
import { EngineError, type StackSettings } from "../engine/driver.ts";
import { recordedIn } from "../engine/recovery.ts";
import { exportState, type StackState } from "../engine/stackState.ts";
import type { Customer } from "../plan/customer.ts";
import { commandFor } from "./commands.ts";
import { FleetError } from "./error.ts";
import { describeObject, unrecorded, type CloudObject } from "./listing.ts";
import type { Target } from "./target.ts";
import type { Member } from "./types.ts";

/** One customer's stack, ready to be worked on. */
export interface OpenStack {
  readonly target: Target;
  readonly member: Member;
  readonly customer: Customer;
  readonly settings: StackSettings;
}

/** `npx causeway sandbox recover acme` */
export const recoverCommand = ({ target, member }: Pick<OpenStack, "target" | "member">): string =>
  commandFor(target.clouds, "recover", member);

/** Objects this program made and no state has. */
async function orphans(
  { target, customer }: OpenStack,
  state: StackState | undefined,
): Promise<readonly CloudObject[]> {
  if (target.listing === undefined) return [];
  const recorded = state === undefined ? [] : recordedIn(state);
  return unrecorded(customer, await target.listing.list(customer), recorded).ours;
}

/**
 * Refuses an update that would make again what is already there and in no state.
 * @throws FleetError with `unrecorded`
 */
export async function refuseOrphans(stack: OpenStack, state: StackState | undefined): Promise<void> {
  const found = await orphans(stack, state);
  if (found.length === 0) return;
  throw new FleetError(
    "unrecorded",
    `${describeOrphans(stack.customer.name, found)}\nrun ${recoverCommand(stack)} first`,
  );
}

/** `acme: 1 object was created and never recorded:` and a line for each. */
export function describeOrphans(stack: string, found: readonly CloudObject[]): string {
  const count = found.length === 1 ? "1 object was" : `${found.length} objects were`;
  return [
    `${stack}: ${count} created and never recorded:`,
    ...found.map((object) => `  ${describeObject(object)}`),
  ].join("\n");
}

/**
 * An engine's failure with what to do about it.
 * @param before the state the operation began with, where that is known
 */
export async function withAdvice(error: unknown, stack: OpenStack, before?: StackState): Promise<unknown> {
  if (!(error instanceof EngineError)) return error;
  // a second look that fails must not hide what was seen first
  const advice = await adviceFor(error, stack, before).catch(() => undefined);
  return advice === undefined ? error : error.withAdvice(advice);
}

async function adviceFor(
  error: EngineError,
  stack: OpenStack,
  before: StackState | undefined,
): Promise<string | undefined> {
  const recover = recoverCommand(stack);
  switch (error.code) {
    case "interrupted":
      return `run ${recover}, then try again`;
    case "locked":
      if (error.holders.some((holder) => holder.process === "running")) return "wait until that run has ended";
      if (error.holders.some((holder) => holder.process === "elsewhere"))
        return `wait until that run has ended; if it never will, run ${recover} --yes`;
      return `run ${recover}, then try again`;
    case "failed":
    case "cancelled": {
      if (stack.target.listing === undefined) return undefined;
      // what the state had before it has still, unless it is gone from the clouds too: most failures need no second look
      if (before !== undefined && (await orphans(stack, before)).length === 0) return undefined;
      const found = await orphans(stack, await exportState(stack.settings, stack.target.engine));
      if (found.length === 0) return undefined;
      return `${describeOrphans(stack.customer.name, found)}\nrun ${recover}, then try again`;
    }
    default:
      return undefined;
  }
}
