/** Deleting what was created and never recorded: what holds data, or is published, only with written leave. */
import { isPermitted } from "../plan/guards.ts";
import { planCustomer } from "../plan/plan.ts";
import { releasePaths } from "../plan/release.ts";
import type { OpenStack } from "./interruption.ts";
import type { CloudObject } from "./listing.ts";

/** An object that was to be deleted and is still there. */
export interface Refused {
  readonly object: CloudObject;
  /** Why, as the rest of a sentence about it. */
  readonly reason: string;
  /** The path under `permits` that gives leave, where one does. */
  readonly permit?: string;
}

/**
 * Deletes objects, those first that the others need least. One that is protected from deletion stays, unless the customer
 * file permits its removal: a state that is older than its clouds has forgotten a database that is in use. So does what
 * the cloud refuses to delete, and what those need.
 * @param onRemoved told of each object as it is deleted
 */
export async function removeUnrecorded(
  { target, customer }: OpenStack,
  found: readonly CloudObject[],
  onRemoved: (object: CloudObject) => void,
): Promise<{ readonly removed: readonly CloudObject[]; readonly refused: readonly Refused[] }> {
  const removed: CloudObject[] = [];
  const refused: Refused[] = [];
  const release = releasePaths(planCustomer(customer));
  for (const object of inOrder(found)) {
    if (refused.some(({ object: { needs } }) => needs.includes(object.key))) {
      refused.push({ object, reason: "what stays needs it" });
      continue;
    }
    const permit = object.isProtected ? release(object.type, object.name) : undefined;
    if (permit !== undefined && !isPermitted(customer, permit)) {
      refused.push({ object, reason: "is protected from deletion", permit });
      continue;
    }
    try {
      await target.listing?.remove(object, { unprotect: permit !== undefined });
      removed.push(object);
      onRemoved(object);
    } catch (error) {
      refused.push({ object, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { removed, refused };
}

function inOrder(found: readonly CloudObject[]): readonly CloudObject[] {
  const left = [...found];
  const ordered: CloudObject[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ key }) => !left.some(({ needs }) => needs.includes(key)));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}
