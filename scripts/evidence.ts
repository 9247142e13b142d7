/**
 * Prints what the simulated clouds are worth: who notices which mutation of a deployment, with every survivor and why it
 * does no harm, and in how many places an update was killed and put right. `--saved` prints the figures of the last long
 * run instead of making them anew.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { evidence, type Evidence } from "../tests/mutation/evidence.ts";
import { describeEvidence } from "../tests/mutation/report.ts";

const folder = join(import.meta.dirname, "../.causeway");
const { values } = parseArgs({ options: { saved: { type: "boolean" }, json: { type: "boolean" } } });

/** What came of killing one kind of operation at its steps. */
interface Killed {
  readonly operation: string;
  readonly steps: number;
  readonly cases: number;
  readonly converged: number;
  readonly failures: readonly string[];
}

function describeKilled(killed: readonly Killed[] | undefined): string {
  if (killed === undefined) return "no update was killed yet: npm run test:exhaustive does that";
  return killed
    .flatMap(({ operation, steps, cases, converged, failures }) => [
      `${operation} of ${steps} steps, killed or failed in ${cases} places: ${converged} converged`,
      ...failures.map((failure) => `  not: ${failure}`),
    ])
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
  console.log(describeKilled(killed as readonly Killed[] | undefined));
}
const open = mutation.survivors.some(({ reason }) => reason === undefined);
process.exitCode = open || mutation.unneeded.length > 0 ? 1 : 0;
