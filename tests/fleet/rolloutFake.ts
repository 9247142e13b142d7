import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperationResult, Step } from "../../engine/driver.ts";
import {
  EmbeddedRunner,
  fleetActivities,
  journalFolder,
  type FrozenMember,
  type RolloutPlan,
  type RolloutSettings,
} from "../../fleet/rollout/index.ts";
import { fileHash } from "../../fleet/rollout/activities.ts";
import type { Appending } from "../../fleet/rollout/journal.ts";
import type {
  FleetOperations,
  FleetResult,
  FleetVerb,
  Member,
  RunOptions,
  StackFailure,
  StackResult,
  StackStatus,
} from "../../fleet/types.ts";

/** The process of a runner died; thrown again by everything it tries afterwards. */
export class Death extends Error {
  override readonly name = "Death";
}

/** A stack in the fake clouds. */
export interface FakeStack {
  /** Whether it is as its file says. */
  upToDate: boolean;
  /** Operations asked for, by verb. */
  readonly asked: Record<"preview" | "up" | "status", number>;
  /** Updates that changed anything. */
  effective: number;
  healthy: boolean;
  /** What `up` fails with, instead of doing anything. */
  failure?: StackFailure;
  /** What an update would do. */
  steps: Step[];
}

export const failure = (code: StackFailure["code"], message: string, next?: string): StackFailure => ({
  ...{ code, message, inFlight: [], steps: [] },
  ...(next === undefined ? {} : { next }),
});

export const step = (
  stack: string,
  name: string,
  op: Step["op"],
  type: string,
  paths: readonly string[] = [],
): Step => ({
  urn: `urn:pulumi:${stack}::causeway::${type}::${name}`,
  type,
  op,
  ...(paths.length === 0 ? {} : { detailedDiff: Object.fromEntries(paths.map((path) => [path, "update"])) }),
});

/** Clouds that outlive every runner, with a place where the process may die. */
export class FakeFleet implements FleetOperations {
  readonly stacks = new Map<string, FakeStack>();
  /** Policy packs that each preview and update was to enforce. */
  readonly packs: (readonly string[] | undefined)[] = [];
  /** Called around what a stack's operation does; what it throws is the death of the process. */
  dying: (point: string) => void = () => {};

  constructor(names: readonly string[]) {
    for (const name of names) {
      this.stacks.set(name, {
        upToDate: false,
        asked: { preview: 0, up: 0, status: 0 },
        effective: 0,
        healthy: true,
        steps: [step(name, `${name}-nat`, "update", "gcp:compute/routerNat:RouterNat", ["minPortsPerVm"])],
      });
    }
  }

  stack(name: string): FakeStack {
    const stack = this.stacks.get(name);
    if (stack === undefined) throw new Error(`no stack ${name}`);
    return stack;
  }

  async select(): Promise<readonly Member[]> {
    throw new Error("nothing selects here");
  }

  preview(members: readonly Member[], { policyPacks }: RunOptions = {}): Promise<FleetResult<OperationResult>> {
    this.packs.push(policyPacks);
    return this.#each("preview", members, (stack) => operation(stack.upToDate ? [] : stack.steps));
  }

  up(members: readonly Member[], { policyPacks }: RunOptions = {}): Promise<FleetResult<OperationResult>> {
    this.packs.push(policyPacks);
    return this.#each("up", members, (stack) => {
      if (stack.failure !== undefined) return stack.failure;
      const steps = stack.upToDate ? [] : stack.steps;
      if (!stack.upToDate) stack.effective += 1;
      stack.upToDate = true;
      return operation(steps);
    });
  }

  status(members: readonly Member[]): Promise<FleetResult<StackStatus>> {
    return this.#each("status", members, ({ healthy }, stack) => ({
      stack,
      healthy,
      problems: healthy ? [] : ["tunnel t2 is down on our side"],
      waiting: [],
    }));
  }

  async #each<Value extends object>(
    verb: "preview" | "up" | "status",
    members: readonly Member[],
    act: (stack: FakeStack, name: string) => Value | StackFailure,
  ): Promise<FleetResult<Value>> {
    const results: StackResult<Value>[] = [];
    for (const { stack } of members) {
      this.dying(`before ${verb} of ${stack}`);
      this.stack(stack).asked[verb] += 1;
      const came = act(this.stack(stack), stack);
      this.dying(`after ${verb} of ${stack}`);
      await Promise.resolve();
      results.push(
        "inFlight" in came
          ? { stack, outcome: "failed", failure: came, durationMs: 1 }
          : { stack, outcome: "done", value: came, durationMs: 1 },
      );
    }
    return { verb: verb satisfies FleetVerb, outcome: "done", results, durationMs: 1 };
  }
}

const operation = (steps: readonly Step[]): OperationResult => ({
  changes: steps.length === 0 ? { same: 5 } : { same: 4, update: steps.length },
  steps,
  diagnostics: [],
  violations: [],
  durationMs: 1,
});

export const SETTINGS: RolloutSettings = {
  maxFailures: 1,
  gate: { tries: 3, waitSeconds: 30 },
  autoApprove: true,
  concurrency: 1,
  policyPacks: ["/packs/ours"],
};

/** A project's folder with files that stand for customers', and what a roll-out of them needs. */
export class Bench {
  readonly root = mkdtempSync(join(tmpdir(), "causeway-rollout-"));
  readonly fleet: FakeFleet;
  readonly waves: readonly (readonly string[])[];
  /** Seconds the gate has waited. */
  waited = 0;

  constructor(...waves: readonly (readonly string[])[]) {
    this.waves = waves;
    this.fleet = new FakeFleet(waves.flat());
    for (const name of waves.flat()) writeFileSync(this.path(name), `name: ${name}\n`);
  }

  path(name: string): string {
    return join(this.root, `${name}.yaml`);
  }

  plan(settings: Partial<RolloutSettings> = {}, id = "ports-1"): RolloutPlan {
    const member = (stack: string): FrozenMember => ({
      ...{ stack, path: `${stack}.yaml`, file: `${stack}.yaml`, byPath: false, own: [] },
      sha256: fileHash(this.path(stack)),
    });
    const waves = this.waves.map((names, index) => ({ asked: `wave ${index + 1}`, members: names.map(member) }));
    return { id, clouds: "sandbox", settings: { ...SETTINGS, ...settings }, waves };
  }

  get folder(): string {
    return journalFolder(this.root);
  }

  runner(appending?: Appending): EmbeddedRunner {
    const sleep = async (seconds: number): Promise<void> => {
      this.waited += seconds;
    };
    return new EmbeddedRunner({
      folder: this.folder,
      activities: fleetActivities({ root: this.root, fleet: this.fleet, sleep }),
      retryAfter: [0, 0],
      ...(appending === undefined ? {} : { appending }),
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
