// What the comparison without an engine says of every edit, beside what the real engine does on simulated clouds: the same
// operations on the same resources. How long anything is down only real clouds can show.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Step } from "../../engine/driver.ts";
import { Comparer } from "../../fleet/diff/worker.ts";
import { ownProgram } from "../../fleet/diff/program.ts";
import { CASES, START, withEdits } from "../fleet/diffCases.ts";
import { ROOT } from "../support/project.ts";
import { LiveStack, operations } from "../support/stack.ts";

const engine = inject("engine");

describe.skipIf(engine === null)("the engine does what the comparison says", () => {
  let stack: LiveStack;
  let comparer: Comparer;
  let base: string;

  beforeAll(async () => {
    comparer = await Comparer.of({ program: ownProgram(ROOT), today: new Date().toISOString().slice(0, 10) });
    stack = new LiveStack(engine!, "dev", { inline: true });
    writeFileSync(stack.project.customerFile("dev"), START);
    await stack.run("up");
    base = stack.save();
  });
  afterAll(() => stack.remove());

  test.each(CASES)("where $name", async ({ before = [], edits }) => {
    stack.restore(base);
    const file = stack.project.customerFile("dev");
    const deployed = withEdits(START, before);
    writeFileSync(file, deployed);
    if (before.length > 0) await stack.run("up");
    writeFileSync(file, withEdits(deployed, edits));
    const at = (content: Uint8Array) => ({ file: "dev.yaml", content });
    const sides = { base: at(new TextEncoder().encode(deployed)), head: at(readFileSync(file)) };
    const { diff } = await comparer.diff({ ask: "diff", stack: "dev", ...sides });
    const told = diff.resources.map(({ kind, type, name }) => `${kind} ${type.split(":").at(-1)} ${name}`);
    const { steps } = await stack.run("up");
    expect(told.sort()).toEqual([...operations(steps), ...takenAlong(steps)].sort());
  });
});

/** What goes with something that is deleted before it is replaced, and does not come back: the engine calls it replaced. */
function takenAlong(steps: readonly Step[]): string[] {
  const back = new Set(steps.filter(({ op }) => op === "create-replacement").map(({ urn }) => urn));
  return steps
    .filter(({ op, urn }) => op === "delete-replaced" && !back.has(urn))
    .map(({ type, urn }) => `delete ${type.split(":").at(-1)} ${urn.split("::").at(-1)}`);
}
