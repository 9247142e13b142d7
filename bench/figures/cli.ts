import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { inTurn, timed } from "../measure.ts";

const FILES = 1000;

/** A project of many customers: the example files in turn, each under a name of its own. @returns their folder */
function writeFleet(root: string, project: string): string {
  const folder = join(project, "stacks", "customers");
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, "Pulumi.yaml"), "name: causeway\nruntime: nodejs\n");
  const examples = ["stacks/customers", "tests/fixtures/customers"].flatMap((below) =>
    readdirSync(join(root, below)).map((name) => readFileSync(join(root, below, name), "utf8")),
  );
  for (let i = 1; i <= FILES; i++) {
    const name = `c${String(i).padStart(4, "0")}`;
    writeFileSync(join(folder, `${name}.yaml`), examples[i % examples.length]!.replace(/^name: \w+/m, `name: ${name}`));
  }
  return folder;
}

export const checkInLibrary: Figure = {
  name: `check of ${FILES} customer files, in the library`,
  target: 1000,
  async measure({ root, scratch }) {
    const folder = writeFleet(root, join(scratch, "fleet"));
    return inTurn(5, timed({ args: ["bench/tasks/checkFiles.ts", folder], cwd: root }));
  },
};

export const checkInCli: Figure = {
  name: `check of ${FILES} customer files, causeway check --all`,
  target: 1000,
  async measure({ root, scratch }) {
    const project = join(scratch, "fleet");
    writeFleet(root, project);
    return inTurn(5, timed({ args: [join(root, "bin/causeway.js"), "check", "--all"], cwd: project }));
  },
};

export const help: Figure = {
  name: "causeway --help",
  target: 100,
  async measure({ root }) {
    const run = timed({ args: ["bin/causeway.js", "--help"], cwd: root });
    await run();
    return inTurn(15, run);
  },
};
