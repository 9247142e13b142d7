/**
 * Who may notice a mutation, in the order in which they would. Each looks at what was refused or at the world that came
 * of it, and at what the customer file asks for; the policies look at the graph as it was sent. None knows the program's own.
 */
import type { Customer } from "../../plan/customer.ts";
import { label, networkStatus, type NetworkStatus } from "../../sandbox/network/status.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { DeployedCustomer } from "../support/deployed.ts";
import { alarmTrouble } from "./alarms.ts";
import { auditTrouble } from "./audit.ts";
import { controlTrouble } from "./controls.ts";
import { domainTrouble } from "./domain.ts";
import { eventTrouble } from "./events.ts";
import { insideTrouble } from "./inside.ts";
import { logTrouble } from "./logs.ts";
import { marksTrouble } from "./marks.ts";
import { policyTrouble } from "./policies.ts";
import { publicationTrouble } from "./publication.ts";
import { reachTrouble } from "./reachability.ts";
import { refresherTrouble } from "./refresher.ts";
import { rightsTrouble } from "./rights.ts";

/** What came of a deployment, for somebody who looks at the clouds. */
export interface Aftermath extends DeployedCustomer {
  /** What is in the clouds and was not before. */
  readonly ours: readonly CloudObject[];
}

export interface Catcher {
  readonly name: string;
  /** What it would tell an operator, or undefined where it sees nothing wrong. */
  readonly look: (aftermath: Aftermath, customer: Customer) => string | undefined;
}

const firstLine = (error: Error): string => error.message.split("\n")[0]!;

const refusedAt =
  (stage: "check" | "create"): Catcher["look"] =>
  ({ refused }) =>
    refused?.stage === stage ? firstLine(refused) : undefined;

/** Only of a deployment that was not stopped. */
const afterwards =
  (look: Catcher["look"]): Catcher["look"] =>
  (aftermath, customer) =>
    (aftermath.refused ?? aftermath.failed) ? undefined : look(aftermath, customer);

export const CATCHERS: readonly Catcher[] = [
  { name: "schema", look: refusedAt("check") },
  { name: "world", look: refusedAt("create") },
  { name: "program", look: ({ failed }) => failed && firstLine(failed) },
  { name: "policy", look: afterwards(policyTrouble) },
  { name: "tunnels", look: afterwards(({ world }, customer) => tunnelTrouble(networkStatus(world), customer)) },
  { name: "reachability", look: afterwards(reachTrouble) },
  { name: "audit", look: afterwards(auditTrouble) },
  { name: "audit", look: afterwards(marksTrouble) },
  { name: "logs", look: afterwards(logTrouble) },
  { name: "reachability", look: afterwards(insideTrouble) },
  { name: "audit", look: afterwards(controlTrouble) },
  { name: "audit", look: afterwards(domainTrouble) },
  { name: "audit", look: afterwards(publicationTrouble) },
  { name: "audit", look: afterwards(refresherTrouble) },
  { name: "rights", look: afterwards(rightsTrouble) },
  { name: "alarms", look: afterwards(alarmTrouble) },
  { name: "alarms", look: afterwards(eventTrouble) },
];

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
  if (lacking) return `gateway ${lacking.gateway}: ${lacking.reason}`;
  return routeTrouble(status, customer) ?? endpointTrouble(status, customer) ?? natTrouble(status, customer);
}

function routeTrouble({ routes }: NetworkStatus, { aws, executors }: Customer): string | undefined {
  for (const { vpcCidr } of aws) {
    if (!routes.google.some(({ destination, hiddenBy }) => destination === vpcCidr && hiddenBy === undefined))
      return `google learned no route to ${vpcCidr}`;
  }
  if (aws.length === 0) return undefined;
  const ranges = executors.subnets.map(({ ipCidrRange }) => ipCidrRange);
  const propagated = new Set(routes.aws.map(({ destination }) => destination));
  const unknown = ranges.find((range) => !propagated.has(range));
  if (unknown !== undefined) return `no route table in aws has ${unknown}`;
  const extra = [...propagated].find((range) => !ranges.includes(range));
  return extra === undefined ? undefined : `aws has a route to ${extra}, which is no executor subnet`;
}

/** Every service of the file has a usable endpoint, and every interface endpoint an address in each zone. */
function endpointTrouble({ endpoints }: NetworkStatus, { aws, privateServiceConnect }: Customer): string | undefined {
  const links = aws.flatMap(({ privateLinks, availabilityZoneIDs }) =>
    privateLinks.flatMap(({ target }) =>
      target.kind === "service" ? [{ service: target.serviceName, addresses: availabilityZoneIDs.length }] : [],
    ),
  );
  const attachments = (privateServiceConnect?.endpoints ?? []).flatMap(({ target }) =>
    target.kind === "attachment" ? [{ service: target.targetService, addresses: 1 }] : [],
  );
  for (const { service, addresses } of [...links, ...attachments]) {
    const endpoint = endpoints.find((one) => one.service === service);
    if (endpoint === undefined) return `no endpoint for ${service}`;
    if (!endpoint.usable) return `endpoint ${endpoint.name} is ${endpoint.state}`;
    if (endpoint.addresses.length !== addresses)
      return `endpoint ${endpoint.name} has ${endpoint.addresses.length} addresses, not ${addresses}`;
  }
  return undefined;
}

function natTrouble({ nats }: NetworkStatus, { executorNAT }: Customer): string | undefined {
  const count = (state: string): number =>
    executorNAT?.addresses.filter((address) => address.state === state).length ?? 0;
  const [active, draining] = [nats.flatMap((nat) => nat.active).length, nats.flatMap((nat) => nat.draining).length];
  if (active !== count("active")) return `${active} nat addresses are active, not ${count("active")}`;
  if (draining !== count("draining")) return `${draining} nat addresses are draining, not ${count("draining")}`;
  return undefined;
}
