import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Operation } from "../../engine/driver.ts";
import type { Fault, Operation as Request } from "../../sandbox/index.ts";
import { ROOT } from "./project.ts";
import { changes, type LiveStack } from "./stack.ts";
import { shapeOf } from "./worlds.ts";

/** What can go wrong at one request. */
export type Mishap =
  "killed before" | "killed after" | "throttled" | "internal error" | "timeout after success" | "partly made";

export const KILLS: readonly Mishap[] = ["killed before", "killed after"];
export const FAULTS: readonly Mishap[] = ["throttled", "internal error", "timeout after success", "partly made"];

const FAULT: Readonly<Record<string, Fault>> = {
  throttled: new Error("Throttling: Rate exceeded"),
  "internal error": new Error("InternalError: an internal error has occurred"),
  "timeout after success": { after: new Error("timeout while waiting for state to become 'available'") },
  "partly made": { partial: ["timeout while waiting for state to become 'available'"] },
};

/** One request of an operation, and a copy of everything as it was just before. */
export interface KillStep {
  readonly request: Pick<Request, "method" | "type">;
  readonly copy: string;
}

/** What came of all the mishaps of one operation. */
export interface Tally {
  readonly operation: string;
  readonly steps: number;
  cases: number;
  converged: number;
  /** Objects the interrupted operation had made, recorded afterwards. */
  adopted: number;
  /** Objects that were made and never recorded, deleted afterwards. */
  deleted: number;
  readonly failures: string[];
}

/** Runs an operation and copies everything before each request that changes a cloud. */
export async function record(stack: LiveStack, operation: Operation): Promise<KillStep[]> {
  const steps: KillStep[] = [];
  await stack.run(operation, (request) => {
    if (changes(request)) steps.push({ request, copy: stack.atRest(stack.save()) });
    return undefined;
  });
  return steps;
}

/** One operation, what it should lead to, and what came of its mishaps. */
export interface Trial {
  readonly operation: Operation;
  /** See `shapeOf`. */
  readonly wanted: readonly string[];
  /** Where the operation was begun, and ended as wanted: see `LiveStack.standing`. */
  readonly passed: Set<string>;
  readonly tally: Tally;
}

/**
 * Has mishaps at one step, each from the state before it; does what the commands then say, and runs the operation again,
 * which must lead to the same clouds. Several mishaps of a step leave the same state and the same clouds; from there it
 * is run again once.
 */
export async function mishaps(stack: LiveStack, trial: Trial, step: KillStep, whats: readonly Mishap[]): Promise<void> {
  let killed: Killed | undefined;
  for (const what of whats) {
    trial.tally.cases += 1;
    try {
      if (KILLS.includes(what)) killed ??= await kill(stack, trial, step);
      const said = await happen(stack, trial, step, what, killed);
      const leaks = stack.leaks();
      if (leaks.length > 0) throw new Error(`a pre-shared key is in ${leaks.join(", ")}`);
      if (said.includes(`recover ${stack.name}`)) await recoverAsTold(stack, trial.tally);
      await goOn(stack, trial);
      trial.tally.converged += 1;
    } catch (error) {
      const { method, type } = step.request;
      const why = error instanceof Error ? error.message : String(error);
      trial.tally.failures.push(`${trial.operation}, ${what} at ${method} ${type}: ${why}`);
    }
  }
  if (killed !== undefined) for (const each of [killed.before, killed.after]) rmSync(each, { recursive: true });
}

/** What a kill leaves: the state that the engine had written by then, and the clouds before and after they acted. */
interface Killed {
  readonly before: string;
  readonly after: string;
  readonly said: string;
}

/** Kills the engine in the middle of a step. */
async function kill(stack: LiveStack, { operation }: Trial, step: KillStep): Promise<Killed> {
  stack.restore(step.copy);
  let before = "";
  const error = await stack.failure(operation, (request) => {
    if (before !== "" || !isAt(step, request)) return undefined;
    before = stack.save();
    return stack.killAfter();
  });
  if (error.code !== "interrupted") throw new Error(`expected interrupted, got ${error.code}: ${error.message}`);
  return { before, after: stack.save(), said: error.message };
}

/** Steps that do not wait for each other come in any order, so a step is known by what it asks for. */
const isAt = ({ request: { method, type } }: KillStep, request: Request): boolean =>
  request.method === method && request.type === type;

/** @returns what the command said */
async function happen(
  stack: LiveStack,
  { operation }: Trial,
  step: KillStep,
  what: Mishap,
  killed: Killed | undefined,
): Promise<string> {
  if (killed !== undefined && KILLS.includes(what)) {
    // The engine never heard of the request: what it had written is the same whether or not the cloud acted.
    stack.restore(killed.after, what === "killed before" ? killed.before : killed.after);
    return killed.said;
  }
  stack.restore(step.copy);
  let met = false;
  const error = await stack.failure(operation, (request) => {
    if (met || !isAt(step, request)) return undefined;
    met = true;
    return FAULT[what];
  });
  if (error.code !== "failed") throw new Error(`expected failed, got ${error.code}: ${error.message}`);
  return error.message;
}

/** Runs the operation again, unless it was seen already to lead to the wanted clouds from exactly here. */
async function goOn(stack: LiveStack, { operation, wanted, passed }: Trial): Promise<void> {
  const standing = await stack.standing();
  if (passed.has(standing)) return;
  await stack.run(operation);
  expectSame(await stack.world(shapeOf), wanted);
  passed.add(standing);
}

/**
 * Made up besides what `shapeOf` takes out: the end of a secret of RDS, user data, which holds that encoded, the rest of a
 * UUID, unique ids of instance profiles, users, keys and databases.
 */
const MADE_UP =
  /rds!db-#-[0-9a-f]{6}|"userData":"[^"]*"|#(?:-[0-9a-f]{4}){3}-#|\b(?:AIPA|AIDA|AKIA|db-)[0-9A-Z]{12,}\b/g;

function expectSame(...worlds: [made: readonly string[], wanted: readonly string[]]): void {
  const [made, wanted] = worlds.map((world) => world.map((text) => text.replaceAll(MADE_UP, "#"))) as [
    string[],
    string[],
  ];
  const [missing, extra] = [wanted.filter((one) => !made.includes(one)), made.filter((one) => !wanted.includes(one))];
  if (missing.length + extra.length === 0 && made.length === wanted.length) return;
  throw new Error(`missing ${JSON.stringify(missing)}\nextra ${JSON.stringify(extra)}`);
}

/** Does what the command asked for. */
async function recoverAsTold(stack: LiveStack, tally: Tally): Promise<void> {
  let recovered = await stack.recover();
  tally.adopted += recovered.text.split(": was made, recorded as").length - 1;
  if (recovered.code !== 0 && recovered.text.includes(`recover ${stack.name} --yes`)) {
    recovered = await stack.recover(true);
    tally.deleted += recovered.text.split(`${stack.name}: deleted `).length - 1;
  }
  if (recovered.code !== 0 && recovered.text.includes("spec.infrastructure.permits:")) {
    recovered = await permitting(stack, recovered.text, () => stack.recover(true));
    tally.deleted += recovered.text.split(`${stack.name}: deleted `).length - 1;
  }
  if (recovered.code !== 0) throw new Error(`recover: ${recovered.text}`);
}

/** Has the permits that a command asks for in the customer file for as long as something is done. */
async function permitting<Result>(stack: LiveStack, asked: string, act: () => Promise<Result>): Promise<Result> {
  const paths = Array.from(asked.matchAll(/^ +(\S+): \{ reason: </gm), ([, path]) => path!);
  const file = stack.project.customerFile(stack.name);
  const text = readFileSync(file, "utf8");
  stack.project.edit(stack.name, "  infrastructure:\n", `  infrastructure:\n${permits(paths)}`);
  try {
    return await act();
  } finally {
    writeFileSync(file, text);
  }
}

/** The block of a customer file that permits the removal of what these paths name. */
export const permits = (paths: readonly string[]): string =>
  `    permits:\n${paths.map((path) => `      "${path}": { reason: taking a test's customer down }\n`).join("")}`;

const FILE = join(ROOT, ".causeway/killed.json");

/** Adds tallies to the file that keeps them, for the command that prints them. */
export function keep(tallies: readonly Tally[]): void {
  mkdirSync(dirname(FILE), { recursive: true });
  const before = readTallies().filter(({ operation }) => !tallies.some((tally) => tally.operation === operation));
  writeFileSync(FILE, `${JSON.stringify([...before, ...tallies], undefined, 2)}\n`);
}

function readTallies(): Tally[] {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Tally[];
  } catch {
    return [];
  }
}

/** `create: 56 steps, 112 mishaps, 112 converged, 56 recorded afterwards, 3 deleted, 0 failed` */
export const describeTally = ({ operation, steps, cases, converged, adopted, deleted, failures }: Tally): string =>
  `${operation}: ${steps} steps, ${cases} mishaps, ${converged} converged, ${adopted} recorded afterwards, ` +
  `${deleted} deleted, ${failures.length} failed`;

export const newTally = (operation: string, steps: readonly KillStep[]): Tally => ({
  ...{ operation, steps: steps.length, cases: 0, converged: 0, adopted: 0, deleted: 0, failures: [] },
});
