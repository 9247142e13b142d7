import { contains, parseRange } from "./cidr.ts";
import type { Customer } from "./customer.ts";
import type { Deployed } from "./deployed.ts";
import {
  canonicalPath,
  covers,
  guardedValues,
  guardOf,
  isPermitted,
  LOSES_PATH,
  REGISTRY,
  type Values,
} from "./guards.ts";
import { NONE, type Guard } from "./guardTypes.ts";
import type { Partly } from "./partly.ts";

/** What of a customer may not go out over what is deployed: fixed, without leave, or too fast. */

/** One difference from what is deployed that may not go out like this. */
export interface Finding {
  /** Path below `spec.infrastructure`, members by key. */
  readonly path: string;
  /** `expected … as deployed, got …, which …; what to do` */
  readonly message: string;
}

/** A permit past its date, which a loaded customer no longer has. */
export interface EndedPermit {
  readonly path: string;
  /** ISO date, the last day it counted. */
  readonly until: string;
}

/** What is compared with what. */
interface Comparison {
  readonly customer: Partly<Customer>;
  readonly values: Values;
  readonly current: Values;
  readonly ended: readonly EndedPermit[];
}

const EMPTY: Deployed = { version: 1, values: {}, endpointStates: {} };

/**
 * Every difference between a customer and what is deployed that is fixed, lacks a permit, or goes too fast (V5, V29,
 * V37, V38). `null` stands for a stack nothing is deployed of yet.
 * @param ended permits of the file that no longer count, so that whoever relies on one is told
 */
export function compareWithDeployed(
  customer: Partly<Customer>,
  deployed: Deployed | null,
  ended: readonly EndedPermit[] = [],
): readonly Finding[] {
  const { values, endpointStates } = deployed ?? EMPTY;
  const current = guardedValues(customer);
  const comparison = { customer, values, current, ended };
  return [
    ...Object.keys(values).flatMap((path) => changed(comparison, path) ?? []),
    ...Object.keys(values).flatMap((path) => removed(comparison, path) ?? []),
    ...rotations(values, current),
    ...restores(values, current),
    ...natStates(values, current),
    ...privateDns(customer, endpointStates),
  ];
}

function changed({ customer, values, current, ended }: Comparison, path: string): Finding | undefined {
  const guard = guardOf(path);
  const before = values[path];
  const now = current[path] ?? (ownBlockStays(path, current) ? "nothing" : undefined);
  if (guard === undefined || guard.kind === "removal" || now === undefined || now === before) return undefined;
  if (isBroughtAlong(guard, path, values, current)) return undefined;
  if (guard.path.endsWith("ipCidrRange") && grows(String(before), String(now))) return undefined;
  if (guard.kind === "change" && isPermitted(customer, path)) {
    if (permitIsDeployed(values, path)) return undefined;
    const message = `expected ${before} as deployed, got ${now} in the update that brings its permit; deploy the permit first, then change it`;
    return { path, message };
  }
  const fix =
    guard.kind === "fixed"
      ? (guard.advice ?? "make a new stack beside it")
      : `${guard.advice ?? "keep it"}, or ${leaveLost(path, values, ended) ?? "name the path under permits with a reason"}`;
  return { path, message: `expected ${before} as deployed, got ${now}, which ${guard.cost}; ${fix}` };
}

/** The block of a registry that a path is in. */
const blockOf = (path: string): string | undefined =>
  /^registries\[[^\]]+\]\.(?:codeArtifact|selfHosted|publish\.(?:aws|gcp))(?=\.)/.exec(path)?.[0];

/** Whether a value went from a block of a registry that is still there: taking it away is as much a change as another. */
function ownBlockStays(path: string, current: Values): boolean {
  const block = blockOf(path);
  return block !== undefined && block in current;
}

/** Whether a field that this one follows changes too. */
const isBroughtAlong = ({ follows = [] }: Guard, path: string, values: Values, current: Values): boolean =>
  follows
    .map((field) => `${blockOf(path)}.${field}`)
    .some((other) => other in values && values[other] !== current[other]);

/** A subnet's range may grow in place: the new range holds the old one. */
function grows(before: string, now: string): boolean {
  const [inner, outer] = [parseRange(before), parseRange(now)];
  return inner !== undefined && outer !== undefined && contains(outer, inner);
}

const STATE = (path: string): string => `${path}.state`;

function removed({ customer, values, current, ended }: Comparison, path: string): Finding | undefined {
  const guard = guardOf(path);
  if (guard?.kind !== "removal" || path in current || blockIsGone(path, values, current)) return undefined;
  const start = `expected ${path} as deployed, got it removed`;
  if (values[STATE(path)] === "active") {
    return { path, message: `${start} while active; set state: draining, deploy, then remove it` };
  }
  if (!isPermitted(customer, path)) {
    const fix = leaveLost(path, values, ended) ?? "name it under permits with a reason, deploy that, then remove it";
    return { path, message: `${start}, which ${costOf(guard, path, values)}; ${fix}` };
  }
  if (permitIsDeployed(values, path)) return undefined;
  const message = `${start} in the update that brings its permit; deploy the permit first, then remove it`;
  return { path, message };
}

/**
 * Whether the last update already had a permit for the path. Until then the engine finds what the path guards protected,
 * and stops half-way where it is deleted or replaced through something else.
 */
const permitIsDeployed = (values: Values, path: string): boolean =>
  Object.keys(values).some((key) => {
    const permit = /^permits\[(.*)\]$/.exec(key)?.[1];
    return permit !== undefined && covers(permit, path);
  });

/** What a removal costs: nobody is asked to accept a connection to a registry that is made or published here. */
function costOf({ cost }: Guard, path: string, values: Values): string {
  const [, kind, key = ""] = /^privateCodeHost\.(?:aws|gcp)\.(\w+)\[(.*)\]$/.exec(path) ?? [];
  const target = String(values[`${path}.targetService`]);
  const ours = kind === "privateLinks" ? !key.startsWith("vpce-") : target.startsWith(REGISTRY);
  return cost === LOSES_PATH && ours ? "takes the executors' path to it away" : cost;
}

/** What to do about a permit that was there and is no more; undefined where there was none. */
function leaveLost(path: string, values: Values, ended: readonly EndedPermit[]): string | undefined {
  const over = ended.find((permit) => covers(canonicalPath(permit.path), path));
  if (over !== undefined) return `give its permit a later date: it ended on ${over.until}`;
  return permitIsDeployed(values, path) ? "keep its permit in the file until this is deployed" : undefined;
}

/** One finding for a block that is gone, not one more for each of its members. */
const blockIsGone = (path: string, values: Values, current: Values): boolean =>
  Object.keys(values).some(
    (outer) => outer !== path && guardOf(outer)?.kind === "removal" && covers(outer, path) && !(outer in current),
  );

/** V37: key generations only rise, and those of one tunnel per update. */
function rotations(values: Values, current: Values): readonly Finding[] {
  const moved = Object.keys(current).filter(
    (path) => path.includes(".pskGenerations.") && path in values && current[path] !== values[path],
  );
  const tunnel = (path: string | undefined): string => path?.split(".").at(-1) ?? "";
  return moved.flatMap((path, index) => {
    const [before, now] = [Number(values[path]), Number(current[path])];
    if (now < before) {
      const message = `expected ${before} or more as deployed, got ${now}; a generation only rises, write ${before}`;
      return { path, message };
    }
    if (index === 0) return [];
    const message = `expected one tunnel's generation raised per update, got ${tunnel(moved[0])} and ${tunnel(path)}; raise ${tunnel(path)} in the next update`;
    return { path, message };
  });
}

/** What a database was made from is read when it is made: written later, it would change nothing, and nobody would know. */
function restores(values: Values, current: Values): readonly Finding[] {
  return Object.keys(current).flatMap((path) => {
    const [before, now] = [values[path], current[path]];
    if (!path.endsWith(".selfHosted.restore") || before === undefined || now === before || now === NONE) return [];
    const fix = "restore into a second registry beside this one, and leave this one's as it was";
    const message = `expected ${before} as when the database was made, got ${now}, which is read only then; ${fix}`;
    return { path, message };
  });
}

/** V29: an address drains only after it was active, and gives up its connections only by draining. */
function natStates(values: Values, current: Values): readonly Finding[] {
  const paths = Object.keys(current).filter((path) => /^executorNAT\.addresses\[.*\]\.state$/.test(path));
  return paths.flatMap((path) => {
    const [before, now] = [values[path], current[path]];
    if (now === "draining" && before !== "active" && before !== "draining") {
      const was = before === undefined ? "a new address" : `an address that is ${before}`;
      const message = `expected reserved or active for ${was}, got draining; only an active address can drain`;
      return { path, message };
    }
    if (before === "active" && now === "reserved") {
      const message =
        "expected active or draining as deployed active, got reserved, which cuts open connections; write draining first";
      return { path, message };
    }
    return [];
  });
}

/** V5: private DNS needs an endpoint the customer has accepted. */
function privateDns(customer: Partly<Customer>, states: Deployed["endpointStates"]): readonly Finding[] {
  return (customer.aws?.[0]?.privateLinks ?? []).flatMap((link) => {
    if (link?.key === undefined || link.privateDnsEnabled !== true) return [];
    const state = states[link.key];
    if (state === "available") return [];
    const now = state === undefined ? "not deployed yet" : state;
    const path = `privateCodeHost.aws.privateLinks[${link.key}].privateDnsEnabled`;
    const fix = "write false, and true once the customer has accepted";
    const message = `expected false until the endpoint is available, got true while it is ${now}; ${fix}`;
    return { path, message };
  });
}
