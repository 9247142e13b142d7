/** What the parts of a walk from an executor to a registry share. */
import type { CloudObject, World } from "../world.ts";
import type { Artefact } from "./artefact.ts";

/** Who can put a hop right. */
export type Side = "ours" | "customer";

export type HopKind =
  | "executors"
  | "dns-proxy"
  | "resolver"
  | "private zone"
  | "public dns"
  | "guest rules"
  | "firewall"
  | "route"
  | "nat"
  | "tunnel"
  | "bgp session"
  | "return route"
  | "security group"
  | "interface endpoint"
  | "private service connect"
  | "service"
  | "service attachment"
  | "backend service"
  | "health check"
  | "load balancer"
  | "listener rule"
  | "target group"
  | "endpoint policy"
  | "domain"
  | "encryption key"
  | "identity"
  | "repository"
  | "bucket"
  | "allowlist"
  | "certificate";

/** One thing a connection passes, or fails to. */
export interface Hop {
  readonly kind: HopKind;
  readonly ok: boolean;
  readonly side: Side;
  /** What is there, or what is wrong, in a sentence without a full stop. */
  readonly what: string;
}

/** Where a walk begins. */
export interface From {
  readonly world: World;
  readonly executors: CloudObject;
  readonly subnet: CloudObject;
  readonly network: CloudObject;
  /** Inside a virtual machine on the executor, rather than on the executor itself. */
  readonly guest: boolean;
  readonly artefact: Artefact;
}

/** Hops in order; whoever follows it stops at the first that is not ok. */
export type Walk<Result = void> = Generator<Hop, Result>;

export function passed(kind: HopKind, what: string, side: Side = "ours"): Hop {
  return { kind, ok: true, side, what };
}

export function broken(kind: HopKind, what: string, side: Side = "ours"): Hop {
  return { kind, ok: false, side, what };
}

/** One hop, broken where there is something wrong with it. */
export function hop(kind: HopKind, wrong: string | undefined, right: string, side: Side = "ours"): Hop {
  return wrong === undefined ? passed(kind, right, side) : broken(kind, wrong, side);
}
