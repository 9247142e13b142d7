import type { Customer } from "../plan/customer.ts";
import { planCustomer } from "../plan/plan.ts";
import { tunnelName, type EndpointStatus, type NetworkStatus, type TunnelStatus } from "../sandbox/index.ts";
import type { StackStatus } from "./types.ts";

/** States of an endpoint that only the customer can end. Sources: EC2 API, VpcEndpoint; Compute API, pscConnectionStatus. */
const WAITING = new Set(["pendingAcceptance", "PENDING"]);

/** Compares what is connected with what a customer file asks for. */
export function healthOf(customer: Customer, network: NetworkStatus): StackStatus {
  const { awsConnections, pscEndpoints, nat } = planCustomer(customer);
  const { tunnels, redundancy, endpoints, nats } = network;
  const links = awsConnections.flatMap(({ endpoints: planned }) => planned);
  const problems = [
    ...missing("tunnel", awsConnections.flatMap((each) => each.tunnels).length, tunnels.length),
    ...tunnels.flatMap(tunnelProblem),
    ...redundancy.flatMap(({ gateway, peer, met, reason }) =>
      met ? [] : [`high availability from ${gateway} to ${peer} is not met: ${reason}; our side: run up`],
    ),
    ...missing("endpoint", links.length + pscEndpoints.length, endpoints.length),
    ...endpoints.filter(({ usable, state }) => !usable && !WAITING.has(state)).map(endpointProblem),
    ...missing("nat gateway", nat === undefined ? 0 : 1, nats.length),
  ];
  const waiting = endpoints
    .filter(({ state }) => WAITING.has(state))
    .map(({ name, service }) => `${name} waits for the customer to accept it at ${service}`);
  return { stack: customer.name, healthy: problems.length === 0, problems, waiting };
}

function missing(what: string, planned: number, found: number): string[] {
  if (found >= planned) return [];
  return [`${planned - found} of ${planned} ${what}${planned === 1 ? " is" : "s are"} not there; our side: run up`];
}

function tunnelProblem(tunnel: TunnelStatus): string[] {
  const { up, reason, session } = tunnel;
  if (!up) return [`${tunnelName(tunnel)} is down: ${reason}; our side`];
  return session.up ? [] : [`${tunnelName(tunnel)} has no bgp session: ${session.reason}; our side`];
}

const endpointProblem = ({ name, state, service }: EndpointStatus): string =>
  `${name} is ${state}: ${service} lets nothing through; the customer's side`;

/** What the last update recorded, a line a tunnel and an endpoint; what they are like now, nobody has looked. */
export function describeRecorded(outputs: Readonly<Record<string, unknown>>): readonly string[] {
  const tunnels = (outputs["tunnels"] ?? []) as readonly { readonly name: string; readonly insideCidr: string }[];
  const endpoints = Object.entries((outputs["endpoints"] ?? {}) as Readonly<Record<string, RecordedEndpoint>>);
  return [
    ...tunnels.map(({ name, insideCidr }) => `tunnel ${name}, ${insideCidr}`),
    ...endpoints.map(([name, { state, status }]) => `endpoint ${name}: ${state ?? status ?? "no state"}`),
  ];
}

interface RecordedEndpoint {
  readonly state?: string;
  readonly status?: string;
}
