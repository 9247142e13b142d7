/**
 * The resource graph of a Pulumi program, from one run in this process: no engine, no cloud, no credentials, no sockets.
 *
 * It shows what a program declares. It does not show what a provider would refuse, default or compute, nor what
 * changes against an existing stack: that takes the engine.
 */
import "./leanSdk.ts";
import * as pulumi from "@pulumi/pulumi";
import { GraphMonitor, type Answered, type GraphNode } from "./graphMonitor.ts";
import { type GraphLog, inRun, registrationsSettled, type SdkStore } from "./graphSdk.ts";
import { readProperties } from "./properties.ts";

export type { GraphAlias, GraphNode } from "./graphMonitor.ts";
export type { GraphLog } from "./graphSdk.ts";
export { UNKNOWN } from "./properties.ts";

/** Everything a program declared. */
export interface Graph {
  /** In the order of registration, without the stack itself. */
  readonly nodes: readonly GraphNode[];
  /** Plain stack outputs. Secrets are in clear: never print them; unknown values are `UNKNOWN`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Paths of outputs that are secret. */
  readonly secretOutputs: readonly string[];
  /** Paths of outputs that only `up` will know. */
  readonly unknownOutputs: readonly string[];
  /** What the program logged, in order. */
  readonly logs: readonly GraphLog[];
}

/** How to run the program. */
export interface GraphOptions {
  readonly project: string;
  readonly stack: string;
  /** Configuration by full key, such as `{ "aws:region": "eu-west-1" }`. */
  readonly config?: Readonly<Record<string, string>>;
  /**
   * `true`: computed outputs are unknown, as in `pulumi preview`, and applies on them do not run.
   * `false`: they get placeholders, so that every apply runs: ids are `<name>-id`, other computed outputs the string
   * `<name>.<property>`. Give `outputs` where a program needs more than a string.
   * @default true
   */
  readonly preview?: boolean;
  /** Answers invokes. @default throws "no answer for invoke <token>" */
  readonly invoke?: (token: string, args: Record<string, unknown>) => unknown;
  /**
   * Outputs of a resource on top of its inputs, in preview too; an output `id` is the resource's id. What it throws fails
   * the registration.
   * @default none
   */
  readonly outputs?: (
    type: string,
    name: string,
    inputs: Record<string, unknown>,
    node: GraphNode,
  ) => Answered | Promise<Answered>;
  /** Seconds without any registration after which a program that has not ended is given up. @default 20 */
  readonly stallSeconds?: number;
}

/**
 * Runs a program and returns the graph of what it declared.
 * Runs may follow each other or overlap in one process; they share nothing.
 * @throws the error the program or one of its applies threw, the first if there were several; an error that names the
 * waiting resources if the program stalls.
 */
export async function resourceGraph(
  program: () => Promise<Record<string, unknown> | void>,
  options: GraphOptions,
): Promise<Graph> {
  return inRun(async (run, store) => {
    const preview = options.preview ?? true;
    const placeholders = new Map<string, readonly string[]>();
    const monitor = new GraphMonitor(options.project, options.stack, {
      preview,
      invoke: options.invoke ?? noAnswer,
      outputs: async (node) => ({
        ...Object.fromEntries((placeholders.get(node.type) ?? []).map((key) => [key, `${node.name}.${key}`])),
        ...(await options.outputs?.(node.type, node.name, node.inputs, node)),
      }),
    });
    connect(store, monitor, options, preview);
    const body = async (): Promise<Record<string, unknown> | undefined> => {
      if (!preview) collectComputed(placeholders);
      return (await program()) ?? undefined;
    };
    try {
      await unlessStalled(completed(body, run.errors, store), monitor, store, options.stallSeconds ?? 20);
    } finally {
      (globalThis as { stackResource?: unknown }).stackResource = undefined; // the SDK's own global copy would keep the last run alive
    }
    if (run.errors.length > 0) throw run.errors[0];
    const outputs = readProperties(monitor.stackOutputs);
    return {
      nodes: [...monitor.nodes.values()],
      outputs: outputs.values,
      secretOutputs: outputs.secrets,
      unknownOutputs: outputs.unknowns,
      logs: run.logs,
    };
  });
}

function noAnswer(token: string): never {
  throw new Error(`no answer for invoke ${token}`);
}

function connect(store: SdkStore, monitor: GraphMonitor, options: GraphOptions, preview: boolean): void {
  const { project, stack, config } = options;
  // "mock" makes the SDK use the store's own monitor and never dial an address
  Object.assign(store.settings.options, { project, stack, dryRun: preview, organization: "organization" });
  Object.assign(store.settings.options, { monitorAddr: "mock", engineAddr: "", syncDir: undefined, parallel: -1 });
  store.settings.monitor = monitor;
  store.config = { PULUMI_CONFIG: JSON.stringify(config ?? {}), PULUMI_CONFIG_SECRET_KEYS: "[]" };
}

async function completed(body: () => Promise<unknown>, errors: unknown[], store: SdkStore): Promise<void> {
  try {
    await pulumi.runtime.runInPulumiStack(body);
  } catch (error) {
    if (!errors.includes(error)) errors.unshift(error);
  }
  await registrationsSettled(store);
}

/** Names the computed outputs of each type as it is declared, read from the class, where `out` in a comment marks them. */
function collectComputed(names: Map<string, readonly string[]>): void {
  pulumi.runtime.registerStackTransformation(({ type, resource }) => {
    if (!names.has(type)) names.set(type, computedOf(resource.constructor));
    return undefined;
  });
}

/** What was read of a class before; classes stay the same from run to run. */
const COMPUTED = new WeakMap<object, readonly string[]>();

function computedOf(declared: object): readonly string[] {
  const known = COMPUTED.get(declared);
  if (known !== undefined) return known;
  const marks = Function.prototype.toString.call(declared).matchAll(/\["(\w+)"\] = undefined \/\*out\*\//g);
  const found = Array.from(marks, (match) => match[1] as string);
  COMPUTED.set(declared, found);
  return found;
}

async function unlessStalled(
  done: Promise<void>,
  monitor: GraphMonitor,
  store: SdkStore,
  seconds: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_resolve, reject) => {
    let calls = -1;
    timer = setInterval(() => {
      if (calls === monitor.calls) reject(new Error(stallMessage(store, seconds)));
      calls = monitor.calls;
    }, seconds * 1000);
  });
  try {
    await Promise.race([done, stalled]);
  } finally {
    clearInterval(timer);
  }
}

function stallMessage(store: SdkStore, seconds: number): string {
  const waiting = Array.from(store.pendingResourceRegistrations.values(), ({ type, name, inputProperty }) =>
    inputProperty === undefined ? `${type} ${name}` : `${type} ${name} (input ${inputProperty})`,
  );
  const what =
    waiting.length === 0 ? "a promise that never settles" : `resources that wait for each other: ${waiting.join(", ")}`;
  return `the program made no progress for ${seconds} seconds; it waits for ${what}`;
}
