/**
 * Machines that answer in a VPC without the program under test: a customer's registry hosts. They stand for whatever has
 * the address, in AWS or behind it.
 */
import type { CloudObject, World } from "../world.ts";

/** Type of the objects that stand for machines; no provider has it. */
export const HOST = "sandbox:index:Host";

/** The machine with an address in a VPC, or reached from it. */
export function hostAt(world: World, vpc: CloudObject, address: string): CloudObject | undefined {
  return world.byTerm(vpc, HOST, address).find(({ args }) => args["vpcId"] === vpc.id);
}
