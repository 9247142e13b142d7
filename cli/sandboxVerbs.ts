import type { Command } from "commander";
import type { Member } from "../fleet/types.ts";
import type { Act } from "./main.ts";
import { customers, runOptionsOf, selectionOf, type VerbOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb needs of the command line around it. */
export interface Around {
  readonly act: Act;
  readonly root: () => string;
  readonly terminal: (options: VerbOptions) => Terminal;
  readonly chosen: (named: readonly string[], options: VerbOptions, everyone?: boolean) => Promise<readonly Member[]>;
}

/** Verbs that only simulated clouds have: both sides of everything can be looked at, and the customer's part be played. */
export function sandboxVerbs(sandbox: Command, { act, root, terminal, chosen }: Around): void {
  customers(sandbox.command("status"), "show tunnels, BGP sessions, routes and endpoints as both clouds have them")
    .option("--health", "say instead whether each customer is healthy; exit with 1 where one is not")
    .action((named: string[], options: VerbOptions & { health?: true }) =>
      act(async () => {
        const { health, status } = await import("./commands/status.ts");
        if (options.health === true) {
          const run = runOptionsOf(options);
          return health(terminal(options), root(), "sandbox", await chosen(named, options), run);
        }
        const { customers: some = [], all, labels = [], changedSince } = selectionOf(named, options);
        const everything = !all && some.length + labels.length === 0 && changedSince === undefined;
        return status(terminal(options), root(), everything ? undefined : await chosen(named, options));
      }),
    );
  sandbox
    .command("reach")
    .description("follow a connection from an executor to a registry; exit with 1 where it does not arrive")
    .argument("<executor>", "executor subnet, or <subnet>/guest for a virtual machine on one")
    .argument("<name>", "DNS name, as the customer's projects have it")
    .argument("[port]", "TCP port", "443")
    .option("--json", "print data instead of text")
    .action((executor: string, name: string, port: string, options: VerbOptions) =>
      act(async () => (await import("./commands/reach.ts")).reach(terminal(options), root(), executor, name, port)),
    );
  customerVerbs(sandbox, { act, root, terminal, chosen });
}

const DECISIONS = {
  allow: ["let an AWS principal see a service, or a source address through a load balancer", "<who>"],
  accept: ["accept an endpoint or a project, or all that wait", "[who]"],
  reject: ["reject an endpoint or a project, or stop letting a source address in", "<who>"],
  delete: ["take a service away", undefined],
} as const;

function customerVerbs(sandbox: Command, { act, root, terminal }: Around): void {
  const customer = sandbox
    .command("customer")
    .description("play the customer's part: their services and who may use them");
  customer
    .command("list")
    .description("show the customers' services, who is allowed and who asks")
    .option("--json", "print data instead of text")
    .action((options: VerbOptions) =>
      act(async () => (await import("./commands/customer.ts")).list(terminal(options), root())),
    );
  for (const [decision, [summary, who]] of Object.entries(DECISIONS)) {
    const command = customer
      .command(decision)
      .description(summary)
      .argument("<service>", "endpoint service, service attachment or load balancer, as list shows it");
    if (who !== undefined) command.argument(who, "principal, endpoint, project or address");
    command.action((service: string, whom: unknown) =>
      act(async () => {
        const { decide } = await import("./commands/customer.ts");
        const request = { decision: decision as keyof typeof DECISIONS, service };
        return decide(terminal({}), root(), typeof whom === "string" ? { ...request, who: whom } : request);
      }),
    );
  }
}
