import type { FleetErrorCode } from "./types.ts";

/**
 * Why a fleet could not do what it was asked:
 * - a {@link FleetErrorCode}: of one stack
 * - `selection`: nobody, or somebody who is not there, was chosen
 * - `no-engine`: there is no Pulumi engine and none could be had
 * - `no-clouds`: there are no simulated clouds yet
 * - `in-use`: another process works on the simulated clouds
 * - `damaged`: the file of the simulated clouds cannot be read
 */
export type FleetProblem = FleetErrorCode | "selection" | "no-engine" | "no-clouds" | "in-use" | "damaged";

/** What stops a fleet, in words for a person: what happened, and what to do. Never a secret. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly code: FleetProblem;

  constructor(code: FleetProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
