/**
 * Every mutation of a deployment in turn is the long tier's; here one in forty, so that a catcher that stopped looking is
 * found at once. This tier cannot show that a reason in the table of harmless mutations is no longer needed.
 */
import { expect, test } from "vitest";
import { evidence } from "./evidence.ts";
import { REGISTRIES } from "./registries.ts";
import { CONNECTIONS } from "./subject.ts";

test("of a sample of mutations each is caught, or harmless for a reason", async () => {
  const { mutations, survivors, caught } = await evidence(CONNECTIONS, (index) => index % 40 === 7);
  expect(mutations).toBeGreaterThanOrEqual(40);
  expect(survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  for (const name of ["schema", "world", "tunnels", "reachability", "audit"]) expect(caught[name]).toBeGreaterThan(0);
});

test.each(REGISTRIES)("of a sample of mutations of $name each is caught, or harmless for a reason", async (subject) => {
  const { mutations, survivors, caught } = await evidence(subject, (index) => index % 150 === 7);
  expect(mutations).toBeGreaterThanOrEqual(7);
  expect(survivors.filter(({ reason }) => reason === undefined)).toEqual([]);
  expect(caught["world"]).toBeGreaterThan(0);
});
