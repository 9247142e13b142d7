import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError, type Operation, type OperationResult } from "../../engine/driver.ts";
import { LazyFleet } from "../../fleet/fleet.ts";
import type { Driver } from "../../fleet/operation.ts";
import { StackFleet } from "../../fleet/stackFleet.ts";
import type { Target } from "../../fleet/target.ts";
import type { Clouds } from "../../fleet/types.ts";

/** A customer file with a NAT alone. */
export const natFile = (name: string, labels = "{}"): string => `name: ${name}
labels: ${labels}
spec:
  infrastructure:
    gcp: { projectID: fleet-${name}-4f2a, region: us-central1, network: { create: ${name} } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    executorNAT: {}
`;

/** A project with customer files and no program. */
export class Files {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "causeway-files-")));

  constructor(names: readonly string[]) {
    mkdirSync(join(this.root, "stacks/customers"), { recursive: true });
    for (const name of names) this.write(name, natFile(name));
  }

  /** Path of a customer's file. */
  path(name: string): string {
    return join(this.root, "stacks/customers", `${name}.yaml`);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const DONE: OperationResult = {
  changes: { same: 7 },
  steps: [],
  diagnostics: [],
  violations: [],
  durationMs: 1,
};

/** What an engine does with one stack; its signal is that of the engine's options. */
export type Behaviour = (stack: string, operation: Operation, signal?: AbortSignal) => Promise<OperationResult>;

/** An engine that stops like the real one: when it is told to, and then fails with `cancelled`. */
export const until = (signal: AbortSignal | undefined, stack: string, ms = 5): Promise<OperationResult> =>
  new Promise((done, failed) => {
    const timer = setTimeout(() => done(DONE), ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      const inFlight = [`urn:pulumi:${stack}::causeway::gcp:compute/routerNat:RouterNat::${stack}-nat`];
      failed(new EngineError("cancelled", `up of ${stack} was interrupted`, { inFlight }));
    });
  });

/** A fleet whose engine only behaves. */
export function fakeFleet(
  root: string,
  behave: Behaviour,
  clouds: Clouds = "sandbox",
  target: Partial<Target> = {},
): LazyFleet {
  const fake: Target = {
    engine: { path: "/nonexistent/pulumi", version: "3.259.0", source: "path" },
    clouds,
    stackOf: async (_member, { name }) => ({
      ...{ programDir: root, workDir: join(root, name), stack: name, env: {}, config: {} },
    }),
    close: () => Promise.resolve(),
    ...target,
  };
  const driver: Driver = {
    runOperation: async (operation, settings, { signal, onState }) => {
      await onState?.(undefined);
      return behave(settings.stack, operation, signal);
    },
    stackOutputs: async () => ({ natAddresses: { value: {}, secret: false }, key: { value: "k", secret: true } }),
  };
  return new LazyFleet(root, clouds, async () => new StackFleet(fake, driver));
}
