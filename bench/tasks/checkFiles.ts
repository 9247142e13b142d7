/** Reads every customer file of a folder through the library, as a program of its own would. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadCustomer } from "../../stacks/load.ts";

const folder = process.argv[2]!;
for (const name of readdirSync(folder)) loadCustomer(join(folder, name));
