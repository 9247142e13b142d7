/** A stack's state as its back end holds it: read and replaced with secrets encrypted all the way. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { automation } from "@pulumi/pulumi";
import type { StackSettings } from "./driver.ts";
import { stackFailure } from "./engineError.ts";
import type { Engine } from "./install.ts";
import { runOnStack } from "./workspace.ts";

/** One resource of a state, as far as it is read here. */
export interface StoredResource {
  readonly urn: string;
  readonly type: string;
  /** False for components. */
  readonly custom?: boolean;
  readonly id?: string;
  /** Secrets are encrypted. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  /** Replaced, and still to be deleted. */
  readonly delete?: boolean;
  /** Deleted, and its replacement still to be created. */
  readonly pendingReplacement?: boolean;
}

/** A state, as far as it is read or changed here; everything else in it is kept. */
export interface StackState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StoredResource[];
    readonly pending_operations?: readonly { readonly resource: StoredResource; readonly type: string }[];
  } | null;
}

/**
 * A stack's state, or undefined where the back end has no such stack.
 * @throws EngineError
 */
export async function exportState(settings: StackSettings, engine: Engine): Promise<StackState | undefined> {
  try {
    return JSON.parse(await runOnStack(settings, engine, ["stack", "export"])) as StackState;
  } catch (error) {
    if (error instanceof automation.StackNotFoundError) return undefined;
    throw stackFailure(error, settings.stack);
  }
}

/**
 * Puts a state in the place of a stack's own.
 * @throws EngineError with `locked` and who holds the lock, when somebody does
 */
export async function importState(settings: StackSettings, engine: Engine, state: StackState): Promise<void> {
  const folder = await mkdtemp(join(settings.workDir, ".state-"));
  try {
    const file = join(folder, "state.json");
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    await runOnStack(settings, engine, ["stack", "import", "--file", file]);
  } catch (error) {
    throw stackFailure(error, settings.stack);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Finds out whether somebody works on a stack, on whatever back end: asks for a refresh of a resource that does not exist,
 * which takes the lock, finds nothing and changes nothing.
 * @throws EngineError with `locked` and who holds the lock, when somebody does
 */
export async function refuseLocked(settings: StackSettings, engine: Engine): Promise<void> {
  const nothing = `urn:pulumi:${settings.stack}::none::none:none:None::none`;
  try {
    await runOnStack(settings, engine, ["refresh", "--yes", "--skip-preview", "--target", nothing]);
  } catch (error) {
    if (error instanceof automation.ConcurrentUpdateError) throw stackFailure(error, settings.stack);
    if (!(error instanceof automation.CommandError)) throw error;
    if (!error.message.includes(`no resource named '${nothing}'`)) throw stackFailure(error, settings.stack);
  }
}

/** Removes every lock of a stack, whoever holds it; on a back end of files or buckets this stops nobody. */
export async function releaseLocks(settings: StackSettings, engine: Engine): Promise<void> {
  try {
    await runOnStack(settings, engine, ["cancel", "--yes"]);
  } catch (error) {
    throw stackFailure(error, settings.stack);
  }
}
