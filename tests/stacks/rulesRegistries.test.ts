/**
 * Registries that are made or published here, and the connections to them, as a file says it. What one block says of
 * itself is in the tests of its kind.
 */
import { describe, expect, test } from "vitest";
import { GENERIC } from "../components/selfHostedFiles.ts";
import { ACME, edited, fixture, notes, problems, type Edit } from "./support.ts";

const ON_GOOGLE =
  "{ gcp: { projectID: acme-shared, region: us-central1, network: shared, subnetwork: shared, natRange: 10.200.0.0/24, backends: { groups: [projects/acme-shared/zones/us-central1-a/instanceGroups/packages] } } }";
const FILE = fixture("made-registries");
const DNS = "    executorPrivateDNS: { proxyTag: 202311201628, routes: [] }\n";
const route = (text: string): Edit => [DNS, DNS.replace("[]", `[${text}]`)];

describe("a link to a registry of the file", () => {
  test("needs nothing but the registry's key", () => {
    expect(problems(FILE)).toEqual([]);
  });

  const CASES: readonly (readonly [string, readonly Edit[], readonly string[]])[] = [
    [
      "that is not there",
      [["registry: packages", "registry: package"]],
      [
        "14:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected packages (registries), got package; add the registry or correct the key",
      ],
    ],
    [
      "that the customer runs and nobody publishes here",
      [[/codeArtifact: .*/, "dnsName: packages.acme.example\n        certificate: publicCA"]],
      [
        "14:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry with codeArtifact or publish.aws, got packages, which the customer runs and nobody publishes here; add publish.aws, or write endpoint",
      ],
    ],
    [
      "that is published on google cloud alone",
      [
        [
          /codeArtifact: .*/,
          `dnsName: packages.acme.example\n        certificate: publicCA\n        publish: ${ON_GOOGLE}`,
        ],
      ],
      [
        "14:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry with codeArtifact or publish.aws, got packages, which is published on google cloud alone; connect to it under gcp.privateServiceConnectEndpoints, or add publish.aws",
      ],
    ],
    [
      "that is run here and not published",
      [[/codeArtifact: .*/, `selfHosted: { ${GENERIC.join(", ")} }`]],
      [
        "14:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry with codeArtifact or publish.aws, got packages, which is run here and not published on aws; add publish: { aws: {} }",
      ],
    ],
    [
      "in another region",
      [['"444455556666", region: us-east-1', '"444455556666", region: eu-west-1']],
      [
        "14:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected a registry in us-east-1 (aws.region), got packages in eu-west-1; an endpoint and its service share a region, correct one of the two",
      ],
    ],
    [
      "twice",
      [["          - registry: packages\n", "          - registry: packages\n          - registry: packages\n"]],
      [
        "15:23: ~.privateCodeHost.aws.privateLinks[1].registry: expected each registry once, got packages again (first at [0]); remove one",
      ],
    ],
    [
      "beside a service",
      [
        [
          "          - registry: packages\n",
          "          - registry: packages\n            endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d4e5f67890\n",
        ],
      ],
      [
        "14:13: ~.privateCodeHost.aws.privateLinks[0].registry: expected one of endpoint or registry, got both; keep one",
      ],
    ],
    [
      "or a service, when it names neither",
      [["registry: packages", "ports: [443]"]],
      [
        "14:13: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got nothing; write the service name the customer sent, or registry",
      ],
    ],
    [
      "without a dns-proxy to translate its names",
      [[DNS, ""]],
      [
        "13:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected executorPrivateDNS with a link to a registry of this file, got none; add executorPrivateDNS: { proxyTag: … }, its routes follow from the link",
      ],
    ],
    [
      "whose files come over the internet without a static address [X-04]",
      [["- registry: packages", "- registry: packages\n            blobs: internet"]],
      [
        "15:20: ~.privateCodeHost.aws.privateLinks[0].blobs: expected executorNAT with blobs: internet, got none; add executorNAT: {}, or write private",
      ],
    ],
    [
      "whose name a route leads elsewhere [X-05]",
      [
        route(
          "{ source: acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com, destination: packages.edge.acme.example }",
        ),
      ],
      [
        "8:70: ~.executorPrivateDNS.routes[0].source: expected a name that no link answers, got acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com, which follows from the link to packages; remove the route",
      ],
    ],
    [
      "by a name of the customer's, where codeartifact answers by its own",
      [route("{ source: packages.acme.example, privateLink: packages }")],
      [
        "8:106: ~.executorPrivateDNS.routes[0].privateLink: expected a link to one service, got packages, which codeartifact answers by names of its own; remove the route, they follow from the link",
      ],
    ],
  ];

  test.each(CASES)("fails %s", (_what, edits, expected) => {
    expect(problems(edited(FILE, edits))).toEqual(expected);
  });

  test("says that files come over the internet where they do [X-04]", () => {
    const text = edited(FILE, [
      ["- registry: packages", "- registry: packages\n            blobs: internet"],
      [DNS, `${DNS}    executorNAT: {}\n`],
    ]);
    expect(notes(text).filter((note) => note.includes("blobs"))).toEqual([
      "16:20: ~.privateCodeHost.aws.privateLinks[0].blobs: executors fetch package files over the internet, and the vpc has no endpoint to s3",
    ]);
  });
});

describe("an endpoint of private service connect to a registry of the file", () => {
  const SENT = "            targetService: projects/acme-shared/regions/us-central1/serviceAttachments/packages\n";
  const told = (text: string): readonly string[] =>
    problems(edited(ACME, [[SENT, text]]))
      .filter((line) => line.includes("privateServiceConnectEndpoints[0]"))
      .map((line) => line.replace(/^.*privateServiceConnectEndpoints\[0\]\./, ""));

  test.each<[string, string, string]>([
    [
      "nothing to connect to",
      "",
      "targetService: expected projects/<project>/regions/<region>/serviceAttachments/<name>, got nothing; write the service attachment the customer sent, or registry",
    ],
    [
      "two things to connect to",
      `${SENT}            registry: maven\n`,
      "registry: expected one of targetService or registry, got both; keep one",
    ],
    [
      "a registry that is not published on google cloud",
      "            registry: maven\n",
      "registry: expected a registry with publish.gcp, got maven, which is not published on google cloud here; add publish.gcp, or write targetService",
    ],
    ["a registry that is not there", "            registry: cargo\n", "got cargo; add the registry or correct the key"],
  ])("fails with %s", (_name, text, message) => {
    expect(told(text)).toContainEqual(expect.stringContaining(message));
  });
});

describe("a registry is one the customer runs, or one of the two kinds made here", () => {
  test.each<readonly [string, Edit, string]>([
    [
      "both",
      ["      packages:\n", "      packages:\n        dnsName: packages.acme.example\n"],
      "18:9: ~.registries.packages.codeArtifact: expected one of dnsName, codeArtifact or selfHosted, got dnsName as well; keep one",
    ],
    [
      "neither",
      [/ {8}codeArtifact: .*\n/, "        publish: {}\n"],
      "16:7: ~.registries.packages: expected one of dnsName, codeArtifact or selfHosted, got none; write dnsName of a registry the customer runs, or the block of one that is made here",
    ],
    [
      "made here with a format of its own",
      ["      packages:\n", "      packages:\n        format: npm\n"],
      "17:9: ~.registries.packages.format: expected no format with codeArtifact, got npm; its block says what it is, remove the line",
    ],
    [
      "made here with a private ca",
      ["      packages:\n", "      packages:\n        certificate: privateCA\n"],
      "17:9: ~.registries.packages.certificate: expected publicCA with codeArtifact, got privateCA; its certificate is one of aws's, remove the line",
    ],
  ])("fails on %s", (_what, edit, expected) => {
    expect(problems(edited(FILE, [edit]))).toContain(expected);
  });
});
