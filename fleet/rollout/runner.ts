import type { FleetEvent } from "../types.ts";
import type { Acceptable, Recorded, RolloutPlan } from "./events.ts";
import type { RolloutState } from "./state.ts";

/** How a run of a roll-out is watched and stopped. */
export interface RunControl {
  /** Stops gracefully: updates under way finish what is in flight, no other is begun. */
  readonly signal?: AbortSignal;
  /** Stops at once: engines are killed. */
  readonly kill?: AbortSignal;
  /** Called with every event once it is durable. */
  readonly onRecord?: (event: Recorded, state: RolloutState) => void;
  /** Called with what the fleet tells meanwhile. */
  readonly onEvent?: (event: FleetEvent) => void;
}

/** How a roll-out goes on. */
export interface ResumeOptions extends RunControl {
  /** Who resumes it. */
  readonly by: string;
  /** What a person accepts after a review; only what it is halted for. */
  readonly accept?: readonly Acceptable[];
}

/**
 * Runs roll-outs: keeps their events, runs their activities and goes on after a crash where it was. The embedded one
 * needs nothing but a folder; one on a durable engine keeps events and retries there instead.
 *
 * Every function throws RolloutError where what is asked for does not fit the roll-out's state, and FleetError where the
 * engine or the clouds cannot be had; the roll-out can be resumed then.
 */
export interface RolloutRunner {
  /** Begins a roll-out, and goes on until it rests or waits for an approval. */
  start(plan: RolloutPlan, by: string, control?: RunControl): Promise<RolloutState>;
  /** Goes on after a halt, an approval or a crash. A stack whose update is recorded as done is not updated again. */
  resume(id: string, options: ResumeOptions): Promise<RolloutState>;
  /** Records that a person lets the wave begin that waits. @param wave refuses where another one waits */
  approve(id: string, by: string, wave?: number): Promise<RolloutState>;
  /** Ends it for good; what is deployed stays. */
  abort(id: string, by: string, reason: string): Promise<RolloutState>;
  state(id: string): Promise<RolloutState>;
  /** Every roll-out, oldest first. */
  list(): Promise<readonly RolloutState[]>;
}
