/**
 * What several fields decide together, the rest: NAT, names, permits, networks and registries.
 * Texts only: what an account would refuse (a quota, a service that is not there) is for preflight to find.
 * `~` in a message stands for `spec.infrastructure`.
 */
import { describe, expect, test } from "vitest";
import { ACME, edited, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const CASES: readonly (readonly [
  title: string,
  edits: readonly Edit[],
  expected: readonly string[],
  today?: { today: string },
])[] = [
  [
    "V29 fails on one active address",
    [["nat-2: {}, ", ""]],
    [
      "18:18: ~.executorNAT.addresses: expected two active addresses or more, got one; the customer allows two, so that one can be replaced",
    ],
  ],
  [
    "V30 fails on ports that are no power of two",
    [["minPortsPerVm: 256", "minPortsPerVm: 250"]],
    [
      "19:22: ~.executorNAT.minPortsPerVm: expected a power of two from 32 to 32768, got 250; round it up to a power of two",
    ],
  ],
  [
    "V30 fails on a least that is the most as well",
    [["maxPortsPerVm: 4096", "maxPortsPerVm: 256"]],
    ["20:22: ~.executorNAT.maxPortsPerVm: expected more than 256 (minPortsPerVm), got 256; write 512"],
  ],
  [
    "V32 fails on more instances than the addresses have ports for",
    [["maxInstances: 200", "maxInstances: 505"]],
    [
      "15:21: ~.executors.maxInstances: expected at most 504 instances for 2 active addresses and 256 ports each, got 505; add an active address, or lower minPortsPerVm",
    ],
  ],
  [
    "V33 fails on a name too long for what is called after it",
    [["name: acme  ", "name: acme-corporation-emea  "]],
    [
      "2:7: name: expected 1 to 20 of a-z, 0-9 and -, a letter first, no - last, got acme-corporation-emea; every physical name holds it, shorten or respell it",
    ],
  ],
  [
    "V33 fails on a network name no network can have",
    [["existing: acme", "existing: acme-"]],
    [
      "10:28: ~.gcp.network.existing: expected 1 to 63 of a-z, 0-9 and -, a letter first, no - last, got acme-; write the name as google shows it",
    ],
  ],
  [
    "V36 fails on a tag that is no date",
    [["proxyTag: 202311201628", "proxyTag: v1.2.3"]],
    [
      "22:17: ~.executorPrivateDNS.proxyTag: expected twelve digits or sha256:<64 hex digits>, got v1.2.3; copy the tag or the digest of the image",
    ],
  ],
  [
    "V36 fails on a digest cut short",
    [["proxyTag: 202311201628", "proxyTag: sha256:0123456789abcdef"]],
    [
      "22:17: ~.executorPrivateDNS.proxyTag: expected twelve digits or sha256:<64 hex digits>, got sha256:0123456789abcdef; copy the tag or the digest of the image",
    ],
  ],
  [
    "V38 fails on a permit for what is fixed",
    [["executorNAT.addresses[nat-3]: {", "gcp.region: {"]],
    [
      '71:7: ~.permits["gcp.region"]: expected a guarded path, got gcp.region, which no permit lifts on a live stack; remove it',
    ],
  ],
  [
    "V38 fails on a permit for what nothing guards",
    [["executorNAT.addresses[nat-3]: {", "health.keepaliveInterval: {"]],
    [
      '71:7: ~.permits["health.keepaliveInterval"]: expected a guarded path, got health.keepaliveInterval; remove it, this change needs no leave',
    ],
  ],
  [
    "V38 fails on a permit with the whole path",
    [["executorNAT.addresses[nat-3]: {", "spec.infrastructure.executorNAT.addresses[nat-3]: {"]],
    [
      '71:7: ~.permits["spec.infrastructure.executorNAT.addresses[nat-3]"]: expected a path below spec.infrastructure, got "spec.infrastructure.executorNAT.addresses[nat-3]"; write executorNAT.addresses[nat-3]',
    ],
  ],
  [
    "V38 fails on a misspelt permit",
    [["executorNAT.addresses[nat-3]: {", "executorNAT.adresses[nat-3]: {"]],
    [
      '71:7: ~.permits["executorNAT.adresses[nat-3]"]: expected a guarded path, got "executorNAT.adresses[nat-3]"; write executorNAT.addresses[nat-3]',
    ],
  ],
  [
    "fails on a network that exists and is created",
    [["{ existing: acme }", "{ existing: acme, create: acme }"]],
    ["10:16: ~.gcp.network: expected existing or create, got both; keep one"],
  ],
  [
    "fails on a network that neither exists nor is created",
    [["{ existing: acme }", "{}"]],
    ["10:16: ~.gcp.network: expected existing or create, got neither; say whether the network is there already"],
  ],
  [
    "fails on an endpoint subnet that is none of the executors'",
    [["subnet: executors-a", "subnet: executors-c"]],
    [
      "50:17: ~.privateCodeHost.gcp.subnet: expected executors-a or executors-b (executors.subnets), got executors-c; endpoint addresses come from an executor subnet",
    ],
  ],
  [
    "fails where two subnets leave the endpoint subnet open",
    [[/ {8}subnet: .*\n/, ""]],
    [
      "49:7: ~.privateCodeHost.gcp.subnet: expected executors-a or executors-b (executors.subnets), got nothing; say which one endpoint addresses come from",
    ],
  ],
  [
    "fails on a registry that nothing reaches",
    [
      ["dnsName: maven.dc.acme.example", "dnsName: other.acme.example"],
      [/ {4}executorNAT: {10,}#[\s\S]*?\n {4}executorPrivateDNS:/, "    executorPrivateDNS:"],
      [/ {4}permits:[\s\S]*/, ""],
    ],
    [
      "64:25: ~.registries.maven.dnsName: expected a name that a route or an endpoint serves, got other.acme.example; add one, or executorNAT: {} if the registry is public",
    ],
  ],
  [
    "fails on a bundle of a public ca",
    [["certificate: privateCA", "certificate: publicCA"]],
    [
      "59:9: ~.registries.artifactory.caBundle: expected no bundle with publicCA, got one; remove it, or write certificate: privateCA",
    ],
  ],
  [
    "fails on a private ca without a bundle",
    [["certificate: publicCA", "certificate: privateCA"]],
    [
      "68:7: ~.registries.maven.caBundle: expected the ca's certificates with privateCA, got nothing; add caBundle: | and the pem the customer sent",
    ],
  ],
  [
    "fails on a private key in a bundle, without showing it",
    [
      [
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\n          MC4CAQAwBQYDK2VwBCIEIA\n          -----END PRIVATE KEY-----\n          -----BEGIN CERTIFICATE-----",
      ],
    ],
    [
      "59:19: ~.registries.artifactory.caBundle: expected certificates alone, got a private key with them; take it out and tell the customer, the key is no longer secret",
    ],
  ],
  [
    "fails on a certificate with a line missing",
    [[/ {10}VQQDDA.*\n/, ""]],
    [
      "59:19: ~.registries.artifactory.caBundle: expected pem certificates, got certificate 1 of 1 that does not parse; paste it again, whole lines",
    ],
  ],
  [
    "fails on a bundle without certificates",
    [[/caBundle: \|[\s\S]*?\n {6}maven/, "caBundle: ask Bob\n      maven"]],
    [
      "59:19: ~.registries.artifactory.caBundle: expected pem certificates, got none; paste from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    ],
  ],
  [
    "fails on a ca before its first day",
    [["tier: gold", "tier: gold2"]],
    [
      "59:19: ~.registries.artifactory.caBundle: expected certificates in date, got certificate 1 of 1, CN=Acme CA, which begins on 2026-11-20; ask for the present one",
    ],
    { today: "2026-11-19" },
  ],
  [
    "fails on a ca past its last day",
    [["tier: gold", "tier: gold2"]],
    [
      "59:19: ~.registries.artifactory.caBundle: expected certificates in date, got certificate 1 of 1, CN=Acme CA, which ended on 2126-10-27; ask for the new one",
    ],
    { today: "2126-10-28" },
  ],
];

describe("a file with one mistake has exactly one problem, said in full", () => {
  const cases = CASES.map(([title, edits, expected, options = {}]) => ({ title, edits, expected, options }));
  test.each(cases)("$title", ({ edits, expected, options }) => {
    expect(problems(edited(ACME, edits), options)).toEqual(expected);
  });
});
