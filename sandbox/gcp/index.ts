/** Simulated Google Cloud: projects, regions, and the Compute Engine and Cloud DNS types that the program uses. */
import { CloudError } from "../errors.ts";
import type { Configuration } from "../handler.ts";
import type { CloudDefinition } from "../package.ts";
import { GCP_RULES } from "../rules/gcp.ts";
import { isRecord, text, type Values } from "../values.ts";
import { ADDRESS_HANDLERS } from "./address.ts";
import { labels, regionOf } from "./common.ts";
import { DNS_HANDLERS } from "./dns.ts";
import { GCP_INVOKES } from "./invokes.ts";
import { ENDPOINT_GROUP_HANDLERS } from "./endpointGroups.ts";
import { LOAD_BALANCING_HANDLERS } from "./loadBalancing.ts";
import { NETWORK_HANDLERS } from "./network.ts";
import { FORWARDING_RULE_HANDLERS } from "./forwardingRule.ts";
import { IDENTITY_HANDLERS } from "./identity.ts";
import { OPERATION_HANDLERS } from "./operations.ts";
import { SERVICE_ATTACHMENT_HANDLERS } from "./serviceAttachment.ts";
import { isGoogleRegion } from "./regions.ts";
import { ROUTER_HANDLERS } from "./router.ts";
import { VPN_HANDLERS } from "./vpn.ts";
import { NAT_HANDLERS } from "./nat.ts";

export const GCP: CloudDefinition = {
  cloud: "gcp",
  handlers: {
    ...{ ...NETWORK_HANDLERS, ...VPN_HANDLERS, ...ROUTER_HANDLERS, ...NAT_HANDLERS },
    ...{ ...ADDRESS_HANDLERS, ...FORWARDING_RULE_HANDLERS, ...DNS_HANDLERS },
    ...{ ...LOAD_BALANCING_HANDLERS, ...ENDPOINT_GROUP_HANDLERS, ...SERVICE_ATTACHMENT_HANDLERS },
    ...{ ...IDENTITY_HANDLERS, ...OPERATION_HANDLERS },
  },
  invokes: GCP_INVOKES,
  rules: GCP_RULES,
  configure,
  placement: ({ account, region }) => ({
    ...(account === "" ? {} : { project: account }),
    ...(region === undefined ? {} : { region }),
  }),
  placeOf(args, handler, configuration) {
    const account = text(args["project"]) ?? configuration.account;
    if (account === "") throw refused("project: required field is not set");
    if (handler?.scope === "global") return { cloud: "gcp", account, region: "global" };
    const [zone, where] = [text(args["zone"]), text(args["region"]) ?? text(args["location"])];
    const region = zone === undefined ? (where?.split("/").at(-1) ?? configuration.region) : regionOf(zone);
    if (region !== undefined && !isGoogleRegion(region)) throw refused(`Unknown region: '${region}'`);
    if (region === undefined && handler)
      throw refused("Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'.");
    return { cloud: "gcp", account, region: region ?? "global" };
  },
  prepare: (_table, args) => args,
  foreseen: ({ account, region, args }, { defaultTags }) => ({
    project: account,
    region,
    ...labels(args, defaultTags),
  }),
  common: ({ account, region, args }, { defaultTags }) => ({
    ...{ project: account, region, ...labels(args, defaultTags) },
    ...{ labelFingerprint: "42WmSpB8rSM=", deletionPolicy: args["deletionPolicy"] ?? "DELETE" },
  }),
  retain(object, state) {
    const policy = text(state["deletionPolicy"]) ?? "DELETE";
    if (policy === "PREVENT")
      throw refused(`cannot destroy ${object.id} without setting deletion_policy="DELETE" first`);
    return policy === "ABANDON";
  },
};

function refused(message: string): CloudError {
  return new CloudError("invalid", "InvalidProvider", message);
}

function configure(configuration: Values): Configuration {
  const [account, region] = [text(configuration["project"]) ?? "", text(configuration["region"])];
  // Source: Resource Manager reference, Project: 6 to 30 lower-case letters, digits and hyphens, an optional domain before.
  if (account !== "" && !/^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(account)) {
    throw refused(`"${account}" is not a project ID`);
  }
  if (region !== undefined && !isGoogleRegion(region)) throw refused(`"${region}" is not a region`);
  const identity = text(configuration["impersonateServiceAccount"]);
  if (identity !== undefined && !/^[^@\s]+@[^@\s]+$/.test(identity)) {
    throw refused(`"${identity}" is not the email of a service account`);
  }
  const given = isRecord(configuration["defaultLabels"]) ? configuration["defaultLabels"] : {};
  const mark = configuration["addPulumiAttributionLabel"] === false ? {} : { "goog-pulumi-provisioned": "true" };
  return { account, region, defaultTags: { ...given, ...mark } };
}
