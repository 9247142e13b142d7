import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findEngine } from "../../engine/install.ts";
import type { Context, Figure } from "../figure.ts";
import { inTurn, timed, type Timed } from "../measure.ts";
import { compiledIn } from "./graph.ts";

const NO_ENGINE = { skipped: "no engine; causeway engine --install gets one" };
const hasEngine = async (): Promise<boolean> => (await findEngine()) !== undefined;

/** A project whose program is the repository's, so that simulated clouds and state stay in a folder of this run. */
function project(root: string, folder: string): string {
  mkdirSync(join(folder, "stacks", "customers"), { recursive: true });
  copyFileSync(join(root, "stacks/customers/dev.yaml"), join(folder, "stacks/customers/dev.yaml"));
  const pulumi = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  writeFileSync(join(folder, "Pulumi.yaml"), pulumi.replace("main: index.ts", `main: ${join(root, "index.ts")}`));
  return folder;
}

const causeway =
  (root: string, folder: string) =>
  (...args: string[]): Timed =>
    timed({ args: [join(root, "bin/causeway.js"), "sandbox", ...args, "dev"], cwd: folder });

/** Operations of the plain program on a copy of the clouds that `causeway` has just found, with nothing of ours in it. */
function plainOn({ root, scratch, plain }: Context, folder: string, home: string) {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  copyFileSync(join(folder, ".causeway/sandbox/world.jsonl"), join(home, "world.jsonl"));
  return (operation: string, cache = "ts-node-engine"): Timed =>
    timed({
      args: [join(root, "bench/tasks/plainOperation.ts"), operation, plain, home],
      env: compiledIn(join(scratch, cache)),
    });
}

export const firstPreview: Figure = {
  name: "first preview of dev on the simulated clouds",
  target: 3000,
  async measure(context) {
    if (!(await hasEngine())) return NO_ENGINE;
    const folder = project(context.root, join(context.scratch, "first"));
    const home = join(context.scratch, "plain-first");
    const fresh: Timed = () => {
      rmSync(join(folder, ".causeway"), { recursive: true, force: true });
      return causeway(context.root, folder)("preview")();
    };
    const plain =
      (cache?: string): Timed =>
      () =>
        plainOn(context, folder, home)("preview", cache)();
    await fresh();
    const edited = [await plain()(), await plain("ts-node-other")()];
    return { ...(await inTurn(5, fresh, plain())), edited };
  },
};

export const unchangedPreview: Figure = {
  name: "preview of dev with no changes",
  target: 2000,
  async measure(context) {
    if (!(await hasEngine())) return NO_ENGINE;
    const folder = project(context.root, join(context.scratch, "unchanged"));
    const ours = causeway(context.root, folder);
    await ours("preview")();
    const plain = plainOn(context, folder, join(context.scratch, "plain-unchanged"));
    await ours("up")();
    await plain("up")();
    return inTurn(5, ours("preview", "--expect-no-changes"), plain("preview"));
  },
};

export const tests: Figure = {
  name: "npm test",
  target: 60_000,
  async measure({ root }) {
    if (!(await hasEngine())) return NO_ENGINE;
    const path = [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
    return inTurn(1, timed({ args: ["node_modules/vitest/vitest.mjs", "run"], cwd: root, env: { PATH: path } }));
  },
};
