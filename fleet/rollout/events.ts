import type { Clouds, Member } from "../types.ts";

/** A customer of a roll-out, as it was when the roll-out was planned. */
export interface FrozenMember extends Omit<Member, "path"> {
  /** Path of the file, relative to the project's root where it is below it. */
  readonly path: string;
  /** SHA-256 of the file's bytes, in hex; a file that has another by now is not rolled out. */
  readonly sha256: string;
  /** Names the customer chose, such as those of subnets; they are left out where changes are compared. */
  readonly own: readonly string[];
}

/** One wave: who is in it was decided once. */
export interface PlannedWave {
  /** As it was asked for: `label:wave=canary` or `10%`. */
  readonly asked: string;
  /** By name; never empty. */
  readonly members: readonly FrozenMember[];
}

/** How a roll-out goes on from wave to wave. */
export interface RolloutSettings {
  /** Stacks that may fail in a wave before it halts: at this many it does. @default 1 */
  readonly maxFailures: number;
  /** The health gate after each wave: how often to look, and seconds between two looks. */
  readonly gate: { readonly tries: number; readonly waitSeconds: number };
  /** Whether waves after the first begin without a person's approval. @default false */
  readonly autoApprove: boolean;
  /** Stacks at once. @default 2 */
  readonly concurrency: number;
  /** Policy packs that every preview and update must keep to: absolute paths of executables, or of directories. */
  readonly policyPacks: readonly string[];
}

/** Everything about a roll-out that is decided before it begins. */
export interface RolloutPlan {
  /** `<name>-<number>`; also the name of the journal. */
  readonly id: string;
  readonly clouds: Clouds;
  readonly settings: RolloutSettings;
  readonly waves: readonly PlannedWave[];
}

/** Why a stack was not brought up, or could not be previewed. */
export interface ActivityFailure {
  readonly code: string;
  /** One or more lines for a person. Never a secret. */
  readonly message: string;
  /** The command that puts it right. */
  readonly next?: string;
}

/** What an update would do to one stack. */
export type StackPreview =
  | { readonly stack: string; readonly changes: readonly string[] }
  | { readonly stack: string; readonly failure: ActivityFailure };

/** What an update did to one stack. */
export type StackUpdate =
  | {
      readonly outcome: "done";
      /** Resources by operation. */
      readonly changes: Readonly<Record<string, number>>;
      /** Whether an earlier, interrupted attempt turned out to have done everything. */
      readonly found: boolean;
    }
  | { readonly outcome: "failed"; readonly failure: ActivityFailure }
  /** Told to stop; what was done is not known, and the next attempt looks first. */
  | { readonly outcome: "interrupted" };

/** What the health gate saw when it looked last. */
export interface Health {
  readonly healthy: boolean;
  /** How often it looked. */
  readonly looks: number;
  /** A sentence each. */
  readonly problems: readonly string[];
}

/**
 * Why a roll-out halts.
 * - `preview`: a stack of the wave cannot be previewed, or its file changed; nothing of the wave was touched
 * - `difference`: the wave would do what the first did not; nothing of the wave was touched
 * - `failures`: too many updates failed
 * - `health`: the wave is up and not healthy
 * - `defect`: an activity failed in a way nobody foresaw, and did so again
 */
export type HaltCause = "preview" | "difference" | "failures" | "health" | "defect";

/** What a person may accept after a review: the difference, or the health as it is. */
export type Acceptable = "difference" | "health";

/**
 * What happened in a roll-out. The journal is a line of JSON for each; the state is nothing but their fold. Waves count
 * from 1. Version 1 of a format that later versions must read: kinds and fields are only ever added.
 */
export type RolloutEvent =
  | { readonly kind: "planned"; readonly version: 1; readonly by: string; readonly plan: RolloutPlan }
  | { readonly kind: "previewed"; readonly wave: number; readonly stacks: readonly StackPreview[] }
  | { readonly kind: "approved"; readonly wave: number; readonly by: string }
  | { readonly kind: "accepted"; readonly wave: number; readonly what: Acceptable; readonly by: string }
  | { readonly kind: "begun"; readonly wave: number; readonly stack: string }
  | {
      readonly kind: "done";
      readonly wave: number;
      readonly stack: string;
      readonly changes: Readonly<Record<string, number>>;
      readonly found: boolean;
    }
  | { readonly kind: "failed"; readonly wave: number; readonly stack: string; readonly failure: ActivityFailure }
  | { readonly kind: "judged"; readonly wave: number; readonly health: Health }
  | {
      readonly kind: "halted";
      readonly wave: number;
      readonly cause: HaltCause;
      readonly reason: string;
      /** What to run before `resume`, one command a line; empty where nothing is known to help. */
      readonly next: readonly string[];
    }
  | { readonly kind: "resumed"; readonly by: string }
  | { readonly kind: "aborted"; readonly by: string; readonly reason: string }
  | { readonly kind: "completed" };

/** An event and when it was written, ISO 8601 in UTC. */
export type Recorded = RolloutEvent & { readonly at: string };
