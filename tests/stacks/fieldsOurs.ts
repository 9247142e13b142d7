/**
 * Every field of our own side, once wrong.
 * Texts only: what an account would refuse (a quota, a service that is not there) is for preflight to find.
 * `~` in a message stands for `spec.infrastructure`.
 */
import type { Edit } from "./support.ts";

/** The field a case is about, as `schema.test.ts` counts them. */
export const CASES: readonly (readonly [field: string, edits: readonly Edit[], expected: readonly string[]])[] = [
  [
    "name",
    [["name: acme ", "name: Acme-Corporation "]],
    [
      "2:7: name: expected 1 to 20 of a-z, 0-9 and -, a letter first, no - last, got Acme-Corporation; every physical name holds it, shorten or respell it",
    ],
  ],
  [
    "displayName",
    [["displayName: Acme Corporation", 'displayName: ""']],
    ['3:14: displayName: expected one line of 1 to 80 characters, got ""; shorten it to one line'],
  ],
  [
    "labels",
    [["labels: { tier: gold, wave: canary }", "labels: [gold]"]],
    ["4:9: labels: expected a block, got a list; write tier: gold"],
  ],
  [
    "labels",
    [["tier: gold", "Tier: gold"]],
    [
      "4:11: labels.Tier: expected 1 to 63 of lower-case letters, digits, _ and -, a letter first, got Tier; google cloud allows no other label keys",
    ],
  ],
  [
    "labels.<key>",
    [["tier: gold", "tier: Gold"]],
    [
      "4:17: labels.tier: expected at most 63 of lower-case letters, digits, _ and -, got Gold; google cloud allows no other label values",
    ],
  ],
  [
    "labels.<key>",
    [["tier: gold", "tier: 1"]],
    [
      "4:17: labels.tier: expected at most 63 of lower-case letters, digits, _ and -, got 1, which yaml reads as a number; quote it",
    ],
  ],
  ["spec", [[/spec:[\s\S]*/, "spec: x\n"]], ["5:7: spec: expected a block, got x; write infrastructure"]],
  [
    "spec.infrastructure",
    [[/infrastructure:[\s\S]*/, "infrastructure:\n"]],
    [
      "6:3: spec.infrastructure: expected a block, got an empty value; write gcp and executors after the colon, or remove the key",
    ],
  ],
  [
    "~.gcp",
    [[/gcp: {10,}#[\s\S]*?\n {4}executors:/, "gcp: acme-prod\n    executors:"]],
    ["7:10: ~.gcp: expected a block, got acme-prod; write projectID, region and network"],
  ],
  [
    "~.gcp.projectID",
    [["projectID: acme-prod-4f2a", "projectID: Acme Prod"]],
    [
      '8:18: ~.gcp.projectID: expected a project id, 6 to 30 of a-z, 0-9 and -, a letter first, got "Acme Prod"; write the id as google shows it',
    ],
  ],
  [
    "~.gcp.projectID",
    [["projectID: acme-prod-4f2a", "projectID: 123456789012"]],
    [
      "8:18: ~.gcp.projectID: expected a project id, 6 to 30 of a-z, 0-9 and -, a letter first, got 123456789012, which yaml reads as a number; this is the project's number, write its id",
    ],
  ],
  [
    "~.gcp.region",
    [["region: us-central1", "region: us-centrl1"]],
    ["9:15: ~.gcp.region: expected a google cloud region, got us-centrl1; write us-central1"],
  ],
  [
    "~.gcp.region",
    [["region: us-central1", "region: <GCP_REGION>"]],
    [
      '9:15: ~.gcp.region: expected a google cloud region, got "<GCP_REGION>"; a placeholder is left, put in the region, such as us-central1',
    ],
  ],
  [
    "~.gcp.network",
    [["{ existing: acme }", "acme"]],
    ["10:16: ~.gcp.network: expected a block, got acme; write existing: <name>, or create: <name>"],
  ],
  [
    "~.gcp.network.existing",
    [["{ existing: acme }", "{ existing: Acme_VPC }"]],
    [
      "10:28: ~.gcp.network.existing: expected 1 to 63 of a-z, 0-9 and -, a letter first, no - last, got Acme_VPC; write the name as google shows it",
    ],
  ],
  [
    "~.gcp.network.create",
    [["{ existing: acme }", "{ create: 1acme }"]],
    [
      "10:26: ~.gcp.network.create: expected 1 to 63 of a-z, 0-9 and -, a letter first, no - last, got 1acme; write the name as google shows it",
    ],
  ],
  [
    "~.gcp.routerAsn",
    [["routerAsn: 65001", 'routerAsn: "65001"']],
    [
      '11:18: ~.gcp.routerAsn: expected a private asn from 64512 to 65534, got "65001", which the quotes make text; write 65001',
    ],
  ],
  [
    "~.gcp.reservedRanges",
    [["[10.20.0.0/16]", "10.20.0.0/16"]],
    ["12:23: ~.gcp.reservedRanges: expected a list, got 10.20.0.0/16; write it as a list, [10.20.0.0/16]"],
  ],
  [
    "~.gcp.reservedRanges[]",
    [["[10.20.0.0/16]", "[10.20.4.0/16]"]],
    [
      "12:24: ~.gcp.reservedRanges[0]: expected an ipv4 range, got 10.20.4.0/16; its range starts earlier, write 10.20.0.0/16",
    ],
  ],
  [
    "~.executors",
    [[/executors:\n[\s\S]*?\n {4}executorNAT:/, "executors: 3\n    executorNAT:"]],
    ["13:16: ~.executors: expected a block, got 3; write subnets: { executors: { ipCidrRange: 10.10.0.0/24 } }"],
  ],
  [
    "~.executors.serviceAccount",
    [["executors@acme-prod-4f2a.iam.gserviceaccount.com", "bob@acme.example"]],
    [
      "14:23: ~.executors.serviceAccount: expected a service account's email, got bob@acme.example; write it as name@project.iam.gserviceaccount.com",
    ],
  ],
  [
    "~.executors.maxInstances",
    [["maxInstances: 200", "maxInstances: 0"]],
    ["15:21: ~.executors.maxInstances: expected a number of instances from 1 up, got 0; correct it"],
  ],
  [
    "~.executors.subnets",
    [[/subnets: \{.*\}/, "subnets: {}"]],
    ["16:16: ~.executors.subnets: expected at least one subnet, got none; add <subnet>: { ipCidrRange: 10.10.0.0/24 }"],
  ],
  [
    "~.executors.subnets",
    [["executors-b: {", "Executors_B: {"]],
    [
      "16:62: ~.executors.subnets.Executors_B: expected 1 to 63 of a-z, 0-9 and -, a letter first, no - last, got Executors_B; write the name as google shows it",
    ],
  ],
  [
    "~.executors.subnets.<key>",
    [["executors-b: { ipCidrRange: 10.10.1.0/24 }", "executors-b: 10.10.1.0/24"]],
    ["16:75: ~.executors.subnets.executors-b: expected a block, got 10.10.1.0/24; write ipCidrRange: 10.10.0.0/24"],
  ],
  [
    "~.executors.subnets.<key>.ipCidrRange",
    [["10.10.1.0/24", "10.10.1/24"]],
    [
      "16:90: ~.executors.subnets.executors-b.ipCidrRange: expected a private range from /8 to /29, got 10.10.1/24; write an ipv4 address and a prefix length, such as 10.10.0.0/24",
    ],
  ],
  [
    "~.executors.subnets.<key>.ipCidrRange",
    [["10.10.1.0/24", "8.8.8.0/24"]],
    [
      "16:90: ~.executors.subnets.executors-b.ipCidrRange: expected a private range from /8 to /29, got 8.8.8.0/24; use a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
    ],
  ],
  [
    "~.executorNAT",
    [[/executorNAT:[\s\S]*?\n {4}executorPrivateDNS:/, "executorNAT:\n    executorPrivateDNS:"]],
    [
      "17:5: ~.executorNAT: expected a block, got an empty value; write {} for two addresses, nat-1 and nat-2 after the colon, or remove the key",
    ],
  ],
  [
    "~.executorNAT.addresses",
    [[/addresses: \{.*\} /, "addresses: 2 "]],
    ["18:18: ~.executorNAT.addresses: expected a block, got 2; write nat-1: {}"],
  ],
  [
    "~.executorNAT.addresses.<key>",
    [["nat-2: {}", "nat-2: active"]],
    ["18:38: ~.executorNAT.addresses.nat-2: expected a block, got active; write state: active, or {}"],
  ],
  [
    "~.executorNAT.addresses",
    [["nat-2: {}", "NAT_2: {}"]],
    [
      "18:31: ~.executorNAT.addresses.NAT_2: expected 1 to 30 of a-z, 0-9 and -, no - first or last, got NAT_2; write it in lower case without other characters",
    ],
  ],
  [
    "~.executorNAT.addresses.<key>.state",
    [["state: reserved", "state: resreved"]],
    ["18:58: ~.executorNAT.addresses.nat-3.state: expected reserved, active or draining, got resreved; write reserved"],
  ],
  [
    "~.executorNAT.minPortsPerVm",
    [["minPortsPerVm: 256", "minPortsPerVm: 300"]],
    [
      "19:22: ~.executorNAT.minPortsPerVm: expected a power of two from 32 to 32768, got 300; round it up to a power of two",
    ],
  ],
  [
    "~.executorNAT.maxPortsPerVm",
    [["maxPortsPerVm: 4096", "maxPortsPerVm: 131072"]],
    [
      "20:22: ~.executorNAT.maxPortsPerVm: expected a power of two from 64 to 65536, got 131072; choose one in these bounds",
    ],
  ],
  [
    "~.executorPrivateDNS",
    [[/executorPrivateDNS:[\s\S]*?\n {4}privateCodeHost:/, "executorPrivateDNS: []\n    privateCodeHost:"]],
    ["21:25: ~.executorPrivateDNS: expected a block, got a list; write proxyTag and routes"],
  ],
  [
    "~.executorPrivateDNS.proxyTag",
    [["proxyTag: 202311201628", "proxyTag: latest"]],
    [
      "22:17: ~.executorPrivateDNS.proxyTag: expected twelve digits or sha256:<64 hex digits>, got latest; copy the tag or the digest of the image",
    ],
  ],
  [
    "~.executorPrivateDNS.routes",
    [[/routes:\n[\s\S]*?\n {4}privateCodeHost:/, "routes: none\n    privateCodeHost:"]],
    [
      "23:15: ~.executorPrivateDNS.routes: expected a list, got none; write it as a list, [{ source: …, destination: … }]",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[]",
    [
      [
        "        - source: artifactory.acme.example",
        "        - artifactory.acme.example\n        - source: artifactory.acme.example",
      ],
    ],
    [
      "24:11: ~.executorPrivateDNS.routes[0]: expected a block, got artifactory.acme.example; write source and destination",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[].source",
    [["source: artifactory.acme.example", "source: artifactory"]],
    [
      "24:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got artifactory; write it in full, with its domain",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[].destination",
    [["destination: maven.edge.acme.example", "destination: https://maven.edge.acme.example"]],
    [
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected a dns name, got https://maven.edge.acme.example; write the name alone, without scheme, port or path",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[].privateLink",
    [["privateLink: vpce-svc-0a1b2c3d4e5f67890", "privateLink: artifactory"]],
    [
      "25:24: ~.executorPrivateDNS.routes[0].privateLink: expected vpce-svc-0f9e8d7c6b5a43210 or vpce-svc-0a1b2c3d4e5f67890 (aws.privateLinks), got artifactory; add the link or correct the id",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[].privateServiceConnectEndpoint",
    [["privateServiceConnectEndpoint: packages.gcp", "privateServiceConnectEndpoint: packages_gcp"]],
    [
      "27:42: ~.executorPrivateDNS.routes[1].privateServiceConnectEndpoint: expected a dns name, got packages_gcp.acme.example; packages_gcp is no label (1 to 63 of a-z, 0-9 and -), correct it",
    ],
  ],
  [
    "~.executorPrivateDNS.routes[].resolverIP",
    [["198.51.100.53", "198.51.100.353"]],
    [
      "30:23: ~.executorPrivateDNS.routes[2].resolverIP: expected an ipv4 address, got 198.51.100.353; write four numbers from 0 to 255",
    ],
  ],
];
