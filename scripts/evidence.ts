/**
 * Prints what the simulated clouds are worth: who notices which mutation of a deployment, with every survivor and why it
 * does no harm, and at how many requests the engine was killed or a cloud failed, and what came of it. `--saved` prints the figures of the last long
 * run instead of making them anew.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { evidence, type Evidence } from "../tests/mutation/evidence.ts";
import { describeEvidence } from "../tests/mutation/report.ts";
import { describeTally, type Tally } from "../tests/support/killed.ts";

const folder = join(import.meta.dirname, "../.causeway");
const { values } = parseArgs({ options: { saved: { type: "boolean" }, json: { type: "boolean" } } });

function describeKilled(killed: readonly Tally[] | undefined): string {
  if (killed === undefined) return "nothing was killed here yet: npm run test:exhaustive does that";
  return killed
    .flatMap((tally) => [describeTally(tally), ...tally.failures.map((failure) => `  not: ${failure}`)])
    .join("\n");
}

const saved = (name: string): unknown => {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as unknown) : undefined;
};

async function mutate(): Promise<Evidence> {
  let settled = 0;
  return evidence(undefined, () => {
    if (++settled % 200 === 0) process.stderr.write(`${settled} mutations\n`);
  });
}

const mutation = ((values.saved ? saved("mutation") : undefined) as Evidence | undefined) ?? (await mutate());
const killed = saved("killed");
if (values.json) {
  console.log(JSON.stringify({ mutation, killed }, undefined, 2));
} else {
  console.log(describeEvidence(mutation));
  console.log(describeKilled(killed as readonly Tally[] | undefined));
}
const open = mutation.survivors.some(({ reason }) => reason === undefined);
process.exitCode = open || mutation.unneeded.length > 0 ? 1 : 0;
