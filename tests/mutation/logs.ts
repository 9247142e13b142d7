/** Whether everything that has to be logged is, and can be found. */
import type { Customer } from "../../plan/customer.ts";
import { logDelivery } from "../../sandbox/network/logs.ts";
import type { Aftermath } from "./catchers.ts";

export function logTrouble({ ours, world }: Aftermath, { health }: Customer): string | undefined {
  const mine = new Set(ours.map(({ id }) => id));
  const deliveries = logDelivery(world).filter(({ of }) => mine.has(of.split(" ")[0]!));
  const lost = deliveries.find(({ delivered }) => !delivered);
  if (lost) return `${lost.kind} of ${lost.of}: ${lost.reason}`;
  const elsewhere = deliveries.find(({ group }) => !mine.has(group!));
  if (elsewhere) return `${elsewhere.kind} of ${elsewhere.of} goes to ${elsewhere.group}`;
  const groups = new Map(deliveries.map(({ kind, group }) => [group!, kind === "flow log" ? "flows" : "tunnels"]));
  const mixed = deliveries.find(
    ({ kind, group }) => groups.get(group!) !== (kind === "flow log" ? "flows" : "tunnels"),
  );
  if (mixed) return `${mixed.group} holds flows and tunnels`;
  const vpcs = ours.filter(({ type }) => type === "aws:ec2/vpc:Vpc");
  const silent = vpcs.find(({ id }) => !deliveries.some(({ of }) => of === id));
  if (silent) return `${silent.id} has no flow log`;
  const partial = ours.find(({ type, args }) => type === "aws:ec2/flowLog:FlowLog" && args["trafficType"] !== "ALL");
  if (partial) return `${partial.id} does not log all traffic`;
  const kept = ours.find(
    ({ type, args }) =>
      type === "aws:cloudwatch/logGroup:LogGroup" && args["retentionInDays"] !== health.logRetentionDays,
  );
  return kept && `${kept.id} is not kept for ${health.logRetentionDays} days`;
}
