import { join } from "node:path";
import { findEngine } from "../../engine/install.ts";
import type { Context, Figure } from "../figure.ts";
import { runNode, timed, type Run } from "../measure.ts";
import { compiledIn } from "./graph.ts";

/** Most memory a comparison may take, threads included. */
const MEGABYTES = 1000;

/** Customers of which the plain program is previewed one after the other. */
const PLAIN = 10;

interface Compared extends Run {
  readonly megabytes: number;
}

let previews: Promise<readonly Run[]> | undefined;

/** Plain previews, measured once for all figures. */
async function plainPreviews({ root, scratch, plain }: Context): Promise<readonly Run[]> {
  if ((await findEngine()) === undefined) return [];
  const preview = (n: number) =>
    timed({
      args: [join(root, "bench/tasks/plainOperation.ts"), "preview", plain, join(scratch, `plain-diff-${n}`)],
      env: compiledIn(join(scratch, "ts-node-diff")),
    });
  await preview(0)();
  const runs: Run[] = [];
  for (let n = 1; n <= PLAIN; n++) runs.push(await preview(n)());
  return runs;
}

/** What the plain program would take for so many customers, one preview each. */
function extrapolated(runs: readonly Run[], customers: number): readonly Run[] {
  if (runs.length === 0) return [];
  const sum = (read: (run: Run) => number): number => runs.reduce((total, run) => total + read(run), 0);
  const factor = customers / runs.length;
  return [{ wall: sum(({ wall }) => wall) * factor, cpu: sum(({ cpu }) => cpu ?? 0) * factor }];
}

const diffOf = (customers: number, changed: number, target: number): Figure => ({
  name: `diff of ${customers.toLocaleString("en")} customers, ${changed.toLocaleString("en")} changed`,
  target,
  async measure(context) {
    const { root } = context;
    const args = ["bench/tasks/diffFleet.ts", String(customers), String(changed)];
    const { stdout } = await runNode({ args, cwd: root });
    const run = JSON.parse(stdout) as Compared;
    if (run.megabytes > MEGABYTES) throw new Error(`expected at most ${MEGABYTES} MB, got ${run.megabytes} MB`);
    previews ??= plainPreviews(context);
    return { ours: [run], plain: extrapolated(await previews, customers) };
  },
});

/** Beside each: plain `pulumi preview` of ten customers, taken as often as there are customers. */
export const diffs: readonly Figure[] = [
  diffOf(1000, 20, 10_000),
  diffOf(1000, 1000, 30_000),
  diffOf(10_000, 100, 60_000),
];
