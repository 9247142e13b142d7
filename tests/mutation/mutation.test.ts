/**
 * Every mutation of a deployment in turn is the long tier's; here one in forty, so that a catcher that stopped looking is
 * found at once. This tier cannot show that a reason in the table of harmless mutations is no longer needed.
 */
import { expect, test } from "vitest";
import { evidence } from "./evidence.ts";

test("of a sample of mutations each is caught, or harmless for a reason", async () => {
  const { mutations, survivors, caught } = await evidence((index) => index % 40 === 7);
  expect(mutations).toBeGreaterThanOrEqual(40);
  expect(survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  for (const name of ["schema", "world", "tunnels", "reachability", "audit"]) expect(caught[name]).toBeGreaterThan(0);
});
