// Whatever the program makes is recognized as its own while nothing has recorded it: each object in turn, among all the
// others of its customer. That accounts list what the simulated ones do is what this cannot show.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { unrecorded } from "../../fleet/listing.ts";
import { listObjects } from "../../sandbox/index.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { deployCustomer } from "../support/deployed.ts";
import { KILLED_CUSTOMERS } from "../support/killedCustomers.ts";
import { ROOT } from "../support/project.ts";

const FILES = [
  ...["dev", "both-ends"].map((name) => ({
    name,
    text: readFileSync(join(ROOT, `stacks/customers/${name}.yaml`), "utf8"),
  })),
  ...KILLED_CUSTOMERS,
];

/** What may be made again while it is there: nothing comes of it, so nothing has to know it. */
const AGAIN: readonly [type: RegExp, name: RegExp][] = [
  [/IamMember$/, /./],
  [/^aws:route53\/record:Record$/, /-proof/],
];

describe.each(FILES)("what $name has in its clouds", ({ name, text }) => {
  it("is known for its own by tag, label, name or what it belongs to", async () => {
    const { customer } = parseCustomer(text, `${name}.yaml`, { today: "2026-11-21" });
    const { world, created, failed, refused } = await deployCustomer(customer);
    expect([failed, refused]).toEqual([undefined, undefined]);
    const objects = listObjects(world);
    const inClouds = created.filter(({ type }) => !type.startsWith("random:"));
    const strangers: string[] = [];
    for (const one of inClouds.filter(
      ({ type, name }) => !AGAIN.some(([is, has]) => is.test(type) && has.test(name)),
    )) {
      const others = inClouds.filter((other) => other !== one);
      const found = unrecorded(
        customer,
        objects,
        others.map(({ type, id, name }) => ({ urn: "", type, id, name })),
      ).ours;
      const own = found.find(({ type, id }) => type === one.type && id === one.id);
      if (own === undefined) strangers.push(`${one.type} ${one.name} ${one.id}`);
    }
    expect(strangers).toEqual([]);
  });
});
