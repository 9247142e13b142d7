/** What a roll-out does next. Pure, so that any engine that keeps the events can go on from them. */
import { describeDifferences, differences } from "./equivalence.ts";
import type { FrozenMember, RolloutEvent } from "./events.ts";
import type { RolloutState, WaveState } from "./state.ts";

/**
 * - `preview`, `up`, `gate`: activities; `up` of these stacks, of which some may have been begun before
 * - `await`: a person approves the wave
 * - `record`: nothing to do but to write this down
 * - `rest`: halted, completed or aborted
 */
export type Decision =
  | { readonly kind: "preview"; readonly wave: WaveState }
  | { readonly kind: "up"; readonly wave: WaveState; readonly members: readonly FrozenMember[] }
  | { readonly kind: "gate"; readonly wave: WaveState; readonly members: readonly FrozenMember[] }
  | { readonly kind: "await"; readonly wave: WaveState }
  | { readonly kind: "record"; readonly event: Extract<RolloutEvent, { kind: "halted" | "completed" }> }
  | { readonly kind: "rest" };

/** What is next; asked again after every event. */
export function decide(state: RolloutState): Decision {
  if (state.phase !== "running") return { kind: "rest" };
  const wave = state.waves.find((each) => !isOver(each));
  if (wave === undefined) return { kind: "record", event: { kind: "completed" } };
  return beforeUpdates(state, wave) ?? updates(state, wave) ?? gate(wave);
}

const isOver = ({ health, accepted }: WaveState): boolean =>
  health !== undefined && (health.healthy || accepted.health !== undefined);

/** The wave is looked at as a whole before any of its stacks is touched. */
function beforeUpdates(state: RolloutState, wave: WaveState): Decision | undefined {
  if (wave.preview === undefined) return { kind: "preview", wave };
  const failed = wave.preview.flatMap((stack) => ("failure" in stack ? [stack] : []));
  if (failed.length > 0) {
    const reasons = failed.map(({ stack, failure }) => about(stack, failure.message));
    const next = failed.flatMap(({ failure }) => failure.next ?? []);
    return halt(wave, "preview", `wave ${wave.number} cannot be previewed: ${reasons.join("; ")}`, next);
  }
  const found = differences(state.waves[0]?.preview ?? [], wave.preview);
  if (found.length > 0 && wave.accepted.difference === undefined) {
    return halt(wave, "difference", describeDifferences(wave.number, found), []);
  }
  const approved = wave.number === 1 || wave.approvedBy !== undefined || state.plan.settings.autoApprove;
  return approved ? undefined : { kind: "await", wave };
}

function updates({ plan }: RolloutState, wave: WaveState): Decision | undefined {
  const failed = membersIn(wave, "failed");
  if (failed.length >= plan.settings.maxFailures || failed.length === wave.members.length) {
    const failures = failed.map(({ stack }) => ({ stack, failure: wave.stacks.get(stack)?.failure }));
    const reasons = failures.map(({ stack, failure }) => about(stack, failure?.message ?? "failed"));
    const count = `${failed.length} of ${wave.members.length} ${wave.members.length === 1 ? "stack" : "stacks"}`;
    const next = failures.flatMap(({ failure }) => failure?.next ?? []);
    return halt(wave, "failures", `${count} of wave ${wave.number} failed: ${reasons.join("; ")}`, next);
  }
  const members = membersIn(wave, "pending", "begun");
  return members.length === 0 ? undefined : { kind: "up", wave, members };
}

function gate(wave: WaveState): Decision {
  if (wave.health === undefined) return { kind: "gate", wave, members: membersIn(wave, "done") };
  const { looks, problems } = wave.health;
  const times = looks === 1 ? "" : ` after ${looks} looks`;
  return halt(wave, "health", `wave ${wave.number} is not healthy${times}: ${problems.join("; ")}`, []);
}

function membersIn({ members, stacks }: WaveState, ...states: readonly string[]): FrozenMember[] {
  return members.filter(({ stack }) => states.includes(stacks.get(stack)?.state ?? "pending"));
}

function halt(
  { number }: WaveState,
  cause: Extract<RolloutEvent, { kind: "halted" }>["cause"],
  reason: string,
  next: readonly string[],
): Decision {
  return { kind: "record", event: { kind: "halted", wave: number, cause, reason, next: [...new Set(next)] } };
}

/** A message with whose it is, where it does not say so itself. */
export const about = (stack: string, message: string): string =>
  message.startsWith(`${stack}: `) || message.startsWith(`${stack} `) ? message : `${stack}: ${message}`;
