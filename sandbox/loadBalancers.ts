/** Customers' public load balancers, and the names that lead to them. */
import { CUSTOMER_ACCOUNT } from "./aws/services.ts";
import type { Backend } from "./otherSide.ts";
import { drop, outside, put } from "./outside.ts";
import { texts } from "./values.ts";
import type { CloudObject, Place, World } from "./world.ts";

/** Type of the objects that stand for public load balancers. They are in no cloud of ours. */
export const LOAD_BALANCER = "sandbox:index:LoadBalancer";
const PLACE: Place = { cloud: "aws", account: CUSTOMER_ACCOUNT, region: "global" };

export interface LoadBalancerSpec extends Backend {
  /** DNS name. */
  readonly name: string;
  /** Its public address; one of a test range unless given. */
  readonly address?: string;
  /** Source addresses it lets in; `*` is everybody. */
  readonly allowlist: readonly string[];
  /** Addresses of the only resolvers that know the name; left out for a name in public DNS. */
  readonly resolvers?: readonly string[];
}

/** A customer's load balancer and what its owner does with it. */
export interface LoadBalancer {
  /** Adds a source address to the allowlist. */
  allow(address: string): Promise<void>;
  /** Takes a source address off the allowlist. */
  reject(address: string): Promise<void>;
  delete(): Promise<void>;
}

/** Puts a customer's load balancer into the world. Addresses allowed since it was first seeded stay allowed. */
export async function seedLoadBalancer(world: World, spec: LoadBalancerSpec): Promise<LoadBalancer> {
  const { name, address, ...settings } = spec;
  const before = world.find(PLACE, LOAD_BALANCER, name);
  const allowlist = [...new Set([...texts(before?.args["allowlist"]), ...spec.allowlist])];
  // Source: RFC 2544's range for tests: its end, which the simulated clouds do not come to give out.
  const made = `198.18.255.${1 + (Number.parseInt(world.hash(name).slice(0, 4), 16) % 254)}`;
  const attrs = { address: address ?? made };
  await put(world, outside(PLACE, LOAD_BALANCER, { id: name, name, args: { ...settings, allowlist }, attrs }));
  return loadBalancer(world, name);
}

/** What its owner can do with a load balancer, whether it exists or not. */
export function loadBalancer(world: World, name: string): LoadBalancer {
  const find = (): CloudObject | undefined => world.find(PLACE, LOAD_BALANCER, name);
  const change = async (edit: (allowlist: string[]) => string[]): Promise<void> => {
    const found = find();
    if (found) await put(world, { ...found, args: { ...found.args, allowlist: edit(texts(found.args["allowlist"])) } });
  };
  return {
    allow: (address) => change((allowlist) => [...new Set([...allowlist, address])]),
    reject: (address) => change((allowlist) => allowlist.filter((one) => one !== address)),
    async delete() {
      const found = find();
      if (found) await drop(world, found);
    },
  };
}
