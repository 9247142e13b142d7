/**
 * What is known about the arguments of each simulated resource type. Written by `scripts/tables.ts`; each table names its
 * source and each type the file (and for AWS the year) its facts were read from.
 */
import aws from "./tables/aws.json" with { type: "json" };
import gcp from "./tables/gcp.json" with { type: "json" };
import random from "./tables/random.json" with { type: "json" };

/** One argument: its shape from the SDK's declarations, its rules from the Terraform provider that Pulumi bridges. */
export interface Argument {
  type: "string" | "number" | "boolean" | "list" | "map" | "object";
  item?: Argument;
  fields?: Record<string, Argument>;
  required?: boolean;
  /** The cloud fills it in when it is left out, and leaving it out later changes nothing. */
  computed?: boolean;
  /** A change replaces the resource; `conditional` is decided by a function in `replacement.ts`. */
  forceNew?: boolean | "conditional";
  /** What the provider puts in its place when it is left out. */
  default?: unknown;
  /** What the cloud takes when it is left out; leaving it out later goes back to this. */
  serviceDefault?: unknown;
  enum?: unknown[];
  /** Value for numbers, length for strings and lists. */
  min?: number;
  max?: number;
  pattern?: string;
  conflictsWith?: string[];
  exactlyOneOf?: string[];
  atLeastOneOf?: string[];
  requiredWith?: string[];
  /** A secret: kept in the world only as a keyed hash. */
  sensitive?: boolean;
  /** Sent to the cloud and never kept: neither in the world nor in the resource's outputs. */
  writeOnly?: boolean;
  /** Order does not matter. */
  set?: boolean;
  /** A JSON document, compared by meaning. */
  json?: boolean;
  /** The full, partial and bare-name forms of one Google resource URL are equal. */
  urlEquivalent?: boolean;
  caseInsensitive?: boolean;
}

export interface ResourceTable {
  source: string;
  autoName?: { maxLength: number; lowercase: boolean };
  inputs: Record<string, Argument>;
  /** Arguments the real provider has and the sandbox has no behaviour for. */
  notSimulated: string[];
  outputs: string[];
  secretOutputs: string[];
}

export interface ProviderTable {
  package: string;
  /** Version of the SDK and provider the table was made for. */
  version: string;
  source: string;
  /** Provider configuration keys; true where the SDK sends JSON text. */
  configuration: Record<string, boolean>;
  types: Record<string, ResourceTable>;
}

export type PackageName = "aws" | "gcp" | "random";

/** The tables by package name. */
export const TABLES = { aws, gcp, random } as unknown as Record<PackageName, ProviderTable>;
