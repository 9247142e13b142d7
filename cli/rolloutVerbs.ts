import type { Command } from "commander";
import type { Act, Clouds, VerbOptions } from "./main.ts";
import { several } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** What the verbs need of the command line around them. */
interface Around {
  readonly act: Act;
  readonly root: () => string;
  readonly terminal: (options: VerbOptions) => Terminal;
}

/** Options of `rollout start`, as commander hands them over. */
export interface StartOptions extends VerbOptions {
  readonly label: readonly string[];
  readonly wave: readonly string[];
  readonly policyPack: readonly string[];
  readonly file?: string;
  readonly name?: string;
  readonly autoApprove?: true;
  readonly maxFailures?: string;
  readonly gateTries?: string;
  readonly gateWait?: string;
  readonly concurrency?: string;
}

/** Options of the verbs that go on with a roll-out. */
export interface GoOnOptions extends VerbOptions {
  readonly allowDifference?: true;
  readonly acceptHealth?: true;
  readonly wave?: string;
  readonly recordOnly?: true;
  readonly reason?: string;
}

/** `rollout` and the verbs below it. */
export function rolloutVerbs(program: Command, { act, root, terminal }: Around, clouds: Clouds): void {
  const rollout = program
    .command("rollout")
    .description("bring a change to many customers, wave by wave; it halts by itself and goes on after a kill");
  const started = rollout
    .command("start")
    .description("plan the waves and begin with the first")
    .argument("[customer...]", "names in stacks/customers, or paths of files")
    .option("--all", "every customer in stacks/customers")
    .option("--label <key=value>", "only customers with this label; may be repeated", several, [])
    .option("--wave <wave>", "label:<key>=<value> or a percentage; repeat for each wave (10%, 50%, 100%)", several, [])
    .option("--file <path>", "a roll-out file with customers, waves and settings")
    .option("--name <name>", "first part of its name, today's date otherwise")
    .option("--auto-approve", "do not wait for an approval between waves")
    .option("--max-failures <n>", "halt at this many failed stacks in a wave (1)")
    .option("--gate-tries <n>", "how often to look whether a wave is healthy")
    .option("--gate-wait <seconds>", "seconds between two looks")
    .option("--concurrency <n>", "stacks at once (2)")
    .option("--policy-pack <path>", "policies to enforce in every preview and update; may be repeated", several, [])
    .option("--json", "print data instead of text");
  if (clouds === "real") started.option("--yes", "do not ask");
  started.action((named: string[], options: StartOptions) =>
    act(async () => {
      const { start } = await import("./commands/rollout.ts");
      return start({ terminal: terminal(options), root: root(), clouds }, named, options);
    }),
  );
  goOnVerbs(rollout, { act, root, terminal }, clouds);
}

const GO_ON = {
  resume: "go on after a halt, an interruption or a crash",
  approve: "let the wave begin that waits, and go on",
  abort: "end it; what is deployed stays",
  status: "show how far it is",
} as const;

function goOnVerbs(rollout: Command, { act, root, terminal }: Around, clouds: Clouds): void {
  for (const [verb, summary] of Object.entries(GO_ON) as [keyof typeof GO_ON, string][]) {
    const command = rollout.command(verb).description(summary).argument("<id>", "name of the roll-out");
    if (verb === "resume") {
      command.option("--allow-difference", "go on although the wave would do what the first did not");
      command.option("--accept-health", "go on although the wave is not healthy, or its health is unknown");
    }
    if (verb === "approve") {
      command.option("--wave <n>", "refuse where another wave waits");
      command.option("--record-only", "do not go on; somebody else will with resume");
    }
    if (verb === "abort") command.option("--reason <text>", "why, for those who look later");
    command.option("--json", "print data instead of text").action((id: string, options: GoOnOptions) =>
      act(async () => {
        const handlers = await import("./commands/rollout.ts");
        return handlers[verb]({ terminal: terminal(options), root: root(), clouds }, id, options);
      }),
    );
  }
  rollout
    .command("list")
    .description("show every roll-out")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions) =>
      act(async () =>
        (await import("./commands/rollout.ts")).list({ terminal: terminal(options), root: root(), clouds }),
      ),
    );
}
