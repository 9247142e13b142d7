// A roll-out that dies at every write of its journal and at every touch of a stack, on fleets that only count. What a
// killed engine leaves in a real stack is shown with the real engine in the long tier.
import { appendFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { RolloutState } from "../../fleet/rollout/index.ts";
import type { Appending } from "../../fleet/rollout/journal.ts";
import { Bench, Death } from "./rolloutFake.ts";

const WAVES = [["alpha"], ["beta", "gamma"], ["delta", "epsilon"]] as const;

let bench: Bench | undefined;
afterEach(() => bench?.remove());

/** Dies at the k-th point where it may, and stays dead. */
function deathAt(
  k: number,
  torn: boolean,
): { readonly points: string[]; readonly meet: (point: string) => void; readonly appending: Appending } {
  const points: string[] = [];
  let dead = false;
  const meet = (point: string, dying: () => void = () => {}): void => {
    if (dead) throw new Death(point);
    points.push(point);
    if (points.length - 1 !== k) return;
    dead = true;
    dying();
    throw new Death(point);
  };
  const appending: Appending = (moment, event, path) =>
    meet(`${moment} ${event.kind}`, () => {
      if (torn && moment === "before" && event.kind !== "planned") appendFileSync(path, '{"at":"2026-11-21T0');
    });
  return { points, meet, appending };
}

/** Starts, dies at point k, and goes on with another runner. */
async function diesAt(
  k: number,
  torn = false,
): Promise<{ readonly points: readonly string[]; readonly state: RolloutState; readonly bench: Bench }> {
  const here = new Bench(...WAVES);
  bench = here;
  const death = deathAt(k, torn);
  here.fleet.dying = death.meet;
  const first = here.runner(death.appending).start(here.plan(), "ana");
  const died = await first.then(
    () => false,
    (error: unknown) => error instanceof Death,
  );
  here.fleet.dying = () => {};
  const runner = here.runner();
  const begun = (await runner.list()).length > 0;
  if (died && !begun) return { points: death.points, state: await runner.start(here.plan(), "ana"), bench: here };
  const left = begun ? await runner.state("ports-1") : undefined;
  const state = left?.phase === "completed" ? left : await runner.resume("ports-1", { by: "ben" });
  return { points: death.points, state, bench: here };
}

/** What counts in the end, without times and how often anything was tried. */
const end = ({ phase, waves }: RolloutState) => ({
  phase,
  waves: waves.map(({ number, preview, health, stacks }) => ({
    ...{ number, preview, health },
    stacks: [...stacks].map(([stack, { state }]) => [stack, state]),
  })),
});

const NEVER = Number.POSITIVE_INFINITY;

describe("a roll-out that is killed", async () => {
  const whole = await diesAt(NEVER);
  const wanted = end(whole.state);
  whole.bench.remove();
  const all = whole.points.map((point, k) => [k, point] as const);

  test("may be killed at every write and around every touch of a stack", () => {
    // A plan, three waves of preview and judgement, five stacks begun and done, completed: 18 events, twice each.
    // Five previews, five updates, five looks at health, twice each.
    expect(all.length).toBe(18 * 2 + 15 * 2);
    expect(wanted.phase).toBe("completed");
  });

  test.each(all)("at point %i, %s, resumes to the same end and no stack is changed twice", async (k, point) => {
    const { state, bench: here } = await diesAt(k);
    expect(end(state)).toEqual(wanted);
    for (const [stack, { asked, effective, upToDate }] of here.fleet.stacks) {
      expect({ stack, effective, upToDate }).toEqual({ stack, effective: 1, upToDate: true });
      // Only a death between `begun` and the cloud's answer may ask twice, and then the first time did nothing.
      expect(asked.up).toBe(1);
    }
    expect(point).not.toBe("");
  });

  test.each(all.filter(([, point]) => point.startsWith("before") && !/ of |planned/.test(point)))(
    "at point %i, %s, with half a line written, resumes to the same end",
    async (k) => {
      const { state, bench: here } = await diesAt(k, true);
      expect(end(state)).toEqual(wanted);
      expect([...here.fleet.stacks.values()].map(({ effective }) => effective)).toEqual([1, 1, 1, 1, 1]);
    },
  );
});
