import type { AccessKeys, KeySlot } from "./customer.ts";

/**
 * Rotation of a long-lived key without a gap: a second key comes, the registry takes it up within five minutes, the first
 * goes. One step per update: a, then a and b with a active, then b active, then b alone, and back the same way.
 */

const spell = ({ active, slots }: AccessKeys): string => `slots [${slots.join(", ")}] with ${active} active`;

/** The four states of a rotation that begins with one key, in order. */
export const rotationFrom = (slot: KeySlot): readonly AccessKeys[] => {
  const other = slot === "a" ? "b" : "a";
  return [
    { active: slot, slots: [slot] },
    { active: slot, slots: ["a", "b"] },
    { active: other, slots: ["a", "b"] },
    { active: other, slots: [other] },
  ];
};

/** What is wrong with a state by itself; undefined where nothing is. */
export function stateMistake(keys: AccessKeys): string | undefined {
  if (new Set(keys.slots).size < keys.slots.length) return `expected each slot once, got ${spell(keys)}; remove one`;
  if (keys.slots.includes(keys.active)) return undefined;
  return `expected the active slot among slots, got ${spell(keys)}; add ${keys.active} to slots`;
}

/**
 * What is wrong with going from one state to another in one update; undefined where nothing is. Adding a slot, changing the
 * active one, and removing the other are a step each: two at once would leave the registry with a key that is gone.
 */
export function stepMistake(from: AccessKeys, to: AccessKeys): string | undefined {
  const sameSlots = from.slots.join() === to.slots.join();
  const sameActive = from.active === to.active;
  if (sameSlots && (sameActive || to.slots.length === 2)) return undefined;
  if (sameActive && from.slots.includes(from.active) && to.slots.includes(to.active)) return undefined;
  const fix =
    from.slots.length === 1
      ? "deploy slots: [a, b] first"
      : "deploy the other key as active first, then remove the old";
  return `expected one step from ${spell(from)}, got ${spell(to)}; ${fix}`;
}
