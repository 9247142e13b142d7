/**
 * The steps of a roll-out that touch the world. Each takes and gives JSON, and each may be run again after it was cut
 * off at any point: previews and health checks only read, and an update looks first at what an earlier attempt left.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { OperationResult } from "../../engine/driver.ts";
import type { FleetEvent, FleetOperations, Member, RunOptions, StackResult } from "../types.ts";
import { about } from "./decide.ts";
import { normalisedChanges } from "./equivalence.ts";
import type { ActivityFailure, FrozenMember, Health, StackPreview, StackUpdate } from "./events.ts";

/** What an activity is given beside its arguments. */
export interface ActivityContext {
  readonly signal?: AbortSignal;
  /** Stops at once: engines are killed. */
  readonly kill?: AbortSignal;
  readonly onEvent?: (event: FleetEvent) => void;
}

/** The activities by name, with arguments and results that JSON can carry. */
export interface Activities {
  /** What an update of each stack of a wave would do. */
  previewWave(args: PreviewArguments, context?: ActivityContext): Promise<readonly StackPreview[]>;
  /** Brings one stack up, or finds that an earlier attempt has done so. */
  upStack(args: UpdateArguments, context?: ActivityContext): Promise<StackUpdate>;
  /** Looks at the health of a wave's stacks until they are healthy, at most so many times. */
  gate(args: GateArguments, context?: ActivityContext): Promise<Health>;
}

export interface PreviewArguments {
  readonly members: readonly FrozenMember[];
  readonly concurrency: number;
  readonly policyPacks: readonly string[];
}

export interface UpdateArguments {
  readonly member: FrozenMember;
  readonly policyPacks: readonly string[];
  /** Whether an update of this stack was begun before; then a preview decides whether another is needed. */
  readonly repeated: boolean;
}

export interface GateArguments {
  readonly members: readonly FrozenMember[];
  readonly tries: number;
  readonly waitSeconds: number;
  readonly concurrency: number;
}

/** Where the activities find things. */
export interface Surroundings {
  readonly root: string;
  readonly fleet: FleetOperations;
  /** Waits between two looks. @default real time */
  readonly sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

/** The activities over a fleet. */
export function fleetActivities(around: Surroundings): Activities {
  return {
    previewWave: (args, context) => previewWave(around, args, context),
    upStack: (args, context) => upStack(around, args, context),
    gate: (args, context) => gate(around, args, context),
  };
}

async function previewWave(
  around: Surroundings,
  { members, concurrency, policyPacks }: PreviewArguments,
  context: ActivityContext = {},
): Promise<readonly StackPreview[]> {
  const changed = members.flatMap((member) => changedFile(around.root, member) ?? []);
  if (changed.length > 0) return changed;
  const { results } = await around.fleet.preview(
    members.map((member) => thawed(around.root, member)),
    { ...options(context), concurrency, policyPacks },
  );
  return results.map((result, index): StackPreview => {
    const { stack } = result;
    if (result.outcome !== "done") return { stack, failure: failureOf(result) };
    return { stack, changes: normalisedChanges(result.value.steps, members[index]!) };
  });
}

async function upStack(
  around: Surroundings,
  { member, policyPacks, repeated }: UpdateArguments,
  context: ActivityContext = {},
): Promise<StackUpdate> {
  const changed = changedFile(around.root, member);
  if (changed !== undefined) return { outcome: "failed", failure: changed.failure };
  const one = [thawed(around.root, member)];
  const run = { ...options(context), policyPacks };
  if (repeated) {
    const seen = outcomeOf((await around.fleet.preview(one, run)).results[0]);
    if (seen.outcome !== "done" || !anyChange(seen.changes)) return seen.outcome === "done" ? found(seen) : seen;
  }
  return outcomeOf((await around.fleet.up(one, run)).results[0]);
}

async function gate(
  around: Surroundings,
  { members, tries, waitSeconds, concurrency }: GateArguments,
  context: ActivityContext = {},
): Promise<Health> {
  const sleep = around.sleep ?? sleepSeconds;
  const whom = members.map((member) => thawed(around.root, member));
  for (let looks = 1; ; looks += 1) {
    const { results } = await around.fleet.status(whom, { ...options(context), concurrency });
    const problems = results.flatMap((result) => {
      if (result.outcome !== "done") return [about(result.stack, failureOf(result).message)];
      const { healthy, problems: found } = result.value;
      if (healthy) return [];
      return found.length === 0 ? [`${result.stack} is not healthy`] : found.map((text) => `${result.stack}: ${text}`);
    });
    if (problems.length === 0) return { healthy: true, looks, problems };
    const seeable = results.every((result) => result.outcome !== "failed" || result.failure.code !== "unavailable");
    if (looks >= tries || !seeable || context.signal?.aborted === true) return { healthy: false, looks, problems };
    await sleep(waitSeconds, context.signal);
  }
}

const options = ({ signal, kill, onEvent }: ActivityContext): RunOptions => ({
  ...(signal === undefined ? {} : { signal }),
  ...(kill === undefined ? {} : { kill }),
  ...(onEvent === undefined ? {} : { onEvent }),
});

/** The member as the fleet takes it. */
function thawed(root: string, { stack, path, byPath }: FrozenMember): Member {
  const location = resolve(root, path);
  return { stack, path: location, file: relative("", location) || location, byPath };
}

/** A customer file that is no longer what was planned must not be rolled out under the plan's name. */
function changedFile(
  root: string,
  { stack, path, file, sha256 }: FrozenMember,
): { readonly stack: string; readonly failure: ActivityFailure } | undefined {
  const location = resolve(root, path);
  const gone = !existsSync(location);
  if (!gone && fileHash(location) === sha256) return undefined;
  const what = gone ? "is gone since the roll-out was planned" : "was changed since the roll-out was planned";
  const message = `${file} ${what}; put the file back and resume, or abort and start another roll-out`;
  return { stack, failure: { code: "changed-file", message } };
}

/** SHA-256 of a file's bytes, in hex. */
export const fileHash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

function outcomeOf(result: StackResult<OperationResult> | undefined): StackUpdate {
  if (result?.outcome === "done") {
    return { outcome: "done", changes: counts(result.value.changes), found: false };
  }
  if (result?.outcome === "failed") return { outcome: "failed", failure: failureOf(result) };
  return { outcome: "interrupted" };
}

const found = ({ changes }: Extract<StackUpdate, { outcome: "done" }>): StackUpdate => ({
  outcome: "done",
  changes,
  found: true,
});

/** Not changes: the resource stays, or is only looked at. */
const STAYS = new Set(["same", "read", "refresh"]);

const anyChange = (changes: Readonly<Record<string, number>>): boolean =>
  Object.entries(changes).some(([op, count]) => !STAYS.has(op) && count > 0);

const counts = (changes: OperationResult["changes"]): Record<string, number> =>
  Object.fromEntries(Object.entries(changes));

const TRIES_AGAIN = / (?:preview|up|status) /;

function failureOf(result: Exclude<StackResult<unknown>, { outcome: "done" }>): ActivityFailure {
  if (result.outcome === "not begun") return { code: "cancelled", message: "was told to stop before it began" };
  const { code, message, next } = result.failure;
  // Trying again is what resuming does.
  return { code, message, ...(next === undefined || TRIES_AGAIN.test(next) ? {} : { next }) };
}

/** Waits, less long where the signal says so. */
export function sleepSeconds(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener("abort", end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      done();
    }
  });
}
