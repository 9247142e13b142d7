import { findEngine } from "../../engine/install.ts";
import type { Figure } from "../figure.ts";
import { runNode } from "../measure.ts";

const CUSTOMERS = 200;
/** Most memory that the process with the fleet and the simulated clouds in it may take. */
const MEGABYTES = 1000;

/** No time is promised: it is that of the engine, twice a core. Memory is. */
export const upOfFleet: Figure = {
  name: `up of ${CUSTOMERS} customers, five refused`,
  async measure({ root }) {
    if ((await findEngine()) === undefined) return { skipped: "no engine here; npm start gets one" };
    const { run, stdout } = await runNode({ args: ["bench/tasks/upFleet.ts", String(CUSTOMERS)], cwd: root });
    const { wall, megabytes } = JSON.parse(stdout) as { wall: number; megabytes: number };
    if (megabytes > MEGABYTES) throw new Error(`expected at most ${MEGABYTES} MB, got ${megabytes} MB`);
    return { ours: [{ ...run, wall }] };
  },
};
