/**
 * The part of `@pulumi/pulumi` that in-process runs need and the SDK does not export, in one place.
 *
 * Checked against SDK 3.270.0: `runtime/state.js` (one store per run, found through an AsyncLocalStorage),
 * `runtime/settings.js` (waiting for registrations), `log/index.js` and `runtime/debuggable.js`. The graph tests fail
 * if an upgrade moves any of it.
 */
import { createRequire } from "node:module";
import { transferLazily } from "./graphOutputs.ts";

/** What the SDK keeps per run: the fields this module sets or reads. */
export interface SdkStore {
  settings: { options: Record<string, unknown>; monitor?: unknown; engine?: unknown; rpcDone: Promise<unknown> };
  config: Record<string, string>;
  pendingResourceRegistrations: Map<unknown, { name?: string; type?: string; inputProperty?: string }>;
  logErrorCount: number;
}

/** A message the program logged during a run. */
export interface GraphLog {
  readonly severity: "info" | "warn" | "error";
  readonly message: string;
}

/** One in-process run: what went wrong in it, and what it logged. */
export interface Run {
  readonly errors: unknown[];
  readonly logs: GraphLog[];
}

type AnyFunction = (...args: never[]) => unknown;

const require = createRequire(import.meta.url);
const sdkState = require("@pulumi/pulumi/runtime/state.js") as {
  withLocalStorage<T>(callback: () => T): T;
  getLocalStore(): SdkStore | undefined;
};
const sdkSettings = require("@pulumi/pulumi/runtime/settings.js") as { waitForRPCs(): Promise<void> };
const runs = new WeakMap<SdkStore, Run>();

/** Calls `body` in a store of its own, so that nothing of this run is visible to another. */
export function inRun<T>(body: (run: Run, store: SdkStore) => Promise<T>): Promise<T> {
  return sdkState.withLocalStorage(async () => {
    const store = sdkState.getLocalStore();
    if (store === undefined) throw new Error("the Pulumi SDK gave no store to this run");
    const run: Run = { errors: [], logs: [] };
    runs.set(store, run);
    const release = catchRejections();
    try {
      return await body(run, store);
    } finally {
      release();
    }
  });
}

/** Resolves when every registration of the current run is answered and no rejection of it is still to be reported. */
export async function registrationsSettled(store: SdkStore): Promise<void> {
  for (let before; before !== store.settings.rpcDone;) {
    before = store.settings.rpcDone;
    await sdkSettings.waitForRPCs();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function currentRun(): Run | undefined {
  const store = sdkState.getLocalStore();
  return store === undefined ? undefined : runs.get(store);
}

let active = 0;
let displaced: NodeJS.UnhandledRejectionListener[] = [];

/**
 * A failing `apply` reaches nobody but the process's `unhandledRejection` event. Node raises it in the async context of
 * the promise, so it can be attributed to its run; what belongs to no run goes to the listeners that were there before.
 */
function catchRejections(): () => void {
  if (active++ === 0) {
    displaced = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", onRejection);
  }
  return () => {
    if (--active > 0) return;
    process.removeListener("unhandledRejection", onRejection);
    for (const listener of displaced) process.on("unhandledRejection", listener);
  };
}

function onRejection(reason: unknown, promise: Promise<unknown>): void {
  const run = currentRun();
  if (run !== undefined) {
    if (!run.errors.includes(reason)) run.errors.push(reason);
    return;
  }
  if (displaced.length === 0) throw reason;
  for (const listener of displaced) listener(reason, promise);
}

/** Replaces a function of the SDK with one that acts differently inside our runs and the same everywhere else. */
function insideRuns(
  owner: Record<string, AnyFunction>,
  name: string,
  replacement: (run: Run, ...args: never[]) => unknown,
): void {
  const original = (owner[name] as AnyFunction).bind(owner);
  owner[name] = (...args: never[]) => {
    const run = currentRun();
    return run === undefined ? original(...args) : replacement(run, ...args);
  };
}

const sdkLog = require("@pulumi/pulumi/log/index.js") as Record<string, AnyFunction>;
const sdkDebuggable = require("@pulumi/pulumi/runtime/debuggable.js") as Record<string, AnyFunction>;
const sdkRpc = require("@pulumi/pulumi/runtime/rpc.js") as Record<string, AnyFunction>;
const { Resource } = require("@pulumi/pulumi/resource.js") as { Resource: Record<string, AnyFunction> };

// The SDK's logger prints when there is no engine and chains all logs of a process on one promise.
for (const severity of ["info", "warn", "error"] as const) {
  insideRuns(sdkLog, severity, (run, message: string) => {
    run.logs.push({ severity, message });
    return Promise.resolve();
  });
}
insideRuns(sdkLog, "debug", () => Promise.resolve());
// The original formats a stack trace for each promise and has the process exit with 1 if one is still open at its end.
insideRuns(sdkDebuggable, "debuggablePromise", (_run, promise: Promise<unknown>) => promise);
// Source positions go to the engine's diagnostics; here they would cost a tenth of the run.
insideRuns(Resource, "stackTrace", () => []);
// The original makes some fifteen promises for each property of each resource, whether or not anybody reads it.
insideRuns(sdkRpc, "transferProperties", (_run, ...args: Parameters<typeof transferLazily>) => transferLazily(...args));
