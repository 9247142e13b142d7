/** What a person is told, and told to do, when an operation was cut off or stands in another's way. */
import { EngineError, type StackSettings } from "../engine/driver.ts";
import { recordedIn } from "../engine/recovery.ts";
import { exportState, type StackState } from "../engine/stackState.ts";
import type { Customer } from "../plan/customer.ts";
import { EXIT, Exit } from "./exit.ts";
import { describeObject, unrecorded, type CloudObject } from "./listing.ts";
import type { Target } from "./target.ts";

/** `npx causeway sandbox recover acme` */
export const recoverCommand = ({ clouds }: Pick<Target, "clouds">, customer: Customer): string =>
  `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}recover ${customer.name}`;

/** Objects this program made and no state has. */
export async function orphans(
  target: Target,
  customer: Customer,
  state: StackState | undefined,
): Promise<readonly CloudObject[]> {
  if (target.listing === undefined) return [];
  const recorded = state === undefined ? [] : recordedIn(state);
  return unrecorded(customer, await target.listing.list(customer), recorded).ours;
}

/**
 * Refuses an update that would make again what is already there and in no state.
 * @throws Exit
 */
export async function refuseOrphans(target: Target, customer: Customer, state: StackState | undefined): Promise<void> {
  const found = await orphans(target, customer, state);
  if (found.length === 0) return;
  throw new Exit(EXIT.failed, `${describeOrphans(customer, found)}\nrun ${recoverCommand(target, customer)} first`);
}

/** `acme: 1 object was created and never recorded:` and a line for each. */
export function describeOrphans(customer: Customer, found: readonly CloudObject[]): string {
  const count = found.length === 1 ? "1 object was" : `${found.length} objects were`;
  return [
    `${customer.name}: ${count} created and never recorded:`,
    ...found.map((object) => `  ${describeObject(object)}`),
  ].join("\n");
}

/**
 * An engine's failure with what to do about it.
 * @param before the state the operation began with, where that is known
 */
export async function withAdvice(
  error: unknown,
  target: Target,
  settings: StackSettings,
  customer: Customer,
  before?: StackState,
): Promise<unknown> {
  if (!(error instanceof EngineError)) return error;
  const advice = await adviceFor(error, target, settings, customer, before);
  return advice === undefined ? error : error.withAdvice(advice);
}

async function adviceFor(
  error: EngineError,
  target: Target,
  settings: StackSettings,
  customer: Customer,
  before: StackState | undefined,
): Promise<string | undefined> {
  const recover = recoverCommand(target, customer);
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
      // what the state had before it has still, unless it is gone from the clouds too: most failures need no second look
      if (before !== undefined && (await orphans(target, customer, before)).length === 0) return undefined;
      const found = await orphans(target, customer, await exportState(settings, target.engine));
      if (found.length === 0) return undefined;
      return `${describeOrphans(customer, found)}\nrun ${recover}, then try again`;
    }
    default:
      return undefined;
  }
}
