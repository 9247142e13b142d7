import type { DeclaredResource, Policy } from "../policy.ts";
import { compute, ec2, findings, liesIn, ofType, rangesOf, textsOf, token, unless } from "../values.ts";

const SUBNET = ec2("Subnet");
const METADATA_ITEM = compute("ProjectMetadataItem");
const ZONE = token("gcp:dns", "ManagedZone");
const RECORD = token("gcp:dns", "RecordSet");

/**
 * Domains executors need as they are: public registries, Google's own names and the product's. A name in one of them is
 * nobody's to translate.
 */
export const PUBLIC_DOMAINS: readonly string[] = [
  ...["docker.io", "gcr.io", "ghcr.io", "pkg.dev", "googleapis.com", "google.internal"],
  ...["sourcegraph.com", "sourcegraphcloud.com"],
];

/** Addresses of guests and of the host itself. Source: the executor's network set-up, CNI bridge 10.61.0.0/16. */
const GUESTS = ["10.61.0.0/16", "127.0.0.0/8"];

/** What executors read from the project's metadata, as far as policies look at it. */
interface Artefact {
  readonly corefile: string;
  readonly guestRules: string;
}

/** The dns-proxy artefact in a metadata value; undefined where it is something else, or not known yet. */
function artefactOf({ props }: DeclaredResource): Artefact | undefined {
  try {
    const value = JSON.parse(String(props["value"])) as Partial<Artefact> | null;
    if (typeof value?.corefile !== "string" || typeof value.guestRules !== "string") return undefined;
    return { corefile: value.corefile, guestRules: value.guestRules };
  } catch {
    return undefined;
  }
}

const withoutDot = (name: string): string => name.replace(/\.$/, "").toLowerCase();

/** Names whose answers CoreDNS changes: what it has a server block for, rewrites, and asks another resolver for. */
const translated = ({ corefile }: Artefact): readonly string[] => [
  ...[...corefile.matchAll(/^([^\s({][^{\n]*) \{$/gm)]
    .flatMap(([, zones = ""]) => zones.split(/[\s,]+/))
    .filter((zone) => zone !== "."),
  ...[...corefile.matchAll(/^\s*rewrite\s.*?\bname\s+(?:(?:exact|suffix|prefix|substring|regex)\s+)?(\S+)/gm)].map(
    ([, name = ""]) => name,
  ),
  ...[...corefile.matchAll(/^\s*forward\s+(\S+)/gm)].map(([, zone = ""]) => zone).filter((zone) => zone !== "."),
];

/** The public domain a name is in, or that is in the name as a zone; the root, an empty name, holds every one. */
const hijacked = (name: string): string | undefined =>
  PUBLIC_DOMAINS.find((domain) => `.${name}`.endsWith(`.${domain}`) || name === "" || domain.endsWith(`.${name}`));

/** Lines of a Corefile's `acl` block for every name, rewritten ones included; none where it has no such block. */
const aclOf = ({ corefile }: Artefact): readonly string[] =>
  (/^\s*acl\s+\.\s*\{([^}]*)\}/m.exec(corefile)?.[1] ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Rules that let guests through, as `iptables-restore` reads them. */
const acceptsOf = ({ guestRules }: Artefact): readonly string[] =>
  guestRules.split("\n").filter((line) => /^-A CAUSEWAY-GUEST\b/.test(line) && /\s-j ACCEPT\b/.test(line));

export const DNS_POLICIES: readonly Policy[] = [
  {
    id: "dns-public-registries",
    title: "No name of a public registry or of the platform is translated",
    reason: "Executors would pull images, packages or metadata from wherever the translation points.",
    fix: "use a name of the customer's own",
    source: "CoreDNS documentation, rewrite; Google Cloud, Cloud DNS: private zones and name resolution order",
    level: "mandatory",
    scope: "resource",
    types: [METADATA_ITEM, ZONE, RECORD],
    check: (resource) => {
      const { type, props } = resource;
      const artefact = type === METADATA_ITEM ? artefactOf(resource) : undefined;
      const names =
        artefact === undefined ? textsOf([type === ZONE ? props["dnsName"] : props["name"]]) : translated(artefact);
      return names.map(withoutDot).flatMap((name) => {
        const domain = hijacked(name);
        return domain === undefined ? [] : [`expected ${domain} to be left alone, got ${name}`];
      });
    },
  },
  {
    id: "dns-private-zones",
    title: "Zones are private",
    reason: "A public zone tells everybody the customer's names and inside addresses.",
    fix: "set visibility to private",
    source: "Google Cloud, Cloud DNS: zones overview",
    level: "mandatory",
    scope: "resource",
    types: [ZONE],
    check: ({ props }) => unless(props["visibility"], (value) => value === "private", "visibility private"),
  },
  {
    id: "dns-guests-alone",
    title: "dns-proxy answers guests and the host alone",
    reason: "Open to others it tells the customer's names, and is a resolver for anyone who reaches the machine.",
    fix: "allow 10.61.0.0/16 and 127.0.0.0/8 in acl, and end the block with drop",
    source: "CoreDNS documentation, acl",
    level: "mandatory",
    scope: "resource",
    types: [METADATA_ITEM],
    check: (resource) => {
      const artefact = artefactOf(resource);
      if (artefact === undefined || artefact.corefile === "") return [];
      const lines = aclOf(artefact);
      const allowed = lines.filter((line) => line.startsWith("allow")).flatMap((line) => line.match(/\S+\/\d+/g) ?? []);
      const strangers = allowed.filter((range) => !liesIn(range, rangesOf(GUESTS)));
      if (lines.at(-1) !== "drop") return ["expected an acl that drops all others, got none"];
      return strangers.map((range) => `expected guests alone, got ${range}`);
    },
  },
  {
    id: "guest-rules-narrow",
    title: "Guests are let through to an endpoint's port and no further",
    reason:
      "Executors drop guests' traffic to private ranges; a wide rule opens the instance's own network to every job.",
    fix: "name a single address or a subnet of the VPC in AWS, with a port",
    source:
      "Executor set-up of iptables: the chains that drop 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 169.254.0.0/16",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const zones = rangesOf(ofType(stack, SUBNET).flatMap(({ props }) => textsOf([props["cidrBlock"]])));
      return ofType(stack, METADATA_ITEM).flatMap((resource) => {
        const artefact = artefactOf(resource);
        const wide = (artefact === undefined ? [] : acceptsOf(artefact)).flatMap((line) => {
          const to = /\s-d (\S+)/.exec(line)?.[1] ?? "0.0.0.0/0";
          const single = !to.includes("/") || to.endsWith("/32");
          if (!single && !liesIn(to, zones)) return [`expected one address or an endpoint subnet, got ${to}`];
          return /\s--dport \d+\b/.test(line) ? [] : [`expected one port at ${to}, got all`];
        });
        return findings(resource, wide);
      });
    },
  },
];
