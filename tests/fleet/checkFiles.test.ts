// Files of a fleet checked together, in this process. What each file may hold is shown in tests/stacks.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkFiles } from "../../fleet/checkFiles.ts";
import { fleetFiles } from "../support/fleet.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "causeway-check-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Checks a fleet of three whose texts are changed, and tells each problem by its file's name. */
async function problemsOf(edit: (text: string, n: number) => string): Promise<string[]> {
  const files = [...fleetFiles(3, edit)].map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const checked = await checkFiles(files);
  return checked.flatMap(({ problems }) =>
    problems.map(({ file, path, message }) => `${file}: ${path}: ${message}`.replaceAll(`${folder}/`, "")),
  );
}

test("files with a name and an account of their own pass", async () => {
  expect(await problemsOf((text) => text)).toEqual([]);
});

test("fails where two files have one aws account, in each of them", async () => {
  const shared = (text: string, n: number): string => (n === 3 ? text.replace("100000000003", "100000000001") : text);
  const reason = "an account serves one customer alone; correct the one that was copied";
  const at = "spec.infrastructure.privateCodeHost.aws.accountID: expected an aws account of its own, got 100000000001";
  expect(await problemsOf(shared)).toEqual([
    `c00001.yaml: ${at}, which c00003.yaml has too; ${reason}`,
    `c00003.yaml: ${at}, which c00001.yaml has too; ${reason}`,
  ]);
});

test("a file that cannot be read says so for itself alone", async () => {
  const problems = await problemsOf((text, n) => (n === 2 ? "name: [" : text));
  expect(problems.every((problem) => problem.startsWith("c00002.yaml: "))).toBe(true);
  expect(problems.length).toBeGreaterThan(0);
});
