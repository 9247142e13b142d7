import { withWorld } from "../../fleet/sandbox.ts";
import { customerSide, type Theirs, type World } from "../../sandbox/index.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** One decision of a customer. */
export interface Decision {
  readonly decision: "allow" | "accept" | "reject" | "delete";
  /** As `list` shows it; the last part of its name is enough. */
  readonly service: string;
  readonly who?: string;
}

/** States in which somebody waits to be accepted. */
const WAITING = ["pendingAcceptance", "PENDING"];

/** Shows what customers have in the simulated clouds and who asks for it. */
export async function list(terminal: Terminal, root: string): Promise<ExitCode> {
  const found = await withWorld(root, async (world) => customerSide(world));
  terminal.data(found);
  terminal.result(found.length === 0 ? "no customer has anything yet" : found.map(describe).join("\n"));
  return EXIT.done;
}

function describe({ kind, id, acceptsAtOnce, allowed, consumers }: Theirs): string {
  const opens = kind === "load balancer" ? "" : acceptsAtOnce ? ", accepts at once" : ", accepts by hand";
  const asking = consumers.map(
    ({ who, account, state }) => `  ${who}${who === account ? "" : ` of ${account}`}  ${state}`,
  );
  return [`${kind} ${id}${opens}`, `  allowed: ${allowed.join(", ") || "nobody"}`, ...asking].join("\n");
}

/** Does what a customer decided. */
export async function decide(
  terminal: Terminal,
  root: string,
  { decision, service, who }: Decision,
): Promise<ExitCode> {
  const done = await withWorld(root, async (world) => {
    const theirs = find(world, service);
    if (decision === "delete") {
      await theirs.delete();
      return `${theirs.kind} ${theirs.id} is gone`;
    }
    if (decision === "accept" && who === undefined) return acceptAll(theirs);
    await one(theirs, decision, who ?? "");
    return `${theirs.id}: ${decision}ed ${who}`;
  });
  terminal.result(done);
  return EXIT.done;
}

function find(world: World, service: string): Theirs {
  const all = customerSide(world);
  const found = all.filter(({ id }) => id === service || id.endsWith(`/${service}`) || service.endsWith(`.${id}`));
  if (found.length === 1) return found[0]!;
  const known = all.map(({ id }) => id).join(", ") || "none";
  const got = found.length > 1 ? `${service}, which ${found.length} go by` : service;
  throw new Exit(EXIT.usage, `expected a service of a customer, got ${got}; there are: ${known}`);
}

async function acceptAll(theirs: Theirs): Promise<string> {
  const waiting = theirs.consumers.filter(({ state }) => WAITING.includes(state)).map(({ who }) => who);
  for (const who of waiting) await one(theirs, "accept", who);
  return waiting.length === 0 ? `${theirs.id}: nobody waits` : `${theirs.id}: accepted ${waiting.join(", ")}`;
}

async function one(theirs: Theirs, decision: "allow" | "accept" | "reject", who: string): Promise<void> {
  const act = theirs[decision]?.bind(theirs);
  if (act === undefined)
    throw new Exit(EXIT.usage, `${decision}: expected ${TAKES[decision]}, got ${theirs.kind} ${theirs.id}`);
  if (decision === "allow") check(theirs, who);
  try {
    await act(who);
  } catch (error) {
    throw new Exit(EXIT.usage, (error as Error).message, { cause: error });
  }
}

const TAKES = {
  allow: "an endpoint service or a load balancer",
  accept: "an endpoint service or a service attachment",
  reject: "any service",
} as const;

function check({ kind }: Theirs, who: string): void {
  const [form, example] =
    kind === "load balancer"
      ? [/^(\*|\d{1,3}(\.\d{1,3}){3})$/, "an IPv4 address or *"]
      : [/^(\*|arn:aws[a-z-]*:iam::\d{12}:\S+)$/, "arn:aws:iam::<account>:root or *"];
  if (!form.test(who)) throw new Exit(EXIT.usage, `allow: expected ${example}, got ${who}`);
}
