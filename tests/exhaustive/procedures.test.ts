// The procedures from the first step to the last, with the real engine, on the simulated clouds. There the customer's
// side accepts at once, so waiting for a customer is what this cannot show.
import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { ScratchProject } from "../support/project.ts";
import { blocksOf, commandsOf, customerFiles, documents, matchesShown, placeOf } from "../docs/support.ts";

const PROCEDURES = documents().filter((document) => document.startsWith("docs/procedures/"));
const ACCOUNTS = /^npx causeway (preview|up|refresh|destroy|outputs|handoff)\b(?!.*--offline)/;

/** What only the simulated clouds add: how long it would take where it is real. */
const withoutEstimate = (text: string): string =>
  text.replace(/^[a-z0-9-]+: would take about .* in real clouds.*\n/gm, "");

/** A document's commands on accounts, each with the customer file as it stands there. */
function stepsOf(document: string) {
  const files = customerFiles(document);
  return blocksOf(document)
    .filter(({ language }) => language === "console")
    .flatMap((block) => {
      const file = files.filter((each) => each.block.line < block.line).at(-1)?.text ?? "";
      const commands = commandsOf(block).filter(({ line }) => ACCOUNTS.test(line));
      return commands.map((command) => ({ place: placeOf(block), file, ...command }));
    });
}

describe.skipIf(inject("engine") === null).each(PROCEDURES)("%s", (document) => {
  const project = new ScratchProject();
  afterAll(() => project.remove());

  test.each(stepsOf(document))("$place $line prints what it shows", async ({ line, shown, file }) => {
    writeFileSync(project.customerFile((parse(file) as { name: string }).name), file);
    const { code, stdout, stderr } = await project.causeway("sandbox", ...line.split(" ").slice(2));
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    if (shown !== "") expect(matchesShown(withoutEstimate(stdout), shown), stdout).toBe(true);
  });
});
