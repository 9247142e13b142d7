// What `causeway publish` prints and how it ends; that the files are right is for tests/plan and the exhaustive tier.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, ScratchProject } from "../support/project.ts";

/** Every kind of registry that is made or published here. */
const BOTH_ENDS = join(ROOT, "stacks/customers/both-ends.yaml");

const PUBLISHED = `      npm:
        dnsName: npm.acme.example
        certificate: publicCA
        publish:
          aws:
            accountID: "444455556666"
            region: us-east-1
            vpcID: vpc-0000000000000000a
            subnets: { subnet-0000000000000000a: use1-az1, subnet-0000000000000000b: use1-az4 }
            listeners:
              "443":
                target: { addresses: [10.50.0.10] }
          gcp:
            projectID: acme-shared
            region: us-central1
            network: shared
            subnetwork: registry
            natRange: 10.61.0.0/24
            backends:
              groups: [projects/acme-shared/zones/us-central1-a/instanceGroups/npm]
`;
const MAVEN = "      maven: { dnsName: maven.dc.acme.example, certificate: publicCA }\n";

let project: ScratchProject;
beforeAll(() => {
  project = new ScratchProject();
  project.edit("acme", MAVEN, MAVEN + PUBLISHED);
});
afterAll(() => project.remove());

describe("publish", () => {
  test("prints what the customer can run, in each cloud's own form", async () => {
    const { code, stdout } = await project.causeway("publish", "acme", "npm");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^AWSTemplateFormatVersion: 2010-09-09$/m);
    expect(stdout).toMatch(/^#!\/usr\/bin\/env bash$/m);
  });

  test("prints one form where that is asked for, as data too", async () => {
    const { code, stdout } = await project.causeway("publish", "acme", "npm", "--as", "terraform", "--json");
    const { customer, registry, files } = JSON.parse(stdout) as {
      customer: string;
      registry: string;
      files: { name: string; content: string }[];
    };
    expect([code, customer, registry, files.map(({ name }) => name)]).toEqual([
      0,
      "acme",
      "npm",
      ["acme-npm-aws.tf", "acme-npm-gcp.tf"],
    ]);
    expect(files[0]!.content).toContain('resource "aws_vpc_endpoint_service" "acme-npm"');
  });

  test("writes the files where a folder is named, and prints their names", async () => {
    const { code, stdout } = await project.causeway("publish", "acme", "npm", "--out", "handed");
    expect([code, stdout]).toEqual([0, "handed/acme-npm-aws.yaml\nhanded/acme-npm-gcp.sh\n"]);
    expect(readdirSync(join(project.root, "handed")).sort()).toEqual(["acme-npm-aws.yaml", "acme-npm-gcp.sh"]);
    expect(readFileSync(join(project.root, "handed/acme-npm-gcp.sh"), "utf8")).toContain("set -euo pipefail");
  });

  test.each([
    [["nothing"], "expected a registry of acme (artifactory, maven, npm), got nothing; correct the key\n"],
    [
      ["maven"],
      "expected maven with a publish block, got none; add publish.aws or publish.gcp to registries.maven, and run this again\n",
    ],
    [["npm", "--as", "helm"], "--as: expected cloudformation, terraform, gcloud, got helm; choose one\n"],
  ])("fails for %j with what is allowed", async (args, message) => {
    const { code, stdout, stderr } = await project.causeway("publish", "acme", ...args);
    expect([code, stdout, stderr]).toEqual([2, "", message]);
  });

  test.each([
    [
      "npm",
      "cloudformation",
      "expected a registry that the customer runs, got npm, which is made here; the customer has nothing to run for it",
    ],
    [
      "packages",
      undefined,
      "expected a registry that the customer runs, got packages, which is made here; the customer has nothing to run for it",
    ],
    [
      "maven",
      "cloudformation",
      "--as: expected terraform or gcloud for maven, which is published on google cloud, got cloudformation; choose one",
    ],
    [
      "pypi",
      "gcloud",
      "--as: expected cloudformation or terraform for pypi, which is published on aws, got gcloud; choose one",
    ],
  ])("fails for %s of both-ends as %s with what fits it", async (registry, as, message) => {
    const form = as === undefined ? [] : ["--as", as];
    const { code, stdout, stderr } = await project.causeway("publish", BOTH_ENDS, registry, ...form);
    expect([code, stdout, stderr]).toEqual([2, "", `${message}\n`]);
  });
});
