import { EngineError } from "../engine/driver.ts";
import { noStack } from "../engine/engineError.ts";
import { pendingIn, recordedIn, settled, type PendingOperation } from "../engine/recovery.ts";
import type { LockHolder } from "../engine/stackLock.ts";
import { exportState, importState, refuseLocked, releaseLocks, type StackState } from "../engine/stackState.ts";
import type { OpenStack } from "./interruption.ts";
import { madeBy, unrecorded, type CloudObject } from "./listing.ts";
import { removeUnrecorded, type Refused } from "./recoverRemoval.ts";
import { ENGINE, type Driver } from "./operation.ts";

/** What became of one operation that was cut off. */
export interface Settled {
  readonly kind: PendingOperation["kind"];
  readonly type: string;
  readonly name: string;
  /** `recorded`: was made, and is in the state now. `open`: whether it was made cannot be seen from here. */
  readonly outcome: "recorded" | "not made" | "read back" | "open";
  readonly id?: string;
}

/** What was found and done in one stack. */
export interface Recovery {
  /** Whose lock was removed. */
  readonly locks: readonly LockHolder[];
  readonly pending: readonly Settled[];
  /** Objects that nothing had recorded, deleted now. */
  readonly removed: readonly CloudObject[];
  /** Objects that nothing has recorded, still there. */
  readonly orphans: readonly CloudObject[];
  /** Those of them that were to be deleted and are not. */
  readonly refused: readonly Refused[];
  /** Whether nothing is left to decide. */
  readonly recovered: boolean;
}

/** How to recover. */
export interface RecoverOptions {
  /** Remove a lock whoever holds it, and delete what was created and never recorded. @default false */
  readonly force?: boolean;
  /** Told of each thing as it is done, so that a recovery that fails has said what it did. */
  readonly onStep?: (step: RecoveryStep) => void;
  readonly driver?: Driver;
}

/** One thing a recovery did. */
export type RecoveryStep =
  | { readonly kind: "unlocked"; readonly holders: readonly LockHolder[] }
  | { readonly kind: "settled"; readonly pending: readonly Settled[] }
  | { readonly kind: "removed"; readonly object: CloudObject };

/**
 * Puts one stack right after an operation was cut off: a lock nobody holds is removed, operations that had begun are
 * looked up in the clouds and settled, what was created and never recorded is recorded, or named.
 * @throws EngineError where somebody works on the stack
 */
export async function recoverStack(stack: OpenStack, options: RecoverOptions = {}): Promise<Recovery> {
  const { force = false } = options;
  const { state, locks, pending } = await settle(stack, options);
  const found = await stack.target.listing?.list(stack.customer);
  const { ours } = unrecorded(stack.customer, found ?? [], recordedIn(state));
  const { removed, refused } = force
    ? await removeUnrecorded(stack, ours, (object) => options.onStep?.({ kind: "removed", object }))
    : { removed: [], refused: [] };
  const orphans = ours.filter((object) => !removed.includes(object));
  const open = pending.some(({ outcome }) => outcome === "open");
  return { locks, pending, removed, orphans, refused, recovered: orphans.length === 0 && !open };
}

/** Frees the stack and settles what was pending; reads the clouds back where what they have is not known. */
async function settle(
  stack: OpenStack,
  options: RecoverOptions,
): Promise<{ state: StackState; locks: readonly LockHolder[]; pending: readonly Settled[] }> {
  const { force = false, onStep, driver = ENGINE } = options;
  const { target, customer, settings } = stack;
  const { engine } = target;
  const locks = await unlock(stack, options);
  const before = await exportState(settings, engine);
  if (before === undefined) throw noStack(customer.name);
  const { found, outcomes } = await lookUp(stack, before, force);
  if (outcomes.length === 0) return { state: before, locks, pending: [] };
  onStep?.({ kind: "settled", pending: outcomes });
  if (outcomes.some(({ outcome }) => outcome === "open") && !force) return { state: before, locks, pending: outcomes };
  await importState(settings, engine, settled(before, found));
  const asks = outcomes.some(({ outcome }) => outcome === "recorded" || outcome === "read back");
  if (asks) await driver.runOperation("refresh", settings, { engine });
  const state = asks ? await exportState(settings, engine) : before;
  return { state: state ?? before, locks, pending: outcomes };
}

/** What became of each pending operation, and the ids of what was created. */
async function lookUp(
  { target, customer }: OpenStack,
  state: StackState,
  force: boolean,
): Promise<{ found: ReadonlyMap<number, string>; outcomes: readonly Settled[] }> {
  const objects = await target.listing?.list(customer);
  const free = objects && new Set(unrecorded(customer, objects, recordedIn(state)).ours);
  const found = new Map<number, string>();
  const outcomes = pendingIn(state).map((operation, index): Settled => {
    const { kind, type, name } = operation;
    if (kind !== "create") return { kind, type, name, outcome: "read back" };
    // A made-up value is in no cloud: the next one is as good.
    if (type.startsWith("random:")) return { kind, type, name, outcome: "not made" };
    if (free === undefined) return { kind, type, name, outcome: force ? "not made" : "open" };
    const object = madeBy(operation, [...free]);
    if (object === undefined) return { kind, type, name, outcome: "not made" };
    free.delete(object);
    found.set(index, object.id);
    return { kind, type, name, outcome: "recorded", id: object.id };
  });
  return { found, outcomes };
}

/** Removes the lock where nobody holds it, or a person said so. @throws EngineError where somebody works on the stack */
async function unlock(
  { target: { engine }, settings }: OpenStack,
  { force = false, onStep }: RecoverOptions,
): Promise<readonly LockHolder[]> {
  try {
    await refuseLocked(settings, engine);
    return [];
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "locked") throw error;
    const { holders } = error;
    const stale = holders.length > 0 && holders.every((holder) => holder.process === "gone");
    if (!stale && !force) throw error.withAdvice(adviceOn(holders));
    await releaseLocks(settings, engine);
    onStep?.({ kind: "unlocked", holders });
    return holders;
  }
}

function adviceOn(holders: readonly LockHolder[]): string {
  const running = holders.some((holder) => holder.process === "running");
  const look = running ? "wait until that run has ended" : "look there whether that run has ended";
  return `nothing was changed; ${look}, --yes removes its lock all the same`;
}
