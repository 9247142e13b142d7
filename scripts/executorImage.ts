/** Writes what an executor's image has to carry below a folder: `node scripts/executorImage.ts <folder>`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderAgent } from "../plan/agent.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("expected a folder, got none; name the root of the image");
  process.exit(2);
}
for (const { path, mode, text } of renderAgent()) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  console.log(file);
}
