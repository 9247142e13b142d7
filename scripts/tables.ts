/**
 * Writes `sandbox/tables/{aws,gcp,random}.json`: what the simulated clouds know about each resource type's arguments.
 *
 * usage: node scripts/tables.ts <aws-arguments.json> <gcp-arguments.json>
 *
 * The two files hold facts read from the Terraform providers' own schemas (their `source` says which); they are not part
 * of the project. Value types, required arguments, outputs and secret outputs are read from the SDKs' declarations, which
 * are, so that a table can never name an argument the SDK does not have.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as prettier from "prettier";
import type { Argument, ProviderTable, ResourceTable } from "../sandbox/tables.ts";
import { Declarations } from "./declarations.ts";
import { AWS_FACTS } from "./facts/aws.ts";
import { GCP_FACTS, GCP_LEFT_OUT, GCP_SIMULATED, GCP_TYPES } from "./facts/gcp.ts";
import { AWS_TYPES, LEFT_OUT, SIMULATED } from "./tableTypes.ts";

const require = createRequire(import.meta.url);

/** The resource types the sandbox simulates, per package. */
const TYPES: Record<string, string[]> = {
  aws: [...AWS_TYPES],
  gcp: [...GCP_TYPES],
  random: ["random:index/randomPassword:RandomPassword"],
};

/** Arguments that exist but that the simulated clouds have no behaviour for: refused, so that nothing is silently ignored. */
const NOT_SIMULATED =
  /ipv6|ipam|netmask|outpost|customerOwned|dns64|lniAt|resourceNameDns|transitGateway|concentrator|accelerat|tunnelBandwidth|routingPolicy|networkProfile|nccGateway|interconnect|md5Auth|bfd|^import|^export|nat64|appliance|internalRange|ipCollection|serviceNetwork|resourceConfiguration|presharedKeyStorage|peerGcpGateway|targetVpnGateway|sharedSecretWo|gkeClusters|dnssec|forwardingConfig|peeringConfig|serviceDirectory|backendService|mirroring|eniId|regionalNat|tagFieldSpec|deliverCross|kmsKey|inlinePolicies|managedPolicyArns|permissionsBoundary|customLearned|nexthop|params$|namePrefix/i;

/** Facts of the random provider. Source: its argument reference: every argument replaces. */
const RANDOM: Record<string, object> = {
  keepers: { forceNew: true },
  length: { forceNew: true, min: 1 },
  lower: { forceNew: true, default: true },
  minLower: { forceNew: true, default: 0, min: 0 },
  minNumeric: { forceNew: true, default: 0, min: 0 },
  minSpecial: { forceNew: true, default: 0, min: 0 },
  minUpper: { forceNew: true, default: 0, min: 0 },
  number: { forceNew: true, conflictsWith: ["numeric"] },
  numeric: { forceNew: true, default: true },
  overrideSpecial: { forceNew: true },
  special: { forceNew: true, default: true },
  upper: { forceNew: true, default: true },
};

/** Rules between arguments; those inside nested blocks are left to the handlers. */
const RELATIONS = ["conflictsWith", "exactlyOneOf", "atLeastOneOf", "requiredWith"] as const;

interface Facts {
  [key: string]: unknown;
  arguments?: Record<string, Facts>;
}

/** Keeps the facts the checks and the diff use, under their own names. */
function used(facts: Facts): Partial<Argument> {
  const kept: Record<string, unknown> = {};
  const copy = ["computed", "default", "serviceDefault", "enum", "pattern", "sensitive", "writeOnly", "urlEquivalent"];
  for (const key of [...copy, "conflictsWith", "exactlyOneOf", "atLeastOneOf", "requiredWith", "caseInsensitive"]) {
    if (facts[key] !== undefined) kept[key] = facts[key];
  }
  if (facts["pulumiDefault"] !== undefined) kept["default"] = facts["pulumiDefault"];
  if (kept["default"] === "Managed by Terraform") kept["default"] = "Managed by Pulumi";
  if (facts["forceNew"] !== undefined) kept["forceNew"] = facts["forceNew"] === "unknown" ? true : facts["forceNew"];
  if (facts["docEnum"] !== undefined && kept["enum"] === undefined) kept["enum"] = facts["docEnum"];
  if (facts["docPattern"] !== undefined && kept["pattern"] === undefined) kept["pattern"] = facts["docPattern"];
  const min = facts["min"] ?? facts["minLength"] ?? facts["minItems"] ?? facts["docMin"];
  const max = facts["max"] ?? facts["maxLength"] ?? facts["docMaxLength"] ?? facts["docMax"];
  if (min !== undefined) kept["min"] = min;
  if (max !== undefined) kept["max"] = max;
  if (typeof facts["format"] === "string" && facts["format"].includes("JSON")) kept["json"] = true;
  return kept;
}

function isSet(cloud: string, facts: Facts, top: boolean): boolean {
  if (facts["ordered"] === true) return false;
  return cloud === "gcp" ? String(facts["type"]).startsWith("set") : top;
}

/** Whether a type has no behaviour for an argument. */
function leftOut(token: string, name: string, top: boolean): boolean {
  const [out, kept] = [
    { ...LEFT_OUT, ...GCP_LEFT_OUT },
    { ...SIMULATED, ...GCP_SIMULATED },
  ];
  if (top && out[token]?.test(name)) return true;
  return NOT_SIMULATED.test(name) && name !== "enableIpv6" && kept[token]?.test(name) !== true;
}

/** Merges the declared shape of the arguments with the facts about them, dropping what is not simulated. */
function merge(
  token: string,
  declared: Record<string, Argument>,
  facts: Record<string, Facts>,
  left: string[],
  path = "",
): Record<string, Argument> {
  const merged: Record<string, Argument> = {};
  const cloud = token.split(":")[0]!;
  for (const [name, shape] of Object.entries(declared)) {
    if (leftOut(token, name, path === "")) {
      if (path === "") left.push(name);
      continue;
    }
    const known = facts[name] ?? {};
    const argument: Argument = { ...shape, ...used(known) };
    if (shape.type === "list" && isSet(cloud, known, path === "")) argument.set = true;
    if (path !== "") for (const key of RELATIONS) delete argument[key];
    const nested = (known.arguments ?? known["args"] ?? {}) as Record<string, Facts>;
    if (shape.fields) argument.fields = merge(token, shape.fields, nested, left, `${path}${name}.`);
    if (shape.item?.fields) {
      argument.item = { ...shape.item, fields: merge(token, shape.item.fields, nested, left, `${path}${name}.`) };
    }
    merged[name] = argument;
  }
  return merged;
}

/** An argument cannot be asked to fit one that the table leaves out. */
function closeOver(inputs: Record<string, Argument>): void {
  for (const argument of Object.values(inputs)) {
    for (const key of RELATIONS) {
      const names = argument[key]?.filter((name) => inputs[name.split(".")[0]!] !== undefined);
      if (!names || (key === "conflictsWith" && names.length === 0)) delete argument[key];
      else if (key === "exactlyOneOf" && names.length === 1) {
        delete argument[key];
        argument.required = true;
      } else argument[key] = names;
    }
  }
}

function resource(cloud: string, token: string, type: Facts, vintage: string): ResourceTable {
  const shape = new Declarations(cloud, token);
  const notSimulated: string[] = [];
  const facts = (type.arguments ?? type["args"] ?? RANDOM) as Record<string, Facts>;
  const inputs = merge(token, shape.inputs, facts, notSimulated);
  closeOver(inputs);
  const autoName = type["autoName"] as { property: string; maxLength: number; lowercase?: boolean } | undefined;
  const named = inputs["name"] !== undefined && inputs["name"].required !== true;
  return {
    source: `${String(type["file"] ?? "argument reference").replace(/@[0-9a-f]{40}$/, "")}${vintage}`,
    ...(named && token !== "gcp:dns/recordSet:RecordSet"
      ? {
          autoName: {
            maxLength: autoName?.maxLength ?? inputs["name"]?.max ?? 255,
            lowercase: autoName?.lowercase ?? false,
          },
        }
      : {}),
    inputs,
    notSimulated,
    outputs: shape.outputs.filter((name) => !/ipv6/i.test(name) || cloud === "aws"),
    secretOutputs: shape.secretOutputs,
  };
}

/** The facts of a type with those written down here: the latter go first. */
function withOwn(token: string, facts: Facts = {}): Facts {
  const own = AWS_FACTS[token] ?? GCP_FACTS[token];
  if (own === undefined) return facts;
  const args: Record<string, Facts> = { ...facts.arguments };
  for (const [name, fact] of Object.entries(own.arguments)) args[name] = { ...args[name], ...(fact as Facts) };
  return { file: own.file, ...facts, arguments: args };
}

function table(cloud: string, facts: { source: Facts; types: Record<string, Facts> } | undefined): ProviderTable {
  const { version } = require(`@pulumi/${cloud}/package.json`) as { version: string };
  const source = facts?.source ?? { repo: "hashicorp/terraform-provider-random", note: "argument reference" };
  const types: Record<string, ResourceTable> = {};
  for (const token of TYPES[cloud]!) {
    const type = withOwn(token, facts?.types[token]);
    types[token] = resource(cloud, token, type, type["vintage"] ? ` (${String(type["vintage"])})` : "");
  }
  const origin = `${String(source["repo"])}${source["commit"] ? ` ${String(source["commit"])}` : ""}`;
  return { package: cloud, version, source: origin, configuration: Declarations.configuration(cloud), types };
}

const [aws, gcp] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
for (const [cloud, facts] of Object.entries({ aws, gcp, random: undefined })) {
  const file = new URL(`../sandbox/tables/${cloud}.json`, import.meta.url);
  const text = JSON.stringify(table(cloud, facts));
  writeFileSync(file, await prettier.format(text, { parser: "json", printWidth: 120, objectWrap: "collapse" }));
}
