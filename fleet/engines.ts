import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import type { Engine } from "../engine/install.ts";

/** Children of this process that have not ended. */
const running = new Set<ChildProcess>();
let watching = false;

/**
 * Learns from now on which engines this process starts, so that they can be killed without waiting for what they have in
 * flight. They run in process groups of their own, where no Ctrl-C of the terminal reaches them.
 * Source: Node, `diagnostics_channel`, built-in channel `child_process`.
 */
export function watchEngines(): void {
  if (watching) return;
  watching = true;
  // the message comes before the process has begun: what it runs is looked at when it matters
  subscribe("child_process", (message) => {
    const { process: child } = message as { readonly process: ChildProcess };
    running.add(child);
    const forget = (): void => void running.delete(child);
    child.once("exit", forget).once("error", forget);
  });
}

/** Ends an engine's work on some stacks at once, as the kernel would. What it had in flight is then pending. */
export function killEngines(engine: Engine, stacks: readonly string[]): void {
  for (const { pid, spawnfile, spawnargs } of running) {
    const stack = spawnargs[spawnargs.indexOf("--stack") + 1];
    if (pid !== undefined && spawnfile === engine.path && stack !== undefined && stacks.includes(stack)) killGroup(pid);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended since
  }
}
