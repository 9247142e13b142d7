import { EngineUnavailable, ensureEngine, type Engine } from "../engine/install.ts";
import { EXIT, Exit } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** Seconds between plain progress lines where no line can move. */
const PLAIN_EVERY = 30;

/** The Pulumi engine, found or made, with progress. @throws Exit with code 3 where none can be had */
export async function getEngine(terminal: Terminal): Promise<Engine> {
  let lastPlain = -PLAIN_EVERY;
  try {
    return await ensureEngine({
      onProgress: ({ step, message, elapsedSeconds }) => {
        terminal.progress(`${message} (${Math.round(elapsedSeconds)} s)`);
        const slow = step === "download" || step === "build" || step === "wait";
        if (!slow || elapsedSeconds - lastPlain < PLAIN_EVERY) return;
        lastPlain = elapsedSeconds;
        terminal.say(`${message} (${Math.round(elapsedSeconds)} s)`);
      },
    });
  } catch (error) {
    if (error instanceof EngineUnavailable) throw new Exit(EXIT.noEngine, error.message, { cause: error });
    throw error;
  } finally {
    terminal.settle();
  }
}
