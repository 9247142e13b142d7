/**
 * Every field of the customer's side, once wrong.
 * Texts only: what an account would refuse (a quota, a service that is not there) is for preflight to find.
 * `~` in a message stands for `spec.infrastructure`.
 */
import type { Edit } from "./support.ts";

/** The field a case is about, as `schema.test.ts` counts them. */
export const CASES: readonly (readonly [field: string, edits: readonly Edit[], expected: readonly string[]])[] = [
  [
    "~.privateCodeHost",
    [[/privateCodeHost:[\s\S]*?\n {4}registries:/, "privateCodeHost: aws\n    registries:"]],
    ["31:22: ~.privateCodeHost: expected a block, got aws; write aws or gcp"],
  ],
  [
    "~.privateCodeHost.enabled",
    [["enabled: true", "enabled: false"]],
    [
      "32:16: ~.privateCodeHost.enabled: expected true, got false; one word must not drop tunnels, delete the block you mean",
    ],
  ],
  [
    "~.privateCodeHost.aws",
    [[/aws: {10,}#[\s\S]*?\n {6}gcp:/, "aws: yes\n      gcp:"]],
    ["33:12: ~.privateCodeHost.aws: expected a block, got yes; write accountID and region"],
  ],
  [
    "~.privateCodeHost.aws.accountID",
    [['accountID: "111122223333"', "accountID: 1111-2222-3333"]],
    [
      "34:20: ~.privateCodeHost.aws.accountID: expected twelve digits, got 1111-2222-3333; write the twelve digits alone",
    ],
  ],
  [
    "~.privateCodeHost.aws.region",
    [["region: us-east-1", "region: us-est-1"]],
    ["35:17: ~.privateCodeHost.aws.region: expected an aws region, got us-est-1; write us-east-1"],
  ],
  [
    "~.privateCodeHost.aws.highAvailable",
    [["highAvailable: true", 'highAvailable: "true"']],
    [
      '36:24: ~.privateCodeHost.aws.highAvailable: expected true or false, got "true", which the quotes make text; write true',
    ],
  ],
  [
    "~.privateCodeHost.aws.privateLinks",
    [[/privateLinks:\n[\s\S]*?\n {8}vpcCidr:/, "privateLinks: none\n        vpcCidr:"]],
    ["37:23: ~.privateCodeHost.aws.privateLinks: expected a list, got none; write it as a list, [{ endpoint: … }]"],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[]",
    [
      [
        "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210",
        "          - com.amazonaws.vpce\n          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210",
      ],
    ],
    [
      "38:13: ~.privateCodeHost.aws.privateLinks[0]: expected a block, got com.amazonaws.vpce; write endpoint: com.amazonaws.vpce.<region>.vpce-svc-<id>",
    ],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].registry",
    [["ports: [22, 443]", "registry: Npm"]],
    [
      "39:23: ~.privateCodeHost.aws.privateLinks[0].registry: expected 1 to 30 of a-z, 0-9 and -, no - first or last, got Npm; write it in lower case without other characters",
    ],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].blobs",
    [["ports: [22, 443]", "blobs: privat"]],
    ["39:20: ~.privateCodeHost.aws.privateLinks[0].blobs: expected private or internet, got privat; write private"],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].registry",
    [["            ports: [443]", "            registry: Npm"]],
    [
      "54:23: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].registry: expected 1 to 30 of a-z, 0-9 and -, no - first or last, got Npm; write it in lower case without other characters",
    ],
  ],
  [
    "~.registries.<key>.codeArtifact",
    [["maven: { dnsName: maven.dc.acme.example, certificate: publicCA }", "maven: { codeArtifact: npm }"]],
    [
      "68:30: ~.registries.maven.codeArtifact: expected a block, got npm; write accountID, region, environment and domain",
    ],
  ],
  [
    "~.registries.<key>.selfHosted",
    [["maven: { dnsName: maven.dc.acme.example, certificate: publicCA }", "maven: { selfHosted: npm }"]],
    [
      "68:28: ~.registries.maven.selfHosted: expected a block, got npm; write accountID, region, profile and registryHost",
    ],
  ],
  [
    "~.registries.<key>.publish",
    [["certificate: publicCA }", "certificate: publicCA, publish: aws }"]],
    ["68:80: ~.registries.maven.publish: expected a block, got aws; write aws or gcp"],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].endpoint",
    [["endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210", "endpoint: vpce-svc-0f9e8d7c6b5a43210"]],
    [
      "38:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got vpce-svc-0f9e8d7c6b5a43210; this is the id alone, write com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210",
    ],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].ports",
    [["ports: [22, 443]", "ports: 443"]],
    ["39:20: ~.privateCodeHost.aws.privateLinks[0].ports: expected a list, got 443; write it as a list, [443]"],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].ports[]",
    [["ports: [22, 443]", "ports: [https]"]],
    ["39:21: ~.privateCodeHost.aws.privateLinks[0].ports[0]: expected a port from 1 to 65535, got https; correct it"],
  ],
  [
    "~.privateCodeHost.aws.privateLinks[].privateDnsEnabled",
    [["privateDnsEnabled: false", "privateDnsEnabled: off"]],
    [
      "41:32: ~.privateCodeHost.aws.privateLinks[1].privateDnsEnabled: expected true or false, got off, which yaml 1.2 reads as text; write false",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpcCidr",
    [["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.127.0.0/26"]],
    [
      "42:18: ~.privateCodeHost.aws.vpcCidr: expected a private range from /16 to /25, got 10.127.0.0/26; the prefix length is from 16 to 25",
    ],
  ],
  [
    "~.privateCodeHost.aws.availabilityZoneIDs",
    [["[use1-az1, use1-az4]", "use1-az1"]],
    ["43:30: ~.privateCodeHost.aws.availabilityZoneIDs: expected a list, got use1-az1; write it as a list, [use1-az1]"],
  ],
  [
    "~.privateCodeHost.aws.availabilityZoneIDs[]",
    [["[use1-az1, use1-az4]", "[us-east-1a, use1-az4]"]],
    [
      "43:31: ~.privateCodeHost.aws.availabilityZoneIDs[0]: expected an availability zone id such as use1-az1, got us-east-1a; this is a zone's name, which is another zone in every account; write its id",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn",
    [[/vpn:\n[\s\S]*?\n {6}gcp:/, "vpn: default\n      gcp:"]],
    ["44:14: ~.privateCodeHost.aws.vpn: expected a block, got default; write insideCidr: 169.254.32.0/28"],
  ],
  [
    "~.privateCodeHost.aws.vpn.amazonSideAsn",
    [["amazonSideAsn: 64512", "amazonSideAsn: 7224"]],
    [
      "45:26: ~.privateCodeHost.aws.vpn.amazonSideAsn: expected a private asn from 64512 to 65534, got 7224; choose one in these bounds",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.insideCidr",
    [["insideCidr: 169.254.32.0/28", "insideCidr: 10.0.0.0/28"]],
    [
      "46:23: ~.privateCodeHost.aws.vpn.insideCidr: expected a /28 in 169.254.0.0/16, got 10.0.0.0/28; tunnel addresses are link-local, 169.254.32.0/28 is the default",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.proposal",
    [["proposal: aes256-sha256-modp2048", "proposal: aes256-sha256"]],
    [
      "47:21: ~.privateCodeHost.aws.vpn.proposal: expected aes256-sha256-modp2048 or aes256gcm16-sha256-ecp384, got aes256-sha256; write one of these",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.pskGenerations",
    [["pskGenerations: { t2: 2 }", "pskGenerations: 2"]],
    ["48:27: ~.privateCodeHost.aws.vpn.pskGenerations: expected a block, got 2; write t0: 2"],
  ],
  [
    "~.privateCodeHost.aws.vpn.pskGenerations.t0",
    [["{ t2: 2 }", "{ t0: 0 }"]],
    [
      "48:33: ~.privateCodeHost.aws.vpn.pskGenerations.t0: expected a generation from 1 up, got 0; write 1, or one more than is deployed",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.pskGenerations.t1",
    [["{ t2: 2 }", "{ t1: 0 }"]],
    [
      "48:33: ~.privateCodeHost.aws.vpn.pskGenerations.t1: expected a generation from 1 up, got 0; write 1, or one more than is deployed",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.pskGenerations.t2",
    [["{ t2: 2 }", "{ t2: 0 }"]],
    [
      "48:33: ~.privateCodeHost.aws.vpn.pskGenerations.t2: expected a generation from 1 up, got 0; write 1, or one more than is deployed",
    ],
  ],
  [
    "~.privateCodeHost.aws.vpn.pskGenerations.t3",
    [["{ t2: 2 }", "{ t3: 0 }"]],
    [
      "48:33: ~.privateCodeHost.aws.vpn.pskGenerations.t3: expected a generation from 1 up, got 0; write 1, or one more than is deployed",
    ],
  ],
  [
    "~.privateCodeHost.gcp",
    [[/gcp: {10,}# the customer[\s\S]*?\n {4}registries:/, "gcp: true\n    registries:"]],
    ["49:12: ~.privateCodeHost.gcp: expected a block, got true; write privateServiceConnectEndpoints"],
  ],
  [
    "~.privateCodeHost.gcp.subnet",
    [["subnet: executors-a", "subnet: Executors"]],
    [
      "50:17: ~.privateCodeHost.gcp.subnet: expected 1 to 63 of a-z, 0-9 and -, a letter first, no - last, got Executors; write the name as google shows it",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints",
    [
      [
        /privateServiceConnectEndpoints:\n[\s\S]*?\n {4}registries:/,
        "privateServiceConnectEndpoints: {}\n    registries:",
      ],
    ],
    [
      "51:41: ~.privateCodeHost.gcp.privateServiceConnectEndpoints: expected a list, got a block; write a list, [{ domain: …, targetService: … }]",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[]",
    [
      [
        "          - domain: packages.gcp.acme.example",
        "          - packages\n          - domain: packages.gcp.acme.example",
      ],
    ],
    [
      "52:13: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0]: expected a block, got packages; write domain and targetService",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].domain",
    [["domain: packages.gcp.acme.example", "domain: packages.gcp.acme.example."]],
    [
      "52:21: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].domain: expected a dns name, got packages.gcp.acme.example.; write packages.gcp.acme.example, without the dot",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].targetService",
    [["targetService: projects/acme-shared", "targetService: acme-shared"]],
    [
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected projects/<project>/regions/<region>/serviceAttachments/<name>, got acme-shared/regions/us-central1/serviceAttachments/packages; write the uri the customer sent",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].ports",
    [["            ports: [443]", "            ports: []"]],
    [
      "54:20: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].ports: expected at least one, got none; add one such as 443",
    ],
  ],
  [
    "~.privateCodeHost.gcp.privateServiceConnectEndpoints[].ports[]",
    [["            ports: [443]", "            ports: [65536]"]],
    [
      "54:21: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].ports[0]: expected a port from 1 to 65535, got 65536; correct it",
    ],
  ],
  [
    "~.registries",
    [[/registries: {5,}#[\s\S]*?\n {4}health:/, "registries: []\n    health:"]],
    ["55:17: ~.registries: expected a block, got a list; write artifactory: { dnsName: …, certificate: publicCA }"],
  ],
  [
    "~.registries",
    [["maven: { dnsName", "Maven: { dnsName"]],
    [
      "68:7: ~.registries.Maven: expected 1 to 30 of a-z, 0-9 and -, no - first or last, got Maven; write it in lower case without other characters",
    ],
  ],
  [
    "~.registries.<key>",
    [[/maven: \{ dnsName.*\}/, "maven: maven.dc.acme.example"]],
    ["68:14: ~.registries.maven: expected a block, got maven.dc.acme.example; write dnsName and certificate"],
  ],
  [
    "~.registries.<key>.dnsName",
    [["dnsName: maven.dc.acme.example", "dnsName: 192.0.2.7"]],
    [
      "68:25: ~.registries.maven.dnsName: expected a dns name, got 192.0.2.7; this is an address, write a name that resolves to it",
    ],
  ],
  [
    "~.registries.<key>.format",
    [["certificate: publicCA }", "certificate: publicCA, format: nuget }"]],
    ["68:79: ~.registries.maven.format: expected npm, pypi, maven or docker, got nuget; write one of these"],
  ],
  [
    "~.registries.<key>.certificate",
    [["certificate: publicCA", "certificate: public"]],
    ["68:61: ~.registries.maven.certificate: expected publicCA or privateCA, got public; write publicCA"],
  ],
  [
    "~.registries.<key>.caBundle",
    [[/caBundle: \|[\s\S]*?\n {6}maven/, "caBundle: [pem]\n      maven"]],
    [
      "59:19: ~.registries.artifactory.caBundle: expected pem certificates, got a list; write the certificates as a block, caBundle: |",
    ],
  ],
  [
    "~.health",
    [[/health: \{.*\}/, "health: 20"]],
    ["69:13: ~.health: expected a block, got 20; write keepaliveInterval: 20"],
  ],
  [
    "~.health.keepaliveInterval",
    [["keepaliveInterval: 20", "keepaliveInterval: 10"]],
    ["69:34: ~.health.keepaliveInterval: expected seconds from 20 to 60, got 10; choose one in these bounds"],
  ],
  [
    "~.health.dpdTimeoutSeconds",
    [["dpdTimeoutSeconds: 30", "dpdTimeoutSeconds: 20"]],
    ["69:57: ~.health.dpdTimeoutSeconds: expected seconds from 30 to 3600, got 20; choose one in these bounds"],
  ],
  [
    "~.health.logRetentionDays",
    [["logRetentionDays: 90", "logRetentionDays: 100"]],
    ["69:79: ~.health.logRetentionDays: expected a number of days cloudwatch logs keeps, got 100; write 120"],
  ],
  [
    "~.permits",
    [[/permits: {5,}#[\s\S]*/, "permits: [executorNAT]\n"]],
    ["70:14: ~.permits: expected a block, got a list; write <path>: { reason: <why> }"],
  ],
  [
    "~.permits.<key>",
    [[/nat-3\]: \{.*\}/, "nat-3]: yes"]],
    ['71:37: ~.permits["executorNAT.addresses[nat-3]"]: expected a block, got yes; write reason: <why>'],
  ],
  [
    "~.permits.<key>.reason",
    [["CHG-1042 gives up the third address", "short"]],
    [
      '71:47: ~.permits["executorNAT.addresses[nat-3]"].reason: expected a reason of 10 to 200 characters on one line, got short; say which change is meant and who agreed',
    ],
  ],
  [
    "~.permits.<key>.until",
    [["until: 2026-12-31", "until: 2026-02-30"]],
    [
      '71:91: ~.permits["executorNAT.addresses[nat-3]"].until: expected a date such as 2026-12-31, got 2026-02-30; write year, month and day',
    ],
  ],
];
