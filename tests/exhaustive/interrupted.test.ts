// A small stack on the real engine whose first update meets another one and is then cut off, and whose clouds are changed
// by hand afterwards. What goes wrong, and where, is another each day; every step and every mishap are in the long tier.
// That real clouds can be listed like the simulated ones is what this cannot show.
import { writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { editObject, listObjects, networkStatus } from "../../sandbox/index.ts";
import { changes, LiveStack } from "../support/stack.ts";
import type { Ran } from "../support/project.ts";

const engine = inject("engine");
const SMALL = `
name: small
spec:
  infrastructure:
    gcp: { projectID: causeway-small-4f2a, region: us-central1, network: { create: small } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    executorNAT: {}
    executorPrivateDNS: { proxyTag: 202311201628, routes: [{ source: a.small.example, destination: b.small.example }] }
`;
/** Network, subnetwork, two addresses, router, NAT, metadata. */
const REQUESTS = 7;
const DAY = Number(process.env["CAUSEWAY_DAY"] ?? Math.floor(Date.now() / 86_400_000));

describe.skipIf(engine === null)("an update that is cut off", () => {
  const at = (DAY % REQUESTS) + 1;
  const acted = Math.floor(DAY / REQUESTS) % 2 === 0;
  let stack: LiveStack;
  let other: Ran;
  let second: Error & { code: string };
  let said: string;

  beforeAll(async () => {
    stack = new LiveStack(engine!, "small");
    writeFileSync(stack.project.customerFile("small"), SMALL);
    process.env["PULUMI_PARALLEL"] = "1";
    let seen = 0;
    const error = await stack.failure("up", async (request) => {
      if (!changes(request) || ++seen !== at) return undefined;
      [other, second] = await Promise.all([stack.project.causeway("sandbox", "up", "small"), stack.second("up")]);
      if (acted) return stack.killAfter();
      stack.kill();
      return new Error("nobody hears this");
    });
    said = error.message;
  });
  afterAll(() => {
    delete process.env["PULUMI_PARALLEL"];
    stack.remove();
  });

  test("fails a second run on the same clouds meanwhile, with who is at work and since when", () => {
    const who = `is in use by ${userInfo().username}, process ${process.pid}, since 20`;
    expect({ code: other.code, text: other.stderr.includes(who) ? who : other.stderr }).toEqual({ code: 7, text: who });
  });

  test("fails a second update of the same stack meanwhile, with who is at work and since when", () => {
    expect(second.code).toBe("locked");
    expect(second.message).toMatch(
      new RegExp(
        `^small is locked by another run:\\n  ${userInfo().username}@${hostname()}, process \\d+, since 20\\S+Z\\nwait until that run has ended$`,
      ),
    );
  });

  test(`says so, and the next update changes nothing and says what to do (request ${at}, ${acted ? "after" : "before"} the cloud acted)`, async () => {
    expect(said).toMatch(
      /^up of small was cut off: the engine was killed.*\nrun npx causeway sandbox recover small, then try again$/,
    );
    const again = await stack.command("up");
    expect(again.code).toBe(1);
    expect(again.text).toMatch(
      /^small was interrupted, and 1 operation is pending:\n {2}create gcp:\S+ \S+\nrun npx causeway sandbox recover small, then try again$/,
    );
  });

  test("is left as it is where the clouds cannot be listed, with what to look for", async () => {
    const before = stack.recorded();
    const { code, text } = await stack.recoverUnseen();
    expect(code).toBe(1);
    expect(text).toMatch(/^small: lock removed: \S+@\S+, process \d+, since 20\S+Z, which no longer runs$/m);
    expect(text).toMatch(
      /^ {2}create gcp:\S+ \S+: whether it was made cannot be seen from here\nlook for them in the clouds and delete what is there, then run npx causeway sandbox recover small --yes$/m,
    );
    expect(stack.recorded()).toEqual(before);
  });

  test("is recovered where they can: what was made is recorded, and nothing is made twice", async () => {
    const recovered = await stack.recover();
    expect(recovered.code).toBe(0);
    const outcome = acted ? /: was made, recorded as \S+$/m : /: was not made$/m;
    expect(recovered.text).toMatch(outcome);
    expect((await stack.command("up")).text).toMatch(
      new RegExp(`small: ${REQUESTS - (acted ? at : at - 1)} created|no changes`),
    );
    expect(await stack.world((world) => listObjects(world).length)).toBe(REQUESTS);
  });

  test("a change by hand is drift, with what it means for the customer", async () => {
    await stack.world(async (world) => {
      const nat = listObjects(world).find(({ type }) => type.endsWith(":RouterNat"))!;
      await editObject(world, nat.key, { natIps: (nat.args["natIps"] as string[]).slice(1) });
      expect(networkStatus(world).nats.map(({ active }) => active.length)).toEqual([1]);
    });
    const drifted = await stack.drift();
    expect(drifted.code).toBe(5);
    expect(drifted.text).toBe(
      "small: 1 resource differs from what was deployed:\n" +
        "  gcp:compute/routerNat:RouterNat small-nat: changed (natIps)\n" +
        "    executors may leave from addresses the customer has not allowed, or run out of ports\n" +
        "npx causeway sandbox up small puts them back",
    );
  });
});
