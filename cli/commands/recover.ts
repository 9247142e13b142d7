import { EngineError, runOperation, type StackSettings } from "../../engine/driver.ts";
import { noStack } from "../../engine/engineError.ts";
import { pendingIn, recordedIn, settled, type PendingOperation } from "../../engine/recovery.ts";
import { exportState, importState, refuseLocked, releaseLocks, type StackState } from "../../engine/stackState.ts";
import { describeHolder, type LockHolder } from "../../engine/stackLock.ts";
import type { Customer } from "../../plan/customer.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { describeOrphans, recoverCommand } from "../interruption.ts";
import { describeObject, madeBy, unrecorded, type CloudObject } from "../listing.ts";
import type { Clouds, VerbOptions } from "../main.ts";
import { removalCommand } from "../removal.ts";
import type { Selected } from "../selection.ts";
import { openTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { exitCodeOf } from "./operate.ts";

/** What became of one operation that was cut off. */
interface Settled {
  readonly kind: PendingOperation["kind"];
  readonly type: string;
  readonly name: string;
  /** `recorded`: was made, and is in the state now. `open`: whether it was made cannot be seen from here. */
  readonly outcome: "recorded" | "not made" | "read back" | "open";
  readonly id?: string;
}

/** What came of one stack. */
export interface Recovery {
  readonly stack: string;
  readonly code: ExitCode;
  readonly locks?: readonly LockHolder[];
  readonly pending?: readonly Settled[];
  readonly removed?: readonly CloudObject[];
  readonly orphans?: readonly CloudObject[];
  readonly error?: string;
}

export interface Stack {
  readonly target: Target;
  readonly customer: Customer;
  readonly settings: StackSettings;
}

/**
 * Puts stacks right after an operation was cut off: a lock nobody holds is removed, operations that had begun are looked
 * up in the clouds and settled, what was created and never recorded is recorded, or named. With `--yes` a lock is removed
 * whoever holds it, and what is named is deleted.
 */
export async function recover(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  selected: readonly Selected[],
  options: VerbOptions,
): Promise<ExitCode> {
  const customers = selected.map((each) => ({ each, customer: loadCustomer(each.file, { lenient: true }).customer }));
  const target = await openTarget(terminal, root, clouds);
  try {
    const outcomes: Recovery[] = [];
    for (const { each, customer } of customers) {
      const settings = await target.stackOf(each, customer);
      outcomes.push(await recoverOne(terminal, { target, customer, settings }, options.yes === true));
    }
    terminal.data(outcomes);
    const failed = outcomes.filter(({ code }) => code !== EXIT.done);
    if (failed.length > 0 && failed.length < outcomes.length) return EXIT.someFailed;
    return failed[0]?.code ?? EXIT.done;
  } finally {
    await target.close();
  }
}

/** Puts one stack right. */
export async function recoverOne(terminal: Terminal, stack: Stack, yes: boolean): Promise<Recovery> {
  const { name } = stack.customer;
  try {
    const { state, locks, pending } = await settle(terminal, stack, yes);
    const found = await stack.target.listing?.list(stack.customer);
    const { ours } = unrecorded(stack.customer, found ?? [], recordedIn(state));
    const removed = yes ? await remove(terminal, stack, ours) : [];
    const orphans = yes ? [] : ours;
    if (orphans.length > 0) terminal.result(describeLeft(stack, orphans));
    const open = pending.filter(({ outcome }) => outcome === "open");
    const code = orphans.length > 0 || open.length > 0 ? EXIT.failed : EXIT.done;
    if (locks.length + pending.length + removed.length + orphans.length === 0) {
      terminal.result(`${name}: nothing to recover`);
    } else if (code === EXIT.done) {
      terminal.result(
        `${name}: recovered; run ${recoverCommand(stack.target, stack.customer).replace("recover", "up")}`,
      );
    }
    return { stack: name, code, locks, pending, removed, orphans };
  } catch (error) {
    if (!(error instanceof EngineError) && !(error instanceof Exit)) throw error;
    terminal.say(terminal.colors.red(error.message));
    return { stack: name, code: exitCodeOf(error), error: error.message };
  }
}

/** Frees the stack and settles what was pending; reads the clouds back where what they have is not known. */
async function settle(
  terminal: Terminal,
  stack: Stack,
  yes: boolean,
): Promise<{ state: StackState; locks: readonly LockHolder[]; pending: readonly Settled[] }> {
  const { target, customer, settings } = stack;
  const { engine } = target;
  const locks = await unlock(terminal, stack, yes);
  const before = await exportState(settings, engine);
  if (before === undefined) throw noStack(customer.name);
  const { found, outcomes } = await lookUp(stack, before, yes);
  if (outcomes.length === 0) return { state: before, locks, pending: [] };
  terminal.result(describePending(stack, outcomes));
  if (outcomes.some(({ outcome }) => outcome === "open") && !yes) {
    terminal.result(
      `look for them in the clouds and delete what is there, then run ${recoverCommand(target, customer)} --yes`,
    );
    return { state: before, locks, pending: outcomes };
  }
  await importState(settings, engine, settled(before, found));
  const asks = outcomes.some(({ outcome }) => outcome === "recorded" || outcome === "read back");
  if (asks) await runOperation("refresh", settings, { engine });
  const state = asks ? await exportState(settings, engine) : before;
  return { state: state ?? before, locks, pending: outcomes };
}

/** What became of each pending operation, and the ids of what was created. */
async function lookUp(
  { target, customer }: Stack,
  state: StackState,
  yes: boolean,
): Promise<{ found: ReadonlyMap<number, string>; outcomes: readonly Settled[] }> {
  const objects = await target.listing?.list(customer);
  const free = objects && new Set(unrecorded(customer, objects, recordedIn(state)).ours);
  const found = new Map<number, string>();
  const outcomes = pendingIn(state).map((operation, index): Settled => {
    const { kind, type, name } = operation;
    if (kind !== "create") return { kind, type, name, outcome: "read back" };
    // A made-up value is in no cloud: the next one is as good.
    if (type.startsWith("random:")) return { kind, type, name, outcome: "not made" };
    if (free === undefined) return { kind, type, name, outcome: yes ? "not made" : "open" };
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
  terminal: Terminal,
  { target: { engine }, settings, customer }: Stack,
  yes: boolean,
): Promise<readonly LockHolder[]> {
  try {
    await refuseLocked(settings, engine);
    return [];
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "locked") throw error;
    const { holders } = error;
    const stale = holders.length > 0 && holders.every((holder) => holder.process === "gone");
    if (!stale && !yes) throw error.withAdvice(adviceOn(holders));
    await releaseLocks(settings, engine);
    terminal.result(`${customer.name}: lock removed: ${holders.map(describeHolder).join("; ")}`);
    return holders;
  }
}

function adviceOn(holders: readonly LockHolder[]): string {
  const running = holders.some((holder) => holder.process === "running");
  const look = running ? "wait until that run has ended" : "look there whether that run has ended";
  return `nothing was changed; ${look}, --yes removes its lock all the same`;
}

const OUTCOMES: Readonly<Record<Settled["outcome"], string>> = {
  recorded: "was made, recorded as",
  "not made": "was not made",
  "read back": "read back from the cloud",
  open: "whether it was made cannot be seen from here",
};

function describePending({ customer }: Stack, outcomes: readonly Settled[]): string {
  const count = outcomes.length === 1 ? "1 operation was" : `${outcomes.length} operations were`;
  const lines = outcomes.map(
    ({ kind, type, name, outcome, id }) =>
      `  ${kind} ${type} ${name}: ${OUTCOMES[outcome]}${id === undefined ? "" : ` ${id}`}`,
  );
  return [`${customer.name}: ${count} pending:`, ...lines].join("\n");
}

function describeLeft({ target, customer }: Stack, found: readonly CloudObject[]): string {
  const commands = found.flatMap((object) => removalCommand(object) ?? []);
  return [
    describeOrphans(customer, found),
    `nothing uses them; to delete them: ${recoverCommand(target, customer)} --yes`,
    ...(commands.length === 0 ? [] : ["or in the clouds themselves:", ...commands.map((command) => `  ${command}`)]),
  ].join("\n");
}

/** Deletes objects, those first that the others need least. */
async function remove(
  terminal: Terminal,
  { target, customer }: Stack,
  found: readonly CloudObject[],
): Promise<readonly CloudObject[]> {
  const left = [...found];
  while (left.length > 0) {
    const next = left.findIndex(({ key }) => !left.some(({ needs }) => needs.includes(key)));
    const [object] = left.splice(Math.max(next, 0), 1);
    if (object === undefined) break;
    await target.listing?.remove(object);
    terminal.result(`${customer.name}: deleted ${describeObject(object)}`);
  }
  return found;
}
