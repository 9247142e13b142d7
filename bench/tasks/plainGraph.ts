/**
 * Runs the plain program against the in-process monitor, with TypeScript loaded as Pulumi's runner loads it by default:
 * the ts-node it brings, type-checking. Source: `@pulumi/pulumi` 3.270.0, `cmd/run/run.js`.
 */
import { createRequire } from "node:module";
import { resourceGraph } from "../../engine/graph.ts";

const folder = process.argv[2]!;
process.chdir(folder);
const fromPlain = createRequire(`${folder}/index.ts`);
const fromSdk = createRequire(fromPlain.resolve("@pulumi/pulumi/package.json"));
const { tsnodeRequire, typescriptRequire } = fromSdk("./tsutils.js").typeScriptRequireStrings();
const compilerOptions = { target: "ES2020", module: "nodenext", moduleResolution: "nodenext", sourceMap: "true" };
fromSdk(tsnodeRequire).register({
  compiler: typescriptRequire,
  project: "tsconfig.json",
  skipProject: false,
  compilerOptions,
});
const program = (): Promise<void> => Promise.resolve(fromPlain("./index.ts")).then(() => undefined);
const { nodes } = await resourceGraph(program, { project: "plain", stack: "dev" });
console.log(nodes.length);
