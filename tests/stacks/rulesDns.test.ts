/**
 * What several fields decide together, V22 to V28: Private Service Connect and dns-proxy.
 * Texts only: what an account would refuse (a quota, a service that is not there) is for preflight to find.
 * `~` in a message stands for `spec.infrastructure`.
 */
import { describe, expect, test } from "vitest";
import { ACME, edited, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const CASES: readonly (readonly [title: string, edits: readonly Edit[], expected: readonly string[]])[] = [
  [
    "V22 fails on an attachment without its project",
    [["projects/acme-shared/regions", "regions"]],
    [
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected projects/<project>/regions/<region>/serviceAttachments/<name>, got regions/us-central1/serviceAttachments/packages; write the uri the customer sent",
    ],
  ],
  [
    "V22 fails on an attachment in a region that is none",
    [["acme-shared/regions/us-central1", "acme-shared/regions/us-centrel1"]],
    [
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected projects/<project>/regions/<region>/serviceAttachments/<name>, got projects/acme-shared/regions/us-centrel1/serviceAttachments/packages; there is no region us-centrel1, write us-central1",
    ],
  ],
  [
    "V23 fails on an attachment of another region",
    [["acme-shared/regions/us-central1", "acme-shared/regions/europe-west1"]],
    [
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected a service attachment in us-central1 (gcp.region), got one in europe-west1; ask the customer to publish in us-central1",
    ],
  ],
  [
    "V24 fails on an attachment of our own project",
    [["projects/acme-shared", "projects/acme-prod-4f2a"]],
    [
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected a service attachment of the customer's project, got one in acme-prod-4f2a (gcp.projectID); a network has no endpoint to its own service, ask the customer for the uri",
    ],
  ],
  [
    "V25 fails on global access, which is not possible yet",
    [["            ports: [443]", "            globalAccess: true"]],
    [
      "54:13: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].globalAccess: not possible yet, got globalAccess; meanwhile ask the customer to publish in gcp.region",
    ],
  ],
  [
    "V26 fails on a trailing dot",
    [["source: artifactory.acme.example", "source: artifactory.acme.example."]],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got artifactory.acme.example.; write artifactory.acme.example, without the dot",
    ],
  ],
  [
    "V26 fails on a wildcard",
    [["source: artifactory.acme.example", 'source: "*.acme.example"']],
    [
      '24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got "*.acme.example"; routes are exact, write each name out',
    ],
  ],
  [
    "V26 fails on an underscore",
    [["source: artifactory.acme.example", "source: art_factory.acme.example"]],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got art_factory.acme.example; art_factory is no label (1 to 63 of a-z, 0-9 and -), correct it",
    ],
  ],
  [
    "V26 fails on a name of one label",
    [["source: artifactory.acme.example", "source: artifactory"]],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got artifactory; write it in full, with its domain",
    ],
  ],
  [
    "V26 fails on a label of 64 characters",
    [
      [
        "source: artifactory.acme.example",
        "source: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
      ],
    ],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example; aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is no label (1 to 63 of a-z, 0-9 and -), correct it",
    ],
  ],
  [
    "V26 fails on a name of 254 characters",
    [
      [
        "source: artifactory.acme.example",
        "source: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
      ],
    ],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example; a dns name has at most 253 characters, shorten it",
    ],
  ],
  [
    "V26 fails on an address",
    [["source: artifactory.acme.example", "source: 192.0.2.1"]],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got 192.0.2.1; this is an address, write a name that resolves to it",
    ],
  ],
  [
    "V26 fails on a name outside ascii",
    [["source: artifactory.acme.example", "source: ärtifactory.acme.example"]],
    [
      '24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got "ärtifactory.acme.example"; write its ascii form, xn--',
    ],
  ],
  [
    "V26 fails on a url",
    [["dnsName: maven.dc.acme.example", "dnsName: https://maven.dc.acme.example/"]],
    [
      "68:25: ~.registries.maven.dnsName: expected a dns name, got https://maven.dc.acme.example/; write the name alone, without scheme, port or path",
    ],
  ],
  [
    "V27 fails on a source named twice, in whatever case",
    [
      ["source: artifactory.acme.example", "source: PyPI.acme.example"],
      ["dnsName: artifactory.acme", "dnsName: pypi.acme"],
    ],
    [
      "26:19: ~.executorPrivateDNS.routes[1].source: expected each source once, got pypi.acme.example again (first at [0]); remove one",
    ],
  ],
  [
    "V27 fails on a destination equal to its source",
    [["maven.edge.acme.example", "Maven.DC.acme.example"]],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected another name than source, got maven.dc.acme.example; write the name it is reachable by",
    ],
  ],
  [
    "V27 fails on a chain of routes",
    [["maven.edge.acme.example", "artifactory.acme.example"]],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected a name that no route translates, got artifactory.acme.example, the source of routes[0]; routes do not chain, write what that one leads to",
    ],
  ],
  [
    "V27 fails on a zonal name of an endpoint",
    [
      [
        "maven.edge.acme.example",
        "vpce-0123456789abcdef0-k3qz81aa-us-east-1a.vpce-svc-0a1b2c3d4e5f67890.us-east-1.vpce.amazonaws.com",
      ],
    ],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected a regional name, got the zonal vpce-0123456789abcdef0-k3qz81aa-us-east-1a.vpce-svc-0a1b2c3d4e5f67890.us-east-1.vpce.amazonaws.com, which fails with its zone; write privateLink: vpce-svc-0a1b2c3d4e5f67890 instead of destination",
    ],
  ],
  [
    "V27 fails on a name of an endpoint of no link",
    [
      [
        "maven.edge.acme.example",
        "vpce-0123456789abcdef0-k3qz81aa.vpce-svc-0a1b2c3d4e5f67899.us-east-1.vpce.amazonaws.com",
      ],
    ],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected the name of an endpoint in this file (aws.privateLinks), got one of vpce-svc-0a1b2c3d4e5f67899; add the link or correct the name",
    ],
  ],
  [
    "V27 fails on a name of an endpoint in another region",
    [
      [
        "maven.edge.acme.example",
        "vpce-0123456789abcdef0-k3qz81aa.vpce-svc-0a1b2c3d4e5f67890.us-east-2.vpce.amazonaws.com",
      ],
    ],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected a name in us-east-1 (aws.region), got one in us-east-2; write privateLink: vpce-svc-0a1b2c3d4e5f67890 instead of destination",
    ],
  ],
  [
    "V27 fails on a name that is nearly an endpoint's",
    [["maven.edge.acme.example", "vpce-svc-0a1b2c3d4e5f67890.us-east-1.vpce.amazonaws.com"]],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected vpce-<id>-<hash>.vpce-svc-<id>.<region>.vpce.amazonaws.com, got vpce-svc-0a1b2c3d4e5f67890.us-east-1.vpce.amazonaws.com; write privateLink with the service's id instead of destination",
    ],
  ],
  [
    "V27 fails on a link that the file does not have",
    [["privateLink: vpce-svc-0a1b2c3d4e5f67890", "privateLink: vpce-svc-0a1b2c3d4e5f67899"]],
    [
      "25:24: ~.executorPrivateDNS.routes[0].privateLink: expected vpce-svc-0f9e8d7c6b5a43210 or vpce-svc-0a1b2c3d4e5f67890 (aws.privateLinks), got vpce-svc-0a1b2c3d4e5f67899; add the link or correct the id",
    ],
  ],
  [
    "V27 fails on a link where there is no aws block",
    [[/ {6}aws: {10,}#[\s\S]*?\n {6}gcp:/, "      gcp:"]],
    [
      "25:24: ~.executorPrivateDNS.routes[0].privateLink: expected a link of aws.privateLinks, which has none, got vpce-svc-0a1b2c3d4e5f67890; add the link or correct the id",
    ],
  ],
  [
    "V27 fails on a private service connect endpoint that the file does not have",
    [["privateServiceConnectEndpoint: packages", "privateServiceConnectEndpoint: pakages"]],
    [
      "27:42: ~.executorPrivateDNS.routes[1].privateServiceConnectEndpoint: expected packages.gcp.acme.example (gcp.privateServiceConnectEndpoints), got pakages.gcp.acme.example; add the endpoint or correct the domain",
    ],
  ],
  [
    "V27 fails on a route to the domain it is for",
    [["source: pypi.acme.example", "source: packages.gcp.acme.example"]],
    [
      "27:42: ~.executorPrivateDNS.routes[1].privateServiceConnectEndpoint: expected another name than source, got packages.gcp.acme.example; remove the route, the domain resolves by itself",
    ],
  ],
  [
    "V27 fails on a route without a target",
    [["          privateLink: vpce-svc-0a1b2c3d4e5f67890\n", ""]],
    [
      "24:11: ~.executorPrivateDNS.routes[0]: expected one of destination, privateLink or privateServiceConnectEndpoint, got none; say what artifactory.acme.example leads to",
    ],
  ],
  [
    "V27 fails on a route with two targets",
    [
      [
        "          privateLink: vpce-svc-0a1b2c3d4e5f67890\n",
        "          privateLink: vpce-svc-0a1b2c3d4e5f67890\n          destination: edge.acme.example\n",
      ],
    ],
    [
      "25:11: ~.executorPrivateDNS.routes[0].privateLink: expected one of destination, privateLink or privateServiceConnectEndpoint, got destination as well; keep one",
    ],
  ],
  [
    "V27 fails on a resolver without a destination",
    [
      [
        "          privateLink: vpce-svc-0a1b2c3d4e5f67890\n",
        "          privateLink: vpce-svc-0a1b2c3d4e5f67890\n          resolverIP: 198.51.100.53\n",
      ],
    ],
    [
      "26:11: ~.executorPrivateDNS.routes[0].resolverIP: expected resolverIP with destination only, got it with privateLink; remove it",
    ],
  ],
  [
    "V27 fails on the vpc resolver as another one",
    [["198.51.100.53", "169.254.169.254"]],
    [
      "30:23: ~.executorPrivateDNS.routes[2].resolverIP: expected an ipv4 address, got 169.254.169.254; this is the vpc resolver, which is the default; remove the line",
    ],
  ],
  [
    "V27 fails on a loopback resolver",
    [["198.51.100.53", "127.0.0.53"]],
    [
      "30:23: ~.executorPrivateDNS.routes[2].resolverIP: expected an ipv4 address, got 127.0.0.53; loopback, link-local and multicast addresses are no resolver, write one the executors reach",
    ],
  ],
  [
    "V28 fails on a domain the platform needs",
    [["source: pypi.acme.example", "source: gcr.io"]],
    [
      "26:19: ~.executorPrivateDNS.routes[1].source: expected a name of the customer's, got gcr.io, which is under gcr.io; executors need that domain as it is, ask the customer for a name of their own",
    ],
  ],
  [
    "V28 fails on a name under a domain the platform needs",
    [["source: pypi.acme.example", "source: us-docker.pkg.dev"]],
    [
      "26:19: ~.executorPrivateDNS.routes[1].source: expected a name of the customer's, got us-docker.pkg.dev, which is under pkg.dev; executors need that domain as it is, ask the customer for a name of their own",
    ],
  ],
  [
    "V28 fails on an endpoint for a name the platform needs",
    [
      ["- domain: packages.gcp.acme.example", "- domain: storage.googleapis.com"],
      ["Endpoint: packages.gcp.acme.example", "Endpoint: storage.googleapis.com"],
    ],
    [
      "52:21: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].domain: expected a name of the customer's, got storage.googleapis.com, which is under googleapis.com; executors need that domain as it is, ask the customer for a name of their own",
    ],
  ],
];

describe("a file with one mistake has exactly one problem, said in full", () => {
  test.each(CASES)("%s", (_title, edits, expected) => {
    expect(problems(edited(ACME, edits))).toEqual(expected);
  });
});
