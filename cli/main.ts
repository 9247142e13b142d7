import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command, CommanderError } from "commander";
import type { Member } from "../fleet/types.ts";
import type { DiffRequest } from "./commands/diff.ts";
import { doctorVerb } from "./doctorVerb.ts";
import { EXIT, Exit, type ExitCode } from "./exit.ts";
import { customers, selectionOf, type VerbOptions } from "./options.ts";
import { rolloutVerbs } from "./rolloutVerbs.ts";
import { reportVerb } from "./reportVerb.ts";
import { sandboxVerbs, type Around } from "./sandboxVerbs.ts";
import { stackVerbs } from "./stackVerbs.ts";
import { inert, Terminal } from "./terminal.ts";

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

export type { Clouds } from "../fleet/types.ts";
export type { VerbOptions } from "./options.ts";

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
  const around: Around = { act, root: programRoot, terminal, chosen };
  offlineVerbs(program, act);
  reportVerb(program, { act, terminal });
  doctorVerb(program, { act, terminal, chosen });
  stackVerbs(program, around, "real");
  rolloutVerbs(program, { act, root: programRoot, terminal }, "real");
  const sandbox = program
    .command("sandbox")
    .description("the same verbs on simulated clouds of your own, below .causeway/");
  stackVerbs(sandbox, around, "sandbox");
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
  sandboxVerbs(sandbox, around);
  return program;
}

function publishVerb(program: Command, act: Act): void {
  program
    .command("publish")
    .description("print what a customer can run to publish a registry without us; nothing in it is secret")
    .argument("<customer>", "name or path")
    .argument("<registry>", "key in the customer file")
    .option("--as <format>", "cloudformation, terraform or gcloud (default: the cloud's own)")
    .option("--out <folder>", "write files there instead of printing them")
    .option("--json", "print data instead of text")
    .action((customer: string, registry: string, options: VerbOptions & { as?: string; out?: string }) =>
      act(async () => {
        const { publish } = await import("./commands/publish.ts");
        return publish(terminal(options), (await chosen([customer], {}))[0]!, registry, options);
      }),
    );
}

function offlineVerbs(program: Command, act: Act): void {
  customers(program.command("check"), "read customer files and report every problem in them").action(
    (named: string[], options: VerbOptions) =>
      act(async () => {
        const { check } = await import("./commands/check.ts");
        return check(terminal(options), await chosen(named, options, true));
      }),
  );
  customers(program.command("plan"), "show every address, number and name decided for a customer")
    .option("--resources", "show the resources it becomes instead")
    .action((named: string[], options: VerbOptions & { resources?: true }) =>
      act(async () => {
        const { plan } = await import("./commands/plan.ts");
        return plan(terminal(options), await chosen(named, options), options.resources === true);
      }),
    );
  customers(program.command("policy"), "check customers' resources against the policies; exit with 4 where one refuses")
    .option("--list", "show every policy with its reason, its remedy and its source")
    .action((named: string[], options: VerbOptions & { list?: true }) =>
      act(async () => {
        const { listPolicies, policy } = await import("./commands/policy.ts");
        if (options.list === true) return listPolicies(terminal(options));
        return policy(terminal(options), await chosen(named, options, true));
      }),
    );
  publishVerb(program, act);
  program
    .command("diff")
    .description("say what a change does to every customer, and what goes down meanwhile; no engine, no account")
    .option("--base <ref>", "git ref to compare with (default: where this left the default branch)")
    .option("--head <ref>", "git ref to look at (default: the working tree)")
    .option("--base-root <folder>", "a checkout of base with its packages, where they differ")
    .option("--head-root <folder>", "a checkout of head with its packages, where they differ")
    .option("--expect-no-changes", "exit with 5 where anything would change")
    .option("--policy", "ask the policies about every customer that changes; exit with 4 where one refuses")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions & DiffRequest) =>
      act(async () => (await import("./commands/diff.ts")).diff(terminal(options), programRoot(), options)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of the customer file, or of what diff --json prints")
    .argument("[of]", "customer or report", "customer")
    .action((of: string) => act(async () => (await import("./commands/schema.ts")).schema(of)));
  program
    .command("engine")
    .description("show the Pulumi engine that would be used")
    .option("--install", "get one first where there is none")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions & { install?: true }) =>
      act(async () => (await import("./commands/engine.ts")).engine(terminal(options), options.install === true)),
    );
}

const terminal = (options: VerbOptions): Terminal =>
  new Terminal({ json: options.json === true, events: options.events === true });

/** The customers a command line chooses; without a choice everyone, where the verb says so. */
async function chosen(named: readonly string[], options: VerbOptions, everyone = false): Promise<readonly Member[]> {
  const { selectMembers } = await import("../fleet/selection.ts");
  return selectMembers(programRoot(), selectionOf(named, options, everyone));
}

/** What went wrong, in words; a stack trace only for a defect of this program. */
async function explain(error: unknown, json: boolean): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { ConfigError } = await import("../plan/errors.ts");
  if (error instanceof ConfigError && json) {
    process.stdout.write(`${JSON.stringify({ problems: error.issues }, undefined, 2)}\n`);
  }
  const { FleetError } = await import("../fleet/error.ts");
  if (error instanceof FleetError) {
    process.stderr.write(`${inert(error.message)}\n`);
    return (await import("./fleet.ts")).exitCodeOf(error.code);
  }
  if (error instanceof ConfigError || error instanceof Exit) {
    process.stderr.write(`${inert(error.message)}\n`);
    return error instanceof Exit ? error.code : EXIT.usage;
  }
  process.stderr.write(
    `causeway met a defect of its own; please report it:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT.failed;
}
