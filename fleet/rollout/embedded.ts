import { join } from "node:path";
import pLimit from "p-limit";
import { FleetError } from "../error.ts";
import type { Clouds } from "../types.ts";
import { sleepSeconds, type Activities, type ActivityContext } from "./activities.ts";
import { decide, type Decision } from "./decide.ts";
import { RolloutError } from "./errors.ts";
import type { Acceptable, FrozenMember, RolloutEvent, RolloutPlan } from "./events.ts";
import { Journal, journalIds, readState, type Appending } from "./journal.ts";
import { acquireLock } from "./lock.ts";
import type { ResumeOptions, RolloutRunner, RunControl } from "./runner.ts";
import type { RolloutState, WaveState } from "./state.ts";

/** What the embedded runner needs. */
export interface EmbeddedOptions {
  /** Where the journals are, see `journalFolder`. */
  readonly folder: string;
  readonly activities: Activities;
  /** Seconds before the second and third attempt of an activity that failed unforeseen. @default [2, 10] */
  readonly retryAfter?: readonly number[];
  readonly appending?: Appending;
}

/** The runner that needs no service: this process, and a journal for each roll-out. */
export class EmbeddedRunner implements RolloutRunner {
  readonly #options: EmbeddedOptions;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
  }

  async start(plan: RolloutPlan, by: string, control: RunControl = {}): Promise<RolloutState> {
    const { folder, appending } = this.#options;
    const release = acquireLock(join(folder, "start.lock"), "the start of another roll-out");
    let journal: Journal;
    try {
      this.#refuseOverlap(plan);
      journal = Journal.create(folder, { kind: "planned", version: 1, by, plan }, appending);
    } finally {
      release();
    }
    return this.#with(journal, () => this.#run(journal, control));
  }

  async resume(id: string, { by, accept = [], ...control }: ResumeOptions): Promise<RolloutState> {
    const journal = this.#open(id);
    return this.#with(journal, async () => {
      refuseEnded(journal.state);
      refuseAcceptance(journal.state, accept);
      if (decide(journal.state).kind === "await") return journal.state;
      const record = recorder(journal, control);
      const wave = journal.state.halt?.wave ?? 0;
      for (const what of accept) record({ kind: "accepted", wave, what, by });
      record({ kind: "resumed", by });
      return this.#run(journal, control);
    });
  }

  async approve(id: string, by: string, wave?: number): Promise<RolloutState> {
    const journal = this.#open(id);
    return this.#with(journal, async () => {
      refuseEnded(journal.state);
      const decision = decide(journal.state);
      if (decision.kind !== "await") {
        const look = `${commandsOn(journal.state.plan.clouds)} status ${id}`;
        throw new RolloutError("refused", `roll-out ${id} waits for no approval; see ${look}`);
      }
      const { number } = decision.wave;
      if (wave !== undefined && wave !== number) {
        throw new RolloutError(
          "refused",
          `roll-out ${id}: expected the wave that waits, ${number}, got ${wave}; nothing was approved`,
        );
      }
      journal.append({ kind: "approved", wave: number, by });
      return journal.state;
    });
  }

  async abort(id: string, by: string, reason: string): Promise<RolloutState> {
    const journal = this.#open(id);
    return this.#with(journal, async () => {
      refuseEnded(journal.state);
      journal.append({ kind: "aborted", by, reason });
      return journal.state;
    });
  }

  async state(id: string): Promise<RolloutState> {
    return readState(this.#options.folder, id);
  }

  async list(): Promise<readonly RolloutState[]> {
    const states = journalIds(this.#options.folder).map((id) => readState(this.#options.folder, id));
    return states.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  #open(id: string): Journal {
    return Journal.open(this.#options.folder, id, this.#options.appending);
  }

  async #with<Result>(journal: Journal, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      journal.close();
    }
  }

  /** Two roll-outs that are under way must not work on one stack. */
  #refuseOverlap({ clouds, waves }: RolloutPlan): void {
    const wanted = new Set(waves.flatMap(({ members }) => members.map(({ stack }) => stack)));
    for (const id of journalIds(this.#options.folder)) {
      const { plan, phase } = readState(this.#options.folder, id);
      if (plan.clouds !== clouds || phase === "completed" || phase === "aborted") continue;
      const shared = plan.waves.flatMap(({ members }) => members.filter(({ stack }) => wanted.has(stack)));
      if (shared.length === 0) continue;
      const names = shared.map(({ stack }) => stack).join(", ");
      const verb = commandsOn(clouds);
      throw new RolloutError(
        "refused",
        `roll-out ${id} is not finished and has ${names}; go on with ${verb} resume ${id} or end it with ${verb} abort ${id}`,
      );
    }
  }

  /** Does what is next until nothing is, or the run is told to stop. */
  async #run(journal: Journal, control: RunControl): Promise<RolloutState> {
    const record = recorder(journal, control);
    while (control.signal?.aborted !== true) {
      const decision = decide(journal.state);
      if (decision.kind === "rest" || decision.kind === "await") break;
      try {
        await this.#act(decision, journal, record, control);
      } catch (error) {
        if (!(error instanceof ActivityDefect)) throw error;
        record(error.halt);
      }
    }
    return journal.state;
  }

  async #act(decision: Decision, journal: Journal, record: Record, control: RunControl): Promise<void> {
    const { concurrency, gate, policyPacks } = journal.state.plan.settings;
    switch (decision.kind) {
      case "record":
        record(decision.event);
        return;
      case "preview": {
        const { wave } = decision;
        const { members } = wave;
        const stacks = await this.#durable(wave, control, (activities, context) =>
          activities.previewWave({ members, concurrency, policyPacks }, context),
        );
        if (control.signal?.aborted !== true) record({ kind: "previewed", wave: wave.number, stacks });
        return;
      }
      case "gate": {
        const { wave, members } = decision;
        const health = await this.#durable(wave, control, (activities, context) =>
          activities.gate({ members, ...gate, concurrency }, context),
        );
        if (health.healthy || control.signal?.aborted !== true) record({ kind: "judged", wave: wave.number, health });
        return;
      }
      case "up":
        return this.#upAll(decision, journal, record, control);
      case "await":
      case "rest":
    }
  }

  /** Some stacks at once; none is begun any more once the wave has to halt. */
  async #upAll(
    { wave, members }: Extract<Decision, { kind: "up" }>,
    journal: Journal,
    record: Record,
    control: RunControl,
  ): Promise<void> {
    const limit = pLimit(journal.state.plan.settings.concurrency);
    let broken = false;
    const one = async (member: FrozenMember): Promise<void> => {
      if (broken || control.signal?.aborted === true || decide(journal.state).kind !== "up") return;
      try {
        await this.#upOne(wave, member, journal, record, control);
      } catch (error) {
        broken = true;
        throw error;
      }
    };
    const ended = await Promise.allSettled(members.map((member) => limit(one, member)));
    const failed = ended.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #upOne(
    wave: WaveState,
    member: FrozenMember,
    journal: Journal,
    record: Record,
    control: RunControl,
  ): Promise<void> {
    const { stack } = member;
    const { policyPacks } = journal.state.plan.settings;
    const where = { wave: wave.number, stack };
    const before = journal.state.waves[wave.number - 1]?.stacks.get(stack)?.attempts ?? 0;
    record({ kind: "begun", ...where });
    const update = await this.#durable(wave, control, (activities, context, attempt) =>
      activities.upStack({ member, policyPacks, repeated: before + attempt > 0 }, context),
    );
    if (update.outcome === "done") {
      record({ kind: "done", ...where, changes: update.changes, found: update.found });
    }
    if (update.outcome === "failed") record({ kind: "failed", ...where, failure: update.failure });
  }

  /** Runs an activity, and again where it threw; each is made to be run again. */
  async #durable<Result>(
    wave: WaveState,
    { signal, kill, onEvent }: RunControl,
    activity: (activities: Activities, context: ActivityContext, attempt: number) => Promise<Result>,
  ): Promise<Result> {
    const waits = this.#options.retryAfter ?? [2, 10];
    const context = {
      ...(signal === undefined ? {} : { signal }),
      ...(kill === undefined ? {} : { kill }),
      ...(onEvent === undefined ? {} : { onEvent }),
    };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await activity(this.#options.activities, context, attempt);
      } catch (error) {
        // The fleet itself cannot be had, so nothing was tried: whoever called is told, and the roll-out stays as it is.
        if (error instanceof FleetError) throw error;
        const wait = waits[attempt];
        if (wait === undefined || signal?.aborted === true) throw new ActivityDefect(wave.number, error);
        await sleepSeconds(wait, signal);
      }
    }
  }
}

type Record = (event: RolloutEvent) => void;

const recorder =
  (journal: Journal, { onRecord }: RunControl): Record =>
  (event) => {
    const recorded = journal.append(event);
    onRecord?.(recorded, journal.state);
  };

/** An activity that threw as often as it was run. */
class ActivityDefect extends Error {
  readonly halt: Extract<RolloutEvent, { kind: "halted" }>;

  constructor(wave: number, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(message, { cause });
    this.halt = { kind: "halted", wave, cause: "defect", reason: `wave ${wave}: ${message}`, next: [] };
  }
}

/** The beginning of every command on a roll-out. */
const commandsOn = (clouds: Clouds): string => `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}rollout`;

function refuseEnded({ plan, phase, aborted }: RolloutState): void {
  if (phase === "completed") throw new RolloutError("refused", `roll-out ${plan.id} is complete; start another one`);
  if (aborted === undefined) return;
  throw new RolloutError(
    "refused",
    `roll-out ${plan.id} was aborted by ${aborted.by} (${aborted.reason}); start another one`,
  );
}

function refuseAcceptance({ plan, halt }: RolloutState, accept: readonly Acceptable[]): void {
  for (const what of accept) {
    if (halt?.cause === what) continue;
    const now = halt === undefined ? "is not halted" : `is halted for something else: ${halt.reason}`;
    throw new RolloutError("refused", `roll-out ${plan.id} ${now}; accept a ${what} only after a review of it`);
  }
}
