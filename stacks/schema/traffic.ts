import { z } from "zod";
import { contains, parseAddress, range } from "../../plan/cidr.ts";
import { REGISTRY_FORMATS } from "../../plan/customer.ts";
import { address, block, dnsName, key, list, map, oneOf, text, whole } from "./fields.ts";
import { isPlaceholder, mistake } from "../wording.ts";
import { codeArtifact } from "./registries/codeArtifact.ts";
import { publish } from "./registries/publish.ts";
import { selfHosted } from "./registries/selfHosted.ts";

/** How executors reach and trust registries: NAT, DNS routes, registries, tunnel health, and written leave. */

const powerOfTwo = (min: number, max: number): z.ZodNumber => {
  const help = {
    expected: `a power of two from ${min} to ${max}`,
    what: "the number",
    fix: "round it up to a power of two",
  };
  const error = ({ input }: { readonly input?: unknown }): string =>
    mistake(
      input,
      { ...help, fix: Number(input) >= min && Number(input) <= max ? help.fix : "choose one in these bounds" },
      "number",
    );
  return z
    .int({ error })
    .min(min, { error, abort: true })
    .max(max, { error, abort: true })
    .refine((value) => Number.isInteger(Math.log2(value)), { error });
};

/** `executorNAT`. Port bounds: Cloud NAT documentation, "Ports", dynamic port allocation. */
export const executorNAT = block(
  {
    addresses: map(
      key("a key such as nat-1"),
      block(
        {
          state: oneOf("the state", ["reserved", "active", "draining"])
            .default("active")
            .describe(
              "reserved: announced, carries nothing; active: any executor may use it at once, so the allowlist must have it; draining: open connections finish.",
            ),
        },
        "state: active, or {}",
      ),
      "nat-1: {}",
      100,
    )
      .prefault({ "nat-1": {}, "nat-2": {} })
      .describe("Static addresses by key. Removing one is guarded: the address is lost for good."),
    minPortsPerVm: powerOfTwo(32, 32768).default(256).describe("Ports every executor VM gets; a power of two."),
    maxPortsPerVm: powerOfTwo(64, 65536)
      .default(4096)
      .describe("Ports an executor VM may grow to; a power of two above minPortsPerVm."),
  },
  "{} for two addresses, nat-1 and nat-2",
);

const NOT_A_RESOLVER = ["127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8", "224.0.0.0/4"].map(range);

const resolverFix = (text: string): string | undefined => {
  const value = parseAddress(text);
  if (value === undefined || !NOT_A_RESOLVER.some((outer) => contains(outer, { network: value, prefix: 32 })))
    return undefined;
  return text === "169.254.169.254"
    ? "this is the vpc resolver, which is the default; remove the line"
    : "loopback, link-local and multicast addresses are no resolver, write one the executors reach";
};

/** A link of `privateCodeHost.aws.privateLinks`: a service's id, or the registry's key where it leads to one made here. */
const linkKey = text(
  {
    expected: "a service id, vpce-svc-<8 or 17 hex digits>, or the key of a registry",
    what: "the key of a link in aws.privateLinks",
    fix: "copy it from aws.privateLinks",
  },
  /^(vpce-svc-([0-9a-f]{8}|[0-9a-f]{17})|(?!vpce-)[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?)$/,
);

const route = block(
  {
    source: dnsName("the registry's private name").describe("Name the executors ask for; the route's key."),
    destination: dnsName("the name to answer with")
      .optional()
      .describe(
        "Public or regional endpoint name to answer with. Exactly one of this, privateLink and privateServiceConnectEndpoint.",
      ),
    privateLink: linkKey
      .optional()
      .describe("Service id or registry of a link of aws.privateLinks; its endpoint's regional name is answered."),
    privateServiceConnectEndpoint: dnsName("the domain of an endpoint")
      .optional()
      .describe("Domain of a Private Service Connect endpoint of this file."),
    resolverIP: address("the resolver's address", resolverFix)
      .optional()
      .describe("Asked for the destination instead of the VPC resolver; with destination only."),
  },
  "source and destination",
);

const proxyTag = text(
  {
    expected: "twelve digits or sha256:<64 hex digits>",
    what: "the dns-proxy image's tag or digest",
    fix: "copy the tag or the digest of the image",
  },
  /^(\d{12}|sha256:[0-9a-f]{64})$/,
);

/** `executorPrivateDNS`. */
export const executorPrivateDNS = block(
  {
    proxyTag: proxyTag
      .meta({ type: ["string", "integer"], examples: ["202311201628"] })
      .describe("Tag or digest of the dns-proxy image. A change rolls dns-proxy over the executors, no tunnel."),
    routes: list(route, "{ source: …, destination: … }", 0, 500)
      .default([])
      .describe("Private names that dns-proxy translates on the executors."),
  },
  "proxyTag and routes",
);

const registry = block(
  {
    dnsName: dnsName("the registry's dns name")
      .optional()
      .describe(
        "Name the executors and their clients use, of a registry the customer runs. Exactly one of this, codeArtifact and selfHosted.",
      ),
    format: oneOf("the format", REGISTRY_FORMATS)
      .optional()
      .describe("What the registry speaks, so that doctor asks it as its clients do; with dnsName."),
    codeArtifact: codeArtifact.optional().describe("An AWS CodeArtifact domain that is made here."),
    selfHosted: selfHosted.optional().describe("A registry that is run here, in an AWS account of the customer's."),
    publish: publish
      .optional()
      .describe("How the registry is published from the customer's side, where that is done here."),
    certificate: oneOf("the kind of certificate", ["publicCA", "privateCA"])
      .optional()
      .describe("Who signed the registry's certificate, as told at intake; with dnsName."),
    caBundle: text({
      expected: "pem certificates",
      what: "the certificates as a block, caBundle: |",
      fix: "write the certificates",
    })
      .optional()
      .describe("With privateCA: 1 to 10 CA certificates in PEM, never a key. Goes to the executors' trust store."),
  },
  "dnsName and certificate",
);

/** `registries`. */
export const registries = map(
  key("a key such as artifactory"),
  registry,
  "artifactory: { dnsName: …, certificate: publicCA }",
  100,
);

const retention = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const logRetention = z
  .literal(retention, {
    error: ({ input }) => {
      const above = retention.find((days) => days >= Number(input));
      const fix = above === undefined ? "3653 is the longest" : `write ${above}`;
      return mistake(input, { expected: "a number of days cloudwatch logs keeps", what: "the days", fix }, "number");
    },
  })
  .default(30);

/** `health`. Bounds: Cloud Router BGP keepalive 20-60; AWS Site-to-Site VPN, "DPD timeout", 30 or more. */
export const health = block(
  {
    keepaliveInterval: whole(
      { expected: "seconds from 20 to 60", what: "the seconds", fix: "choose one in these bounds" },
      20,
      60,
    )
      .default(20)
      .describe("BGP keepalive of the Cloud Router in seconds; a session is down after three."),
    dpdTimeoutSeconds: whole(
      { expected: "seconds from 30 to 3600", what: "the seconds", fix: "choose one in these bounds" },
      30,
      3600,
    )
      .default(30)
      .describe(
        "Dead peer detection of the AWS tunnels in seconds. Guarded: AWS edits one tunnel at a time, each down for minutes.",
      ),
    logRetentionDays: logRetention.describe("Days CloudWatch keeps the tunnel logs."),
  },
  "keepaliveInterval: 20",
);

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
};

/** `permits`. */
export const permits = z.record(
  z.string(),
  block(
    {
      reason: text(
        {
          expected: "a reason of 10 to 200 characters on one line",
          what: "the reason",
          fix: "say which change is meant and who agreed",
        },
        /^[^\r\n]{10,200}$/,
        (value) => value.trim().length >= 10,
      ).describe("Why, and who agreed."),
      until: text(
        { expected: "a date such as 2026-12-31", what: "the date", fix: "write year, month and day" },
        /^\d{4}-\d\d-\d\d$/,
        isDate,
      )
        .optional()
        .describe("Last day it counts; ignored once past."),
    },
    "reason: <why>",
  ),
  {
    error: ({ input }) =>
      mistake(
        input,
        { expected: "a block", what: "<path>: { reason: <why> }", fix: "write <path>: { reason: <why> }" },
        "other",
      ),
  },
);

/** `labels`. Source: Google Cloud label requirements; AWS tags allow more. */
export const labels = map(
  text(
    {
      expected: "1 to 63 of lower-case letters, digits, _ and -, a letter first",
      what: "the key",
      fix: "google cloud allows no other label keys",
    },
    /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u,
  ),
  text(
    {
      expected: "at most 63 of lower-case letters, digits, _ and -",
      what: "the value",
      fix: (value) => (isPlaceholder(value) ? "put in the value" : "google cloud allows no other label values"),
    },
    /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u,
  ),
  "tier: gold",
  32,
);
