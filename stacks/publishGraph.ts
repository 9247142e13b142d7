import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
import { EndpointServicePublisher } from "../components/publish/endpointService.ts";
import { ServiceAttachmentPublisher } from "../components/publish/serviceAttachment.ts";
import { resourceGraph, type Graph, type GraphNode } from "../engine/graph.ts";
import type { Plan, RegistryPlan } from "../plan/plan.ts";
import { referenceText, type ExportedResource, type ExportedSide } from "../plan/publish/export/resources.ts";
import { PROJECT } from "./graph.ts";

/** Outputs that a publisher's resources have of each other. */
const OUTPUTS = ["id", "arn", "arnSuffix", "selfLink", "name", "serviceName"] as const;

/**
 * What a registry is published by, cloud by cloud: the resources of the very components that would make them, with
 * references in the place of what only the clouds know.
 * @throws RangeError for a registry that is not published, or is run by this program on the cloud it is published from
 */
export async function publishedSides(plan: Plan, registry: RegistryPlan): Promise<readonly ExportedSide[]> {
  const { key, name, publishAws: onAws, publishGcp: onGcp } = registry;
  const sides: ExportedSide[] = [];
  const tags = { ...plan.tags, "causeway:registry": key };
  const labels = { ...plan.labels, "causeway-registry": key };
  if (onAws !== undefined && registry.selfHosted === undefined) {
    const { accountID, region } = onAws;
    const graph = await declared(plan.name, () => {
      const provider = new AwsProvider(name, { region, allowedAccountIds: [accountID] });
      new EndpointServicePublisher(name, { service: onAws, tags }, { providers: [provider] });
    });
    sides.push({ cloud: "aws", registry: key, name, account: accountID, region, resources: resourcesOf(graph) });
  }
  if (onGcp !== undefined) {
    const { projectID, region } = onGcp;
    const graph = await declared(plan.name, () => {
      const provider = new GcpProvider(name, { project: projectID, region });
      new ServiceAttachmentPublisher(name, { attachment: onGcp, labels }, { providers: [provider] });
    });
    sides.push({ cloud: "gcp", registry: key, name, account: projectID, region, resources: resourcesOf(graph) });
  }
  return sides;
}

const declared = (stack: string, declare: () => void): Promise<Graph> =>
  resourceGraph(() => Promise.resolve(declare()), { project: PROJECT, stack, preview: false, outputs: references });

function references(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const property = (key: string): string => referenceText({ type, name, property: key });
  const common = Object.fromEntries(OUTPUTS.map((key) => [key, property(key)]));
  if (type.endsWith(":VpcEndpointService")) {
    const proof = (key: string): string => property(`privateDnsNameConfigurations.${key}`);
    return { ...common, privateDnsNameConfigurations: [{ name: proof("name"), type: "TXT", value: proof("value") }] };
  }
  if (!type.endsWith(":ServiceAttachment")) return common;
  // Whoever connects is given this one, so its form is looked at.
  return { id: `projects/p/regions/r/serviceAttachments/${String(inputs["name"])}`, connectedEndpoints: [] };
}

/** What a graph declares, each after what it has something of, otherwise by type and name: the same for equal plans. */
function resourcesOf({ nodes }: Graph): readonly ExportedResource[] {
  const own = nodes.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const key = ({ type, name }: GraphNode): string => `${type} ${name}`;
  const byUrn = new Map(own.map((node) => [node.urn, node]));
  const ordered = new Set<GraphNode>();
  const visit = (node: GraphNode): void => {
    for (const urn of node.dependencies.toSorted()) {
      const other = byUrn.get(urn);
      if (other !== undefined && !ordered.has(other)) visit(other);
    }
    ordered.add(node);
  };
  own.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).forEach(visit);
  return [...ordered].map((node) => {
    const { type, name, inputs, protect, customTimeouts } = node;
    const dependsOn = waits(node).flatMap((urn) => (byUrn.has(urn) ? [key(byUrn.get(urn)!)] : []));
    const timeout = customTimeouts.create === undefined ? {} : { createTimeout: customTimeouts.create };
    return { type, name, inputs, protect, dependsOn, ...timeout };
  });
}

/** What a resource waits for without having anything of it. */
function waits({ dependencies, propertyDependencies }: GraphNode): readonly string[] {
  const had = new Set(Object.values(propertyDependencies).flat());
  return dependencies.filter((urn) => !had.has(urn)).toSorted();
}
