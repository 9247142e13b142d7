import type { TestProject } from "vitest/node";
import { EngineUnavailable, ensureEngine, type Engine } from "../../engine/install.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The Pulumi engine, or null where none can be had. */
    readonly engine: Engine | null;
  }
}

/**
 * Gets the Pulumi engine once for all files. Where none can be had the engine tier is skipped, with the reason printed;
 * `.ci/run` takes a skipped engine tier for a failure.
 */
export default async function setup(project: TestProject): Promise<void> {
  let shown = -30;
  try {
    const engine = await ensureEngine({
      onProgress: ({ message, elapsedSeconds }) => {
        if (elapsedSeconds < 2 || elapsedSeconds - shown < 30) return;
        shown = elapsedSeconds;
        process.stderr.write(`${message} (${Math.round(elapsedSeconds)} s)\n`);
      },
    });
    project.provide("engine", engine);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
    process.stderr.write(`the engine tier is skipped: ${error.message}\n`);
    project.provide("engine", null);
  }
}
