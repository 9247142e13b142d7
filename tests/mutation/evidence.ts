/** Mutates a customer's deployment and says who noticed. */
import type { Customer } from "../../plan/customer.ts";

import { deployCustomer, type DeployedCustomer } from "../support/deployed.ts";
import { CATCHERS } from "./catchers.ts";
import { HARMLESS, reasonFor, type Harmless } from "./harmless.ts";
import { mutationsOf, type Mutation } from "./mutations.ts";
import { SUBJECT, surroundings } from "./subject.ts";

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
  /** Mutations by the first catcher that noticed. */
  readonly caught: Readonly<Record<string, number>>;
  readonly survivors: readonly Survivor[];
  /** Reasons that no survivor needs. */
  readonly unneeded: readonly Harmless[];
}

/** Caught mutations out of all, in per cent. */
export function score({ mutations, survivors }: Evidence): number {
  return (100 * (mutations - survivors.length)) / mutations;
}

/**
 * Tries mutations one at a time, each in clouds of its own.
 * @param pick which of the mutations, by their index
 * @param onCaught told of each mutation as it is settled
 */
export async function evidence(
  pick: (index: number, mutation: Mutation) => boolean = () => true,
  onSettled: (mutation: Mutation, by: string | undefined, message: string | undefined) => void = () => undefined,
): Promise<Evidence> {
  const { mutations } = await baseline(SUBJECT);
  const chosen = mutations.filter((mutation, index) => pick(index, mutation));
  const caught = new Map<string, number>(CATCHERS.map(({ name }) => [name, 0]));
  const survivors: Survivor[] = [];
  const needed = new Set<Harmless>();
  for (const mutation of chosen) {
    const { by, message } = await tried(mutation);
    onSettled(mutation, by, message);
    if (by !== undefined) caught.set(by, caught.get(by)! + 1);
    else survivors.push(survivorOf(mutation, needed));
  }
  const unneeded = HARMLESS.filter((one) => !needed.has(one));
  return { mutations: chosen.length, caught: Object.fromEntries(caught), survivors, unneeded };
}

function survivorOf(mutation: Mutation, needed: Set<Harmless>): Survivor {
  const { type, name, at, change } = mutation;
  const found = reasonFor(mutation);
  if (found) needed.add(found);
  return { type, name, at, change, ...(found && { reason: found.reason }) };
}

/** The unmutated deployment, which nobody may find fault with, and its mutations. */
export async function baseline(customer: Customer): Promise<{ deployed: DeployedCustomer; mutations: Mutation[] }> {
  const { world, bystanders } = await surroundings();
  const deployed = await deployCustomer(customer, { world });
  for (const catcher of CATCHERS) {
    const complaint = catcher.look(deployed, customer);
    if (complaint !== undefined) throw new Error(`${catcher.name} finds fault with the program as it is: ${complaint}`);
  }
  return { deployed, mutations: mutationsOf(deployed, bystanders) };
}

/** Deploys with one mutation and asks the catchers in turn. */
export async function tried({ urn, send }: Mutation): Promise<{ readonly by?: string; readonly message?: string }> {
  const { world } = await surroundings();
  const deployed = await deployCustomer(SUBJECT, {
    world,
    send: (node, made) => (node.urn === urn ? send(node.inputs, made) : node.inputs),
  });
  for (const catcher of CATCHERS) {
    const message = catcher.look(deployed, SUBJECT);
    if (message !== undefined) return { by: catcher.name, message };
  }
  return {};
}
