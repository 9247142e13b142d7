import { basename, join, relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Deployed } from "../plan/deployed.ts";
import { ConfigError, REFUSED } from "../plan/errors.ts";
import { planCustomer } from "../plan/plan.ts";
import { build } from "./build.ts";
import { loadCustomer } from "./load.ts";
import type { StackOutputs } from "./outputs.ts";

/** Folder of the customer files, from this repository's root. */
export const CUSTOMERS = "stacks/customers";

/** The file a stack is made from: `causeway:customer` where it is set, else the file of the stack's own name. */
export function customerFile(root: string, stack: string, configured?: string): string {
  return configured === undefined ? join(root, CUSTOMERS, `${stack}.yaml`) : resolve(root, configured);
}

/**
 * The whole program: the stack's customer file, read, planned and declared.
 * @throws RunError, of which Pulumi prints the message alone, for anything wrong with the file or the stack's
 * configuration, before anything is declared
 */
export async function program(root: string): Promise<StackOutputs> {
  try {
    return await declare(root);
  } catch (error) {
    if (error instanceof ConfigError) throw new pulumi.RunError(`${REFUSED}:\n${error.message}`);
    throw error;
  }
}

async function declare(root: string): Promise<StackOutputs> {
  refuseProviderConfig();
  const config = new pulumi.Config("causeway");
  const configured = config.get("customer");
  const stack = pulumi.getStack();
  const path = customerFile(root, stack, configured);
  const shown = relative("", path);
  const { customer, notes } = loadCustomer(shown, { deployed: await lastDeployed() });
  if (configured === undefined && customer.name !== stack) {
    const message = `expected ${stack}, the stack, got ${customer.name}; a copied file must not drive another stack, correct the name or set causeway:customer`;
    throw new ConfigError([{ file: shown, path: "name", message }]);
  }
  for (const note of notes) await pulumi.log.info(`${basename(note.file)}: ${note.path}: ${note.message}`);
  const awsRoleName = config.get("awsRoleName");
  const gcpServiceAccount = config.get("gcpServiceAccount");
  return build(planCustomer(customer), {
    ...(awsRoleName === undefined ? {} : { awsRoleName }),
    ...(gcpServiceAccount === undefined ? {} : { gcpServiceAccount }),
  });
}

/** The file decides accounts, projects and regions; a second place would sooner or later disagree with it. */
function refuseProviderConfig(): void {
  const keys = Object.keys(pulumi.runtime.allConfig()).filter((key) => /^(aws|gcp|random):/.test(key));
  if (keys.length === 0) return;
  const message = `expected no provider settings, got ${keys.join(", ")}; the customer file decides accounts, projects and regions, remove them with pulumi config rm`;
  throw new ConfigError([{ file: `Pulumi.${pulumi.getStack()}.yaml`, path: "config", message }]);
}

/** What the stack's last update recorded; null before the first one. */
async function lastDeployed(): Promise<Deployed | null> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    outputs?: { deployed?: Deployed };
  };
  return outputs?.deployed ?? null;
}
