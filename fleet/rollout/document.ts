import { decide } from "./decide.ts";
import type { ActivityFailure, Health } from "./events.ts";
import type { Halt, RolloutState, StackProgress } from "./state.ts";

/** Where a roll-out stands, for a person or a script: `waiting` is for an approval. */
export type RolloutStatus = "running" | "waiting" | "halted" | "completed" | "aborted";

/** A roll-out as data. Version 1 of a format other tools read: fields are only ever added. */
export interface RolloutDocument {
  readonly version: 1;
  readonly id: string;
  readonly clouds: string;
  readonly status: RolloutStatus;
  readonly startedBy: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly changedAt: string;
  /** The wave that is under way, waits or halted; absent where none is. */
  readonly wave?: number;
  readonly halt?: Halt;
  readonly aborted?: { readonly by: string; readonly reason: string };
  readonly waves: readonly WaveDocument[];
}

/** One wave as data. */
export interface WaveDocument {
  readonly number: number;
  readonly asked: string;
  readonly approvedBy?: string;
  /** Who accepted what, of `difference` and `health`. */
  readonly accepted: Readonly<Record<string, string>>;
  /** What its updates would do or did, each customer's own names left out, with the number of stacks. */
  readonly changes: readonly { readonly change: string; readonly stacks: number }[];
  readonly health?: Health;
  readonly stacks: readonly {
    readonly stack: string;
    readonly state: StackProgress["state"];
    readonly attempts: number;
    readonly failure?: ActivityFailure;
  }[];
}

/** Where a roll-out stands. */
export const statusOf = (state: RolloutState): RolloutStatus =>
  state.phase === "running" && decide(state).kind === "await" ? "waiting" : state.phase;

/** The wave a roll-out is at; none once it is complete or aborted. */
export function currentWave(state: RolloutState): number | undefined {
  if (state.halt !== undefined) return state.halt.wave;
  const decision = decide(state);
  return "wave" in decision ? decision.wave.number : undefined;
}

/** A roll-out as data. */
export function rolloutDocument(state: RolloutState): RolloutDocument {
  const { plan, startedBy, startedAt, changedAt, halt, aborted } = state;
  const wave = currentWave(state);
  return {
    version: 1,
    ...{ id: plan.id, clouds: plan.clouds, status: statusOf(state), startedBy, startedAt, changedAt },
    ...(wave === undefined ? {} : { wave }),
    ...(halt === undefined ? {} : { halt }),
    ...(aborted === undefined ? {} : { aborted }),
    waves: state.waves.map(
      ({ number, asked, approvedBy, accepted, preview, health, members, stacks }): WaveDocument => ({
        number,
        asked,
        ...(approvedBy === undefined ? {} : { approvedBy }),
        accepted: { ...accepted },
        changes: counted((preview ?? []).flatMap((stack) => ("changes" in stack ? stack.changes : []))),
        ...(health === undefined ? {} : { health }),
        stacks: members.map(({ stack }) => {
          const { state: now, attempts, failure } = stacks.get(stack) ?? { state: "pending" as const, attempts: 0 };
          return { stack, state: now, attempts, ...(failure === undefined ? {} : { failure }) };
        }),
      }),
    ),
  };
}

function counted(changes: readonly string[]): { readonly change: string; readonly stacks: number }[] {
  const counts = new Map<string, number>();
  for (const change of changes) counts.set(change, (counts.get(change) ?? 0) + 1);
  return [...counts].map(([change, stacks]) => ({ change, stacks }));
}
