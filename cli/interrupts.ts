import type { Terminal } from "./terminal.ts";

/** What tells a run to stop. */
export interface Stops {
  /** Finish what is in flight, begin nothing else. */
  readonly signal: AbortSignal;
  /** Stop at once. */
  readonly kill: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Works until done, or until a person interrupts: once to finish what is in flight, twice to stop at once. */
export async function interruptible<Result>(
  terminal: Terminal,
  work: (stops: Stops) => Promise<Result>,
): Promise<Result> {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (kill.signal.aborted) return;
    if (stop.signal.aborted) {
      terminal.say("interrupted again: stopping at once");
      return kill.abort();
    }
    terminal.say("interrupted: finishing what is in flight; once more to stop at once");
    stop.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work({ signal: stop.signal, kill: kill.signal });
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
