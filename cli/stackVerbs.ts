import { Option, type Command } from "commander";
import type { Clouds } from "../fleet/types.ts";
import { runOptionsOf, several, stacks, type VerbOptions } from "./options.ts";
import type { Around } from "./sandboxVerbs.ts";

const OPERATIONS = {
  preview: "show what an update would change",
  up: "create or update a customer's resources",
  refresh: "read the resources back from the clouds into the state",
  destroy: "delete a customer's resources, except protected ones",
} as const;

/** Verbs that work on stacks: the same ones on real and on simulated clouds. */
export function stackVerbs(program: Command, around: Around, clouds: Clouds): void {
  for (const operation of Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]) {
    operationVerb(program, around, clouds, operation);
  }
  readingVerbs(program, around, clouds);
  const { act, root, terminal, chosen } = around;
  stacks(program.command("recover"), "put a stack right after an operation was cut off")
    .option("--yes", "remove a lock whoever holds it, and delete what was created and never recorded")
    .action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { recover } = await import("./commands/recover.ts");
        const run = { ...runOptionsOf(options), force: options.yes === true };
        return recover(terminal(options), root(), clouds, await chosen(named, options), run);
      }),
    );
}

function operationVerb(
  program: Command,
  { act, root, terminal, chosen }: Around,
  clouds: Clouds,
  operation: keyof typeof OPERATIONS,
): void {
  const command = stacks(program.command(operation), OPERATIONS[operation]);
  if (operation === "preview") command.option("--expect-no-changes", "exit with 5 where anything would change");
  if (operation === "preview" || operation === "up") {
    command.option(
      "--policy-pack <path>",
      "policies to enforce, in a folder or as a program; may be repeated",
      several,
    );
  }
  if (operation !== "preview" && clouds === "real") command.option("--yes", "do not ask");
  if (operation === "destroy" && clouds === "real") {
    command.addOption(new Option("--confirm <name>", "the stack's name, instead of typing it"));
    command.option("--keep-protected", "delete the rest where protected resources remain, instead of refusing");
  }
  command.action((named: string[], options: VerbOptions) =>
    act(async () => {
      const run = runOptionsOf(options);
      const members = await chosen(named, options);
      const { operate } = await import("./commands/operate.ts");
      return operate(terminal(options), { operation, clouds, root: root(), members, options, run });
    }),
  );
}

function readingVerbs(program: Command, { act, root, terminal, chosen }: Around, clouds: Clouds): void {
  stacks(
    program.command("drift"),
    "say what was changed by hand and what that means; exit with 5 where anything was",
  ).action((named: string[], options: VerbOptions) =>
    act(async () => {
      const { drift } = await import("./commands/drift.ts");
      const run = runOptionsOf(options);
      return drift(terminal(options), root(), clouds, await chosen(named, options), run);
    }),
  );
  stacks(program.command("outputs"), "show a stack's outputs").action((named: string[], options: VerbOptions) =>
    act(async () => {
      const { outputs } = await import("./commands/outputs.ts");
      const run = runOptionsOf(options);
      return outputs(terminal(options), root(), clouds, await chosen(named, options), run);
    }),
  );
  stacks(program.command("handoff"), "show what the customer must be told, as Markdown")
    .option("--offline", "from the customer file alone, without asking the stack")
    .action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { handoff, offlineHandoff } = await import("./commands/handoff.ts");
        const members = await chosen(named, options);
        if (options.offline === true) return offlineHandoff(terminal(options), members);
        return handoff(terminal(options), root(), clouds, members, runOptionsOf(options));
      }),
    );
  if (clouds === "sandbox") return; // where everything can be looked at, status shows it all
  stacks(program.command("status"), "say whether each customer is healthy; exit with 1 where one is not").action(
    (named: string[], options: VerbOptions) =>
      act(async () => {
        const { health } = await import("./commands/status.ts");
        const run = runOptionsOf(options);
        return health(terminal(options), root(), clouds, await chosen(named, options), run);
      }),
  );
}
