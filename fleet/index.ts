/**
 * The package `causeway/fleet`: what can be done with many customers. Nothing here prints, ends the process or reads the
 * command line.
 */
export type { Checked } from "./checkFiles.ts";
export type { Drift, Finding } from "./drift.ts";
export { FleetError, type FleetProblem } from "./error.ts";
export { defaultConcurrency, type Machine } from "./concurrency.ts";
export { openFleet, type Fleet, type FleetHandoff, type FleetOptions, type RecoverRunOptions } from "./fleet.ts";
export type { CloudObject } from "./listing.ts";
export type { Recovery, RecoveryStep, Settled } from "./recover.ts";
export type { SandboxSettings } from "./sandbox.ts";
export type * from "./types.ts";
