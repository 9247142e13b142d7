/**
 * The ten mistakes that the description of the customer file promises, letter for letter, and what holds for all
 * messages. Texts only: nothing here shows what an account would refuse.
 */
import { describe, expect, test } from "vitest";
import type { ConfigError } from "../../plan/errors.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { ACME, TODAY, edited, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const FILE = "stacks/customers/acme.yaml";
const I = "spec.infrastructure";

const CODE_HOST = "com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210";
const ZONAL = "vpce-0123456789abcdef0-k3qz81aa-us-east-1a.vpce-svc-0a1b2c3d4e5f67890.us-east-1.vpce.amazonaws.com";

const PROMISED: readonly (readonly [edit: Edit, line: string])[] = [
  [
    ["privateLink: vpce-svc-0a1b2c3d4e5f67890", "privateLink: vpce-svc-0a1b2c3d4e5f67899"],
    `${FILE}:25:24: ${I}.executorPrivateDNS.routes[0].privateLink: expected vpce-svc-0f9e8d7c6b5a43210 or vpce-svc-0a1b2c3d4e5f67890 (aws.privateLinks), got vpce-svc-0a1b2c3d4e5f67899; add the link or correct the id`,
  ],
  [
    ["maven.edge.acme.example", ZONAL],
    `${FILE}:29:24: ${I}.executorPrivateDNS.routes[2].destination: expected a regional name, got the zonal ${ZONAL}, which fails with its zone; write privateLink: vpce-svc-0a1b2c3d4e5f67890 instead of destination`,
  ],
  [
    ["accountID", "accountId"],
    `${FILE}:34:9: ${I}.privateCodeHost.aws.accountId: unknown key, got accountId; write accountID`,
  ],
  [
    ['"111122223333"', "11122223333"],
    `${FILE}:34:20: ${I}.privateCodeHost.aws.accountID: expected twelve digits, got 11122223333 (eleven); a spreadsheet may have cut a leading zero, ask for the id again`,
  ],
  [
    ["highAvailable: true", "highAvailable: no"],
    `${FILE}:36:24: ${I}.privateCodeHost.aws.highAvailable: expected true or false, got no, which yaml 1.2 reads as text; write false`,
  ],
  [
    ["highAvailable: true", "highAvailable: false"],
    `${FILE}:36:24: ${I}.privateCodeHost.aws.highAvailable: expected true as deployed, got false, which replaces the external vpn gateway and t0-t3, all down for minutes; follow the staged procedure, or name the path under permits with a reason`,
  ],
  [
    [CODE_HOST, "com.amazonaws.vpce.<REGION>.<VPC_ENDPOINT_SERVICE_ID>"],
    `${FILE}:38:23: ${I}.privateCodeHost.aws.privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>, got "com.amazonaws.vpce.<REGION>.<VPC_ENDPOINT_SERVICE_ID>"; a placeholder is left, put in the service name the customer sent`,
  ],
  [
    [CODE_HOST, CODE_HOST.replace("us-east-1", "eu-west-1")],
    `${FILE}:38:23: ${I}.privateCodeHost.aws.privateLinks[0].endpoint: expected a service in us-east-1 (aws.region), got one in eu-west-1; an endpoint and its service share a region, correct one of the two`,
  ],
  [
    ["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.20.4.0/24"],
    `${FILE}:42:18: ${I}.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.20.4.0/24, inside 10.20.0.0/16 (gcp.reservedRanges[0]); 10.127.0.0/24 is free`,
  ],
  [
    ["acme-shared/regions/us-central1", "acme-shared/regions/europe-west1"],
    `${FILE}:53:28: ${I}.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected a service attachment in us-central1 (gcp.region), got one in europe-west1; ask the customer to publish in us-central1`,
  ],
];

/** What the last update of the full example left, as far as the sixth mistake goes. */
const DEPLOYED = { version: 1, values: { "privateCodeHost.aws.highAvailable": true }, endpointStates: {} } as const;

describe("the mistakes that are promised come out as promised", () => {
  test.each(PROMISED)("fails on the edit %j", (edit, line) => {
    const parse = (): unknown => parseCustomer(edited(ACME, [edit]), FILE, { today: TODAY, deployed: DEPLOYED });
    expect(problemLines(parse)).toEqual([line]);
  });
});

function problemLines(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return (error as ConfigError).message.split("\n");
  }
}

describe("all problems of a file come in one run", () => {
  test("fails in file order, with rules over the valid parts of a broken file", () => {
    const text = edited(ACME, [
      ["name: acme ", "nmae: acme "],
      ["region: us-central1", "region: us-centrl1"],
      ["minPortsPerVm: 256", "minPortsPerVm: 8192"],
      ["proxyTag", "proxytag"],
      ["destination: maven.edge.acme.example", "destination: maven.dc.acme.example"],
      ["aws: ", "azure: {}\n      aws: "],
      ["vpcCidr: 10.127.0.0/24", "vpcCidr: 10.20.4.0/24"],
      ["amazonSideAsn: 64512", "amazonSideAsn: 65001"],
      ["certificate: publicCA", "certificate: privateCA"],
    ]);
    expect(problems(text)).toEqual([
      "2:1: nmae: unknown key, got nmae; write name",
      "9:15: ~.gcp.region: expected a google cloud region, got us-centrl1; write us-central1",
      "15:21: ~.executors.maxInstances: expected at most 14 instances for 2 active addresses and 8192 ports each, got 200; add an active address, or lower minPortsPerVm",
      "20:22: ~.executorNAT.maxPortsPerVm: expected more than 8192 (minPortsPerVm), got 4096; write 16384",
      "22:7: ~.executorPrivateDNS.proxytag: unknown key, got proxytag; write proxyTag",
      "29:24: ~.executorPrivateDNS.routes[2].destination: expected another name than source, got maven.dc.acme.example; write the name it is reachable by",
      "33:7: ~.privateCodeHost.azure: not possible yet, got azure; meanwhile let the customer expose it through a public load balancer, with executorNAT and a route to it",
      "43:18: ~.privateCodeHost.aws.vpcCidr: expected a range clear of the google side, got 10.20.4.0/24, inside 10.20.0.0/16 (gcp.reservedRanges[0]); 10.127.0.0/24 is free",
      "46:26: ~.privateCodeHost.aws.vpn.amazonSideAsn: expected another asn than 65001 (gcp.routerAsn), got the same; the two ends need two, 64512 is the default",
      "69:7: ~.registries.maven.caBundle: expected the ca's certificates with privateCA, got nothing; add caBundle: | and the pem the customer sent",
    ]);
  });

  test("fails once for a misspelt block, and concludes nothing from its absence", () => {
    expect(problems(edited(ACME, [["executors:\n", "executor:\n"]]))).toEqual([
      "13:5: ~.executor: unknown key, got executor; write executors",
    ]);
    expect(problems(edited(ACME, [["privateLinks:\n", "privatelinks:\n"]]))).toEqual([
      "37:9: ~.privateCodeHost.aws.privatelinks: unknown key, got privatelinks; write privateLinks",
    ]);
  });

  test("fails on what is missing at the block that misses it", () => {
    const text = edited(ACME, [
      [/ {6}projectID: .*\n/, ""],
      [/ {8}region: us-east-1\n/, ""],
    ]);
    expect(problems(text)).toEqual([
      "7:5: ~.gcp.projectID: expected a project id, 6 to 30 of a-z, 0-9 and -, a letter first, got nothing; add the project id",
      "32:7: ~.privateCodeHost.aws.region: expected an aws region, got nothing; add the region, such as us-east-1",
    ]);
  });
});

describe("keys that are none of the schema but known are answered with their place", () => {
  const AWS_KEY = ["        highAvailable:", "        KEY: x\n        highAvailable:"] as const;
  const answer = ([from, to]: Edit, key: string): readonly string[] =>
    problems(edited(ACME, [[from, to.replace("KEY", key)]])).map((line) => line.replace(/^\d+:\d+: /, ""));

  test.each([
    ["vpcEndpointService", "unknown key, got vpcEndpointService; write it as privateLinks[].endpoint"],
    ["vpcEndpointPorts", "unknown key, got vpcEndpointPorts; write it as privateLinks[].ports"],
    ["privateDnsEnabled", "unknown key, got privateDnsEnabled; write it as privateLinks[].privateDnsEnabled"],
  ])("fails on the older aws key %s", (key, message) => {
    expect(answer(AWS_KEY, key)).toEqual([`~.privateCodeHost.aws.${key}: ${message}`]);
  });

  test.each([
    ["type", "unknown key, got type; remove it, the block (aws or gcp) says which kind it is"],
    [
      "onPremise",
      "not possible yet, got onPremise; meanwhile let the customer expose it through a public load balancer, with executorNAT and a route to it",
    ],
  ])("fails on the connection key %s", (key, message) => {
    const edit = ["      enabled: true", "      enabled: true\n      KEY: x"] as const;
    expect(answer(edit, key)).toEqual([`~.privateCodeHost.${key}: ${message}`]);
  });

  test.each([
    ["gke", "unknown key, got gke; remove it; the ranges of its pods belong in gcp.reservedRanges"],
    ["privateDNS", "unknown key, got privateDNS; write executorPrivateDNS, with proxyTag and routes"],
    ["metadata", "unknown key, got metadata; write name, displayName and labels at the top of the file"],
  ])("fails on the older block %s", (key, message) => {
    expect(answer(["    executorNAT:", "    KEY: {}\n    executorNAT:"], key)).toEqual([`~.${key}: ${message}`]);
  });

  test.each([
    ["metadata", "unknown key, got metadata; write name, displayName and labels at the top of the file"],
    ["privateCodeHost", "unknown key, got privateCodeHost; write it under spec.infrastructure"],
    ["apiVersion", "not possible yet, got apiVersion; meanwhile remove the line, its absence means this version"],
  ])("fails on %s at the top of the file", (key, message) => {
    expect(answer(["displayName:", "KEY: {}\ndisplayName:"], key)).toEqual([`${key}: ${message}`]);
  });

  test.each([
    [
      ["ports: [22, 443]", "serviceRegion: x"],
      "aws.privateLinks[0].serviceRegion",
      "ask the customer for a service in aws.region",
    ],
  ] as const)("fails on the later key %j", (edit, path, meanwhile) => {
    expect(answer(edit, "")).toEqual([
      `~.privateCodeHost.${path}: not possible yet, got ${path.split(".").at(-1)}; meanwhile ${meanwhile}`,
    ]);
  });

  test("fails on a subnet's region and alarms, which come later", () => {
    expect(answer(["10.10.1.0/24 }", "10.10.1.0/24, region: us-east1 }"], "")).toEqual([
      "~.executors.subnets.executors-b.region: not possible yet, got region; meanwhile remove the line, executors run in gcp.region",
    ]);
    expect(answer(["logRetentionDays: 90", "notify: bob"], "")).toEqual([
      "~.health.notify: not possible yet, got notify; meanwhile watch the tunnel logs in cloudwatch",
    ]);
  });
});

describe("a placeholder is refused by name", () => {
  test.each([
    "<REGION>",
    "$accountId",
    "${REGION}",
    "{{ region }}",
    "private.CUSTOMER.DOMAIN",
    "customer.registry.private.domain",
  ])("fails on %s", (placeholder) => {
    expect(problems(edited(ACME, [["source: pypi.acme.example", `source: "${placeholder}"`]]))).toEqual([
      `26:19: ~.executorPrivateDNS.routes[1].source: expected a dns name, got "${placeholder}"; a placeholder is left, put in the registry's private name`,
    ]);
  });
});
