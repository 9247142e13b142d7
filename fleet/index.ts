/**
 * The package `causeway/fleet`: what can be done with many customers. Operations over some or all of them, what a change
 * would do to each, and roll-outs wave by wave. Nothing here prints, ends the process or reads the command line.
 */
export type { Checked } from "./checkFiles.ts";
export type { Drift, Finding } from "./drift.ts";
export { FleetError, type FleetProblem } from "./error.ts";
export { defaultConcurrency, type Machine } from "./concurrency.ts";
export { openFleet, type Fleet, type FleetHandoff, type FleetOptions, type RecoverRunOptions } from "./fleet.ts";
export type { CloudObject } from "./listing.ts";
export type { Recovery, RecoveryStep, Settled } from "./recover.ts";
export type { Refused } from "./recoverRemoval.ts";
export type { SandboxSettings } from "./sandbox.ts";
export { loadSettings, parseSettings, SETTINGS_FILE, type FleetSettings } from "./settings.ts";
export type * from "./types.ts";
export * from "./diff/index.ts";
export * from "./report/index.ts";
export * from "./rollout/index.ts";
