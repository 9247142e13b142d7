/** Reads every customer file of a folder with the loader alone; the package's whole entry would load Pulumi as well. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadCustomer } from "../../stacks/load.ts";

const folder = process.argv[2]!;
for (const name of readdirSync(folder)) loadCustomer(join(folder, name));
