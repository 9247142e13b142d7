#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the rest can still read the one line that says so.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `causeway needs Node 24 or later, this is ${process.version}; in the repository, npm scripts bring their own\n`,
  );
  process.exit(2);
}
// A reader that has seen enough, such as head, is no failure.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});
const { enableCompileCache } = await import("node:module");
enableCompileCache();
// The repository runs its TypeScript as it is; the published package holds JavaScript, since Node strips no types there.
const { existsSync } = await import("node:fs");
const source = new URL("../cli/main.ts", import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL("../dist/cli/main.js", import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
