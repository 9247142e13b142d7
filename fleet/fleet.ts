import type { OperationResult } from "../engine/driver.ts";
import type { Engine, EngineProgress } from "../engine/install.ts";
import type { Handoff } from "../plan/handoff.ts";
import type { Checked } from "./checkFiles.ts";
import type { Drift } from "./drift.ts";
import { FleetError } from "./error.ts";
import type { Recovery, RecoveryStep } from "./recover.ts";
import type { SandboxSettings } from "./sandbox.ts";
import { selectMembers } from "./selection.ts";
import type { StackFleet } from "./stackFleet.ts";
import type { Clouds, FleetOperations, FleetResult, Member, RunOptions } from "./types.ts";

/** How a fleet is opened. */
export interface FleetOptions {
  /** Directory of the program: its `Pulumi.yaml`, and customer files in `stacks/customers`. */
  readonly root: string;
  readonly clouds: Clouds;
  /** The Pulumi engine. @default the one on PATH or in the cache, else one that is downloaded or built at the first need */
  readonly engine?: Engine;
  /** Told while an engine is being got. */
  readonly onEngineProgress?: (progress: EngineProgress) => void;
  /** How the simulated clouds are set up. */
  readonly simulated?: SandboxSettings;
}

/** What the customer must be told. */
export interface FleetHandoff {
  readonly handoff: Handoff;
  /** False where nothing is deployed yet, and this is from the customer file alone. */
  readonly recorded: boolean;
}

/** How to recover. */
export interface RecoverRunOptions extends RunOptions {
  /** Remove locks whoever holds them, and delete what was created and never recorded. @default false */
  readonly force?: boolean;
  readonly onStep?: (stack: string, step: RecoveryStep) => void;
}

/**
 * Operations over one, some or all customers. None of them prints or ends the process. Each rejects only where nothing at
 * all can be done (`FleetError`); what happens to a stack is in its result.
 */
export interface Fleet extends FleetOperations {
  readonly clouds: Clouds;
  /** Every customer in `stacks/customers`. */
  list(): Promise<readonly Member[]>;
  /** Reads customer files and says what is wrong in each; needs no engine and no account. */
  check(members: readonly Member[]): Promise<readonly Checked[]>;
  /** Reads the resources back from the clouds into the state. */
  refresh(members: readonly Member[], options?: RunOptions): Promise<FleetResult<OperationResult>>;
  /** What was changed by hand, and what that means. Changes nothing. */
  drift(members: readonly Member[], options?: RunOptions): Promise<FleetResult<Drift>>;
  destroy(members: readonly Member[], options?: RunOptions): Promise<FleetResult<OperationResult>>;
  /** Outputs of the last update, without secrets. */
  outputs(members: readonly Member[], options?: RunOptions): Promise<FleetResult<Readonly<Record<string, unknown>>>>;
  handoff(members: readonly Member[], options?: RunOptions): Promise<FleetResult<FleetHandoff>>;
  /** Puts stacks right after an operation was cut off. */
  recover(members: readonly Member[], options?: RecoverRunOptions): Promise<FleetResult<Recovery>>;
  close(): Promise<void>;
}

/**
 * A fleet of customers. Nothing is opened until it is needed: choosing and checking need no engine and no clouds. While it
 * is open on simulated clouds no other process can work on them.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  return new LazyFleet(options.root, options.clouds, () => openStacks(options));
}

async function openStacks({ root, clouds, engine, onEngineProgress, simulated }: FleetOptions): Promise<StackFleet> {
  const [{ openTarget }, { StackFleet }] = await Promise.all([import("./target.ts"), import("./stackFleet.ts")]);
  return new StackFleet(await openTarget(root, clouds, engine ?? (await getEngine(onEngineProgress)), simulated));
}

/** @throws FleetError with `no-engine` where none can be had */
async function getEngine(onProgress?: (progress: EngineProgress) => void): Promise<Engine> {
  const { EngineUnavailable, ensureEngine } = await import("../engine/install.ts");
  try {
    return await ensureEngine(onProgress === undefined ? {} : { onProgress });
  } catch (error) {
    if (error instanceof EngineUnavailable) throw new FleetError("no-engine", error.message, { cause: error });
    throw error;
  }
}

/** The fleet as others see it, around the part that needs an engine. */
export class LazyFleet implements Fleet {
  readonly clouds: Clouds;
  readonly #root: string;
  readonly #open: () => Promise<StackFleet>;
  #opened: Promise<StackFleet> | undefined;

  constructor(root: string, clouds: Clouds, open: () => Promise<StackFleet>) {
    this.clouds = clouds;
    this.#root = root;
    this.#open = open;
  }

  select: Fleet["select"] = (selection) => selectMembers(this.#root, selection);
  list: Fleet["list"] = () => selectMembers(this.#root, { all: true });

  check: Fleet["check"] = async (members) => {
    const { checkFiles } = await import("./checkFiles.ts");
    return checkFiles(members.map(({ file }) => file));
  };

  preview: Fleet["preview"] = async (...args) => (await this.#stacks()).operate("preview", ...args);
  up: Fleet["up"] = async (...args) => (await this.#stacks()).operate("up", ...args);
  refresh: Fleet["refresh"] = async (...args) => (await this.#stacks()).operate("refresh", ...args);
  destroy: Fleet["destroy"] = async (...args) => (await this.#stacks()).operate("destroy", ...args);
  drift: Fleet["drift"] = async (...args) => (await this.#stacks()).drift(...args);
  outputs: Fleet["outputs"] = async (...args) => (await this.#stacks()).outputs(...args);
  handoff: Fleet["handoff"] = async (...args) => (await this.#stacks()).handoff(...args);
  recover: Fleet["recover"] = async (...args) => (await this.#stacks()).recover(...args);
  status: Fleet["status"] = async (...args) => (await this.#stacks()).status(...args);

  close: Fleet["close"] = async () => {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close();
  };

  #stacks(): Promise<StackFleet> {
    this.#opened ??= this.#open();
    // what could not be had now may be there later
    this.#opened.catch(() => (this.#opened = undefined));
    return this.#opened;
  }
}
