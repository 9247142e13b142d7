/** Roll-outs: one change to many customers, a few at a time, that halts by itself and survives being killed. */
export {
  fleetActivities,
  type Activities,
  type ActivityContext,
  type GateArguments,
  type PreviewArguments,
  type Surroundings,
  type UpdateArguments,
} from "./activities.ts";
export { decide, type Decision } from "./decide.ts";
export {
  currentWave,
  rolloutDocument,
  statusOf,
  type RolloutDocument,
  type RolloutStatus,
  type WaveDocument,
} from "./document.ts";
export { EmbeddedRunner, type EmbeddedOptions } from "./embedded.ts";
export { RolloutError, type RolloutErrorCode } from "./errors.ts";
export type * from "./events.ts";
export { loadRolloutFile, parseRolloutFile, type RolloutFile } from "./file.ts";
export { journalFolder, journalIds } from "./journal.ts";
export { DEFAULT_SETTINGS, defaultWaves, freeId, planRollout, type RolloutRequest } from "./plan.ts";
export type { ResumeOptions, RolloutRunner, RunControl } from "./runner.ts";
export { fold, reduce, type Halt, type RolloutState, type StackProgress, type WaveState } from "./state.ts";
export { planWaves, type AskedWave, type Candidate } from "./waves.ts";
