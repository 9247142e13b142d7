/**
 * One thread that runs one program: it reads customer files, builds their graphs and compares them. Two refs with
 * different programs never share a thread.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Graph, GraphOptions } from "../../engine/graph.ts";
import type { GraphNode } from "../../engine/graph.ts";
import { standIns } from "./answers.ts";
import { classId, ownWords, type Classified } from "./classes.ts";
import { compareSides, everything } from "./compare.ts";
import { outagesOf } from "./outages.ts";
import type { Side } from "./side.ts";
import type { CustomerDiff, FileProblem } from "./types.ts";

/** A customer file at one ref. */
export interface FileAt {
  readonly file: string;
  readonly content: Uint8Array;
}

/** What a thread is asked: one side alone, or a comparison. */
export type Request =
  | { readonly ask: "side"; readonly at: FileAt }
  | {
      readonly ask: "diff";
      /** How to call the customer where its file cannot be read. */
      readonly stack: string;
      readonly base?: FileAt | Side;
      readonly head?: FileAt;
    };

export interface Settings {
  /** URL of the library whose graphs these are. */
  readonly program: string;
  /** ISO date that certificates and permits are measured against. */
  readonly today: string;
}

export type Answer =
  | { readonly id: number; readonly value: Side | Classified | undefined }
  | { readonly id: number; readonly error: string };

/** What a library of this or another version offers; a customer is its own affair. */
interface Library {
  parseCustomer(content: Uint8Array, file: string, options: object): { readonly customer: Named };
  planCustomer(customer: Named): unknown;
  customerGraph(customer: Named, options?: { readonly outputs?: GraphOptions["outputs"] }): Promise<Graph>;
}

interface Named {
  readonly name: string;
}

/** A file that its own program refuses. */
class Refused extends Error {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(({ message }) => message).join("\n"));
    this.problems = problems;
  }
}

/** What compares customers, in this thread or in others. */
export interface Comparing {
  /** A customer as it is deployed from a file; undefined where the file is refused, as nothing was deployed from it. */
  side(request: Extract<Request, { ask: "side" }>): Promise<Side | undefined>;
  /** How one customer changes, and its class. */
  diff(request: Extract<Request, { ask: "diff" }>): Promise<Classified>;
  close(): Promise<void>;
}

/** Compares customers as one program sees them. */
export class Comparer implements Comparing {
  readonly #library: Library;
  readonly #today: string;

  constructor(library: Library, today: string) {
    this.#library = library;
    this.#today = today;
  }

  static async of({ program, today }: Settings): Promise<Comparer> {
    return new Comparer((await import(program)) as Library, today);
  }

  async side({ at }: Extract<Request, { ask: "side" }>): Promise<Side | undefined> {
    const customer = this.#deployed(at);
    return customer && this.#deployedSide(customer, at.file);
  }

  async diff({ stack, base, head }: Extract<Request, { ask: "diff" }>): Promise<Classified> {
    const file = head?.file ?? (base !== undefined && "file" in base ? base.file : "");
    const none = { stack, file, resources: [], outages: [], problems: [] } as const;
    try {
      const own = base !== undefined && "file" in base ? this.#deployed(base) : undefined;
      if (own !== undefined && head !== undefined && this.#plansAlike(own, head)) {
        return { diff: { ...none, kind: "unchanged" }, id: "" };
      }
      const before = base === undefined || "nodes" in base ? base : own && (await this.#deployedSide(own, base.file));
      if (head === undefined) return removed(none, before);
      const customer = this.#read(head, before === undefined ? {} : { deployed: before.deployed });
      const after = await this.#build(customer, head.file);
      const known = { ...none, stack: after.stack };
      return before === undefined ? added(known, after) : await this.#compared(known, before, after, customer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { diff: { ...none, kind: "invalid", problems: error.problems }, id: "" };
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #compared(none: None, before: Side, after: Side, customer: Named): Promise<Classified> {
    const preview = async (): Promise<ReadonlyMap<string, GraphNode>> =>
      new Map((await this.#library.customerGraph(customer)).nodes.map((node) => [node.urn, node]));
    const resources = await compareSides(before, after, preview);
    if (resources.length === 0) return { diff: { ...none, kind: "unchanged" }, id: "" };
    const outages = outagesOf(resources, before.nodes, after.nodes);
    return classified({ ...none, kind: "changed", resources, outages }, [...before.own, ...after.own]);
  }

  /** Whether head's file gives the plan that base's gave, and so one graph; nothing follows from a file that is refused. */
  #plansAlike(base: Named, head: FileAt): boolean {
    const customer = accepted(() => this.#read(head, {}));
    if (customer === undefined) return false;
    const [before, after] = [base, customer].map((one) => JSON.stringify(this.#library.planCustomer(one)));
    return before === after;
  }

  /** A customer as base's file says; undefined where the file is refused, as nothing was deployed from it. */
  #deployed(at: FileAt): Named | undefined {
    return accepted(() => this.#read(at, { lenient: true }));
  }

  #read({ content, file }: FileAt, options: object): Named {
    return refusing(
      file,
      () => this.#library.parseCustomer(content, file, { today: this.#today, ...options }).customer,
    );
  }

  /** What a customer had; undefined where its program refused it. */
  async #deployedSide(customer: Named, file: string): Promise<Side | undefined> {
    try {
      return await this.#build(customer, file);
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  async #build(customer: Named, file: string): Promise<Side> {
    try {
      const { nodes, outputs } = await this.#library.customerGraph(customer, { outputs: standIns });
      return { stack: customer.name, nodes, deployed: outputs["deployed"] ?? null, own: ownWords(customer) };
    } catch (error) {
      // A program says so when a file cannot be deployed, though it could be read.
      if ((error as Error).constructor.name !== "RunError") throw error;
      throw new Refused([{ file, line: 1, column: 1, path: "", message: (error as Error).message }]);
    }
  }
}

type None = Omit<CustomerDiff, "kind">;

function removed(none: None, before: Side | undefined): Classified {
  if (before === undefined) return classified({ ...none, kind: "removed" }, []);
  const resources = everything("delete", before);
  return classified(
    { ...none, kind: "removed", resources, outages: outagesOf(resources, before.nodes, []) },
    before.own,
  );
}

const added = (none: None, after: Side): Classified =>
  classified({ ...none, kind: "added", resources: everything("create", after) }, after.own);

const classified = (diff: CustomerDiff, own: readonly string[]): Classified => ({ diff, id: classId(diff, own) });

interface Issues {
  readonly issues: readonly {
    readonly file: string;
    readonly position?: { readonly line: number; readonly column: number };
    readonly path: string;
    readonly message: string;
  }[];
}

/** What is read, or undefined where it is refused. */
function accepted<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** @throws Refused in the place of a `ConfigError`, which another program's is too. */
function refusing<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if ((error as Error).name !== "ConfigError") throw error;
    const { issues } = error as Issues & Error;
    throw new Refused(
      issues.map(({ position = { line: 1, column: 1 }, path, message }) => ({ file, ...position, path, message })),
    );
  }
}

async function answer(comparer: Promise<Comparer>, id: number, request: Request): Promise<Answer> {
  try {
    const one = await comparer;
    return { id, value: request.ask === "side" ? await one.side(request) : await one.diff(request) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const comparer = Comparer.of(workerData as Settings);
  comparer.catch(() => undefined);
  port.on("message", ({ id, request }: { id: number; request: Request }) => {
    void answer(comparer, id, request).then((reply) => port.postMessage(reply));
  });
}
