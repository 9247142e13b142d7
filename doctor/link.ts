import type { Side } from "./expectation.ts";
import type { View } from "./facts.ts";

/** Everything between a job and its registry, in the order in which it can break. */
export const LINKS = ["configuration", "dns", "route", "rule", "tcp", "tls", "registry"] as const;
export type LinkName = (typeof LINKS)[number];

/** A link of the chain that holds: what was found. */
export interface Holds {
  readonly link: LinkName;
  readonly ok: true;
  readonly got: string;
}

/** A link of the chain that does not hold. */
export interface Broken {
  readonly link: LinkName;
  readonly ok: false;
  readonly expected: string;
  readonly got: string;
  /** Who can put it right. */
  readonly side: Side;
  /** What to do next: a command where there is one. */
  readonly next: string;
}

export type Link = Holds | Broken;

/** The chain from one place to one name of a registry; it ends with the link that is broken. */
export interface Way {
  readonly view: View;
  readonly key: string;
  readonly name: string;
  readonly port: number;
  readonly links: readonly Link[];
  readonly reachable: boolean;
}

export interface Diagnosis {
  readonly customer: string;
  /** What executors were given, which every way shares. */
  readonly configuration: Link;
  readonly ways: readonly Way[];
  readonly healthy: boolean;
}

export const holds = (link: LinkName, got: string): Holds => ({ link, ok: true, got });

/** @param told `[expected, got, side, next]` */
export function broken(link: LinkName, ...told: readonly [string, string, Side, string]): Broken {
  const [expected, got, side, next] = told;
  return { link, ok: false, expected, got, side, next };
}
