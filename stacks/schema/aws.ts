import type { z } from "zod";
import { contains, overlaps, parseRange, range } from "../../plan/cidr.ts";
import { accountID } from "./accounts.ts";
import { awsRegion, block, flag, list, oneOf, ports, range as rangeField, registryKey, text, whole } from "./fields.ts";

/** The AWS side of a customer file: the vendor-owned account, its VPC, the VPN to it and the private links. */

/** Form of an endpoint service's name; `rules/privateLink.ts` checks it, where the region is known. */
const SERVICE_NAME = "com.amazonaws.vpce.<region>.vpce-svc-<8 or 17 hex digits>";

const link = block(
  {
    endpoint: text({
      expected: SERVICE_NAME,
      what: "the service name the customer sent",
      fix: "write the service name the customer sent",
    })
      .meta({ pattern: "^com\\.amazonaws\\.vpce\\.[a-z]{2}(-[a-z]+)+-\\d\\.vpce-svc-([0-9a-f]{8}|[0-9a-f]{17})$" })
      .describe(
        "Name of the customer's endpoint service, in `region`. Write it once the customer has allowed our principal. Its vpce-svc- id is the key.",
      )
      .optional(),
    registry: registryKey
      .optional()
      .describe("A registry of this file that is made or published here, in place of endpoint. It is the key."),
    blobs: oneOf("the way to what the registry keeps in s3", ["private", "internet"])
      .default("private")
      .describe(
        "How executors fetch what a registry made here keeps in S3: over an endpoint in the VPC, or over the internet with executorNAT.",
      ),
    ports: ports(),
    privateDnsEnabled: flag()
      .default(false)
      .describe(
        "The service's private DNS name, for clients in the AWS VPC; executors do not use it. True only once the customer has accepted the endpoint.",
      ),
  },
  "endpoint: com.amazonaws.vpce.<region>.vpce-svc-<id>",
);

/** Ranges private networks use. Source: RFC 1918 and RFC 6598 (shared address space). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(range);

/** Why a range is no private one of a size between two prefix lengths; undefined where it is. */
export function privateRangeFix(text: string, widest: number, narrowest: number): string | undefined {
  const parsed = parseRange(text);
  if (parsed === undefined) return undefined;
  if (parsed.prefix < widest || parsed.prefix > narrowest) return `the prefix length is from ${widest} to ${narrowest}`;
  return PRIVATE.some((outer) => contains(outer, parsed))
    ? undefined
    : "use a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";
}

/** /30s AWS keeps for itself. Source: AWS Site-to-Site VPN User Guide, Tunnel options, "Inside tunnel IPv4 CIDR". */
const KEPT = [0, 1, 2, 3, 4, 5].map((n) => `169.254.${n}.0/30`).concat("169.254.169.252/30");
const LINK_LOCAL = range("169.254.0.0/16");

function insideCidrFix(text: string): string | undefined {
  const parsed = parseRange(text);
  if (parsed === undefined) return undefined;
  if (parsed.prefix !== 28) return "four tunnels need four /30s, write a /28";
  if (!contains(LINK_LOCAL, parsed)) return "tunnel addresses are link-local, 169.254.32.0/28 is the default";
  const kept = KEPT.find((inner) => overlaps(parsed, range(inner)));
  return kept === undefined ? undefined : `aws keeps ${kept} in it for itself, 169.254.32.0/28 is the default`;
}

/** ASNs a 16-bit private BGP speaker may use. Source: RFC 6996; AWS customer gateways want 16 bits by default. */
export const asn = (what: string): z.ZodNumber =>
  whole(
    {
      expected: "a private asn from 64512 to 65534",
      what,
      fix: (value) =>
        Number(value) > 65535 ? "an aws customer gateway takes a 16-bit one" : "choose one in these bounds",
    },
    64512,
    65534,
  );

const generation = (tunnel: string) =>
  whole(
    { expected: "a generation from 1 up", what: "the generation", fix: "write 1, or one more than is deployed" },
    1,
    1_000_000,
  )
    .default(1)
    .describe(`Generation of ${tunnel}'s key; raise it by one for a new key.`);

const vpn = block(
  {
    amazonSideAsn: asn("the asn")
      .default(64512)
      .describe("ASN of the AWS end, not the router's. Guarded: replaces the VPN gateway, drops all tunnels."),
    insideCidr: rangeField("a /28 in 169.254.0.0/16", "the range", insideCidrFix)
      .default("169.254.32.0/28")
      .describe("Link-local /28; tunnel i takes the i-th /30. Guarded: replaces the VPN connections and tunnels."),
    proposal: oneOf("the proposal", ["aes256-sha256-modp2048", "aes256gcm16-sha256-ecp384"])
      .default("aes256-sha256-modp2048")
      .describe(
        "The one IKE and ESP suite both ends offer. Guarded: AWS edits one tunnel at a time, each down for minutes.",
      ),
    pskGenerations: block(
      { t0: generation("t0"), t1: generation("t1"), t2: generation("t2"), t3: generation("t3") },
      "t0: 2",
    )
      .prefault({})
      .describe(
        "Raise one tunnel's number by one to give it a new key; that tunnel is down for minutes. One tunnel per update.",
      ),
  },
  "insideCidr: 169.254.32.0/28",
);

const zone = text(
  {
    expected: "an availability zone id such as use1-az1",
    what: "the zone's id",
    fix: (value) =>
      /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(String(value))
        ? "this is a zone's name, which is another zone in every account; write its id"
        : "write the id aws lists for the zone",
  },
  /^[a-z]{2,5}\d-az\d$/,
);

/** `privateCodeHost.aws`. */
export const awsConnection = block(
  {
    accountID: accountID("the id of the vendor-owned account").describe(
      "The vendor-owned AWS account of this customer. Guarded: a new VPC, VPN and endpoints, the old ones go.",
    ),
    region: awsRegion().describe(
      "AWS region of the endpoint services. Guarded: a new VPC, VPN and endpoints, the old ones go.",
    ),
    highAvailable: flag()
      .default(true)
      .describe(
        "Two VPN connections with four tunnels, or one with two. Guarded: replaces every tunnel, all down for minutes.",
      ),
    privateLinks: list(link, "{ endpoint: … }", 0, 50)
      .default([])
      .describe(
        "Interface endpoints to the customer's services, all over the one VPN. Adding is in place; removing is guarded.",
      ),
    vpcCidr: rangeField("a private range from /16 to /25", "the range", (text) => privateRangeFix(text, 16, 25))
      .default("10.127.0.0/24")
      .describe(
        "Range of the VPC in AWS, clear of everything on the Google side. Guarded: replaces the VPC and its endpoints.",
      ),
    availabilityZoneIDs: list(zone, "use1-az1", 1, 6)
      .optional()
      .describe(
        "Zones the endpoints are in, by id; two of the region by default. Adding is in place; removing resets flows through the zone.",
      ),
    vpn: vpn.prefault({}).describe("The Site-to-Site VPN both ends agree on."),
  },
  "accountID and region",
);
