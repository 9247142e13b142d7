// Many customers at once, on an engine that only takes time: order, concurrency, failures, stopping. What the real engine
// does when it is told to stop is what this cannot show; tests/exhaustive/fleet.test.ts does.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../../engine/driver.ts";
import { defaultConcurrency } from "../../fleet/concurrency.ts";
import type { FleetEvent, FleetResult } from "../../fleet/types.ts";
import { DONE, fakeFleet, Files, natFile, until } from "./fleetFake.ts";

const NAMES = ["alpha", "beta", "gamma", "delta", "epsilon"];
let files: Files;
beforeEach(() => {
  files = new Files(NAMES);
});
afterEach(() => files.remove());

const outcomes = ({ results }: FleetResult<unknown>): string[] =>
  results.map(({ stack, outcome }) => `${stack} ${outcome}`);
const failureOf = ({ results }: FleetResult<unknown>, stack: string) => {
  const result = results.find((each) => each.stack === stack);
  return result !== undefined && "failure" in result ? result.failure : undefined;
};

describe("a run over some customers", () => {
  test("works on as many at once as it is told, and on no more", async () => {
    let [running, most] = [0, 0];
    const fleet = fakeFleet(files.root, async () => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, 5));
      running -= 1;
      return DONE;
    });
    await fleet.up(await fleet.list(), { concurrency: 3 });
    expect([running, most]).toEqual([0, 3]);
  });

  test("gives one result each, in the order of the selection and not of the ends", async () => {
    const fleet = fakeFleet(files.root, (stack, _, signal) => until(signal, stack, stack === "gamma" ? 20 : 1));
    const result = await fleet.up(await fleet.select({ customers: ["gamma", "alpha", "beta"] }), { concurrency: 3 });
    expect([result.outcome, ...outcomes(result)]).toEqual(["done", "gamma done", "alpha done", "beta done"]);
  });

  test("tells what happens in events that JSON can carry, the beginning first and the end last", async () => {
    const events: FleetEvent[] = [];
    const fleet = fakeFleet(files.root, async () => DONE);
    const members = await fleet.select({ customers: ["alpha", "beta"] });
    await fleet.preview(members, { concurrency: 1, onEvent: (event) => events.push(event) });
    expect(events.map((event) => ("stack" in event ? `${event.kind} ${event.stack}` : event.kind))).toEqual([
      "begun",
      "stack begun alpha",
      "stack ended",
      "stack begun beta",
      "stack ended",
      "ended",
    ]);
    expect(events[0]).toEqual({ kind: "begun", verb: "preview", stacks: ["alpha", "beta"], concurrency: 1 });
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  test("fails with the one that failed, with its cause and what to run next, while the others are done", async () => {
    const fleet = fakeFleet(files.root, async (stack) => {
      if (stack === "beta") throw new EngineError("failed", "up of beta failed:\n  quota");
      return DONE;
    });
    const result = await fleet.up(await fleet.list(), { concurrency: 2 });
    expect(result.outcome).toBe("some failed");
    expect(outcomes(result).filter((one) => !one.endsWith("done"))).toEqual(["beta failed"]);
    expect(failureOf(result, "beta")).toMatchObject({
      ...{ code: "failed", message: "up of beta failed:\n  quota", next: "npx causeway sandbox up beta" },
    });
  });

  test("fails with a file that is refused, with every problem, and does not begin its stack", async () => {
    const begun: string[] = [];
    files.write("beta", "name: beta\nspec: {}\n");
    const fleet = fakeFleet(files.root, async (stack) => {
      begun.push(stack);
      return DONE;
    });
    const result = await fleet.up(await fleet.list(), { concurrency: 1 });
    expect(begun).toEqual(["alpha", "delta", "epsilon", "gamma"]);
    const failure = failureOf(result, "beta")!;
    expect([failure.code, failure.next, failure.problems?.length]).toEqual([
      "invalid-file",
      "npx causeway check beta",
      1,
    ]);
  });

  test("fails with two files that would drive one stack, and with a copy that still has another's name", async () => {
    files.write("beta", natFile("alpha"));
    const fleet = fakeFleet(files.root, async () => DONE);
    const both = await fleet.up(await fleet.select({ customers: ["alpha", "beta", "gamma"] }));
    expect(both.results.map((result) => ("failure" in result ? result.failure.code : result.stack))).toEqual([
      "invalid-file",
      "invalid-file",
      "gamma",
    ]);
    const copy = failureOf(await fleet.up(await fleet.select({ customers: ["beta"] })), "alpha");
    expect(copy?.message).toMatch(
      /name: expected beta, the file's name, got alpha; correct the copy, or give its path$/,
    );
  });

  test("fails with the stack that met a defect of the program, and with no other", async () => {
    const fleet = fakeFleet(files.root, async (stack) => {
      if (stack === "gamma") throw new TypeError("undefined is not a function");
      return DONE;
    });
    const result = await fleet.up(await fleet.list());
    expect([failureOf(result, "gamma")?.code, result.outcome]).toEqual(["defect", "some failed"]);
  });

  test("names the file of a customer that is elsewhere in the next command", async () => {
    const fleet = fakeFleet(files.root, async () => {
      throw new EngineError("failed", "no");
    });
    files.write("renamed", natFile("alpha"));
    const [member] = await fleet.select({ customers: [files.path("renamed")] });
    expect(member).toMatchObject({ stack: "alpha", byPath: true });
    expect(failureOf(await fleet.up([member!]), "alpha")?.next).toBe(`npx causeway sandbox up ${member!.file}`);
  });

  test("gives outputs without secrets", async () => {
    const fleet = fakeFleet(files.root, async () => DONE);
    const { results } = await fleet.outputs(await fleet.select({ customers: ["alpha"] }));
    expect(results[0]).toMatchObject({ outcome: "done", value: { natAddresses: {} } });
    expect(JSON.stringify(results)).not.toContain("key");
  });

  test("says of real clouds that their health is not known, with what the last update recorded", async () => {
    const fleet = fakeFleet(files.root, async () => DONE, "real");
    const failure = failureOf(await fleet.status(await fleet.select({ customers: ["alpha"] })), "alpha");
    expect(failure?.code).toBe("unavailable");
    expect(failure?.message).toMatch(/^alpha: real clouds are not asked/);
  });
});

describe("a run that is told to stop", () => {
  test("lets those under way end and begins no other, and says which", async () => {
    const stop = new AbortController();
    const fleet = fakeFleet(files.root, (stack, _, signal) => until(signal, stack, 10_000));
    const run = fleet.up(await fleet.list(), { concurrency: 2, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    const result = await run;
    expect([result.outcome, ...outcomes(result)]).toEqual([
      "interrupted",
      "alpha interrupted",
      "beta interrupted",
      "delta not begun",
      "epsilon not begun",
      "gamma not begun",
    ]);
    expect(failureOf(result, "alpha")?.inFlight).toHaveLength(1);
  });

  test("is done where everything had ended before", async () => {
    const stop = new AbortController();
    const fleet = fakeFleet(files.root, async (stack) => {
      if (stack === "gamma") stop.abort();
      return DONE;
    });
    expect((await fleet.up(await fleet.list(), { concurrency: 1, signal: stop.signal })).outcome).toBe("done");
  });

  test("at once says what to recover", async () => {
    const kill = new AbortController();
    const fleet = fakeFleet(files.root, (stack, _, signal) => until(signal, stack, 10_000));
    const run = fleet.up(await fleet.select({ customers: ["alpha", "beta"] }), { concurrency: 1, kill: kill.signal });
    setTimeout(() => kill.abort(), 20);
    const result = await run;
    expect(outcomes(result)).toEqual(["alpha interrupted", "beta not begun"]);
    expect(failureOf(result, "alpha")?.next).toBe("npx causeway sandbox recover alpha");
  });
});

describe("stacks at once, unless somebody says how many", () => {
  const GB = 2 ** 30;
  test.each([
    ["sandbox", 2, 20, 2],
    ["sandbox", 8, 2, 4],
    ["sandbox", 64, 256, 16],
    ["sandbox", 4, 0.1, 1],
    ["real", 2, 20, 8],
  ] as const)("on %s clouds, %i cores and %f GB: %i", (clouds, cores, free, expected) => {
    expect(defaultConcurrency(clouds, { cores, freeBytes: free * GB })).toBe(expected);
  });
});
