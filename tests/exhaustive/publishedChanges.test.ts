// How a registry that is published on Google Cloud is changed under its permits, on the real engine and simulated clouds.
// What Google refuses besides only Google can show.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Deployment } from "../../sandbox/index.ts";
import { selfSigned } from "../sandbox/selfSigned.ts";
import { LiveStack, operations } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";

const engine = inject("engine");
const GCP = "registries[npm].publish.gcp";
const PROXY = "mode: proxy\nproxySubnet: { create: 10.62.0.0/24 }";
const CERTIFICATE = "certificate: projects/acme-shared/regions/us-central1/sslCertificates/npm";

/** A file with one registry that is published on Google Cloud and connected from there. */
const file = (block: string, permit?: string): string => `name: acme
spec:
  infrastructure:
    gcp: { projectID: acme-prod-4f2a, region: us-central1, network: { create: acme } }
    executors: { subnets: { executors-a: { ipCidrRange: 10.10.0.0/24 } } }
    privateCodeHost:
      gcp: { privateServiceConnectEndpoints: [{ domain: npm.acme.example, registry: npm }] }
${permit === undefined ? "" : `    permits: { "${permit}": { reason: CHG-1042 agreed with the customer } }\n`}    registries:
      npm:
        dnsName: npm.acme.example
        certificate: publicCA
        publish:
          gcp:
            projectID: acme-shared
            region: us-central1
            network: shared
            subnetwork: registry
            natRange: 10.61.0.0/24
            serviceAccount: npm@acme-shared.iam.gserviceaccount.com
            backends:
              groups: [projects/acme-shared/zones/us-central1-a/instanceGroups/npm]
${block.includes("proxy") ? "              portName: https\n" : ""}${block.replaceAll(/^(?=.)/gm, "            ")}
`;

interface Case {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

const ENDED = `${PROXY}\n${CERTIFICATE}`;
const CASES: readonly Case[] = [
  { field: "certificate", from: PROXY, to: ENDED },
  { field: "certificate", from: ENDED, to: PROXY },
  { field: "mode", from: "mode: passthrough", to: ENDED },
  { field: "mode", from: ENDED, to: "mode: passthrough" },
  { field: "mode", from: PROXY, to: "mode: passthrough" },
  { field: "ports", from: "ports: [443]", to: "ports: [443, 8443]" },
  { field: "domainName", from: "mode: passthrough", to: "domainName: corp.acme.example" },
];

describe.skipIf(engine === null)("a registry published on google cloud", () => {
  const vault = new Vault();
  let provider: string;
  beforeAll(async () => {
    provider = await vault.start();
  });
  afterAll(() => vault.stop());

  test.each(CASES)("gets another $field under its permit, and our endpoint with it", async ({ field, from, to }) => {
    const stack = new LiveStack(engine!, "acme", { secretsProvider: provider, inline: true });
    try {
      const write = (block: string, permit?: string): void =>
        writeFileSync(stack.project.customerFile("acme"), file(block, permit));
      write("mode: passthrough");
      await stack.run("preview");
      await stack.world(async (world) => {
        const theirs = new Deployment(world);
        const inputs = { project: "acme-shared", region: "us-central1" };
        await theirs.register({ key: "gcp", type: "pulumi:providers:gcp", name: "gcp", inputs });
        const type = "gcp:compute/regionSslCertificate:RegionSslCertificate";
        const { certificate, privateKey } = selfSigned("npm.acme.example");
        for (const name of ["npm", "npm-2"])
          await theirs.register({ key: name, type, name, inputs: { name, certificate, privateKey } });
      });
      write(from);
      await stack.run("up");
      write(from, `${GCP}.${field}`);
      await stack.run("up");
      write(to, `${GCP}.${field}`);
      const done = operations((await stack.run("up")).steps);
      expect(done.filter((one) => /^replace (ServiceAttachment|ForwardingRule acme-psc)/.test(one))).toEqual([
        "replace ForwardingRule acme-psc-npm-f3a53c27",
        "replace ServiceAttachment acme-npm",
      ]);
      expect(operations((await stack.run("preview")).steps)).toEqual([]);
    } finally {
      stack.remove();
    }
  });
});
