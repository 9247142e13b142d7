/**
 * Measures every promised figure and beside it what a plain Pulumi program takes for the same resources.
 * `node bench/run.ts [--json] [words of a figure's name]`; ends with 0 whatever the figures are, since a benchmark on a
 * shared machine is no test.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { loadCustomer } from "../stacks/load.ts";
import type { Context, Figure } from "./figure.ts";
import { checkInCli, checkInLibrary, help } from "./figures/cli.ts";
import { diffs } from "./figures/diff.ts";
import { dnsQueries } from "./figures/dnsProxy.ts";
import { firstPreview, tests, unchangedPreview } from "./figures/engine.ts";
import { upOfFleet } from "./figures/fleet.ts";
import { coldGraph, warmGraph } from "./figures/graph.ts";
import { types } from "./figures/types.ts";
import { worlds } from "./figures/world.ts";
import { writePlainProgram } from "./plainProgram.ts";
import { rowOf, table, type Row } from "./report.ts";

const FIGURES: readonly Figure[] = [
  ...[warmGraph, coldGraph, checkInLibrary, checkInCli, help, types],
  ...worlds,
  ...diffs,
  ...dnsQueries,
  upOfFleet,
  ...[firstPreview, unchangedPreview, tests],
];

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const chosen = FIGURES.filter(({ name }) => positionals.every((word) => name.includes(word)));
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

const scratch = mkdtempSync(join(tmpdir(), "causeway-bench-"));
try {
  const root = dirname(import.meta.dirname);
  const context: Context = { root, scratch, plain: join(scratch, "plain") };
  const { customer } = loadCustomer(join(root, "stacks/customers/dev.yaml"));
  const resources = await writePlainProgram(customer, context.plain);
  const before = load();
  const rows: Row[] = [];
  for (const [i, figure] of chosen.entries()) {
    say(`${i + 1}/${chosen.length} ${figure.name}`);
    const failed = (error: unknown) => ({ skipped: `failed: ${String(error).split("\n")[0]}`, error });
    const result = await figure.measure(context).catch(failed);
    if ("error" in result) say(String(result.error));
    rows.push(rowOf(figure, result));
  }
  const machine = { cpu: cpus()[0]?.model ?? "", cores: availableParallelism(), node: process.version };
  if (values.json) {
    console.log(JSON.stringify({ machine, load: { before, after: load() }, resources, rows }, undefined, 2));
  } else {
    console.log(table(rows));
    console.log(`${machine.cores} cores, Node ${machine.node}, load ${before} before and ${load()} after`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
