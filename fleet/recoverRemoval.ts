/** Deleting what was created and never recorded: what holds data, or is published, only with written leave. */
import { isPermitted } from "../plan/guards.ts";
import { planCustomer, type Plan } from "../plan/plan.ts";
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
 * Deletes objects, those first that the others need least. One that is protected from deletion or may hold data
 * stays, unless the customer file permits its removal: a state that is older than its clouds has forgotten what is in use. So does what
 * the cloud refuses to delete, and what those need. Keys go last, and not at all while anything stays.
 * @param onRemoved told of each object as it is deleted
 */
export async function removeUnrecorded(
  { target, customer }: OpenStack,
  found: readonly CloudObject[],
  onRemoved: (object: CloudObject) => void,
): Promise<{ readonly removed: readonly CloudObject[]; readonly refused: readonly Refused[] }> {
  const removed: CloudObject[] = [];
  const refused: Refused[] = [];
  const leave = leaveFor(planCustomer(customer));
  for (const object of inOrder(found)) {
    if (refused.some(({ object: { needs } }) => isKey(object) || needs.includes(object.key))) {
      refused.push({ object, reason: "what stays needs it" });
      continue;
    }
    const permit = leave(object);
    if (permit !== undefined && !isPermitted(customer, permit)) {
      refused.push({
        object,
        reason: object.isProtected ? "is protected from deletion" : "may hold what is in use",
        permit,
      });
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

/** What holds packages or a secret and has no protection that a cloud knows. */
const HOLDS_DATA = /^aws:(codeartifact\/(domain:Domain|repository:Repository)|secretsmanager\/secret:Secret)$/;

/** Which permit an object's deletion needs, if any: where the cloud protects it, or where it holds packages or a secret. */
function leaveFor(plan: Plan): (object: CloudObject) => string | undefined {
  const release = releasePaths(plan);
  return ({ type, name, tags, isProtected }) => {
    if (isProtected) return release(type, name);
    const registry = plan.registries.find(({ key }) => key === tags?.["causeway:registry"]);
    return registry !== undefined && HOLDS_DATA.test(type) ? release(type, registry.name) : undefined;
  };
}

/** Keys hold nothing and no cloud keeps them for what they encrypt, which nobody reads without them. */
const isKey = ({ type }: CloudObject): boolean => type === "aws:kms/key:Key";

function inOrder(found: readonly CloudObject[]): readonly CloudObject[] {
  const left = [...found.filter((object) => !isKey(object)), ...found.filter(isKey)];
  const ordered: CloudObject[] = [];
  while (left.length > 0) {
    const next = left.findIndex(({ key }) => !left.some(({ needs }) => needs.includes(key)));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
}
