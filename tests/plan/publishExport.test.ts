// Exports as texts, in process: that their own tools read and run them is for the exhaustive tier, that an account takes
// them for nobody but an account.
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Customer } from "../../plan/customer.ts";
import { planCustomer } from "../../plan/plan.ts";
import { cloudFormation } from "../../plan/publish/export/cloudFormation.ts";
import { gcloud } from "../../plan/publish/export/gcloud.ts";
import { partsOf, referenceText, type ExportedSide } from "../../plan/publish/export/resources.ts";
import { snakeCase, terraform, TERRAFORM_TYPES } from "../../plan/publish/export/terraform.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { publishedSides } from "../../stacks/publishGraph.ts";
import { answers, Declared } from "../support/declared.ts";
import { AWS_VARIANTS, GOOGLE_VARIANTS, publishedOnAws, publishedOnGoogle } from "../support/published.ts";

async function sideOf(customer: Customer): Promise<ExportedSide> {
  const plan = planCustomer(customer);
  const [side, ...others] = await publishedSides(plan, plan.registries[0]!);
  expect(others).toEqual([]);
  return side!;
}

const customers: readonly (readonly [string, Customer])[] = [
  ...Object.entries(AWS_VARIANTS).map(([name, changes]) => [name, publishedOnAws(changes)] as const),
  ...Object.entries(GOOGLE_VARIANTS).map(([name, changes]) => [name, publishedOnGoogle(changes)] as const),
];

describe("an export", () => {
  it.each(customers)("holds the very resources that an update would make: %s", async (_name, customer) => {
    const component = customer.aws.length > 0 ? "EndpointServicePublisher" : "ServiceAttachmentPublisher";
    const declared = await Declared.of(customer, (type, name, inputs) =>
      type.endsWith(":ServiceAttachment")
        ? { id: `projects/p/regions/r/serviceAttachments/${name}`, connectedEndpoints: [] }
        : type.endsWith(":VpcEndpointService")
          ? { serviceName: "s", privateDnsNameConfigurations: [{ name: "_p", type: "TXT", value: "v" }] }
          : type.endsWith(":VpcEndpoint")
            ? { state: "available", dnsEntries: [{ dnsName: "vpce-0a-k3.vpce-svc-0a.us-east-1.vpce.amazonaws.com" }] }
            : answers(type, name, inputs),
    );
    const { resources } = await sideOf(customer);
    const found = resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
    const accepted = (line: string): boolean => !line.startsWith("VpcEndpointConnectionAccepter");
    expect(found).toEqual(declared.childrenOf(component).filter(accepted));
  });

  it.each(customers)("is the same each time, and names what it refers to first: %s", async (_name, customer) => {
    const [one, two] = [await sideOf(customer), await sideOf(customer)];
    expect(terraform(one).content).toBe(terraform(two).content);
    const seen = new Set<string>();
    for (const { type, name, inputs } of one.resources) {
      for (const part of partsOf(JSON.stringify(inputs)))
        if (typeof part === "object") expect(seen).toContain(`${part.type} ${part.name}`);
      seen.add(`${type} ${name}`);
    }
  });

  it.each(customers)("gives terraform every argument that its provider asks for: %s", async (_name, customer) => {
    const side = await sideOf(customer);
    const { content } = terraform(side);
    for (const { type, name } of side.resources) {
      const label = name.replace(/[^A-Za-z0-9_-]/g, "-");
      const start = content.indexOf(`resource "${TERRAFORM_TYPES[type]}" "${label}" {`);
      expect(start).toBeGreaterThan(-1);
      const block = content.slice(start, content.indexOf("\n}\n", start));
      const { inputs } = TABLES[type.startsWith("aws:") ? "aws" : "gcp"].types[type]!;
      const required = Object.entries(inputs).filter(([, argument]) => argument.required === true);
      for (const [argument] of required.filter(([, { type: kind }]) => kind !== "list" && kind !== "object"))
        expect(block).toMatch(new RegExp(`^  ${snakeCase(argument)} +=`, "m"));
    }
  });

  it("escapes what terraform would read as a template", async () => {
    const side = await sideOf(publishedOnAws());
    const [first] = side.resources;
    const odd = { ...side, resources: [{ ...first!, inputs: { description: 'a "${b}" %{c} \\' } }] };
    const line = terraform(odd)
      .content.split("\n")
      .find((one) => one.includes("description"));
    expect(line).toBe('  description = "a \\"$${b}\\" %%{c} \\\\"');
  });

  it("keeps texts and references of one value apart", () => {
    const reference = { type: "aws:lb/listener:Listener", name: "a", property: "arn" };
    expect(partsOf(`x-${referenceText(reference)}.y`)).toEqual(["x-", reference, ".y"]);
    expect(partsOf("plain")).toEqual(["plain"]);
    expect(partsOf("")).toEqual([]);
  });

  it("says by hand what a template has no resource for", async () => {
    const group = cloudFormation(await sideOf(publishedOnAws(AWS_VARIANTS["an auto scaling group"])));
    expect(group.content).toContain("#   1. aws autoscaling attach-load-balancer-target-groups");
    const name = cloudFormation(await sideOf(publishedOnAws(AWS_VARIANTS["a private name proven by hand"])));
    expect(name.content.match(/^# {3}\d\. .*$/gm)).toHaveLength(3);
    expect(cloudFormation(await sideOf(publishedOnAws())).content).not.toContain("by hand");
  });

  it("lets nothing out of the load balancer's group but to its targets, and nobody but us to the service [CP-04]", async () => {
    const template = parse(cloudFormation(await sideOf(publishedOnAws())).content) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    const of = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type);
    expect(of("AWS::EC2::SecurityGroup")[0]!.Properties["SecurityGroupEgress"]).toMatchObject([
      { CidrIp: "127.0.0.1/32" },
    ]);
    expect(of("AWS::EC2::SecurityGroupEgress").map(({ Properties }) => Properties["CidrIp"])).toEqual([
      "10.50.0.10/32",
    ]);
    expect(of("AWS::EC2::VPCEndpointServicePermissions")[0]!.Properties["AllowedPrincipals"]).toEqual([
      "arn:aws:iam::111122223333:root",
    ]);
  });

  it("asks before it makes anything on Google Cloud, and tells the attachment in the end [CP-26]", async () => {
    const side = await sideOf(publishedOnGoogle());
    const { content, name } = gcloud(side);
    expect(name).toBe("acme-npm-gcp.sh");
    const asked = content.match(/^if ! gcloud/gm) ?? [];
    const made = content.match(/^ {2}gcloud \S+ (\S+ )+?(create|add-backend|update)\b/gm) ?? [];
    expect([asked.length, made.length]).toEqual([8, 8]);
    expect(content.trimEnd().split("\n").at(-1)).toBe(
      "echo projects/acme-shared/regions/us-central1/serviceAttachments/acme-npm",
    );
  });

  it("holds nothing that looks like a key or a secret", async () => {
    for (const [, customer] of customers) {
      const side = await sideOf(customer);
      const files = [terraform(side), side.cloud === "aws" ? cloudFormation(side) : gcloud(side)];
      for (const { content } of files) {
        expect(content).not.toMatch(/PRIVATE KEY|AKIA[0-9A-Z]{16}|password|secret/i);
        expect(content).not.toMatch(/[\u27e6\u27e7\u2758]/u);
      }
    }
  });

  it("has nothing for a registry that is not published", async () => {
    const plan = planCustomer(publishedOnAws());
    const { publishAws: _, ...rest } = plan.registries[0]!;
    expect(await publishedSides(plan, rest)).toEqual([]);
  });
});
