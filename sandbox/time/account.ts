/** What operations would take in the clouds, when each begins as soon as what it waits for has ended. */
import { DURATIONS, ROUTER_PARTS, type Operation } from "./durations.ts";

/** One operation on one resource. */
export interface Task {
  /** What others wait for it by, such as a URN. */
  readonly key: string;
  /** Type token; a type without durations, such as a component, takes no time. */
  readonly type: string;
  readonly operation: Operation;
  /** Keys of operations that have to end first; unknown ones are ignored. */
  readonly after: readonly string[];
  /** Name of what is changed by one operation at a time. */
  readonly queue?: string;
}

/** Seconds: when every operation is as fast, as middling and as slow as is ordinary. */
export interface Span {
  readonly least: number;
  readonly typical: number;
  readonly most: number;
}

export interface Account extends Span {
  /** Keys of the operations that make the typical time as long as it is, in order. */
  readonly path: readonly string[];
}

/** The queue of a resource's operations, if it has one: the parts of a router share their router's. */
export function queueOf(type: string, inputs: Readonly<Record<string, unknown>>): { readonly queue?: string } {
  const { router } = inputs;
  return ROUTER_PARTS.has(type) && typeof router === "string" ? { queue: `router ${router.split("/").at(-1)}` } : {};
}

/**
 * Accounts for operations that run side by side as far as they may.
 * @throws RangeError when operations wait for each other in a circle
 */
export function account(tasks: readonly Task[]): Account {
  const middle = schedule(tasks, (least, most) => (least + most) / 2);
  return {
    least: schedule(tasks, (least) => least).seconds,
    typical: middle.seconds,
    most: schedule(tasks, (_, most) => most).seconds,
    path: middle.path,
  };
}

interface Ended {
  readonly at: number;
  /** What this one waited for last. */
  readonly before?: string;
}

/** Gives each operation the earliest time it may have; in a queue, whoever was ready first goes first. */
function schedule(
  tasks: readonly Task[],
  seconds: (least: number, most: number) => number,
): { readonly seconds: number; readonly path: readonly string[] } {
  const known = new Set(tasks.map(({ key }) => key));
  const ended = new Map<string, Ended>();
  const queues = new Map<string, { key: string; at: number }>();
  const open = new Set(tasks);
  while (open.size > 0) {
    const next = earliest(open, known, ended);
    const { task, ready, last } = next;
    const queue = task.queue === undefined ? undefined : queues.get(task.queue);
    const waits = queue !== undefined && queue.at > ready;
    const before = waits ? queue.key : last;
    const at = (waits ? queue.at : ready) + seconds(...(DURATIONS[task.type]?.[task.operation] ?? [0, 0]));
    ended.set(task.key, before === undefined ? { at } : { at, before });
    if (task.queue !== undefined) queues.set(task.queue, { key: task.key, at });
    open.delete(task);
  }
  return longest(ended);
}

function earliest(
  open: ReadonlySet<Task>,
  known: ReadonlySet<string>,
  ended: ReadonlyMap<string, Ended>,
): { readonly task: Task; readonly ready: number; readonly last: string | undefined } {
  let best: { task: Task; ready: number; last: string | undefined } | undefined;
  for (const task of open) {
    const before = task.after.filter((key) => known.has(key) && key !== task.key);
    if (before.some((key) => !ended.has(key))) continue;
    const last = before.reduce<string | undefined>(
      (latest, key) => (latest === undefined || ended.get(key)!.at > ended.get(latest)!.at ? key : latest),
      undefined,
    );
    const ready = last === undefined ? 0 : ended.get(last)!.at;
    if (best === undefined || ready < best.ready) best = { task, ready, last };
  }
  if (best) return best;
  throw new RangeError(`operations wait for each other: ${[...open].map(({ key }) => key).join(", ")}`);
}

function longest(ended: ReadonlyMap<string, Ended>): { readonly seconds: number; readonly path: readonly string[] } {
  let [end, at] = [undefined as string | undefined, 0];
  for (const [key, one] of ended) if (one.at > at) [end, at] = [key, one.at];
  const path: string[] = [];
  for (let key = end; key !== undefined; key = ended.get(key)!.before) path.unshift(key);
  return { seconds: at, path };
}
