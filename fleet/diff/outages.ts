/**
 * What a change takes away from the customer for a while, or for good, told from the resources that change. A rule per
 * thing that can go; what is missing here drops nothing: logs, labels, port limits, health settings of the Cloud Router,
 * firewall rules that only grow, and dns-proxy itself, which keeps its answers for 30 seconds while it is rolled.
 */
import type { GraphNode } from "../../engine/graph.ts";
import { tunnelOutages } from "./outages/tunnels.ts";
import { addressOutages, endpointOutages, executorOutages, pscOutages, routeOutages } from "./outages/paths.ts";
import { Changed } from "./outages/changed.ts";
import { registryOutages } from "./outages/registries.ts";
import type { Outage, ResourceChange } from "./types.ts";

/** Components of what is made or published in the customer's accounts; no connection of ours is below them. */
const REGISTRY =
  /causeway:(?:aws:(?:CodeArtifactRegistry|SelfHostedRegistry|EndpointServicePublisher)|gcp:ServiceAttachmentPublisher)\b/;

/** Every outage, tunnels first, registries last. @param base Resources and components before; @param head after, none where it is removed */
export function outagesOf(
  changes: readonly ResourceChange[],
  base: readonly GraphNode[],
  head: readonly GraphNode[],
): readonly Outage[] {
  const ofRegistries = new Set(
    [...base, ...head].flatMap(({ urn, type, name }) => (REGISTRY.test(urn) ? [`${type} ${name}`] : [])),
  );
  const side = (registries: boolean): Changed => {
    const belongs = ({ type, name }: { readonly type: string; readonly name: string }): boolean =>
      ofRegistries.has(`${type} ${name}`) === registries;
    return new Changed(changes.filter(belongs), base.filter(belongs), head.filter(belongs));
  };
  const rules = [tunnelOutages, endpointOutages, pscOutages, addressOutages, routeOutages, executorOutages];
  const connections = side(false);
  return [...rules.flatMap((rule) => rule(connections)), ...registryOutages(side(true))];
}
