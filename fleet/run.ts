import pLimit from "p-limit";
import { defaultConcurrency } from "./concurrency.ts";
import { failureOf } from "./failure.ts";
import type { Clouds, FleetEvent, FleetResult, FleetVerb, Member, RunOptions, StackResult } from "./types.ts";

/** A verb over some customers. */
export interface Run<Value> {
  readonly verb: FleetVerb;
  readonly clouds: Clouds;
  readonly members: readonly Member[];
  readonly options: RunOptions;
  /** Works on one stack. What it throws is that stack's failure and no other's. */
  readonly work: (member: Member) => Promise<Value>;
}

/**
 * Works on each member, so many at once. One that fails stops none of the others. When told to stop, those under way end
 * as they can and the others are not begun.
 */
export async function runOver<Value>(run: Run<Value>): Promise<FleetResult<Value>> {
  const { verb, clouds, members, options } = run;
  const tell = (event: FleetEvent): void => options.onEvent?.(event);
  const begun = performance.now();
  const asked = options.concurrency ?? defaultConcurrency(clouds);
  const concurrency = Math.max(1, Math.min(asked, members.length));
  tell({ kind: "begun", verb, stacks: members.map(({ stack }) => stack), concurrency });
  const limit = pLimit(concurrency);
  const results = await Promise.all(
    members.map((member) =>
      limit(async () => {
        const result = await oneOf(run, member, tell);
        tell({ kind: "stack ended", result });
        return result;
      }),
    ),
  );
  const outcome = outcomeOf(results);
  const durationMs = performance.now() - begun;
  tell({ kind: "ended", outcome, durationMs });
  return { verb, outcome, results, durationMs };
}

async function oneOf<Value>(
  { verb, clouds, options: { signal, kill }, work }: Run<Value>,
  member: Member,
  tell: (event: FleetEvent) => void,
): Promise<StackResult<Value>> {
  const { stack } = member;
  const told = (): boolean => signal?.aborted === true || kill?.aborted === true;
  if (told()) return { stack, outcome: "not begun" };
  tell({ kind: "stack begun", stack, verb });
  const begun = performance.now();
  try {
    const value = await work(member);
    return { stack, outcome: "done", value, durationMs: performance.now() - begun };
  } catch (error) {
    const failure = failureOf(error, { clouds, verb, member });
    const stopped = failure.code === "cancelled" || (failure.code === "interrupted" && kill?.aborted === true);
    const outcome = stopped && told() ? "interrupted" : "failed";
    return { stack, outcome, failure, durationMs: performance.now() - begun };
  }
}

function outcomeOf(results: readonly StackResult<unknown>[]): FleetResult<unknown>["outcome"] {
  const count = (...outcomes: StackResult<unknown>["outcome"][]): number =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  if (count("interrupted", "not begun") > 0) return "interrupted";
  const failed = count("failed");
  if (failed === 0) return "done";
  return failed === results.length ? "failed" : "some failed";
}
