/** Mutates a customer's deployment and says who noticed. */

import type { Deployed } from "../../sandbox/deploy.ts";
import { loadBalancer, LOAD_BALANCER } from "../../sandbox/loadBalancers.ts";
import { keyOf } from "../../sandbox/world.ts";
import { deployCustomer, type DeployedCustomer } from "../support/deployed.ts";
import { CATCHERS } from "./catchers.ts";
import { reasonFor, type Harmless } from "./harmless.ts";
import { mutationsOf, type Mutation } from "./mutations.ts";
import type { Subject } from "./subject.ts";

export interface Survivor {
  readonly type: string;
  readonly name: string;
  readonly at: string;
  readonly change: string;
  /** Why it does no harm; absent when nobody has said. */
  readonly reason?: string;
}

export interface Evidence {
  readonly mutations: number;
  /** Mutations that ask for the same thing in other words: the provider would see no difference. */
  readonly equivalent: number;
  /** Mutations by the first catcher that noticed. */
  readonly caught: Readonly<Record<string, number>>;
  readonly survivors: readonly Survivor[];
  /** Reasons that no survivor needs. */
  readonly unneeded: readonly Harmless[];
}

/** Caught mutations out of those that change anything, in per cent. */
export function score({ mutations, equivalent, survivors }: Evidence): number {
  const changing = mutations - equivalent;
  return (100 * (changing - survivors.length)) / changing;
}

/** The figures of several subjects together. */
export function together(all: readonly Evidence[]): Evidence {
  const names = new Set(all.flatMap(({ caught }) => Object.keys(caught)));
  const sum = (of: (one: Evidence) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    mutations: sum(({ mutations }) => mutations),
    equivalent: sum(({ equivalent }) => equivalent),
    caught: Object.fromEntries([...names].map((name) => [name, sum(({ caught }) => caught[name] ?? 0)])),
    survivors: all.flatMap(({ survivors }) => survivors),
    // a reason is needed where any of those that have it needs it
    unneeded: all[0]?.unneeded.filter((one) => all.every(({ unneeded }) => unneeded.includes(one))) ?? [],
  };
}

/**
 * Tries mutations of a subject one at a time, each in clouds of its own.
 * @param pick which of the mutations, by their index
 * @param onSettled told of each mutation as it is settled
 */
export async function evidence(
  subject: Subject,
  pick: (index: number, mutation: Mutation) => boolean = () => true,
  onSettled: (mutation: Mutation, by: string | undefined, message: string | undefined) => void = () => undefined,
): Promise<Evidence> {
  const { deployed, mutations } = await baseline(subject);
  const chosen = mutations.filter((mutation, index) => pick(index, mutation));
  const caught = new Map<string, number>(CATCHERS.map(({ name }) => [name, 0]));
  const survivors: Survivor[] = [];
  const needed = new Set<Harmless>();
  let equivalent = 0;
  for (const mutation of chosen) {
    const { by, message } = await looked(subject, mutation);
    const same = by === undefined && (await asksForTheSame(deployed, mutation));
    onSettled(mutation, same ? "equivalent" : by, message);
    if (same) equivalent++;
    else if (by !== undefined) caught.set(by, caught.get(by)! + 1);
    else survivors.push(survivorOf(mutation, subject.harmless, needed));
  }
  const unneeded = subject.harmless.filter((one) => !needed.has(one));
  return { mutations: chosen.length, equivalent, caught: Object.fromEntries(caught), survivors, unneeded };
}

async function asksForTheSame({ deployment, created, graph }: DeployedCustomer, mutation: Mutation): Promise<boolean> {
  const { inputs } = graph!.nodes.find(({ urn }) => urn === mutation.urn)!;
  const resource = (urn: string): Deployed => created.find(({ key }) => key === urn)!;
  const changed = await mutation.send(inputs, async (urn) => resource(urn));
  return changed !== undefined && deployment.differences(resource(mutation.urn), changed).length === 0;
}

function survivorOf(mutation: Mutation, reasons: readonly Harmless[], needed: Set<Harmless>): Survivor {
  const { type, name, at, change } = mutation;
  const found = reasonFor(mutation, reasons);
  if (found) needed.add(found);
  return { type, name, at, change, ...(found && { reason: found.reason }) };
}

/** The unmutated deployment, which nobody may find fault with, and its mutations. */
export async function baseline(
  subject: Subject,
): Promise<{ readonly deployed: DeployedCustomer; readonly mutations: Mutation[] }> {
  const { deployed, bystanders, by, message } = await looked(subject);
  if (by !== undefined) throw new Error(`${by} finds fault with the program as it is: ${message}`);
  return { deployed, mutations: mutationsOf(deployed, bystanders, subject.mutates) };
}

/** What came of a deployment, who found fault with it first, and what was said. */
export interface Looked {
  readonly deployed: DeployedCustomer;
  readonly bystanders: readonly Deployed[];
  readonly by?: string;
  readonly message?: string;
}

/** Deploys, with one mutation or none, and asks the catchers in turn. */
export async function looked(subject: Subject, mutation?: Mutation): Promise<Looked> {
  const { world, bystanders } = await subject.surroundings();
  const before = new Set(world.list().map(keyOf));
  const deployed = await deployCustomer(subject.customer, {
    world,
    send: (node, made) => (node.urn === mutation?.urn ? mutation.send(node.inputs, made) : node.inputs),
  });
  const ours = world.list().flatMap((one) => (before.has(keyOf(one)) ? [] : (world.get(keyOf(one)) ?? [])));
  await takeHandOff(deployed);
  for (const { name, look } of CATCHERS) {
    const message = look({ ...deployed, ours }, subject.customer);
    if (message !== undefined) return { deployed, bystanders, by: name, message };
  }
  return { deployed, bystanders };
}

/** The customer lets in the addresses the hand-off names, and nobody else. */
async function takeHandOff({ world, graph }: DeployedCustomer): Promise<void> {
  const addresses = Object.values((graph?.outputs["natAddresses"] ?? {}) as Record<string, string>);
  for (const { id } of world.all(LOAD_BALANCER)) {
    await loadBalancer(world, id).reject("*");
    for (const address of addresses) await loadBalancer(world, id).allow(address);
  }
}
