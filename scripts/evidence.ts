/**
 * Prints what the simulated clouds are worth: who notices which mutation of a deployment, with every survivor and why it
 * does no harm, and at how many requests the engine was killed or a cloud failed, and what came of it. `--saved` prints the figures of the last long
 * run instead of making them anew.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { evidence, together, type Evidence } from "../tests/mutation/evidence.ts";
import { REGISTRIES } from "../tests/mutation/registries.ts";
import { describeEvidence } from "../tests/mutation/report.ts";
import { CONNECTIONS, type Subject } from "../tests/mutation/subject.ts";
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

async function mutate(name: string, subjects: readonly Subject[]): Promise<Evidence> {
  const known = (values.saved ? saved(name) : undefined) as Evidence | undefined;
  if (known !== undefined) return known;
  let settled = 0;
  const all: Evidence[] = [];
  for (const subject of subjects) {
    const found = await evidence(subject, undefined, () => {
      if (++settled % 200 === 0) process.stderr.write(`${settled} mutations, now of ${subject.name}\n`);
    });
    all.push(found);
  }
  return together(all);
}

const connections = await mutate("mutation", [CONNECTIONS]);
const registries = await mutate("mutationRegistries", REGISTRIES);
const killed = saved("killed");
if (values.json) {
  console.log(JSON.stringify({ mutation: { connections, registries }, killed }, undefined, 2));
} else {
  console.log(`connections: ${describeEvidence(connections)}`);
  console.log(`registries: ${describeEvidence(registries)}`);
  console.log(describeKilled(killed as readonly Tally[] | undefined));
}
const both = [connections, registries];
const open = both.some(({ survivors }) => survivors.some(({ reason }) => reason === undefined));
process.exitCode = open || both.some(({ unneeded }) => unneeded.length > 0) ? 1 : 0;
