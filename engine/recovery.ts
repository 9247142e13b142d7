/**
 * What an interrupted operation leaves in a state, and how it is put right: operations that had begun when nobody was left
 * to write down how they ended.
 */
import type { StackState, StoredResource } from "./stackState.ts";

/** An operation the state says had begun; whether the cloud did it, the state does not say. */
export interface PendingOperation {
  readonly kind: "create" | "update" | "delete" | "read" | "import";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Arguments it was asked with; secrets are encrypted. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A resource the state has, which a cloud knows by its id. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

/** Source: Pulumi, `sdk/go/common/apitype/core.go`, OperationType. */
const KINDS: Readonly<Record<string, PendingOperation["kind"]>> = {
  creating: "create",
  updating: "update",
  deleting: "delete",
  reading: "read",
  importing: "import",
};

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** The operations a state says had begun and not ended. */
export function pendingIn({ deployment }: StackState): readonly PendingOperation[] {
  return (deployment?.pending_operations ?? []).map(({ resource, type }) => ({
    kind: KINDS[type] ?? "update",
    urn: resource.urn,
    type: resource.type,
    name: nameOf(resource.urn),
    inputs: resource.inputs ?? {},
  }));
}

/**
 * The resources of a state that a cloud knows by an id. One that was deleted for its replacement stays in the state until
 * that is made, and would hide it: where ids are names, both have the same.
 */
export function recordedIn({ deployment }: StackState): readonly Recorded[] {
  return (deployment?.resources ?? [])
    .filter(({ custom, type, id }) => custom === true && !type.startsWith("pulumi:") && id !== undefined)
    .filter(({ pendingReplacement }) => pendingReplacement !== true)
    .map(({ urn, type, id = "" }) => ({ urn, type, name: nameOf(urn), id }));
}

/**
 * The state without pending operations. What was being created and was found in a cloud is recorded under its id, with
 * the arguments it was asked with; what the cloud filled in, a refresh reads back.
 * @param found ids of what was created, by the operation's place in {@link pendingIn}
 */
export function settled(state: StackState, found: ReadonlyMap<number, string>): StackState {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const adopted = pending.flatMap(({ resource }, index): StoredResource[] => {
    const id = found.get(index);
    return id === undefined ? [] : [{ ...resource, id }];
  });
  const made = new Map(adopted.map((resource) => [resource.urn, resource]));
  // In a replacement the state still has the predecessor: deleted already, or to be deleted once the new one is there. What
  // depends on it comes after it in the state, so the new one takes its place.
  const isPredecessor = (each: StoredResource): boolean =>
    made.has(each.urn) && (each.delete !== true || each.pendingReplacement === true);
  const predecessors = resources.filter(isPredecessor);
  const live = resources
    .filter((each) => each.delete !== true || isPredecessor(each))
    .map((each) => (isPredecessor(each) ? made.get(each.urn)! : each));
  const fresh = adopted.filter(({ urn }) => !predecessors.some((each) => each.urn === urn));
  const replaced = predecessors
    .filter(({ pendingReplacement }) => pendingReplacement !== true)
    .map((each) => ({ ...each, delete: true }));
  const old = resources.filter((each) => each.delete === true && !isPredecessor(each));
  return {
    ...state,
    deployment: { ...state.deployment, resources: [...live, ...fresh, ...replaced, ...old], pending_operations: [] },
  };
}
