import type { Engine } from "../engine/install.ts";
import type { FleetProblem } from "../fleet/error.ts";
import { openFleet, type Fleet, type FleetOptions } from "../fleet/fleet.ts";
import type { Clouds, FleetResult } from "../fleet/types.ts";
import { engineProgress } from "./engine.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

/** The fleet a command works on; getting an engine is shown on the terminal. */
export function commandFleet(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  simulated: NonNullable<FleetOptions["simulated"]> = {},
  engine?: Engine,
): Promise<Fleet> {
  const options = { root, clouds, simulated, onEngineProgress: engineProgress(terminal) };
  return openFleet(engine === undefined ? options : { ...options, engine });
}

/** The exit code that tells a script what kind of problem it was. */
const CODES: Readonly<Record<FleetProblem, ExitCode>> = {
  changes: EXIT.drift,
  policy: EXIT.policy,
  locked: EXIT.locked,
  "in-use": EXIT.locked,
  cancelled: EXIT.interrupted,
  "no-stack": EXIT.usage,
  configuration: EXIT.usage,
  "invalid-file": EXIT.usage,
  selection: EXIT.usage,
  "no-clouds": EXIT.usage,
  "no-engine": EXIT.noEngine,
  failed: EXIT.failed,
  interrupted: EXIT.failed,
  protected: EXIT.failed,
  unrecorded: EXIT.failed,
  unavailable: EXIT.failed,
  defect: EXIT.failed,
  damaged: EXIT.failed,
};

export const exitCodeOf = (code: FleetProblem): ExitCode => CODES[code];

/** One exit code of a stack each. */
export const stackCodes = ({ results }: FleetResult<unknown>): readonly ExitCode[] =>
  results.map((result) => {
    if (result.outcome === "done") return EXIT.done;
    return result.outcome === "failed" ? exitCodeOf(result.failure.code) : EXIT.interrupted;
  });

/** The exit code of all: of the one kind of problem there is, or that some failed. Drift is no failure. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(EXIT.interrupted)) return EXIT.interrupted;
  const failed = codes.filter((code) => code !== EXIT.done && code !== EXIT.drift);
  if (failed.length > 0) return failed.length < codes.length ? EXIT.someFailed : failed[0]!;
  return codes.includes(EXIT.drift) ? EXIT.drift : EXIT.done;
}
