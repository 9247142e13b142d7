// The moving line of a roll-out, as text. What a terminal makes of it is shown with the terminal.
import { expect, test } from "vitest";
import { RolloutProgress } from "../../cli/rolloutProgress.ts";
import { Terminal } from "../../cli/terminal.ts";
import type { Recorded } from "../../fleet/rollout/index.ts";

/** Lines that were shown for some events. */
function shown(events: readonly object[]): string[] {
  const lines: string[] = [];
  class Paper extends Terminal {
    override progress(text: string): void {
      lines.push(text);
    }
  }
  const progress = new RolloutProgress(new Paper({ json: false }));
  for (const event of events) progress.record({ at: "2026-11-21T00:00:00.000Z", ...event } as unknown as Recorded);
  return lines;
}

const stacks = ["a", "b", "c"].map((stack) => ({ stack, changes: [] }));

test("a wave's line counts what is done, of how many, and names what runs", () => {
  const lines = shown([
    { kind: "previewed", wave: 1, stacks },
    { kind: "begun", wave: 1, stack: "a" },
    { kind: "begun", wave: 1, stack: "b" },
    { kind: "done", wave: 1, stack: "a" },
    { kind: "failed", wave: 1, stack: "b" },
    { kind: "previewed", wave: 2, stacks: stacks.slice(1) },
  ]);
  expect(lines).toEqual([
    "wave 1: 0 of 3 done",
    "wave 1: 0 of 3 done, 1 running (a)",
    "wave 1: 0 of 3 done, 2 running (a, b)",
    "wave 1: 1 of 3 done, 1 running (b)",
    "wave 1: 2 of 3 done",
    "wave 2: 0 of 2 done",
  ]);
});

test("a wave that was begun in another run has no total", () => {
  expect(
    shown([
      { kind: "resumed", by: "ana" },
      { kind: "begun", wave: 3, stack: "c" },
    ]),
  ).toEqual(["wave 3: 0 done, 1 running (c)"]);
});
