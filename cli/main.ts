import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { DiffRequest } from "./commands/diff.ts";
import { EXIT, Exit, type ExitCode } from "./exit.ts";
import { rolloutVerbs } from "./rolloutVerbs.ts";
import { reportVerb } from "./reportVerb.ts";
import { sandboxVerbs } from "./sandboxVerbs.ts";
import { Terminal } from "./terminal.ts";

/**
 * Runs one command line. Handlers are loaded when they are called, so that help and mistakes cost nothing.
 * @returns the exit code, see `EXIT`
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = commandTable(async (run) => {
    code = await run();
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return explain(error, argv.includes("--json"));
  }
}

/** Where the program lives: the project a person stands in, or this package. */
export function programRoot(): string {
  const own = dirname(import.meta.dirname);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return existsSync(join(own, "Pulumi.yaml")) ? own : dirname(own);
  }
}

/** The version in package.json, which is one folder up here and two up in the published package. */
function packageVersion(): string {
  const [path = ""] = ["..", "../.."].map((up) => join(import.meta.dirname, up, "package.json")).filter(existsSync);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

export type Act = (run: () => Promise<ExitCode>) => Promise<void>;

/** Options several verbs take, as commander hands them over. */
export interface VerbOptions {
  readonly json?: true;
  readonly all?: true;
  readonly yes?: true;
  readonly confirm?: string;
  readonly keepProtected?: true;
  readonly expectNoChanges?: true;
  readonly offline?: true;
}

const CODES =
  "Exit codes: 0 done, 1 failed, 2 configuration or usage, 3 no engine, 4 refused by policy, 5 drift or changes where none\n" +
  "were expected, 6 some stacks failed and others did not, 7 locked by another run, 130 interrupted.";

function commandTable(act: Act): Command {
  const program = new Command("causeway")
    .description("Private artifact registries, connected: one customer file, one stack.")
    .version(packageVersion(), "--version", "print the version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .showHelpAfterError("(causeway --help lists the commands)")
    .addHelpText("after", `\n${CODES}`);
  offlineVerbs(program, act);
  reportVerb(program, { act, terminal });
  stackVerbs(program, act, "real");
  rolloutVerbs(program, { act, root: programRoot, terminal }, "real");
  const sandbox = program
    .command("sandbox")
    .description("the same verbs on simulated clouds of your own, below .causeway/");
  stackVerbs(sandbox, act, "sandbox");
  rolloutVerbs(sandbox, { act, root: programRoot, terminal }, "sandbox");
  sandbox
    .command("start")
    .description("bring a customer up on the simulated clouds and show what came of it (npm start)")
    .option("--customer <name or path>", "customer to bring up", "dev")
    .option("--acceptance", "a new customer lets nobody in until told to, with causeway sandbox customer")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions & { customer: string; acceptance?: true }) =>
      act(async () => {
        const { start } = await import("./commands/start.ts");
        return start(terminal(options), programRoot(), options.customer, { acceptance: options.acceptance === true });
      }),
    );
  sandboxVerbs(sandbox, { act, root: programRoot, terminal, selection });
  return program;
}

function offlineVerbs(program: Command, act: Act): void {
  customers(program.command("check"), "read customer files and report every problem in them").action(
    (named: string[], options: VerbOptions) =>
      act(async () => {
        const { check } = await import("./commands/check.ts");
        const all = options.all === true || named.length === 0;
        return check(terminal(options), await selection(named, all));
      }),
  );
  customers(program.command("plan"), "show every address, number and name decided for a customer")
    .option("--resources", "show the resources it becomes instead")
    .action((named: string[], options: VerbOptions & { resources?: true }) =>
      act(async () => {
        const { plan } = await import("./commands/plan.ts");
        return plan(terminal(options), await selection(named, options.all === true), options.resources === true);
      }),
    );
  customers(program.command("policy"), "check customers' resources against the policies; exit with 4 where one refuses")
    .option("--list", "show every policy with its reason, its remedy and its source")
    .action((named: string[], options: VerbOptions & { list?: true }) =>
      act(async () => {
        const { listPolicies, policy } = await import("./commands/policy.ts");
        if (options.list === true) return listPolicies(terminal(options));
        return policy(terminal(options), await selection(named, options.all === true || named.length === 0));
      }),
    );
  program
    .command("diff")
    .description("say what a change does to every customer, and what goes down meanwhile; no engine, no account")
    .option("--base <ref>", "git ref to compare with (default: where this left the default branch)")
    .option("--head <ref>", "git ref to look at (default: the working tree)")
    .option("--base-root <folder>", "a checkout of base with its packages, where they differ")
    .option("--head-root <folder>", "a checkout of head with its packages, where they differ")
    .option("--expect-no-changes", "exit with 5 where anything would change")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions & DiffRequest) =>
      act(async () => (await import("./commands/diff.ts")).diff(terminal(options), programRoot(), options)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of the customer file")
    .action(() => act(async () => (await import("./commands/schema.ts")).schema()));
  program
    .command("engine")
    .description("show the Pulumi engine that would be used")
    .option("--install", "get one first where there is none")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions & { install?: true }) =>
      act(async () => (await import("./commands/engine.ts")).engine(terminal(options), options.install === true)),
    );
}

/** Which clouds a stack verb works on; only the word `sandbox` chooses the simulated ones. */
export type Clouds = "real" | "sandbox";

const OPERATIONS = {
  preview: "show what an update would change",
  up: "create or update a customer's resources",
  refresh: "read the resources back from the clouds into the state",
  destroy: "delete a customer's resources, except protected ones",
} as const;

function stackVerbs(program: Command, act: Act, clouds: Clouds): void {
  for (const [operation, summary] of Object.entries(OPERATIONS) as [keyof typeof OPERATIONS, string][]) {
    const command = customers(program.command(operation), summary);
    if (operation === "preview") command.option("--expect-no-changes", "exit with 5 where anything would change");
    if (operation !== "preview" && clouds === "real") command.option("--yes", "do not ask");
    if (operation === "destroy" && clouds === "real") {
      command.addOption(new Option("--confirm <name>", "the stack's name, instead of typing it"));
      command.option("--keep-protected", "delete the rest where protected resources remain, instead of refusing");
    }
    command.action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { operate } = await import("./commands/operate.ts");
        const selected = await selection(named, options.all === true);
        return operate(terminal(options), { operation, clouds, root: programRoot(), selected, options });
      }),
    );
  }
  customers(
    program.command("drift"),
    "say what was changed by hand and what that means; exit with 5 where anything was",
  ).action((named: string[], options: VerbOptions) =>
    act(async () => {
      const { drift } = await import("./commands/drift.ts");
      const selected = await selection(named, options.all === true);
      return drift(terminal(options), programRoot(), clouds, selected, options);
    }),
  );
  customers(program.command("recover"), "put a stack right after an operation was cut off")
    .option("--yes", "remove a lock whoever holds it, and delete what was created and never recorded")
    .action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { recover } = await import("./commands/recover.ts");
        const selected = await selection(named, options.all === true);
        return recover(terminal(options), programRoot(), clouds, selected, options);
      }),
    );
  customers(program.command("outputs"), "show a stack's outputs").action((named: string[], options: VerbOptions) =>
    act(async () => {
      const { outputs } = await import("./commands/outputs.ts");
      return outputs(terminal(options), programRoot(), clouds, await selection(named, options.all === true));
    }),
  );
  customers(program.command("handoff"), "show what the customer must be told, as Markdown")
    .option("--offline", "from the customer file alone, without asking the stack")
    .action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { handoff } = await import("./commands/handoff.ts");
        const selected = await selection(named, options.all === true);
        return handoff(terminal(options), programRoot(), options.offline === true ? undefined : clouds, selected);
      }),
    );
}

const customers = (command: Command, summary: string): Command =>
  command
    .description(summary)
    .argument("[customer...]", "names in stacks/customers, or paths of files")
    .option("--all", "every customer in stacks/customers")
    .option("--json", "print data instead of text");

const terminal = (options: VerbOptions): Terminal => new Terminal({ json: options.json === true });

async function selection(named: readonly string[], all: boolean) {
  const { selectCustomers } = await import("./selection.ts");
  return selectCustomers(programRoot(), named, all);
}

/** What went wrong, in words; a stack trace only for a defect of this program. */
async function explain(error: unknown, json: boolean): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { ConfigError } = await import("../plan/errors.ts");
  if (error instanceof ConfigError && json) {
    process.stdout.write(`${JSON.stringify({ problems: error.issues }, undefined, 2)}\n`);
  }
  if (error instanceof ConfigError || error instanceof Exit) {
    process.stderr.write(`${error.message}\n`);
    return error instanceof Exit ? error.code : EXIT.usage;
  }
  process.stderr.write(
    `causeway met a defect of its own; please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT.failed;
}
