/**
 * Keeps a package manager out of every process that loads Pulumi's SDK. The SDK requires `@npmcli/arborist` at its start
 * for the serialisation of functions, which nothing here uses; loading it takes longer than reading and planning a
 * customer does. Import this before the SDK. Checked against SDK 3.270.0, `runtime/closure/codePaths.js`.
 */
import nodeModule from "node:module";

const UNUSED = "@npmcli/arborist";

/** Something that is loaded already and that nobody asks for what a package manager would have. */
const STAND_IN = "node:module";

// Node has hooks from 22.15 on; before, everything works and starts later.
(nodeModule as Partial<typeof nodeModule>).registerHooks?.({
  resolve: (specifier, context, next) =>
    specifier === UNUSED ? { url: STAND_IN, format: "builtin", shortCircuit: true } : next(specifier, context),
});
