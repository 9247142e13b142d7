/** One engine operation on the plain program, on simulated clouds of its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Operation, runOperation } from "../../engine/driver.ts";
import { findEngine } from "../../engine/install.ts";
import { startSandbox } from "../../sandbox/index.ts";

const [operation, folder, home] = process.argv.slice(2) as [Operation, string, string];
const engine = await findEngine();
if (engine === undefined) throw new Error("no engine");
mkdirSync(join(home, "state"), { recursive: true });
const sandbox = await startSandbox({ worldFile: join(home, "world.jsonl") });
const result = await runOperation(
  operation,
  {
    programDir: folder,
    workDir: join(home, "stack"),
    stack: "dev",
    backendUrl: pathToFileURL(join(home, "state")).href,
    pulumiHome: join(home, "pulumi"),
    secretsProvider: "passphrase",
    env: { ...sandbox.env, PULUMI_CONFIG_PASSPHRASE: "bench", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
    config: {},
  },
  { engine },
);
await sandbox.close();
console.log(JSON.stringify(result.changes));
