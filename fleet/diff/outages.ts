/**
 * What a change takes away from the customer for a while, or for good, told from the resources that change. A rule per
 * thing that can go; what is missing here drops nothing: logs, labels, port limits, health settings of the Cloud Router,
 * firewall rules that only grow, and dns-proxy itself, which keeps its answers for 30 seconds while it is rolled.
 */
import type { GraphNode } from "../../engine/graph.ts";
import { tunnelOutages } from "./outages/tunnels.ts";
import { addressOutages, endpointOutages, executorOutages, pscOutages, routeOutages } from "./outages/paths.ts";
import { Changed } from "./outages/changed.ts";
import type { Outage, ResourceChange } from "./types.ts";

/** Every outage, tunnels first. @param base Resources and components before; @param head after, none where it is removed */
export function outagesOf(
  changes: readonly ResourceChange[],
  base: readonly GraphNode[],
  head: readonly GraphNode[],
): readonly Outage[] {
  const changed = new Changed(changes, base, head);
  const rules = [tunnelOutages, endpointOutages, pscOutages, addressOutages, routeOutages, executorOutages];
  return rules.flatMap((rule) => rule(changed));
}
