import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  EngineError,
  runOperation,
  type Operation,
  type OperationResult,
  type StackSettings,
} from "../../engine/driver.ts";
import type { Engine } from "../../engine/install.ts";
import {
  startSandbox,
  type Fault,
  type Faults,
  type Operation as CloudOperation,
  type Sandbox,
} from "../../sandbox/index.ts";
import { ScratchProject } from "./project.ts";

export { EngineError };

/** Which requests change a cloud. */
export const changes = ({ method }: CloudOperation): boolean => method !== "read" && method !== "invoke";

/**
 * One customer's stack on simulated clouds in this process, so that a test can fail the clouds or kill the engine at a
 * chosen request. Its folders are those of `causeway sandbox`, which can be run on them in between.
 */
export class LiveStack {
  readonly project = new ScratchProject();
  readonly name: string;
  readonly #engine: Engine;
  readonly folder: string;

  constructor(engine: Engine, name = "dev") {
    this.#engine = engine;
    this.name = name;
    this.folder = join(this.project.root, ".causeway/sandbox");
    mkdirSync(join(this.folder, "state"), { recursive: true });
  }

  /** Runs one operation with the engine; what it refuses or fails at is thrown. */
  async run(operation: Operation, faults?: Faults, env: Record<string, string> = {}): Promise<OperationResult> {
    const sandbox = await startSandbox({
      worldFile: join(this.folder, "world.jsonl"),
      ...(faults === undefined ? {} : { faults }),
    });
    try {
      const options = { engine: this.#engine, excludeProtected: operation === "destroy" };
      return await runOperation(operation, this.settings(sandbox, env), options);
    } finally {
      await sandbox.close();
    }
  }

  /** The error an operation ends with. */
  async failure(operation: Operation, faults?: Faults, env: Record<string, string> = {}): Promise<EngineError> {
    return this.run(operation, faults, env).then(
      () => Promise.reject(new Error(`${operation} succeeded`)),
      (error: unknown) => (error instanceof EngineError ? error : Promise.reject(error)),
    );
  }

  /** A copy of everything the stack and the clouds remember. */
  save(): string {
    const copy = `${this.folder}.${Math.random().toString(36).slice(2)}`;
    cpSync(this.folder, copy, { recursive: true, filter: (path) => !/\.pulumi\/(history|backups)/.test(path) });
    return copy;
  }

  /** Goes back to a copy. */
  restore(copy: string): void {
    rmSync(this.folder, { recursive: true, force: true });
    cpSync(copy, this.folder, { recursive: true });
  }

  remove(): void {
    this.project.remove();
  }

  /** What the engine is told. */
  settings(sandbox: Sandbox, env: Record<string, string> = {}): StackSettings {
    return {
      programDir: this.project.root,
      workDir: join(this.folder, "stacks", this.name),
      stack: this.name,
      backendUrl: pathToFileURL(join(this.folder, "state")).href,
      pulumiHome: join(this.folder, "pulumi"),
      secretsProvider: "passphrase",
      env: {
        ...sandbox.env,
        PULUMI_CONFIG_PASSPHRASE: "simulated clouds only",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        ...env,
      },
      config: {
        "pulumi:disable-default-providers": '["*"]',
        "causeway:customer": this.project.customerFile(this.name),
      },
    };
  }
}

/** Engines this process has started and that still run. */
export function engines(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim();
  return children
    .split(" ")
    .filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi")
    .map(Number);
}

/** Ends this process's engine at once, as the kernel does when memory is short. */
export function killEngine(): void {
  for (const pid of engines()) process.kill(pid, "SIGKILL");
}

/** The cloud does what it was asked, and the engine is killed before it hears of it. */
export const killAfter: Fault = {
  get after(): Error {
    killEngine();
    return new Error("nobody hears this");
  },
};
