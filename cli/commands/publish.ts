import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Member } from "../../fleet/types.ts";
import { planCustomer, type RegistryPlan } from "../../plan/plan.ts";
import { cloudFormation } from "../../plan/publish/export/cloudFormation.ts";
import { gcloud } from "../../plan/publish/export/gcloud.ts";
import type { ExportedFile, ExportedSide } from "../../plan/publish/export/resources.ts";
import { terraform } from "../../plan/publish/export/terraform.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

export interface PublishOptions {
  readonly as?: string;
  readonly out?: string;
}

interface Format {
  readonly clouds: readonly ExportedSide["cloud"][];
  readonly write: (side: ExportedSide) => ExportedFile;
}

const FORMATS: Readonly<Record<string, Format>> = {
  cloudformation: { clouds: ["aws"], write: cloudFormation },
  terraform: { clouds: ["aws", "gcp"], write: terraform },
  gcloud: { clouds: ["gcp"], write: gcloud },
};

/**
 * What a customer runs to publish a registry without us: the same resources that an update would make. Nothing in it is
 * secret.
 */
export async function publish(
  terminal: Terminal,
  member: Member,
  registry: string,
  { as, out }: PublishOptions,
): Promise<ExitCode> {
  const { customer } = loadCustomer(member.file);
  const plan = planCustomer(customer);
  const found = plan.registries.find(({ key }) => key === registry);
  if (found === undefined) {
    const known = plan.registries.map(({ key }) => key).join(", ") || "none";
    throw new Exit(EXIT.usage, `expected a registry of ${plan.name} (${known}), got ${registry}; correct the key`);
  }
  const format = as === undefined ? undefined : FORMATS[as];
  if (as !== undefined && format === undefined) {
    throw new Exit(EXIT.usage, `--as: expected ${Object.keys(FORMATS).join(", ")}, got ${as}; choose one`);
  }
  const { publishedSides } = await import("../../stacks/publishGraph.ts");
  const sides = await publishedSides(plan, found);
  const files = sides
    .filter(({ cloud }) => format?.clouds.includes(cloud) ?? true)
    .map((side) => (format?.write ?? (side.cloud === "aws" ? cloudFormation : gcloud))(side));
  if (files.length === 0) throw new Exit(EXIT.usage, nothingToRun(found, sides, as));
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    for (const { name, content } of files) writeFileSync(join(out, name), content);
  }
  terminal.data({ customer: plan.name, registry, files });
  const shown = files.map(({ name, content }) => (out === undefined ? content : `${join(out, name)}\n`));
  terminal.result(shown.join(out === undefined ? "\n" : ""));
  return EXIT.done;
}

/** Why there is nothing to print, and what to do about it. */
function nothingToRun(
  { key, codeArtifact, selfHosted }: RegistryPlan,
  sides: readonly ExportedSide[],
  as = "",
): string {
  if (sides.length > 0) {
    const fitting = Object.entries(FORMATS).filter(([, { clouds }]) =>
      sides.some(({ cloud }) => clouds.includes(cloud)),
    );
    const where = sides[0]!.cloud === "aws" ? "aws" : "google cloud";
    return `--as: expected ${fitting.map(([name]) => name).join(" or ")} for ${key}, which is published on ${where}, got ${as}; choose one`;
  }
  if (codeArtifact !== undefined || selfHosted !== undefined) {
    return `expected a registry that the customer runs, got ${key}, which is made here; the customer has nothing to run for it`;
  }
  return `expected ${key} with a publish block, got none; add publish.aws or publish.gcp to registries.${key}, and run this again`;
}
