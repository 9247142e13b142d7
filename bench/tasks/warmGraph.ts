/** Prints the milliseconds of each of many graphs of one customer in one process, once the code is warm, as JSON. */
import { customerGraph, loadCustomer } from "../../lib/index.ts";

const WARM_UP = 20;
const RUNS = 50;

const { customer } = loadCustomer(process.argv[2]!);
const times: number[] = [];
for (let run = 0; run < WARM_UP + RUNS; run++) {
  const start = performance.now();
  const { nodes } = await customerGraph(customer);
  if (nodes.length === 0) throw new Error("the customer declared nothing");
  if (run >= WARM_UP) times.push(performance.now() - start);
}
console.log(JSON.stringify(times));
