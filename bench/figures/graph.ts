import { join } from "node:path";
import type { Figure } from "../figure.ts";
import { inTurn, type Run, runNode, timed } from "../measure.ts";

/** Settings of the plain program's ts-node; it keeps what it compiled until the program is edited. */
export const compiledIn = (folder: string): Record<string, string> => ({ TS_NODE_CACHE_DIRECTORY: folder });

export const warmGraph: Figure = {
  name: "resource graph of dev, warm, in process",
  target: 25,
  async measure({ root }) {
    const { stdout } = await runNode({ args: ["bench/tasks/warmGraph.ts", "stacks/customers/dev.yaml"], cwd: root });
    return { ours: JSON.parse(stdout) as Run[] };
  },
};

export const coldGraph: Figure = {
  name: "resource graph of dev, causeway plan --resources",
  target: 600,
  async measure({ root, scratch, plain }) {
    const ours = timed({ args: ["bin/causeway.js", "plan", "dev", "--resources", "--json"], cwd: root });
    const plainRun = (cache: string) =>
      timed({ args: ["bench/tasks/plainGraph.ts", plain], cwd: root, env: compiledIn(join(scratch, cache)) });
    const edited = [await plainRun("ts-node-1")(), await plainRun("ts-node-2")()];
    await ours();
    return { ...(await inTurn(5, ours, plainRun("ts-node-1"))), edited };
  },
};
