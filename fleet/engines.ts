import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Engine } from "../engine/install.ts";

/** The event of the channel. */
interface Started {
  readonly process: ChildProcess;
}

/**
 * Knows the engines this process has started, so that they can be killed without waiting for what they have in flight.
 * They run in process groups of their own, where no Ctrl-C of the terminal reaches them.
 * Source: Node, `diagnostics_channel`, built-in channel `child_process`.
 */
export class Engines {
  readonly #running = new Set<ChildProcess>();

  constructor() {
    subscribe("child_process", this.#started);
  }

  /** Ends an engine's work on some stacks at once, as the kernel would. What it had in flight is then pending. */
  kill(engine: Engine, stacks: readonly string[]): void {
    const own = [...this.#running].filter(({ spawnfile, spawnargs }) => {
      const stack = spawnargs[spawnargs.indexOf("--stack") + 1];
      return spawnfile === engine.path && stack !== undefined && stacks.includes(stack);
    });
    for (const { pid } of own) {
      if (pid !== undefined) killGroup(pid);
    }
  }

  /** Forgets all of them. */
  close(): void {
    unsubscribe("child_process", this.#started);
    this.#running.clear();
  }

  // the message comes before the process has begun: what it runs is looked at when it matters
  readonly #started = (message: unknown): void => {
    const { process: child } = message as Started;
    this.#running.add(child);
    const forget = (): void => void this.#running.delete(child);
    child.once("exit", forget).once("error", forget);
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended since
  }
}
