/**
 * Closes a CI run: counts what ran, and fails when a tier that can run here did not. The counts come last, on a line of
 * their own.
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const [file = ".causeway/tests.json"] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
const all = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map((test) => ({ file: relative("", name), ...test })),
);
const count = (...statuses: readonly string[]): number => all.filter(({ status }) => statuses.includes(status)).length;

const broken = testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
for (const { name } of broken) console.error(`could not run: ${relative("", name)}`);
const skipped = all.filter(({ status }) => status !== "passed" && status !== "failed");
for (const test of skipped) console.error(`skipped: ${test.file}: ${test.fullName}`);
const engine = all.filter((test) => test.file === "tests/engine/lifecycle.test.ts" && test.status === "passed");
if (engine.length === 0) console.error("the engine tier did not run, so this is a failure");

const failed = count("failed") + broken.length;
console.log(`${count("passed")} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 && skipped.length === 0 && engine.length > 0 ? 0 : 1;
