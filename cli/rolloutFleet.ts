import pLimit from "p-limit";
import { EngineError } from "../engine/driver.ts";
import type { Customer } from "../plan/customer.ts";
import { ConfigError } from "../plan/errors.ts";
import type {
  FleetErrorCode,
  FleetOperations,
  FleetResult,
  FleetVerb,
  Member,
  RunOptions,
  StackFailure,
  StackResult,
  StackStatus,
} from "../fleet/types.ts";
import { networkStatus, type NetworkStatus, type Sandbox } from "../sandbox/index.ts";
import { parseCustomer } from "../stacks/load.ts";
import { readBytes } from "../stacks/read.ts";
import { runStack } from "./commands/operate.ts";
import { Exit } from "./exit.ts";
import { recoverCommand } from "./interruption.ts";
import type { Clouds } from "./main.ts";
import { selectCustomers } from "./selection.ts";
import { openTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";

/** The fleet a roll-out works on, for as long as a command runs. */
export interface OpenFleet extends FleetOperations {
  close(): Promise<void>;
}

/** Opens the clouds when a stack is first worked on; choosing customers needs none. */
export function openRolloutFleet(terminal: Terminal, root: string, clouds: Clouds): OpenFleet {
  let opened: Promise<Target> | undefined;
  const target = () => (opened ??= openTarget(terminal, root, clouds));
  const each = <Value>(
    verb: FleetVerb,
    members: readonly Member[],
    { concurrency = 1, signal }: RunOptions,
    work: (member: Member, customer: Customer) => Promise<Value>,
  ): Promise<FleetResult<Value>> => eachStack(verb, members, concurrency, signal, clouds, work);
  const operation =
    (verb: "preview" | "up") =>
    async (members: readonly Member[], options: RunOptions = {}) => {
      const on = await target();
      return each(verb, members, options, (member, customer) =>
        runStack(terminal, on, verb, member, customer, {}, options.signal ?? new AbortController().signal),
      );
    };
  return {
    select: async ({ customers = [], all = false, labels = [] }) =>
      selectCustomers(root, customers, all || (customers.length === 0 && labels.length > 0))
        .map((selected) => ({ selected, customer: customerOf(selected) }))
        .filter(({ customer }) => labels.every((label) => hasLabel(customer, label)))
        .map(({ selected, customer }) => ({ ...selected, stack: customer.name })),
    preview: operation("preview"),
    up: operation("up"),
    status: async (members, options = {}) => {
      const on = await target();
      const sandbox = "sandbox" in on ? (on.sandbox as Sandbox) : undefined;
      return each("status", members, options, async (member, customer) => stackStatus(member, customer, sandbox));
    },
    close: async () => {
      if (opened !== undefined) await (await opened).close();
    },
  };
}

const customerOf = ({ file, path }: Pick<Member, "file" | "path">): Customer =>
  parseCustomer(readBytes(file, path), file, { lenient: true }).customer;

function hasLabel({ labels }: Customer, label: string): boolean {
  const at = label.indexOf("=");
  return at > 0 && labels[label.slice(0, at)] === label.slice(at + 1);
}

async function eachStack<Value>(
  verb: FleetVerb,
  members: readonly Member[],
  concurrency: number,
  signal: AbortSignal | undefined,
  clouds: Clouds,
  work: (member: Member, customer: Customer) => Promise<Value>,
): Promise<FleetResult<Value>> {
  const start = performance.now();
  const limit = pLimit(concurrency);
  const one = async (member: Member): Promise<StackResult<Value>> => {
    const { stack } = member;
    if (signal?.aborted === true) return { stack, outcome: "not begun" };
    const begun = performance.now();
    try {
      const value = await work(member, customerOf(member));
      return { stack, outcome: "done", value, durationMs: performance.now() - begun };
    } catch (error) {
      const failure = failureOf(error, stack, clouds);
      const outcome = failure.code === "cancelled" ? "interrupted" : "failed";
      return { stack, outcome, failure, durationMs: performance.now() - begun };
    }
  };
  const results = await Promise.all(members.map((member) => limit(one, member)));
  const outcome = results.every((result) => result.outcome === "done") ? "done" : "some failed";
  return { verb, outcome, results, durationMs: performance.now() - start };
}

function failureOf(error: unknown, stack: string, clouds: Clouds): StackFailure {
  if (error instanceof EngineError) {
    const recover = recoverCommand({ clouds }, { name: stack } as Customer);
    const next = error.message.includes(recover) ? { next: recover } : {};
    return { code: error.code, message: error.message, inFlight: error.inFlight, steps: error.steps, ...next };
  }
  const told = (code: FleetErrorCode, message: string): StackFailure => ({ code, message, inFlight: [], steps: [] });
  if (error instanceof ConfigError) return told("invalid-file", error.message);
  if (error instanceof Exit) return told("failed", error.message);
  throw error;
}

/** Tunnels, sessions and endpoints in the accounts of one customer. */
async function stackStatus(
  { stack }: Member,
  { gcp, aws }: Customer,
  sandbox: Sandbox | undefined,
): Promise<StackStatus> {
  if (sandbox === undefined) {
    throw new EngineError("failed", "health cannot be read on real accounts yet; look yourself");
  }
  const found = networkStatus(sandbox.world, [gcp.projectID, ...aws.map(({ accountID }) => accountID)]);
  const shut = found.endpoints.filter(({ usable }) => !usable);
  const waiting = shut.filter(({ state }) => WAITS.test(state)).map(({ name, state }) => `${name} is ${state}`);
  const closed = shut.filter(({ state }) => !WAITS.test(state)).map(({ name, state }) => `${name} is ${state}`);
  const problems = [...tunnelProblems(found), ...closed];
  return { stack, healthy: problems.length === 0, problems, waiting };
}

/** Source: AWS EC2 API, VpcEndpoint state; Compute Engine API, forwardingRules pscConnectionStatus. */
const WAITS = /^pending/i;

const tunnelProblems = ({ tunnels }: NetworkStatus): string[] =>
  tunnels.flatMap(({ google, up, reason, session }) => {
    const name = google?.name ?? "a tunnel";
    if (!up) return [`${name} is down: ${reason}`];
    return session.up ? [] : [`${name} has no BGP session: ${session.reason}`];
  });
