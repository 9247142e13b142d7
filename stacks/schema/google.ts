import type { z } from "zod";
import { GCP_REGIONS } from "../../plan/regions.ts";
import { nearest } from "../wording.ts";
import { asn, privateRangeFix } from "./aws.ts";
import { block, dnsName, gcpName, gcpRegion, list, map, ports, range, registryKey, text, whole } from "./fields.ts";

/** Our own side on Google Cloud, and the customer's services there. */

const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

const projectID = text(
  {
    expected: "a project id, 6 to 30 of a-z, 0-9 and -, a letter first",
    what: "the project id",
    number: "this is the project's number, write its id",
    fix: "write the id as google shows it",
  },
  PROJECT,
);

/** `gcp`: where the executors run. */
export const gcp = block(
  {
    projectID: projectID.describe("Google Cloud project of the executors. Fixed on a live stack."),
    region: gcpRegion().describe("Region of the executors. Fixed on a live stack."),
    network: block(
      {
        existing: gcpName("the network's name")
          .optional()
          .describe("A VPC network that is there already. It is read, never modified."),
        create: gcpName("the network's name").optional().describe("A VPC network this stack creates."),
      },
      "existing: <name>, or create: <name>",
    )
      .meta({ minProperties: 1, maxProperties: 1 })
      .describe("The executors' VPC network, existing or created. Fixed on a live stack."),
    routerAsn: asn("the asn")
      .default(65001)
      .describe(
        "ASN of the Cloud Router that holds the VPN sessions. Guarded: replaces the customer gateways, drops all tunnels.",
      ),
    reservedRanges: list(range("an ipv4 range", "the range"), "10.20.0.0/16", 0, 100)
      .default([])
      .describe("Ranges in use beside the executors' (GKE pods, peerings). Nothing planned may overlap them."),
  },
  "projectID, region and network",
);

const serviceAccount = text(
  {
    expected: "a service account's email",
    what: "the email",
    fix: "write it as name@project.iam.gserviceaccount.com",
  },
  /^[a-z0-9][a-z0-9-]*@([a-z0-9.-]+\.iam|developer|appspot)\.gserviceaccount\.com$/,
);

const subnet = block(
  {
    ipCidrRange: range("a private range from /8 to /29", "the range", (text) => privateRangeFix(text, 8, 29)).describe(
      "Range of the subnetwork. It equals an existing one's; a created one may grow in place, any other change replaces it.",
    ),
  },
  "ipCidrRange: 10.10.0.0/24",
);

const subnets = map(gcpName("the subnetwork's name"), subnet, "<subnet>: { ipCidrRange: 10.10.0.0/24 }", 100)
  .refine((entries) => Object.keys(entries).length > 0, {
    error: "expected at least one subnet, got none; add <subnet>: { ipCidrRange: 10.10.0.0/24 }",
  })
  .meta({ minProperties: 1, maxProperties: 100 });

/** `executors`. */
export const executors = block(
  {
    serviceAccount: serviceAccount
      .optional()
      .describe(
        "Service account of the executor VMs. Without it no egress rule is written, as it would hit every VM of the VPC.",
      ),
    maxInstances: whole(
      { expected: "a number of instances from 1 up", what: "the number", fix: "correct it" },
      1,
      100_000,
    )
      .default(100)
      .describe("Most executor VMs at one time. Only for the check that the NAT addresses suffice."),
    subnets: subnets.describe(
      "Subnetworks of the executors by name. Removing one cuts every connection of the executors in it.",
    ),
  },
  "subnets: { executors: { ipCidrRange: 10.10.0.0/24 } }",
);

/** Source: Compute Engine API, ServiceAttachment self links; a URL in front of `projects/` is accepted. */
export const ATTACHMENT =
  /^(?:https:\/\/(?:www|compute)\.googleapis\.com\/compute\/(?:v1|beta)\/)?(projects\/([a-z0-9.:-]{6,63})\/regions\/([a-z]+-[a-z]+\d+)\/serviceAttachments\/[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/;

const targetService = text(
  {
    expected: "projects/<project>/regions/<region>/serviceAttachments/<name>",
    what: "the service attachment the customer sent",
    fix: (value) => {
      const region = /regions\/([^/]+)/.exec(String(value))?.[1] ?? "";
      const meant = ATTACHMENT.test(String(value)) ? nearest(region, GCP_REGIONS) : undefined;
      return meant === undefined ? "write the uri the customer sent" : `there is no region ${region}, write ${meant}`;
    },
  },
  ATTACHMENT,
  (value) => GCP_REGIONS.includes(ATTACHMENT.exec(value)?.[3] ?? ""),
);

const endpoint = block(
  {
    domain: dnsName("the name executors use").describe(
      "DNS name the executors reach the service by; the endpoint's key.",
    ),
    targetService: targetService
      .optional()
      .describe(
        "The customer's service attachment, in the executors' region. Guarded: replaces the forwarding rule, down until accepted.",
      ),
    registry: registryKey
      .optional()
      .describe("A registry of this file that is published here, in place of targetService."),
    ports: ports(),
  },
  "domain and targetService",
);

/** `privateCodeHost.gcp`. */
export const privateServiceConnect = block(
  {
    subnet: gcpName("the subnet's name")
      .optional()
      .describe(
        "Executor subnet that endpoint addresses come from; the only one by default. Guarded: new addresses for every endpoint.",
      ),
    privateServiceConnectEndpoints: list(endpoint, "{ domain: …, targetService: … }", 0, 100)
      .default([])
      .describe("Private Service Connect endpoints to the customer's services on Google Cloud. Removing is guarded."),
  },
  "privateServiceConnectEndpoints",
);

export type GcpBlock = z.output<typeof gcp>;
