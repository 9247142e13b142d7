// What an interrupted operation leaves in a state, settled as data. That the engine takes the result is shown by killing it
// at every step, in the long tier.
import { expect, test } from "vitest";
import { recordedIn, settled } from "../../engine/recovery.ts";
import type { StackState, StoredResource } from "../../engine/stackState.ts";

const resource = (name: string, more: Partial<StoredResource> = {}): StoredResource => ({
  urn: `urn:pulumi:dev::causeway::gcp:compute/vPNTunnel:VPNTunnel::${name}`,
  type: "gcp:compute/vPNTunnel:VPNTunnel",
  custom: true,
  id: `id-of-${name}`,
  ...more,
});

/** A state with resources, in which one more was being created. */
function creating(name: string, ...resources: StoredResource[]): StackState {
  const { id: _, ...being } = resource(name);
  return { version: 3, deployment: { resources, pending_operations: [{ resource: being, type: "creating" }] } };
}

const told = ({ deployment }: StackState): string[] =>
  (deployment?.resources ?? []).map(({ id, delete: old }) => (old === true ? `${id} to be deleted` : String(id)));

test("what was made and not recorded is recorded after what there was", () => {
  const state = creating("tunnel", resource("gateway"), resource("old", { delete: true }));
  const after = settled(state, new Map([[0, "made"]]));
  expect(told(after)).toEqual(["id-of-gateway", "made", "id-of-old to be deleted"]);
  expect(after.deployment?.pending_operations).toEqual([]);
});

test("what was not made is forgotten", () => {
  expect(told(settled(creating("tunnel", resource("gateway")), new Map()))).toEqual(["id-of-gateway"]);
});

test("what replaces something that was deleted before takes its place, before what depends on it", () => {
  const gone = resource("tunnel", { pendingReplacement: true });
  const state = creating("tunnel", resource("gateway"), gone, resource("peer"));
  expect(recordedIn(state).map(({ id }) => id)).toEqual(["id-of-gateway", "id-of-peer"]);
  expect(told(settled(state, new Map([[0, "made"]])))).toEqual(["id-of-gateway", "made", "id-of-peer"]);
});

test("what replaces something that is deleted afterwards takes its place, and the old one is still to be deleted", () => {
  const state = creating("tunnel", resource("gateway"), resource("tunnel"), resource("peer"));
  expect(told(settled(state, new Map([[0, "made"]])))).toEqual([
    "id-of-gateway",
    "made",
    "id-of-peer",
    "id-of-tunnel to be deleted",
  ]);
});
