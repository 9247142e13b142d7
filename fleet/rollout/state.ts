/** What a roll-out's events amount to. Pure: the same events always give the same state. */
import type {
  Acceptable,
  ActivityFailure,
  HaltCause,
  Health,
  PlannedWave,
  Recorded,
  RolloutPlan,
  StackPreview,
} from "./events.ts";

/** How far one stack is. `begun` without more: it was cut off, and nobody knows yet how far it came. */
export interface StackProgress {
  readonly state: "pending" | "begun" | "done" | "failed";
  /** How often an update of it was begun. */
  readonly attempts: number;
  readonly failure?: ActivityFailure;
  /** Of the update, by operation. */
  readonly changes?: Readonly<Record<string, number>>;
}

/** How far one wave is. */
export interface WaveState extends PlannedWave {
  /** From 1. */
  readonly number: number;
  readonly preview?: readonly StackPreview[];
  readonly approvedBy?: string;
  /** Who accepted what after a review. */
  readonly accepted: Readonly<Partial<Record<Acceptable, string>>>;
  readonly stacks: ReadonlyMap<string, StackProgress>;
  readonly health?: Health;
}

/** Why a roll-out stands still. */
export interface Halt {
  readonly wave: number;
  readonly cause: HaltCause;
  readonly reason: string;
  readonly next: readonly string[];
}

/** A roll-out as it is now. */
export interface RolloutState {
  readonly plan: RolloutPlan;
  readonly startedBy: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly changedAt: string;
  readonly phase: "running" | "halted" | "completed" | "aborted";
  readonly waves: readonly WaveState[];
  /** Only where it is halted. */
  readonly halt?: Halt;
  /** Only where it was aborted. */
  readonly aborted?: { readonly by: string; readonly reason: string };
}

/** The state a journal tells. @throws TypeError where it does not begin with a plan */
export function fold(events: readonly Recorded[]): RolloutState {
  const [first, ...rest] = events;
  if (first?.kind !== "planned") throw new TypeError("expected a plan as the first event");
  const { plan, by, at } = first;
  const waves = plan.waves.map((wave, index): WaveState => ({
    ...wave,
    number: index + 1,
    accepted: {},
    stacks: new Map(wave.members.map(({ stack }) => [stack, { state: "pending", attempts: 0 }])),
  }));
  const planned: RolloutState = { plan, startedBy: by, startedAt: at, changedAt: at, phase: "running", waves };
  return rest.reduce(reduce, planned);
}

/** The state after one more event. */
export function reduce(state: RolloutState, event: Recorded): RolloutState {
  const now = { ...state, changedAt: event.at };
  switch (event.kind) {
    case "planned":
      throw new TypeError("expected one plan");
    case "previewed":
      return withWave(now, event.wave, (wave) => ({ ...wave, preview: event.stacks }));
    case "approved":
      return withWave(now, event.wave, (wave) => ({ ...wave, approvedBy: event.by }));
    case "accepted":
      return withWave(now, event.wave, (wave) => ({ ...wave, accepted: { ...wave.accepted, [event.what]: event.by } }));
    case "begun":
      return withStack(now, event, ({ attempts }) => ({ state: "begun", attempts: attempts + 1 }));
    case "done":
      return withStack(now, event, ({ attempts }) => ({ state: "done", attempts, changes: event.changes }));
    case "failed":
      return withStack(now, event, ({ attempts }) => ({ state: "failed", attempts, failure: event.failure }));
    case "judged":
      return withWave(now, event.wave, (wave) => ({ ...wave, health: event.health }));
    case "halted": {
      const { wave, cause, reason, next } = event;
      return { ...now, phase: "halted", halt: { wave, cause, reason, next } };
    }
    case "resumed":
      return resumed(now);
    case "aborted":
      return { ...now, phase: "aborted", aborted: { by: event.by, reason: event.reason } };
    case "completed":
      return { ...now, phase: "completed" };
  }
}

/** What halted it is looked at again, unless a person accepted it as it is. */
function resumed({ halt, ...state }: RolloutState): RolloutState {
  const running: RolloutState = { ...state, phase: "running" };
  if (halt === undefined) return running;
  return withWave(running, halt.wave, (wave) => {
    const { preview, health, ...rest } = wave;
    const previewAgain =
      halt.cause === "preview" || (halt.cause === "difference" && wave.accepted.difference === undefined);
    const judgeAgain = halt.cause === "health" && wave.accepted.health === undefined;
    return {
      ...rest,
      ...(preview === undefined || previewAgain ? {} : { preview }),
      ...(health === undefined || judgeAgain ? {} : { health }),
      stacks: halt.cause === "failures" ? retried(wave.stacks) : wave.stacks,
    };
  });
}

const retried = (stacks: WaveState["stacks"]): WaveState["stacks"] =>
  new Map(
    [...stacks].map(([stack, progress]) => [
      stack,
      progress.state === "failed" ? { state: "pending", attempts: progress.attempts } : progress,
    ]),
  );

function withWave(state: RolloutState, number: number, change: (wave: WaveState) => WaveState): RolloutState {
  return { ...state, waves: state.waves.map((wave) => (wave.number === number ? change(wave) : wave)) };
}

function withStack(
  state: RolloutState,
  { wave: number, stack }: { readonly wave: number; readonly stack: string },
  change: (progress: StackProgress) => StackProgress,
): RolloutState {
  return withWave(state, number, (wave) => ({
    ...wave,
    stacks: new Map(wave.stacks).set(stack, change(wave.stacks.get(stack) ?? { state: "pending", attempts: 0 })),
  }));
}
