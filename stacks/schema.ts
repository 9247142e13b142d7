import { z } from "zod";
import { awsConnection } from "./schema/aws.ts";
import { block, text } from "./schema/fields.ts";
import { executors, gcp, privateServiceConnect } from "./schema/google.ts";
import { executorNAT, executorPrivateDNS, health, labels, permits, registries } from "./schema/traffic.ts";

/**
 * One customer file: shapes, single values and defaults. What several fields decide together is in `rules/`. Unknown
 * keys are refused everywhere: a typo must not become a default.
 */

const privateCodeHost = block(
  {
    enabled: z
      .literal(true, { error: ({ input }) => enabledMessage(input) })
      .optional()
      .describe("Kept so that printed blocks paste. To take a connection away, delete its block."),
    aws: awsConnection
      .optional()
      .describe(
        "AWS PrivateLink over HA VPN, in a vendor-owned account. Removing it is guarded: drops all tunnels and links.",
      ),
    gcp: privateServiceConnect
      .optional()
      .describe("The customer's services on Google Cloud, over Private Service Connect."),
  },
  "aws or gcp",
);

function enabledMessage(input: unknown): string {
  if (input === false) return "expected true, got false; one word must not drop tunnels, delete the block you mean";
  return `expected true, got ${typeof input === "string" ? JSON.stringify(input) : "something else"}; write true, or remove the line`;
}

const infrastructure = block(
  {
    gcp: gcp.describe("Our side: where the executors run."),
    executors: executors.describe("The executor VMs and their subnetworks."),
    executorNAT: executorNAT
      .optional()
      .describe("Static addresses for the customer's allowlist. Removing it is guarded: the allowlist goes stale."),
    executorPrivateDNS: executorPrivateDNS
      .optional()
      .describe("dns-proxy on the executors: private names to reachable ones."),
    privateCodeHost: privateCodeHost.optional().describe("Connections; code hosts and registries share them."),
    registries: registries.prefault({}).describe("What the customer runs, as told at intake, by key."),
    health: health.prefault({}).describe("Timers of the tunnels and their logs."),
    permits: permits
      .prefault({})
      .describe(
        "Written leave for one guarded change, by path below spec.infrastructure, e.g. executorNAT.addresses[nat-3].",
      ),
  },
  "gcp and executors",
);

const name = text(
  {
    expected: "1 to 20 of a-z, 0-9 and -, a letter first, no - last",
    what: "the customer's short name",
    fix: "every physical name holds it, shorten or respell it",
  },
  /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
);

const displayName = text(
  { expected: "one line of 1 to 80 characters", what: "the name", fix: "shorten it to one line" },
  /^[^\r\n]{1,80}$/,
  (value) => value.trim() !== "",
);

/** The whole file. */
export const CustomerFile = block(
  {
    name: name.describe(
      "The customer's short name: this file's name, the stack, and part of every physical name. Fixed on a live stack.",
    ),
    displayName: displayName.optional().describe("Name as the hand-off prints it; `name` by default."),
    labels: labels
      .prefault({})
      .describe("Labels on Google Cloud resources, tags on AWS ones, and what selects customers of a fleet."),
    spec: block(
      { infrastructure: infrastructure.describe("The customer's infrastructure.") },
      "infrastructure",
    ).describe("The specification."),
  },
  "name and spec",
);

/** A customer file that has passed the schema, defaults filled in. */
export type CustomerFile = z.output<typeof CustomerFile>;

/** The JSON Schema (draft 7) that editors check and complete a customer file with. */
export function customerJsonSchema(): object {
  const schema = z.toJSONSchema(CustomerFile, { target: "draft-7", io: "input", reused: "inline" });
  return { ...schema, title: "Causeway customer file" };
}
