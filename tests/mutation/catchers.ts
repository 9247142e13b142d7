/**
 * Who may notice a mutation, in the order in which they would. Each looks at what was refused or at the world that came
 * of it, and at what the customer file asks for; none knows the program's graph, mutated or not.
 */
import type { Customer } from "../../plan/customer.ts";
import { networkStatus, label, type NetworkStatus } from "../../sandbox/network/status.ts";
import type { DeployedCustomer } from "../support/deployed.ts";

export interface Catcher {
  readonly name: string;
  /** What it would tell an operator, or undefined where it sees nothing wrong. */
  look(deployed: DeployedCustomer, customer: Customer): string | undefined;
}

const firstLine = (error: Error): string => error.message.split("\n")[0]!;

const refusedAt =
  (stage: "check" | "create") =>
  ({ refused }: DeployedCustomer): string | undefined =>
    refused?.stage === stage ? firstLine(refused) : undefined;

export const CATCHERS: readonly Catcher[] = [
  { name: "schema", look: refusedAt("check") },
  { name: "world", look: refusedAt("create") },
  { name: "program", look: ({ failed }) => failed && firstLine(failed) },
  {
    name: "tunnels",
    look: (deployed, customer) => ofWorld(deployed, (world) => tunnelTrouble(networkStatus(world), customer)),
  },
];

function ofWorld(
  { refused, failed, world }: DeployedCustomer,
  look: (world: DeployedCustomer["world"]) => string | undefined,
): string | undefined {
  return (refused ?? failed) ? undefined : look(world);
}

/** What `causeway sandbox status` shows that is not as the customer file has it. */
function tunnelTrouble(status: NetworkStatus, customer: Customer): string | undefined {
  const tunnels = status.tunnels.filter((tunnel) => label(tunnel) !== "bystander");
  const wanted = customer.aws.reduce((sum, { highAvailable }) => sum + (highAvailable ? 4 : 2), 0);
  const down = tunnels.find(({ up, session }) => !up || !session.up);
  if (down) return `tunnel ${label(down)}: ${down.reason ?? down.session.reason}`;
  const warned = tunnels.find(({ warning }) => warning !== undefined);
  if (warned) return `tunnel ${label(warned)}: ${warned.warning}`;
  if (tunnels.length !== wanted) return `${tunnels.length} tunnels are established, not ${wanted}`;
  const lacking = status.redundancy.find(({ met, gateway }) => !met && gateway !== "bystander");
  return lacking === undefined ? exchanged(status, customer) : `gateway ${lacking.gateway}: ${lacking.reason}`;
}

/** Routes and endpoints. */
function exchanged(
  { routes, endpoints, nats }: NetworkStatus,
  { aws, executors, ...customer }: Customer,
): string | undefined {
  for (const { vpcCidr } of aws) {
    if (!routes.google.some(({ destination, hiddenBy }) => destination === vpcCidr && hiddenBy === undefined))
      return `google learned no route to ${vpcCidr}`;
  }
  const ranges = executors.subnets.map(({ ipCidrRange }) => ipCidrRange);
  const propagated = new Set(routes.aws.map(({ destination }) => destination));
  const unknown = aws.length === 0 ? undefined : ranges.find((range) => !propagated.has(range));
  if (unknown !== undefined) return `no route table in aws has ${unknown}`;
  const extra = [...propagated].find((range) => !ranges.includes(range));
  if (extra !== undefined) return `aws has a route to ${extra}, which is no executor subnet`;
  const closed = endpoints.find(({ usable }) => !usable);
  if (closed) return `endpoint ${closed.name} is ${closed.state}`;
  const links = aws.flatMap(({ privateLinks }) => privateLinks.map(({ serviceName }) => serviceName));
  const attachments = customer.privateServiceConnect?.endpoints.map(({ targetService }) => targetService) ?? [];
  const missing = [...links, ...attachments].find(
    (service) => !endpoints.some((endpoint) => endpoint.service === service),
  );
  if (missing !== undefined) return `no endpoint for ${missing}`;
  return natTrouble(nats, customer);
}

function natTrouble(nats: NetworkStatus["nats"], { executorNAT }: Pick<Customer, "executorNAT">): string | undefined {
  const count = (state: string): number =>
    executorNAT?.addresses.filter((address) => address.state === state).length ?? 0;
  const [active, draining] = [nats.flatMap((nat) => nat.active).length, nats.flatMap((nat) => nat.draining).length];
  if (active !== count("active")) return `${active} nat addresses are active, not ${count("active")}`;
  return draining === count("draining")
    ? undefined
    : `${draining} nat addresses are draining, not ${count("draining")}`;
}
