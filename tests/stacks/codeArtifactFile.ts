import { edited, problems, TODAY, type Edit } from "./support.ts";
import { parseCustomer } from "../../stacks/load.ts";
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Customer } from "../../plan/customer.ts";

/** The smallest customer file with a CodeArtifact registry that executors reach over the internet. */
export const SMALLEST = `name: acme
spec:
  infrastructure:
    gcp:
      projectID: acme-prod-4f2a
      region: us-central1
      network: { create: acme }
    executors:
      subnets: { executors: { ipCidrRange: 10.10.0.0/24 } }
    executorNAT: {}
    registries:
      packages:
        codeArtifact:
          accountID: "444455556666"
          region: us-east-1
          environment: prod
          domain: acme-prod
`;

/** A registry with everything on, below `codeArtifact`. */
export const EVERYTHING = `          kms: { rotationDays: 180, adminRoleARNs: ["arn:aws:iam::444455556666:role/keys"] }
          stores: [npm, pypi, maven-central, nuget]
          repositories:
            shared: { description: everything public }
            internal:
              upstreams: [shared]
              readers: ["arn:aws:iam::777788889999:role/ci"]
              publishers:
                - principalARN: arn:aws:iam::444455556666:role/publish
          internalNamespaces: [npm/acme, maven/com.acme, pypi/acme]
          packageGroups:
            /npm/other/*: { publish: { mode: block }, externalUpstream: { mode: allow-specific-repositories, repositories: [npm-store] } }
          consumer: { permissionsBoundaryARN: "arn:aws:iam::444455556666:policy/boundary" }
          domainPolicy: { tokenPrincipals: ["arn:aws:iam::777788889999:role/ci"], orgID: o-a1b2c3d4e5 }
          monitoring: { subscribers: [platform@acme.example], queue: true, auditAPICalls: true }
          retention:
            dryRun: false
            rules:
              - { repository: internal, format: npm, namespacePrefix: acme, action: dispose }
              - { repository: npm-store, format: npm, action: delete }
          tags: { team: platform }
`;

/** A file with lines added below `codeArtifact`. */
export const withLines = (lines: string, edits: readonly Edit[] = []): string =>
  edited(SMALLEST + (lines === "" || lines.startsWith(" ") ? lines : `          ${lines}\n`), edits);

/** Problems of a file, `~` for the registry's block. */
export const registryProblems = (text: string): readonly string[] =>
  problems(text).map((line) => line.replace("~.registries.packages.codeArtifact", "~"));

export const load = (text: string): Customer => parseCustomer(text, "acme.yaml", { today: TODAY }).customer;

/** The one CodeArtifact registry of a file. */
export function registryOf(text: string): CodeArtifact {
  const origin = load(text).registries[0]!.origin;
  if (origin.kind !== "codeArtifact") throw new Error(`expected codeArtifact, got ${origin.kind}`);
  return origin.codeArtifact;
}
