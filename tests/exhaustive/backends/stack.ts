import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError, type Operation, type OperationResult, runOperation } from "../../../engine/driver.ts";
import type { StackSettings } from "../../../engine/driver.ts";
import type { Engine } from "../../../engine/install.ts";
import { pendingIn, type PendingOperation, settled } from "../../../engine/recovery.ts";
import type { LockHolder } from "../../../engine/stackLock.ts";
import { exportState, importState, refuseLocked, releaseLocks } from "../../../engine/stackState.ts";
import { type Faults, listObjects, type Operation as Request, startSandbox, World } from "../../../sandbox/index.ts";
import { runOnStack } from "../../../engine/workspace.ts";
import { ScratchProject } from "../../support/project.ts";

/** A VPN with one tunnel pair, so that there are pre-shared keys, and leave to delete everything. */
const CUSTOMER = `
name: acme
spec:
  infrastructure:
    gcp: { projectID: causeway-acme-4f2a, region: us-central1, network: { create: acme } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    executorNAT: { addresses: { nat-1: {}, nat-2: {} } }
    privateCodeHost:
      aws: { accountID: "111122223333", region: us-east-1 }
    permits:
      executors.subnets[executors]: { reason: a test takes the network away }
      executorNAT: { reason: a test takes the addresses away }
      privateCodeHost.aws: { reason: a test takes the tunnels down }
`;

/** Where a stack lives, as a fleet would be told. */
export interface BackEnd {
  readonly backendUrl: string;
  readonly secretsProvider: string;
  /** Credentials of the back end and of the secrets provider. */
  readonly env: Readonly<Record<string, string>>;
}

const changes = ({ method }: Request): boolean => method !== "read" && method !== "invoke";

/** One customer's stack on simulated clouds, with its state in a back end that a test chose. */
export class BackEndStack {
  readonly project = new ScratchProject();
  /** All that was said by errors, diagnostics included. */
  readonly said: string[] = [];
  readonly #engine: Engine;
  readonly #backEnd: BackEnd;

  constructor(engine: Engine, backEnd: BackEnd) {
    this.#engine = engine;
    this.#backEnd = backEnd;
    writeFileSync(this.project.customerFile("acme"), CUSTOMER);
  }

  get settingsFolder(): string {
    return join(this.project.root, "stacks/settings");
  }

  /** Works on the stack with its clouds open; with `changed`, with other settings than its own. */
  async on<Result>(
    act: (settings: StackSettings) => Promise<Result>,
    faults?: Faults,
    changed: Partial<BackEnd> = {},
  ): Promise<Result> {
    const { root } = this.project;
    const worldFile = join(root, "world.jsonl");
    const sandbox = await startSandbox({ worldFile, ...(faults === undefined ? {} : { faults }) });
    const { backendUrl, secretsProvider, env } = { ...this.#backEnd, ...changed };
    try {
      return await act({
        programDir: root,
        workDir: join(root, ".causeway/stacks/acme"),
        settingsFolder: this.settingsFolder,
        pulumiHome: join(root, ".causeway/pulumi"),
        stack: "acme",
        backendUrl,
        secretsProvider,
        env: { ...sandbox.env, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", ...env },
        config: { "causeway:customer": this.project.customerFile("acme") },
      });
    } finally {
      await sandbox.close();
    }
  }

  /**
   * Runs an operation. `atChange` is called before each request that changes a cloud, with its number; where it returns an
   * error that is the answer, and the cloud does nothing.
   */
  run(
    operation: Operation,
    atChange?: (number: number, settings: StackSettings) => Promise<void> | Error | undefined,
    options: { readonly expectNoChanges?: boolean } = {},
  ): Promise<OperationResult> {
    let number = 0;
    let known: StackSettings | undefined;
    const faults: Faults = async (request) => {
      return changes(request) ? ((await atChange?.(++number, known!)) ?? undefined) : undefined;
    };
    return this.on((settings) => {
      known = settings;
      return runOperation(operation, settings, { engine: this.#engine, ...options });
    }, faults);
  }

  /** What an operation ends with when it does not succeed. */
  failure(run: Promise<unknown>): Promise<EngineError> {
    return run.then(
      () => Promise.reject(new Error("it succeeded")),
      (error: unknown) => {
        if (!(error instanceof EngineError)) throw error;
        this.said.push(
          `${error.message}\n${error.stack ?? ""}`,
          JSON.stringify(error.diagnostics),
          String(error.cause),
        );
        return error;
      },
    );
  }

  /** What a preview ends with in another back end, or with other credentials. */
  refused(changed: Partial<BackEnd>): Promise<EngineError> {
    const { env, ...rest } = changed;
    const merged = { ...rest, env: { ...this.#backEnd.env, ...env } };
    return this.failure(
      this.on((settings) => runOperation("preview", settings, { engine: this.#engine }), undefined, merged),
    );
  }

  /** Who holds the stack's lock. */
  holders(): Promise<readonly LockHolder[]> {
    return this.on(async (settings) => {
      try {
        await refuseLocked(settings, this.#engine);
        return [];
      } catch (error) {
        if (error instanceof EngineError && error.code === "locked") return error.holders;
        throw error;
      }
    });
  }

  /** Removes the lock. */
  release(): Promise<void> {
    return this.on((settings) => releaseLocks(settings, this.#engine));
  }

  /** Takes what was pending for not done, and returns it. */
  settle(): Promise<readonly PendingOperation[]> {
    return this.on(async (settings) => {
      const state = await exportState(settings, this.#engine);
      await importState(settings, this.#engine, settled(state!, new Map()));
      return pendingIn(state!);
    });
  }

  /** Ends this stack's engine at once, as the kernel does when memory is short. */
  kill(): number {
    const mine = children().filter((pid) => comm(pid) === "pulumi" && folder(pid).startsWith(this.project.root));
    if (mine.length !== 1) throw new Error(`expected one engine at work, found ${mine.length}`);
    process.kill(mine[0]!, "SIGKILL");
    return mine[0]!;
  }

  /** How many objects are in the clouds. */
  async objects(): Promise<number> {
    const world = World.open(join(this.project.root, "world.jsonl"));
    try {
      return listObjects(world).length;
    } finally {
      await world.close();
    }
  }

  /** Every pre-shared key of the stack, in the clear. */
  preSharedKeys(): Promise<readonly string[]> {
    return this.on(async (settings) => {
      const exported = await runOnStack(settings, this.#engine, ["stack", "export", "--show-secrets"]);
      const { deployment } = JSON.parse(exported) as {
        deployment: { resources: { inputs?: { sharedSecret?: { plaintext: string } } }[] };
      };
      const secrets = deployment.resources.flatMap(({ inputs }) => inputs?.sharedSecret?.plaintext ?? []);
      return secrets.map((text) => JSON.parse(text) as string);
    });
  }

  remove(): void {
    this.project.remove();
  }
}

const ofProcess = (read: () => string): string => {
  try {
    return read();
  } catch {
    return "";
  }
};
const comm = (pid: number): string => ofProcess(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
const folder = (pid: number): string => ofProcess(() => readlinkSync(`/proc/${pid}/cwd`));
const children = (): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").map(Number);

/** Collects the arguments of every process on this machine, as anybody on it can see them, until told to stop. */
export function watchArguments(): () => readonly string[] {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const text = ofProcess(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      if (text !== "") seen.add(text.replaceAll("\0", " "));
    }
  };
  const timer = setInterval(look, 20);
  return () => {
    look();
    clearInterval(timer);
    return [...seen];
  };
}
