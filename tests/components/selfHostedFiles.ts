import type { Customer } from "../../plan/customer.ts";
import { parseCustomer } from "../../stacks/load.ts";

/** Customer files with a registry that is run here, for the tests of every tier. */

export const ACCOUNT = "222233334444";
export const REGION = "us-east-1";
export const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`;
export const ZONE = "Z0123456789ABCDEFGHIJ";
export const DIGEST = `sha256:${"ab".repeat(32)}`;
export const image = (name: string): string => `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${name}@${DIGEST}`;
export const secretArn = (name: string): string => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`;

/** Lines of the smallest quilt block. */
export const QUILT: readonly string[] = [
  `accountID: "${ACCOUNT}"`,
  `region: ${REGION}`,
  "profile: quilt",
  "registryHost: registry.acme.example",
  "catalogHost: quilt.acme.example",
  `certificateArn: ${CERTIFICATE}`,
  "packageBucketName: acme-packages",
  "teamId: acme",
  "teamName: Acme Data",
  `smtp: { defaultSender: quilt@acme.example, credentialsSecretArn: "${secretArn("smtp")}" }`,
  `images: { registry: ${image("registry")}, catalog: ${image("catalog")}, nginx: ${image("nginx")} }`,
  "acknowledgeLegacyImages: true",
];

/** Lines of the smallest generic block. */
export const GENERIC: readonly string[] = [
  `accountID: "${ACCOUNT}"`,
  `region: ${REGION}`,
  "profile: generic",
  "registryHost: npm.acme.example",
  `hostedZoneID: ${ZONE}`,
  `images: { registry: ${image("verdaccio")}, nginx: ${image("nginx")} }`,
  "container: { port: 4873, healthPath: /-/ping, dataPath: /verdaccio/storage }",
];

/** Lines with others in the place of those with the same key, or after them; undefined takes a key away. */
export function lines(
  base: readonly string[],
  changes: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const keyOf = (line: string): string => line.slice(0, line.indexOf(":"));
  const kept = base.flatMap((line) => {
    if (!(keyOf(line) in changes)) return [line];
    const value = changes[keyOf(line)];
    return value === undefined ? [] : [`${keyOf(line)}: ${value}`];
  });
  const known = new Set(base.map(keyOf));
  const added = Object.entries(changes).flatMap(([key, value]) =>
    known.has(key) || value === undefined ? [] : [`${key}: ${value}`],
  );
  return [...kept, ...added];
}

/** A whole file with one registry, `packages`, that is run here. */
export const file = (block: readonly string[], more: readonly string[] = []): string => `name: acme
spec:
  infrastructure:
    gcp:
      projectID: acme-prod-4f2a
      region: us-central1
      network: { create: acme }
    executors:
      subnets:
        executors-a: { ipCidrRange: 10.10.0.0/24 }
    executorNAT: {}
    registries:
      packages:
        selfHosted:
${block.map((line) => `          ${line}\n`).join("")}${more.map((line) => `    ${line}\n`).join("")}`;

/** The customer of a file, read like a person's. */
export const read = (block: readonly string[], more: readonly string[] = []): Customer =>
  parseCustomer(file(block, more), "acme.yaml", { today: "2026-11-21" }).customer;
