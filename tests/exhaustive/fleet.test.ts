// Forty customers on the real engine and simulated clouds, some of whom the clouds refuse; then a run that is stopped, once
// and at once. How long real clouds take, and what they answer to so many requests, is what this cannot show.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { stackCodes, worst } from "../../cli/fleet.ts";
import { describeRun } from "../../cli/fleetRun.ts";
import type { OperationResult } from "../../engine/driver.ts";
import { openFleet, type Fleet, type FleetEvent, type FleetResult } from "../../fleet/index.ts";
import type { Faults } from "../../sandbox/index.ts";
import { natFile } from "../fleet/fleetFake.ts";
import { ROOT, ScratchProject } from "../support/project.ts";
import { operations } from "../support/stack.ts";

const engine = inject("engine");
/** More on request, where hundreds are to be seen. */
const COUNT = Number(process.env["CAUSEWAY_FLEET"] ?? 40);
const CONCURRENCY = 2;
const NAMES = Array.from({ length: COUNT }, (_, n) => `f${String(n).padStart(3, "0")}`);
/** Network, subnetwork, two addresses, router and NAT. */
const RESOURCES = 6;
const BROKEN = ["f003", "f011", "f012", "f027", "f039"];

let project: ScratchProject;
beforeAll(() => {
  project = new ScratchProject();
  for (const name of ["acme", "dev"]) rmSync(project.customerFile(name));
  for (const name of NAMES) writeFileSync(project.customerFile(name), natFile(name));
});
afterAll(() => project.remove());

/** Works with a fleet that is closed in the end. */
async function withFleet<Result>(faults: Faults, work: (fleet: Fleet) => Promise<Result>): Promise<Result> {
  const fleet = await openFleet({ root: project.root, clouds: "sandbox", engine: engine!, simulated: { faults } });
  try {
    return await work(fleet);
  } finally {
    await fleet.close();
  }
}

const none: Faults = () => undefined;
const outcomesOf = ({ results }: FleetResult<unknown>, outcome: string): string[] =>
  results.filter((result) => result.outcome === outcome).map(({ stack }) => stack);
const created = ({ results }: FleetResult<OperationResult>): Record<string, number> =>
  Object.fromEntries(
    results.flatMap((result) => {
      const count = result.outcome === "done" ? operations(result.value.steps).length : 0;
      return count > 0 ? [[result.stack, count]] : [];
    }),
  );

/** Engines that run below this process. */
function engines(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
    } catch {
      return false;
    }
  }).length;
}

describe.skipIf(engine === null)("a fleet of customers, five of whom the clouds refuse", () => {
  let result: FleetResult<OperationResult>;
  let [most, rss] = [0, 0];

  beforeAll(async () => {
    const refused: Faults = ({ type, account, method }) => {
      [most, rss] = [Math.max(most, engines()), Math.max(rss, process.memoryUsage.rss())];
      const hit =
        method === "create" && type.endsWith(":RouterNat") && BROKEN.some((name) => account === `fleet-${name}-4f2a`);
      return hit ? new Error("Quota 'NAT_GATEWAYS' exceeded") : undefined;
    };
    result = await withFleet(refused, async (fleet) => fleet.up(await fleet.list(), { concurrency: CONCURRENCY }));
  });

  test("come up but for those five", () => {
    expect(outcomesOf(result, "failed")).toEqual(BROKEN);
    expect(outcomesOf(result, "done")).toHaveLength(COUNT - BROKEN.length);
  });

  test("fails with the cause of each and the next command, and with exit code 6", () => {
    const failures = result.results.flatMap((each) => ("failure" in each ? [each.failure] : []));
    expect(failures.map(({ code, next }) => `${code} ${next}`)).toEqual(
      BROKEN.map((name) => `failed npx causeway sandbox up ${name}`),
    );
    for (const { message } of failures) expect(message).toContain("Quota 'NAT_GATEWAYS' exceeded");
    expect(worst(stackCodes(result))).toBe(6);
  });

  test("have one command for those that are left", async () => {
    const members = await withFleet(none, (fleet) => fleet.list());
    const text = describeRun(result, members, "sandbox");
    expect(text).toContain(`up of ${COUNT} customers: ${COUNT - BROKEN.length} done, ${BROKEN.length} failed, in `);
    expect(text.split("\n").at(-1)).toBe(`then again, for those alone: npx causeway sandbox up ${BROKEN.join(" ")}`);
  });

  test("are worked on a few at a time, whatever their number", () => {
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(CONCURRENCY);
    expect(rss).toBeLessThan(2 ** 30);
  });

  test("need exactly those five in a second run over all of them", async () => {
    const again = await withFleet(none, async (fleet) => fleet.up(await fleet.list(), { concurrency: CONCURRENCY }));
    expect(again.outcome).toBe("done");
    expect(Object.keys(created(again))).toEqual(BROKEN);
  });

  test("are healthy, all of them", async () => {
    const status = await withFleet(none, async (fleet) => fleet.status(await fleet.list()));
    expect(status.results.filter((each) => each.outcome !== "done" || !each.value.healthy)).toEqual([]);
  });
});

describe.skipIf(engine === null)("a run over four new customers", () => {
  const names = ["g00", "g01", "g02", "g03"];
  beforeAll(() => {
    for (const name of names) writeFileSync(project.customerFile(name), natFile(name));
  });

  /** Brings them up, and does something when the first request for a subnetwork arrives. */
  const upUntil = (act: (stop: AbortController, kill: AbortController) => Promise<void>) => {
    const [stop, kill] = [new AbortController(), new AbortController()];
    let met = false;
    const faults: Faults = async ({ method, type }) => {
      if (method === "create" && type.endsWith(":Subnetwork") && !met) {
        met = true;
        await act(stop, kill);
      }
      return undefined;
    };
    return withFleet(faults, async (fleet) => {
      const members = await fleet.select({ customers: names });
      return fleet.up(members, { concurrency: 1, signal: stop.signal, kill: kill.signal });
    });
  };
  const soon = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

  test("that is stopped finishes what is in flight, begins nobody else, and leaves nothing pending", async () => {
    const result = await upUntil(async (stop) => {
      stop.abort();
      await soon(500);
    });
    expect([result.outcome, outcomesOf(result, "interrupted"), outcomesOf(result, "not begun")]).toEqual([
      "interrupted",
      ["g00"],
      ["g01", "g02", "g03"],
    ]);
    const [first] = result.results;
    expect(first).toMatchObject({ failure: { code: "cancelled", inFlight: [], next: "npx causeway sandbox up g00" } });
  });

  test("that is stopped at once says what it left, which recover puts right, and goes on from there", async () => {
    const killed = await upUntil(async (stop, kill) => {
      stop.abort();
      kill.abort();
      await soon(500);
    });
    expect(killed.results.map(({ outcome }) => outcome)).toEqual(["done", "interrupted", "not begun", "not begun"]);
    expect(killed.results[1]).toMatchObject({
      failure: {
        next: "npx causeway sandbox recover g01",
        inFlight: expect.arrayContaining([expect.stringContaining("Subnetwork")]),
      },
    });
    await withFleet(none, async (fleet) => {
      const members = await fleet.select({ customers: names });
      const recovered = await fleet.recover(members.slice(1, 2));
      expect(recovered.results[0]).toMatchObject({ outcome: "done", value: { recovered: true } });
      const up = await fleet.up(members);
      expect([up.outcome, created(up)["g03"]]).toEqual(["done", RESOURCES]);
    });
  });
});

describe.skipIf(engine === null)("the command over three new customers", () => {
  const names = ["h00", "h01", "h02"];
  beforeAll(() => {
    for (const name of names) writeFileSync(project.customerFile(name), natFile(name, "{ wave: late }"));
  });

  test("that is interrupted finishes what is in flight, and tells each event as a line of JSON", async () => {
    const args = [
      join(ROOT, "bin/causeway.js"),
      "sandbox",
      "up",
      "--label",
      "wave=late",
      "--parallel",
      "1",
      "--events",
    ];
    const child = spawn(process.execPath, args, { cwd: project.root, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const ended = once(child, "close");
    const events: FleetEvent[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as FleetEvent;
      if (event.kind === "resource" && !events.some(({ kind }) => kind === "resource")) child.kill("SIGINT");
      events.push(event);
    }
    expect((await ended)[0]).toBe(130);
    expect(events.at(-1)).toMatchObject({ kind: "ended", outcome: "interrupted" });
    const outcomes = events.flatMap((event) => (event.kind === "stack ended" ? [event.result.outcome] : []));
    expect(outcomes).toEqual(["interrupted", "not begun", "not begun"]);
    expect(said).toContain("interrupted: finishing what is in flight; once more to stop at once\n");
    expect(said).toContain("then again, for those alone: npx causeway sandbox up h00 h01 h02\n");
  });
});
