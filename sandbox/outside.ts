/** Changes of the world that no provider asked for: what others own, and what they decide. */
import { equal, type Values } from "./values.ts";
import { keyOf, type CloudObject, type Place, type World } from "./world.ts";

/** An object that exists without the program under test. */
export function outside(
  place: Place,
  type: string,
  what: { id: string; name: string; args: Values; attrs: Values },
): CloudObject {
  return { ...place, type, ...what, secrets: {}, uses: [], within: [], outside: true };
}

/** Puts one object into the world, unless it is there already just so. */
export async function put(world: World, object: CloudObject): Promise<void> {
  if (equal(world.get(keyOf(object)), object)) return;
  const tx = world.begin();
  tx.put(object);
  await tx.commit();
}

/** Takes one object out of the world, with whatever lives within it. */
export async function drop(world: World, object: CloudObject): Promise<void> {
  const tx = world.begin();
  tx.drop(object);
  await tx.commit();
}
