import type { Figure } from "../figure.ts";
import { runNode, type Run } from "../measure.ts";

/** One operation, on disk before it is answered; the processor time must not grow with what is there already. */
const operationIn = (size: number): Figure => ({
  name: `creating one of ${size.toLocaleString("en")} simulated resources`,
  target: 20,
  async measure({ root }) {
    const { stdout } = await runNode({ args: ["bench/tasks/world.ts", String(size)], cwd: root });
    return { ours: JSON.parse(stdout) as Run[] };
  },
});

/** The same operation in worlds of growing size: a curve that has to be flat. */
export const worlds: readonly Figure[] = [100, 1000, 3000, 10_000].map(operationIn);
