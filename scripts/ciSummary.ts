/**
 * Closes a CI run: counts what ran, and fails when a test was skipped or a file of tests did not run. The counts come last, on
 * a line of their own.
 */
import { globSync, readFileSync } from "node:fs";
import { relative } from "node:path";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const testResults = process.argv
  .slice(2)
  .flatMap((file) => (JSON.parse(readFileSync(file, "utf8")) as Report).testResults);
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
const ran = (file: string): boolean => all.some((test) => test.file === file && test.status === "passed");
const missing = globSync("tests/**/*.test.ts").filter((file) => !ran(file));
for (const file of missing) console.error(`${file} did not run, so this is a failure`);

const failed = count("failed") + broken.length;
console.log(`${count("passed")} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 && skipped.length === 0 && missing.length === 0 ? 0 : 1;
