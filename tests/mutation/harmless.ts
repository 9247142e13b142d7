/** Why mutations that nobody notices do no harm. Each reason covers a place and, where it must, one kind of change. */
import type { Mutation } from "./mutations.ts";

export interface Harmless {
  /** End of the type token, as a pattern of the class name; every type when left out. */
  readonly type?: string;
  /** Where, as a pattern of the whole place, e.g. `tags\.Name`. */
  readonly at: string;
  /** What was done, as a pattern; everything when left out. */
  readonly change?: string;
  readonly reason: string;
}

export const HARMLESS: readonly Harmless[] = [
  {
    at: "tags\\.Name",
    reason: "the name a console shows; who owns the resource is told by the other tags",
  },
  {
    at: "name",
    change: "left out|misspelt|another service.*",
    reason: "a name is the program's own choice, and whoever refers to the resource follows it",
  },
  {
    type: "CustomerGateway",
    at: "deviceName",
    reason: "keeps two gateways with equal values apart, and theirs differ in the address as well",
  },
  {
    type: "Address",
    at: "networkTier",
    change: "set to STANDARD",
    reason: "a static address of the region all the same, reached and left over another path",
  },
  {
    type: "Firewall",
    at: "priority",
    change: "one more|one less|as in a sibling",
    reason: "the rules keep their order: what is allowed still comes before what is denied",
  },
  {
    type: "Firewall",
    at: "logConfig\\.metadata",
    reason: "denials are still logged, with fewer particulars",
  },
  {
    type: "ForwardingRule",
    at: "noAutomateDnsZone",
    reason: "Google makes a zone of its own only for a service that publishes a domain, and none here does",
  },
  {
    type: "HaVpnGateway",
    at: "stackType",
    change: "set to IPV4_IPV6",
    reason: "IPv4 runs as before; no session announces an IPv6 prefix",
  },
  {
    type: "ManagedZone|SecurityGroup",
    at: "description",
    reason: "a text for people",
  },
  {
    type: "ManagedZone",
    at: "forceDestroy",
    reason: "decides whether a deletion takes the records with it; the program deletes its one record first",
  },
  {
    type: "Network",
    at: "routingMode",
    change: "set to GLOBAL",
    reason: "everything of a customer is in one region",
  },
  {
    type: "ProjectMetadataItem",
    at: "value",
    change: "misspelt",
    reason: "hits a character of the hash, for which see there",
  },
  {
    type: "ProjectMetadataItem",
    at: "value#hash",
    reason: "an executor's agent takes no artefact whose hash is not that of what it holds, and keeps the one it has",
  },
  {
    type: "ProjectMetadataItem",
    at: "value#(caBundle|corefile|guestRules|units[^[]*)\\[\\d+\\]",
    reason: "an executor's agent takes no artefact whose hash is not that of what it holds, and keeps the one it has",
  },
  {
    type: "ProjectMetadataItem",
    at: "value#units\\.dns-proxy-container\\.service",
    change: "left out|emptied",
    reason: "the simulated image carries CoreDNS and starts no container",
  },
  {
    type: "RandomPassword",
    at: "keepers(\\.generation)?",
    reason: "decides when a new key is made, not what it is like",
  },
  {
    type: "RandomPassword",
    at: "length|overrideSpecial|special",
    reason: "another key of a length and alphabet that both clouds take; one they do not take is refused",
  },
  {
    type: "RecordSet",
    at: "ttl",
    reason: "how long resolvers keep an address that never changes",
  },
  {
    type: "Role|RolePolicy",
    at: "(assumeRolePolicy|policy)#Version",
    change: "left out",
    reason: "the older version of the language means the same where there are no variables",
  },
  {
    type: "RouterNat",
    at: "logConfig(\\..*)?",
    reason: "what the NAT logs, not what it does",
  },
  {
    type: "RouterNat",
    at: "router",
    change: "points to .*",
    reason: "translates on the other router as well; a router of its own keeps two writers apart",
  },
  {
    type: "RouterPeer",
    at: "advertisedRoutePriority",
    reason: "AWS prefers or avoids one tunnel; every tunnel still carries every route",
  },
  {
    type: "Subnetwork",
    at: "logConfig(\\..*)?",
    reason: "what the subnet's flow logs hold, not what flows",
  },
  {
    type: "VpnConnection",
    at: "tunnel[12]EnableTunnelLifecycleControl",
    reason: "decides who picks the hour of AWS's maintenance",
  },
  {
    type: "VpnConnection",
    at: "tunnel[12]LogOptions\\.cloudwatchLogOptions\\.(bgpL|l)ogOutputFormat",
    reason: "the form of the log lines",
  },
  {
    type: "VpnConnection",
    at: "tunnel[12]Phase[12]DhGroupNumbers\\[0\\]",
    change: "one more",
    reason: "group 15 is one Google takes too",
  },
  {
    type: "VpnConnection",
    at: "tunnel[12]Phase[12]LifetimeSeconds",
    change: "one less",
    reason: "AWS still renews its keys before Google would",
  },
];

/** The first reason that covers a mutation. */
export function reasonFor(
  { type, at, change }: Pick<Mutation, "type" | "at" | "change">,
  reasons: readonly Harmless[],
): Harmless | undefined {
  const className = type.split(":").at(-1)!;
  const whole = (pattern: string | undefined, text: string): boolean =>
    pattern === undefined || new RegExp(`^(?:${pattern})$`).test(text);
  return reasons.find((one) => whole(one.type, className) && whole(one.at, at) && whole(one.change, change));
}
