import { createHash, randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { Fleet, FleetEvent, FleetResult, Member, StackResult } from "../../fleet/index.ts";

/** What can be begun over HTTP. */
export type ServiceVerb = "preview" | "up";

/** How an operation stands. `not begun`: the service was told to stop first, and nothing was touched. */
export type State = "queued" | "running" | "done" | "failed" | "interrupted" | "not begun";

/** One operation on one customer. */
export interface Operation {
  readonly id: string;
  readonly verb: ServiceVerb;
  readonly customer: string;
  state: State;
  /** What came of it, once it has ended. */
  result?: StackResult<unknown>;
  /** Everything told so far, at most {@link MOST_EVENTS}. */
  readonly events: FleetEvent[];
}

/** Why an operation was not begun. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Events kept of one operation; the largest customer has some 200. */
const MOST_EVENTS = 5_000;
/** Operations remembered after they have ended, with their idempotency keys. */
const MOST_ENDED = 1_000;

/** How many operations there may be. */
export interface Limits {
  /** Stacks worked on at once. */
  readonly concurrency: number;
  /** Operations that may wait. */
  readonly queued: number;
}

/**
 * Operations in the order they were asked for: a few at once, one at a time for each customer, each begun once for an
 * idempotency key. They are in memory: after a restart keys are forgotten, and an update that is asked for again finds
 * nothing to change.
 */
export class Operations {
  readonly #fleet: Fleet;
  readonly #limits: Limits;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #looks: ReturnType<typeof pLimit>;
  readonly #all = new Map<string, Operation>();
  readonly #keys = new Map<string, { readonly request: string; readonly operation: Operation }>();
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();

  constructor(fleet: Fleet, limits: Limits) {
    this.#fleet = fleet;
    this.#limits = limits;
    this.#limit = pLimit(limits.concurrency);
    this.#looks = pLimit(limits.concurrency);
  }

  /**
   * Begins an operation, or finds the one that was begun with the same key.
   * @param owner who asks: keys of one are not those of another
   * @throws Refusal
   */
  begin(verb: ServiceVerb, member: Member, key: string, owner: string): { operation: Operation; repeated: boolean } {
    const name = createHash("sha256")
      .update(JSON.stringify([owner, key]))
      .digest("hex");
    const request = `${verb} ${member.stack}`;
    const before = this.#keys.get(name);
    if (before !== undefined && before.request !== request) {
      throw new Refusal(422, `Idempotency-Key: expected a new key for ${request}, got that of ${before.request}`);
    }
    if (before !== undefined) return { operation: before.operation, repeated: true };
    this.#admit(member.stack);
    const operation: Operation = { id: randomUUID(), verb, customer: member.stack, state: "queued", events: [] };
    this.#forget();
    this.#all.set(operation.id, operation);
    this.#keys.set(name, { request, operation });
    void this.#limit(() => this.#run(operation, member));
    return { operation, repeated: false };
  }

  get(id: string): Operation | undefined {
    return this.#all.get(id);
  }

  /** Looks at something, which takes an engine for a moment: as many at once as there are operations. @throws Refusal */
  look<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#refuseWhile(this.#looks.pendingCount);
    return this.#looks(work);
  }

  /** Calls back whenever an operation has something new to tell. @returns what ends that */
  watch(id: string, told: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(told));
    return () => {
      watchers.delete(told);
      if (watchers.size === 0) this.#watchers.delete(id);
    };
  }

  /**
   * Stops: what runs finishes what is in flight and saves its state, what waits is not begun. After the grace engines are
   * killed, and their operations say what to recover.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    const timer = setTimeout(() => this.#kill.abort(), graceMs);
    while (this.#limit.activeCount + this.#limit.pendingCount > 0) await new Promise((done) => setTimeout(done, 20));
    clearTimeout(timer);
  }

  #admit(customer: string): void {
    this.#refuseWhile(this.#limit.pendingCount);
    const active = [...this.#all.values()].find((one) => one.customer === customer && isActive(one));
    if (active !== undefined) throw new Refusal(409, `${active.verb} of ${customer} is ${active.state}: ${active.id}`);
  }

  #refuseWhile(waiting: number): void {
    if (this.#stop.signal.aborted) throw new Refusal(503, "the service is stopping; ask again in a minute");
    if (waiting >= this.#limits.queued) throw new Refusal(503, `${waiting} wait already; ask again in a minute`);
  }

  async #run(operation: Operation, member: Member): Promise<void> {
    operation.state = "running";
    const onEvent = (event: FleetEvent): void => {
      // the end is told by what is set below, so that whoever hears of it finds the result
      if (event.kind !== "ended" && operation.events.length < MOST_EVENTS) operation.events.push(event);
      this.#tell(operation);
    };
    const options = { concurrency: 1, signal: this.#stop.signal, kill: this.#kill.signal, onEvent };
    try {
      const run: FleetResult<unknown> = await this.#fleet[operation.verb]([member], options);
      operation.result = run.results[0]!;
      operation.state = operation.result.outcome;
    } catch (error) {
      operation.result = notWorked(operation, error);
      operation.state = "failed";
    }
    this.#tell(operation);
  }

  #tell({ id }: Operation): void {
    for (const told of this.#watchers.get(id) ?? []) told();
  }

  /** Forgets the oldest that have ended. */
  #forget(): void {
    const ended = [...this.#all.values()].filter((one) => !isActive(one));
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) {
      this.#all.delete(id);
      for (const [key, { operation }] of this.#keys) if (operation.id === id) this.#keys.delete(key);
    }
  }
}

export const isActive = ({ state }: Operation): boolean => state === "queued" || state === "running";

/** The fleet itself could not work: no engine, or the clouds are in use. */
function notWorked({ customer }: Operation, error: unknown): StackResult<never> {
  const message = error instanceof Error ? error.message : String(error);
  const failure = { code: "unavailable" as const, message, inFlight: [], steps: [] };
  return { stack: customer, outcome: "failed", failure, durationMs: 0 };
}
