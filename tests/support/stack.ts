import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { drift } from "../../cli/commands/drift.ts";
import { operate } from "../../cli/commands/operate.ts";
import { describeRecovery, describeStep, recover } from "../../cli/commands/recover.ts";
import { exitCodeOf } from "../../cli/fleet.ts";
import { Terminal } from "../../cli/terminal.ts";
import { EngineError, type Operation, type OperationResult, type Step } from "../../engine/driver.ts";
import type { Engine } from "../../engine/install.ts";
import { FleetError } from "../../fleet/error.ts";
import { operateStack } from "../../fleet/operation.ts";
import { recoverStack } from "../../fleet/recover.ts";
import { openSandbox, type SandboxSettings } from "../../fleet/sandbox.ts";
import { memberAt } from "../../fleet/selection.ts";
import type { Target } from "../../fleet/target.ts";
import type { Member } from "../../fleet/types.ts";
import type { Fault, Faults, Operation as Request } from "../../sandbox/index.ts";
import { World } from "../../sandbox/world.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { program } from "../../stacks/program.ts";
import { ScratchProject } from "./project.ts";
import { shapeOf } from "./worlds.ts";

/** What differs from run to run in a recorded resource, and tells an operation nothing. */
const PASSING = new Set([
  ...["created", "modified", "sourcePosition", "stackTrace", "ciphertext"],
  ...["provider", "dependencies", "propertyDependencies"],
]);

interface Latest {
  readonly resources?: readonly {
    readonly urn: string;
    readonly id?: string;
    readonly type: string;
    readonly custom?: boolean;
  }[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly urn: string } }[];
}

/** A terminal that only remembers. */
class Paper extends Terminal {
  readonly lines: string[] = [];

  constructor() {
    super({ json: false });
  }

  override result(text: string): void {
    if (text !== "") this.lines.push(text);
  }
  override say(text: string): void {
    this.lines.push(text);
  }
  override note(): void {}
  override progress(): void {}
}

/** How a command ended and what it said. */
export interface Told {
  readonly code: number;
  readonly text: string;
}

/** Whether a request changes a cloud. */
export const changes = ({ method }: Request): boolean => method !== "read" && method !== "invoke";

/**
 * One customer's stack on simulated clouds, worked on by the commands' own code in this process, so that a test can fail
 * the clouds or kill the engine at a chosen request. The folders are those of `causeway sandbox`.
 */
export class LiveStack {
  readonly project: ScratchProject;
  readonly name: string;
  /** Everything the commands said, errors included. */
  readonly said: string[] = [];
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #settings: SandboxSettings;
  #target: Target | undefined;

  /** @param settings of the clouds; with `inline`, `run` has the program in this process */
  constructor(engine: Engine, name = "dev", settings: Omit<SandboxSettings, "inline"> & { inline?: true } = {}) {
    this.#engine = engine;
    this.project = new ScratchProject(...(name === "both-ends" ? [name] : []));
    const { inline, ...rest } = settings;
    this.#settings = inline ? { ...rest, inline: async () => ({ ...(await program(this.project.root)) }) } : rest;
    this.name = name;
    this.#folder = join(this.project.root, ".causeway/sandbox");
  }

  /**
   * Runs one operation as the command does.
   * @param watch looks at the clouds before every request that changes them, and at the end
   * @throws EngineError or FleetError, as the command would print it
   */
  async run(operation: Operation, faults?: Faults, watch?: (world: World) => void): Promise<OperationResult> {
    const hook: Faults = (request) => {
      if (watch !== undefined && changes(request)) watch(target.sandbox.world);
      return faults?.(request);
    };
    const target = await openSandbox(this.project.root, this.#engine, { ...this.#settings, faults: hook });
    this.#target = target;
    try {
      const result = await this.#runOn(target, operation);
      watch?.(target.sandbox.world);
      return result;
    } catch (error) {
      this.said.push(error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error));
      if (error instanceof EngineError) this.said.push(JSON.stringify(error.diagnostics), JSON.stringify(error.steps));
      throw error;
    } finally {
      this.#target = undefined;
      await target.close();
    }
  }

  /** What a second operation ends with, begun on the same clouds while one is under way. */
  async second(operation: Operation): Promise<EngineError> {
    if (this.#target === undefined) throw new Error("nothing is under way");
    return this.#runOn(this.#target, operation).then(
      () => Promise.reject(new Error(`${operation} succeeded`)),
      (error: unknown) => (error instanceof EngineError ? error : Promise.reject(error as Error)),
    );
  }

  async #runOn(target: Target, operation: Operation): Promise<OperationResult> {
    const { customer } = loadCustomer(this.project.customerFile(this.name));
    const settings = await target.stackOf(this.#member(), customer);
    return operateStack({ target, member: this.#member(), customer, settings }, operation);
  }

  /** What an operation ends with when it does not succeed. */
  async failure(operation: Operation, faults?: Faults): Promise<EngineError | FleetError> {
    return this.run(operation, faults).then(
      () => Promise.reject(new Error(`${operation} succeeded`)),
      (error: unknown) =>
        error instanceof EngineError || error instanceof FleetError ? error : Promise.reject(error as Error),
    );
  }

  /** `causeway sandbox up`, and so on. */
  async command(operation: Operation): Promise<Told> {
    const paper = new Paper();
    const { root } = this.project;
    const request = { operation, clouds: "sandbox" as const, root, members: [this.#member()], options: {}, run: {} };
    return this.#told(paper, await operate(paper, request).catch((error: unknown) => refusal(paper, error)));
  }

  /** `causeway sandbox drift`. */
  async drift(): Promise<Told> {
    const paper = new Paper();
    const done = drift(paper, this.project.root, "sandbox", [this.#member()], {});
    return this.#told(paper, await done.catch((error: unknown) => refusal(paper, error)));
  }

  /** `causeway sandbox recover`. */
  async recover(yes = false): Promise<Told> {
    const paper = new Paper();
    const done = recover(paper, this.project.root, "sandbox", [this.#member()], { force: yes });
    return this.#told(paper, await done.catch((error: unknown) => refusal(paper, error)));
  }

  /** `causeway recover` where the clouds cannot be listed, as with real accounts. */
  async recoverUnseen(yes = false): Promise<Told> {
    const paper = new Paper();
    const { listing: _, ...target } = await openSandbox(this.project.root, this.#engine);
    try {
      const { customer } = loadCustomer(this.project.customerFile(this.name));
      const member = this.#member();
      const settings = await target.stackOf(member, customer);
      const recovery = await recoverStack(
        { target, member, customer, settings },
        { force: yes, onStep: (step) => paper.result(describeStep("sandbox", member, step, yes)) },
      );
      paper.result(describeRecovery("sandbox", member, recovery));
      return this.#told(paper, recovery.recovered ? 0 : 1);
    } finally {
      await target.close();
    }
  }

  /** Looks at the clouds, or changes them by hand. */
  async world<Result>(act: (world: World) => Promise<Result> | Result): Promise<Result> {
    const world = World.open(join(this.#folder, "world.jsonl"));
    try {
      return await act(world);
    } finally {
      await world.close();
    }
  }

  /** A copy of all that the stack and the clouds remember. */
  save(): string {
    const copy = `${this.#folder}-${Math.random().toString(36).slice(2)}`;
    copyLive(this.#folder, copy);
    return copy;
  }

  /** Goes back to a copy; with `clouds`, but the clouds as another one has them. */
  restore(copy: string, clouds = copy): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
    cpSync(copy, this.#folder, { recursive: true });
    cpSync(join(clouds, "world.jsonl"), join(this.#folder, "world.jsonl"));
  }

  /** The copy as it was before the operation that was under way had begun its present step: nothing pending, no lock. */
  atRest(copy: string): string {
    rmSync(join(copy, "state/.pulumi/locks"), { recursive: true, force: true });
    rmSync(join(copy, "world.jsonl.lock"), { force: true });
    const file = join(copy, "state/.pulumi/stacks/causeway", `${this.name}.json`);
    const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: Record<string, unknown> } };
    delete state.checkpoint.latest["pending_operations"];
    writeFileSync(file, JSON.stringify(state));
    return copy;
  }

  /**
   * A hash of what the next operation begins with: every cloud resource of the state with its arguments, results and marks,
   * what is pending, and the clouds but what they made up. Components, providers and dependencies are left out: an
   * operation has them from the program, or in one order, whatever came before.
   */
  async standing(): Promise<string> {
    const { resources = [], pending_operations: pending = [] } = this.#checkpoint().latest;
    const told = resources.filter(({ custom, type }) => custom === true && !type.startsWith("pulumi:"));
    const state = [...told, ...pending].map((each) =>
      JSON.stringify(each, (key, value: unknown) => (PASSING.has(key) ? undefined : value)),
    );
    const hash = createHash("sha256");
    for (const text of [...state.sort(), ...(await this.world(shapeOf))]) hash.update(text);
    return hash.digest("hex");
  }

  /** `<urn> <id>` of everything in the state, and what is pending there. */
  recorded(): string[] {
    const { latest } = this.#checkpoint();
    const pending = (latest.pending_operations ?? []).map(({ resource, type }) => `${type} ${resource.urn}`);
    return [...(latest.resources ?? []).map(({ urn, id = "" }) => `${urn} ${id}`), ...pending].sort();
  }

  #checkpoint(): { readonly latest: Latest } {
    const file = join(this.#folder, "state/.pulumi/stacks/causeway", `${this.name}.json`);
    return (JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: Latest } }).checkpoint;
  }

  /** Files of the stack, the clouds and the engine's logs that hold what looks like a pre-shared key. */
  leaks(): string[] {
    return filesBelow(this.#folder).filter((path) => PRE_SHARED_KEY.test(readFileSync(path, "latin1")));
  }

  /** Ends this stack's engine at once, as the kernel does when memory is short. */
  kill(): void {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
    const own = children.filter((pid) => pid !== "" && comm(pid) === "pulumi" && cwd(pid).startsWith(this.#folder));
    if (own.length === 0) throw new Error("no engine is running");
    for (const pid of own) process.kill(Number(pid), "SIGKILL");
  }

  /** The cloud does what it was asked, and the engine is killed before it hears of it. */
  killAfter(): Fault {
    const kill = (): void => this.kill();
    return {
      get after(): Error {
        kill();
        return new Error("nobody hears this");
      },
    };
  }

  remove(): void {
    this.project.remove();
  }

  #member(): Member {
    return memberAt(this.project.customerFile(this.name));
  }

  #told(paper: Paper, code: number): Told {
    const text = paper.lines.join("\n").trim();
    this.said.push(text);
    return { code, text };
  }
}

function refusal(paper: Paper, error: unknown): number {
  if (!(error instanceof FleetError)) throw error;
  paper.say(error.message);
  return exitCodeOf(error.code);
}

/**
 * Copies a folder that an engine may be writing into. It writes each file under another name first and puts it in its
 * place whole, so the files that count are always there; one that was listed and has gone was such another name.
 */
function copyLive(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && !["history", "backups"].includes(entry.name)) copyLive(source, target);
    if (!entry.isFile() || entry.name.startsWith("fileblob")) continue;
    try {
      copyFileSync(source, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** What a process's folder says, or nothing where the process has ended since it was listed. */
function ofProcess(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}

const comm = (pid: string): string => ofProcess(() => readFileSync(`/proc/${pid}/comm`, "utf8"));
const cwd = (pid: string): string => ofProcess(() => readlinkSync(`/proc/${pid}/cwd`));

/** `<op> <class> <name>` of every step on a resource the clouds know, sorted; a replacement is told as one. */
export function operations(steps: readonly Step[]): string[] {
  return steps
    .filter(({ type }) => !type.startsWith("causeway:") && !type.startsWith("pulumi:"))
    .filter(({ op }) => ["create", "update", "delete", "replace"].includes(op))
    .map(({ op, type, urn }) => `${op} ${type.split(":").at(-1)} ${urn.split("::").at(-1)}`)
    .sort();
}

/**
 * Keys of this program begin with k and have 32 characters, as those AWS and Google accept. What is encrypted or encoded
 * begins otherwise or is longer.
 */
const PRE_SHARED_KEY = /(?:^|["'\s=])k[A-Za-z0-9._]{31}(?:["'\s,;]|$)/m;

/** Whether a text holds what looks like a pre-shared key. */
export const tellsKey = (text: string): boolean => PRE_SHARED_KEY.test(text);

/** Files below a folder that hold one of these texts. */
export function leaks(folder: string, secrets: readonly string[]): string[] {
  return filesBelow(folder).filter((path) => {
    const text = readFileSync(path, "latin1");
    return secrets.some((secret) => text.includes(secret));
  });
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
