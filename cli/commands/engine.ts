import { findEngine } from "../../engine/install.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { getEngine } from "../engine.ts";

/** Shows the Pulumi engine in use, getting one first where asked to. */
export async function engine(terminal: Terminal, install: boolean): Promise<ExitCode> {
  const found = install ? await getEngine(terminal) : await findEngine();
  if (found === undefined) {
    throw new Exit(EXIT.noEngine, "no Pulumi engine on PATH or in the cache; causeway engine --install gets one");
  }
  terminal.result(`pulumi ${found.version} (${found.source}): ${found.path}`);
  terminal.data(found);
  return EXIT.done;
}
