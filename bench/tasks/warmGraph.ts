/** Prints the time of each of many graphs of one customer in one process, once the code is warm, as JSON. */
import { customerGraph, loadCustomer } from "../../lib/index.ts";
import type { Run } from "../measure.ts";

const WARM_UP = 20;
const RUNS = 50;

const { customer } = loadCustomer(process.argv[2]!);
const runs: Run[] = [];
for (let run = 0; run < WARM_UP + RUNS; run++) {
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const { nodes } = await customerGraph(customer);
  if (nodes.length === 0) throw new Error("the customer declared nothing");
  const { user, system } = process.cpuUsage(cpuStart);
  if (run >= WARM_UP) runs.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
}
console.log(JSON.stringify(runs));
