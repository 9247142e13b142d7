/** A sandbox in a process of its own; sends its ports to its parent. */
import { startSandbox } from "../../sandbox/index.ts";

const { ports } = await startSandbox({ worldFile: process.argv[2]! });
process.send!(ports);
