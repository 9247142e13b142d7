import type { Command } from "commander";
import type { Act, VerbOptions } from "./main.ts";
import type { Selected } from "./selection.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb needs of the command line around it. */
export interface Around {
  readonly act: Act;
  readonly root: () => string;
  readonly terminal: (options: VerbOptions) => Terminal;
  readonly selection: (named: readonly string[], all: boolean) => Promise<readonly Selected[]>;
}

/** Verbs that only simulated clouds have: both sides of everything can be looked at, and the customer's part be played. */
export function sandboxVerbs(sandbox: Command, { act, root, terminal, selection }: Around): void {
  sandbox
    .command("status")
    .description("show tunnels, BGP sessions, routes and endpoints as both clouds have them")
    .argument("[customer...]", "only what is in these customers' accounts and projects")
    .option("--json", "print data instead of text")
    .action((named: string[], options: VerbOptions) =>
      act(async () => {
        const { status } = await import("./commands/status.ts");
        return status(terminal(options), root(), named.length === 0 ? undefined : await selection(named, false));
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
  customerVerbs(sandbox, { act, root, terminal, selection });
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
