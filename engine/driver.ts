/**
 * One operation on one stack with the real engine: the program in a process of its own, events as they come, errors
 * with the reason and not the noise.
 */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { automation } from "@pulumi/pulumi";
import { EngineError, noStack, operationFailure, type Kept, stackFailure, hasSaidAll } from "./engineError.ts";
import type { InlineProgram } from "./inlineProgram.ts";
import { cacheRoot, type Engine } from "./install.ts";
import { startLanguageHost } from "./languageHost.ts";
import { type Diagnostic, OperationEvents, type Step, type Violation } from "./operationEvents.ts";
import { pendingIn } from "./recovery.ts";
import { exportState, refuseLocked, type StackState } from "./stackState.ts";
import { refuseLostSettings } from "./stackSecrets.ts";
import { openWorkspace } from "./workspace.ts";

export { EngineError, type EngineErrorCode, type Kept } from "./engineError.ts";
export type { Diagnostic, Step, Violation } from "./operationEvents.ts";

/** A stack and where it lives. */
export interface StackSettings {
  /** Directory of the program's `Pulumi.yaml`; nothing is written into it. */
  readonly programDir: string;
  /** Directory of this stack alone, made if missing: two stacks in one would overwrite each other's selection. */
  readonly workDir: string;
  readonly stack: string;
  /**
   * Folder of `Pulumi.<stack>.yaml`, made if missing: what encrypts the stack's secrets, and its own configuration. It is
   * to be kept, and needs a `workDir` beside the program's directory.
   * @default `stackConfigDir` of the program's `Pulumi.yaml`, or `workDir`
   */
  readonly settingsFolder?: string;
  /** State back end, such as `file:///path` or `s3://bucket`. @default the one that is logged in */
  readonly backendUrl?: string;
  /** Pulumi's own directory for plugins and credentials. @default `~/.pulumi` */
  readonly pulumiHome?: string;
  /** Environment of the engine and the program, on top of this process's. */
  readonly env: Readonly<Record<string, string>>;
  /** Plain configuration by full key, such as `{ "causeway:customer": "acme" }`. */
  readonly config: Readonly<Record<string, string>>;
  /** Ends whatever engine works on the stack at once, as the kernel would; what it had in flight is then pending. */
  readonly kill?: AbortSignal;
  /** Runs this in the calling process instead of the program in `programDir`. See `inlineProgram.ts` for what that costs. */
  readonly inline?: InlineProgram;
  /** For a stack made here, such as `passphrase` or `awskms://alias/causeway`. @default the back end's own */
  readonly secretsProvider?: string;
}

export type Operation = "preview" | "up" | "refresh" | "destroy";

/** How to run one operation. */
export interface OperationOptions {
  readonly engine: Engine;
  /** Called with every engine event as it comes. */
  readonly onEvent?: (event: automation.EngineEvent) => void;
  /** Called with the stack's state before anything begins; what it throws ends the operation. */
  readonly onState?: (state: StackState | undefined) => void | Promise<void>;
  /** Interrupts gracefully: what is in flight ends, the state is saved. */
  readonly signal?: AbortSignal;
  /** Fails with `changes` when there is anything to change. */
  readonly expectNoChanges?: boolean;
  /** Before `preview` and `up`, read the clouds back, so that what was changed by hand is seen and put right. */
  readonly refresh?: boolean;
  /** Destroy everything that is not protected, instead of refusing when anything is. */
  readonly excludeProtected?: boolean;
  /** Show what `refresh` or `destroy` would do, and do nothing. */
  readonly previewOnly?: boolean;
  /** Policy packs to enforce: executables, or directories. */
  readonly policyPacks?: readonly string[];
}

/** What an operation did, or would do. */
export interface OperationResult {
  /** Resources by operation, such as `{ create: 12, same: 3 }`. */
  readonly changes: Readonly<Partial<Record<automation.OpType, number>>>;
  readonly steps: readonly Step[];
  /** Stack outputs for people: `[secret]` stands for secrets, `[unknown]` for what only `up` will know. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Of `destroy`: the resources that stay, protected ones and what these need; providers are not listed. */
  readonly kept?: readonly Kept[];
  readonly diagnostics: readonly Diagnostic[];
  readonly violations: readonly Violation[];
  readonly durationMs: number;
}

/**
 * Runs one operation. `preview` and `up` make the stack when the back end has none.
 * @throws EngineError when it fails, with a code to act on and what the engine said
 */
export async function runOperation(
  operation: Operation,
  settings: StackSettings,
  options: OperationOptions,
): Promise<OperationResult> {
  const start = performance.now();
  const events = new OperationEvents();
  const env = { ...process.env, ...settings.env };
  const host = await startLanguageHost({
    env,
    // every run prints an error at most once, and formatting deep stacks costs a third of a run
    nodeArgs: ["--stack-trace-limit=4"],
    compileCache: env["NODE_COMPILE_CACHE"] ?? join(cacheRoot(env), "node"),
    ...(settings.inline === undefined ? {} : { inline: settings.inline }),
  });
  try {
    const state = await exportState(settings, options.engine);
    if (state !== undefined) await refuseLostSettings(state, settings);
    if (state !== undefined) await refusePending(state, settings, options.engine);
    if (state !== undefined && operation === "destroy" && options.excludeProtected !== true) {
      refuseProtected(state, settings.stack);
    }
    await options.onState?.(state);
    if (state === undefined && operation !== "preview" && operation !== "up") throw noStack(settings.stack);
    const env = { PULUMI_DEBUG_LANGUAGES: `nodejs:${host.port}` };
    const stack = await openStack(settings, options.engine, state !== undefined, env);
    hearOut(stack, events);
    await invoke(stack, operation, options, events);
    const kept = operation === "destroy" ? await keptAfter(settings, options.engine, events) : undefined;
    return {
      changes: events.changes,
      steps: [...events.steps.values()],
      ...(events.outputs === undefined ? {} : { outputs: events.outputs }),
      ...(kept === undefined ? {} : { kept }),
      diagnostics: events.diagnostics,
      violations: events.violations,
      durationMs: performance.now() - start,
    };
  } catch (error) {
    throw operationFailure(error, operation, settings.stack, events, options.signal);
  } finally {
    await host.close();
  }
}

/** Outputs of the last `up`, secrets in clear and marked; `undefined` when there is no such stack. */
export async function stackOutputs(
  settings: StackSettings,
  engine: Engine,
): Promise<Record<string, { value: unknown; secret: boolean }> | undefined> {
  try {
    const workspace = await openWorkspace(settings, engine, {});
    return await workspace.stackOutputs(settings.stack);
  } catch (error) {
    if (error instanceof automation.StackNotFoundError) return undefined;
    throw stackFailure(error, settings.stack);
  }
}

async function openStack(
  settings: StackSettings,
  engine: Engine,
  exists: boolean,
  env: Record<string, string>,
): Promise<automation.Stack> {
  const workspace = await openWorkspace(settings, engine, env);
  // every command names its stack, so one that is known to exist need not be selected by a process of its own
  if (exists) workspace.selectStack = () => Promise.resolve();
  const stack = await automation.Stack.createOrSelect(settings.stack, workspace);
  // after an operation the Automation API runs three more processes for what the events have already told
  return Object.assign(stack, { outputs: async () => ({}), info: async () => undefined });
}

/** How long an event may take that was sent before the engine ended. */
const HEARING_MS = 5000;

/**
 * The Automation API stops listening as soon as the engine has ended, and on a busy machine its last events are then still
 * on their way: what it did, or why it failed. Checked against SDK 3.270.0, `automation/stack.js`, `cleanUp`.
 */
function hearOut({ workspace }: automation.Stack, events: OperationEvents): void {
  const command = workspace.pulumiCommand as unknown as {
    run(...rest: readonly [args: readonly string[], ...unknown[]]): Promise<unknown>;
  };
  const run = command.run.bind(command);
  command.run = async (...rest) => {
    const ran = run(...rest);
    const told = await ran.then(() => false, hasSaidAll);
    const [args] = rest;
    if (args.includes("--event-log") && !told) {
      await Promise.race([events.last, setTimeout(HEARING_MS, undefined, { ref: false })]);
    }
    return ran;
  };
}

async function invoke(
  stack: automation.Stack,
  operation: Operation,
  options: OperationOptions,
  events: OperationEvents,
): Promise<void> {
  const { signal, expectNoChanges = false, excludeProtected = false, previewOnly = false, refresh = false } = options;
  const onEvent = (event: automation.EngineEvent): void => {
    events.add(event);
    options.onEvent?.(event);
  };
  const common = { onEvent, color: "never" as const, ...(signal === undefined ? {} : { signal }) };
  const packs = { policyPacks: [...(options.policyPacks ?? [])] };
  if (operation === "preview") await stack.preview({ ...common, ...packs, expectNoChanges, refresh });
  if (operation === "up") await stack.up({ ...common, ...packs, expectNoChanges, refresh });
  if (operation === "refresh") await stack.refresh({ ...common, expectNoChanges, previewOnly });
  if (operation === "destroy") await stack.destroy({ ...common, excludeProtected, previewOnly });
}

/** The engine would only warn, and make again what an interrupted operation had begun to make. */
async function refusePending(state: StackState, settings: StackSettings, engine: Engine): Promise<void> {
  const pending = pendingIn(state);
  if (pending.length === 0) return;
  // an operation that is under way has pending operations too; one that was killed leaves its lock
  await refuseLocked(settings, engine).catch((error: unknown) => {
    const stale = error instanceof EngineError && error.holders.every((holder) => holder.process === "gone");
    if (!stale) throw error;
  });
  const list = pending.map(({ kind, type, name: resource }) => `  ${kind} ${type} ${resource}`);
  const count = pending.length === 1 ? "1 operation is" : `${pending.length} operations are`;
  const message = [`${settings.stack} was interrupted, and ${count} pending:`, ...list].join("\n");
  throw new EngineError("interrupted", message, { pending });
}

/** The engine would delete everything else first and fail at the protected resource; this refuses before anything goes. */
function refuseProtected(state: StackState, name: string): void {
  const kept = keptIn(state).filter((resource) => resource.protected);
  if (kept.length === 0) return;
  const list = kept.map(({ type, name: resource }) => `  ${type} ${resource}`);
  const count = kept.length === 1 ? "1 protected resource" : `${kept.length} protected resources`;
  const message = [`${name} has ${count}, so nothing was destroyed:`, ...list].join("\n");
  throw new EngineError("protected", message, { kept });
}

async function keptAfter(settings: StackSettings, engine: Engine, events: OperationEvents): Promise<Kept[]> {
  const deleted = new Set([...events.steps.values()].filter(({ op }) => op === "delete").map(({ urn }) => urn));
  const state = await exportState(settings, engine);
  return state === undefined ? [] : keptIn(state).filter(({ urn }) => !deleted.has(urn));
}

function keptIn({ deployment }: StackState): Kept[] {
  return (deployment?.resources ?? [])
    .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"))
    .map(({ urn, type, protect }) => ({
      urn,
      type,
      name: urn.slice(urn.lastIndexOf("::") + 2),
      protected: protect === true,
    }));
}
