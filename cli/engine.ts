import { EngineUnavailable, ensureEngine, type Engine, type EngineProgress } from "../engine/install.ts";
import { EXIT, Exit } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** Seconds between plain progress lines where no line can move. */
const PLAIN_EVERY = 30;

/** Shows how an engine is being got. */
export function engineProgress(terminal: Terminal): (progress: EngineProgress) => void {
  let lastPlain = -PLAIN_EVERY;
  return ({ step, message, elapsedSeconds }) => {
    terminal.progress(`${message} (${Math.round(elapsedSeconds)} s)`);
    const slow = step === "download" || step === "build" || step === "wait";
    if (!slow || elapsedSeconds - lastPlain < PLAIN_EVERY) return;
    lastPlain = elapsedSeconds;
    terminal.say(`${message} (${Math.round(elapsedSeconds)} s)`);
  };
}

/** The Pulumi engine, found or made, with progress. @throws Exit with code 3 where none can be had */
export async function getEngine(terminal: Terminal): Promise<Engine> {
  try {
    return await ensureEngine({ onProgress: engineProgress(terminal) });
  } catch (error) {
    if (error instanceof EngineUnavailable) throw new Exit(EXIT.noEngine, error.message, { cause: error });
    throw error;
  } finally {
    terminal.settle();
  }
}
