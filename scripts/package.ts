/**
 * Fills `dist/` with what the published package runs: JavaScript and declarations, since Node strips no types below
 * `node_modules`, and the files that are read at run time. Run by npm before it packs.
 */
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");

/**
 * Read or run at run time and not compiled: the modules the engine is built from, the executable policy pack, and the
 * customer the sandbox starts with.
 */
const DATA = ["engine/pulumi-cli", "policy/pack", "stacks/customers/dev.yaml", "stacks/customer.schema.json"];

rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "--project", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);
for (const path of DATA) cpSync(join(root, path), join(dist, path), { recursive: true });
const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
writeFileSync(join(dist, "Pulumi.yaml"), project.replace("main: index.ts", "main: index.js"));
