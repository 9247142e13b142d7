/**
 * What a change of customer files or of the program does to every customer of a fleet: no engine, no account, no secret.
 * Each ref's own program declares its graph; the two graphs are compared as the engine would, and every change is told
 * with what it takes away meanwhile.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { classesOf, type Classified } from "./classes.ts";
import { addDuplicates } from "./duplicates.ts";
import { Repository, WORKING_TREE, type Ref } from "./git.ts";
import { pairFiles, type Pairing } from "./pairing.ts";
import { CUSTOMERS, isCustomerFile, isProgramFile, ownProgram, programAt } from "./program.ts";
import { Pool } from "./pool.ts";
import { reportOf } from "./report.ts";
import type { DiffReport } from "./types.ts";
import { Comparer, type Comparing } from "./worker.ts";

export { DiffError } from "./error.ts";
export { isProgramFile } from "./program.ts";
export { diffReportJsonSchema } from "./schema.ts";
export type * from "./types.ts";

/** How far a comparison is. */
export interface DiffProgress {
  readonly done: number;
  readonly total: number;
}

/** What to compare. */
export interface DiffOptions {
  /** The project's folder, in a git repository. */
  readonly root: string;
  /** Any name git has for a commit. @default where head left the default branch (`origin/HEAD`, else main or master) */
  readonly base?: string;
  /** @default the working tree, files that git does not know yet included */
  readonly head?: string;
  /** A checkout of base with its packages installed, for where they are others than those of `root`. */
  readonly baseRoot?: string;
  /** The same of head. */
  readonly headRoot?: string;
  /** ISO date that certificates and permits are measured against. @default today (UTC) */
  readonly today?: string;
  /** Threads for each program. @default one a core */
  readonly threads?: number;
  /** Ends the comparison; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DiffProgress) => void;
}

/** Two refs, resolved, and what differs between them. */
interface Comparison {
  readonly options: DiffOptions;
  readonly repository: Repository;
  readonly base: Ref;
  readonly head: Ref;
  readonly programChanged: boolean;
  readonly pairs: readonly Pairing[];
  /** Customers at either ref. */
  readonly customers: number;
}

/** Fewer customers than this a thread are done sooner than another thread has started. */
const WORTH_A_THREAD = 8;

/**
 * Compares every customer at two refs. Customers whose file and program are the same at both are not looked at.
 * @throws DiffError where a ref is unknown, there is no repository, or a ref's program cannot be run here
 * @throws the signal's reason where it was told to end
 */
export async function diffFleet(options: DiffOptions): Promise<DiffReport> {
  const comparison = await compare(options);
  options.signal?.throwIfAborted();
  const classified = await addDuplicates(comparison, await examine(comparison));
  const { base, head, programChanged, customers } = comparison;
  const different = classified.filter(({ diff }) => diff.kind !== "unchanged");
  const classes = classesOf(different.filter(({ diff }) => diff.kind !== "invalid"));
  const diffs = different.map(({ diff }) => diff);
  return reportOf({ base: named(base), head: named(head), programChanged, customers, classes, diffs });
}

const named = ({ commit }: Ref): string => commit ?? WORKING_TREE;

async function compare(options: DiffOptions): Promise<Comparison> {
  const repository = await Repository.open(options.root);
  const head = options.head === undefined ? { name: WORKING_TREE } : await repository.ref(options.head);
  const base = options.base === undefined ? await repository.mergeBase(head) : await repository.ref(options.base);
  const changed = await repository.changed(base, head);
  const programChanged = [...changed].some(isProgramFile);
  const files = async (ref: Ref) => (await repository.files(ref, CUSTOMERS)).filter(isCustomerFile);
  const [before, after] = await Promise.all([files(base), files(head)]);
  const concerned = (file: string): boolean => programChanged || changed.has(file);
  const contents = await Promise.all([
    repository.contents(base, before.filter(concerned)),
    repository.contents(head, after.filter(concerned)),
  ]);
  const pairs = pairFiles(...contents);
  const removed = before.filter((file) => !after.includes(file));
  return { options, repository, base, head, programChanged, pairs, customers: after.length + removed.length };
}

/** Asks the programs about every pair. */
async function examine(comparison: Comparison): Promise<readonly Classified[]> {
  const { options, pairs } = comparison;
  if (pairs.length === 0) return [];
  const scratch = await mkdtemp(join(tmpdir(), "causeway-diff-"));
  const opened: Comparing[] = [];
  try {
    const [before, after] = await programs(comparison, scratch);
    const open = async (program: string): Promise<Comparing> => {
      const one = await comparing(comparison, program, before === after);
      opened.push(one);
      return one;
    };
    const head = await open(after);
    const base = before === after ? undefined : await open(before);
    const tasks = all(pairs, 2 * threadsFor(comparison), (pair) => examineOne(pair, head, base), options);
    return await ended(options.signal, tasks);
  } finally {
    await Promise.all(opened.map((one) => one.close()));
    await rm(scratch, { recursive: true, force: true });
  }
}

const threadsFor = ({ options, pairs }: Comparison): number =>
  Math.max(1, Math.min(options.threads ?? availableParallelism(), Math.ceil(pairs.length / WORTH_A_THREAD)));

/** Few customers are compared sooner in this thread; programs that differ never share one. */
async function comparing(comparison: Comparison, program: string, same: boolean): Promise<Comparing> {
  const { options, pairs } = comparison;
  const settings = { program, today: options.today ?? new Date().toISOString().slice(0, 10) };
  return same && pairs.length <= WORTH_A_THREAD ? Comparer.of(settings) : new Pool(settings, threadsFor(comparison));
}

/** URLs of both refs' programs; the same where they do not differ. */
async function programs(comparison: Comparison, scratch: string): Promise<readonly [before: string, after: string]> {
  const { options, repository, base, head } = comparison;
  if (!comparison.programChanged) {
    const own = ownProgram(options.root);
    return [own, own];
  }
  const at = (ref: Ref, given: string | undefined, option: "--base-root" | "--head-root"): Promise<string> =>
    programAt(repository, { ref, option, ...(given === undefined ? {} : { given }) }, scratch);
  return [await at(base, options.baseRoot, "--base-root"), await at(head, options.headRoot, "--head-root")];
}

async function examineOne({ base, head }: Pairing, own: Comparing, other: Comparing | undefined): Promise<Classified> {
  const stack = basename((head ?? base)!.file, ".yaml");
  const before = base !== undefined && other !== undefined ? await other.side({ ask: "side", at: base }) : base;
  const { diff, id } = await own.diff({
    ...{ ask: "diff", stack },
    ...(before === undefined ? {} : { base: before }),
    ...(head === undefined ? {} : { head }),
  });
  return { diff: { ...diff, file: (head ?? base)!.file }, id };
}

/** Runs a task for every item, at most so many at once, and answers in their order. */
async function all<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Result>,
  { onProgress, signal }: Pick<DiffOptions, "onProgress" | "signal">,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let [next, done] = [0, 0];
  const take = async (): Promise<void> => {
    while (next < items.length && signal?.aborted !== true) {
      const index = next++;
      results[index] = await task(items[index]!);
      onProgress?.({ done: ++done, total: items.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  return results;
}

/** Gives up waiting when the signal says so. */
function ended<Value>(signal: AbortSignal | undefined, work: Promise<Value>): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
