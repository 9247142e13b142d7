// The first run of the README and the procedures from the first step to the last, with the real engine, on the simulated
// clouds. There the customer's side accepts at once, so waiting for a customer is what this cannot show.
import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { ScratchProject } from "../support/project.ts";
import { blocksOf, commandsOf, customerFiles, documents, matchesShown, placeOf } from "../docs/support.ts";
import type { Block, Command } from "../docs/support.ts";

const SELF = "tests/exhaustive/procedures.test.ts";
const PROCEDURES = documents().filter((document) => document.startsWith("docs/procedures/"));
const ACCOUNTS = /^npx causeway (preview|up|refresh|destroy|outputs|handoff|drift|recover)\b(?!.*--offline)/;
const SIMULATED = /^npx causeway sandbox /;
const START = /^npm (?:ci && npm )?start(?: -- )?/;

/** What only the simulated clouds add: how long it would take where it is real. */
const withoutEstimate = (text: string): string =>
  text.replace(/^[a-z0-9-]+: would take about .* in real clouds.*\n/gm, "");

/** How long it took is another each time. */
const withoutTime = (text: string): string => text.replace(/, in \d+\.\d s$/gm, ", in … s");

/** Arguments after `causeway` that do on the simulated clouds what a line of a document does. */
function argumentsOf(line: string): string[] {
  if (START.test(line)) return ["sandbox", "start", ...line.replace(START, "").split(" ").filter(Boolean)];
  const words = line.split(" ").slice(2);
  return SIMULATED.test(line) ? words : ["sandbox", ...words];
}

async function runsAsShown(project: ScratchProject, { line, shown }: Command, real: boolean): Promise<void> {
  const { code, stdout, stderr } = await project.causeway(...argumentsOf(line));
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const printed = withoutTime(real ? withoutEstimate(stdout) : stdout);
  if (shown !== "") expect(matchesShown(printed, withoutTime(shown)), stdout).toBe(true);
}

const consoles = (document: string): readonly Block[] =>
  blocksOf(document).filter(({ language }) => language === "console");

/** A document's commands that need clouds, each with the customer file as it stands there. */
function stepsOf(document: string) {
  const files = customerFiles(document);
  return consoles(document).flatMap((block) => {
    const file = files.filter((each) => each.block.line < block.line).at(-1)?.text ?? "";
    const commands = commandsOf(block).filter(({ line }) => ACCOUNTS.test(line) || SIMULATED.test(line));
    return commands.map((command) => ({ place: placeOf(block), file, ...command }));
  });
}

describe.skipIf(inject("engine") === null).each(PROCEDURES)("%s", (document) => {
  const project = new ScratchProject();
  afterAll(() => project.remove());

  test.each(stepsOf(document))("$place $line prints what it shows", async ({ file, ...command }) => {
    writeFileSync(project.customerFile((parse(file) as { name: string }).name), file);
    await runsAsShown(project, command, true);
  });

  test("leaves no customer file unused, but for fragments before the first whole one", () => {
    const lines = consoles(document)
      .filter((block) => commandsOf(block).some(({ line }) => /^npx causeway (up|destroy|handoff)\b/.test(line)))
      .map(({ line }) => line);
    const all = customerFiles(document);
    const idle = all
      .slice(all.findIndex(({ block }) => block.text.startsWith("name:")))
      .filter(({ block }, i, files) => {
        const next = files[i + 1]?.block.line ?? Infinity;
        return !lines.some((line) => line > block.line && line < next);
      });
    expect(idle.map(({ block }) => placeOf(block))).toEqual([]);
  });
});

describe.skipIf(inject("engine") === null)("README.md", () => {
  const project = new ScratchProject("both-ends");
  afterAll(() => project.remove());
  const steps = consoles("README.md")
    .filter(({ runsIn }) => runsIn === SELF)
    .flatMap((block) => commandsOf(block).map((command) => ({ place: placeOf(block), ...command })));

  test("shows a first run", () => {
    expect(steps.length).toBeGreaterThan(4);
  });

  test.each(steps)("$place $line prints what it shows", (command) => runsAsShown(project, command, false));
});
