/**
 * Customers with registries, each as small as it can be with every type of resource that its kind of registry is made of:
 * what goes wrong at each of their requests is tried, and the whole is made again after each.
 */
export interface KilledCustomer {
  readonly name: string;
  /** The customer file. */
  readonly text: string;
  /** Paths to permit before everything can be taken down. */
  readonly permits: readonly string[];
}

const ACCOUNT = "666677778888";
const image = (name: string, digits: string): string =>
  `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/${name}@sha256:${digits.repeat(32)}`;

/** A customer file from lines below `infrastructure` and those of its registry. */
const file = (name: string, lines: readonly string[], registry: string, block: readonly string[]): string =>
  [
    ...[`name: ${name}`, `displayName: ${name}`, "spec:", "  infrastructure:"],
    "    gcp: { projectID: causeway-kill-3c1d, region: us-central1, network: { existing: kill } }",
    "    executors:",
    "      serviceAccount: executors@causeway-kill-3c1d.iam.gserviceaccount.com",
    "      subnets: { executors: { ipCidrRange: 10.30.0.0/24 } }",
    ...lines.map((line) => `    ${line}`),
    ...["    registries:", `      ${registry}:`, ...block.map((line) => `        ${line}`), ""],
  ].join("\n");

const inAws = [`accountID: "${ACCOUNT}"`, "region: us-east-1"];
const below = (key: string, lines: readonly string[]): readonly string[] => [
  `${key}:`,
  ...lines.map((line) => `  ${line}`),
];

const packages: KilledCustomer = {
  name: "packages",
  permits: ["registries[made].codeArtifact"],
  text: file(
    "packages",
    [],
    "made",
    below("codeArtifact", [
      ...inAws,
      ...["environment: prod", "domain: kill-prod", "stores: [npm]", "repositories: { all: {} }"],
      "internalNamespaces: [npm/kill]",
      "monitoring: { queue: true, subscribers: [kill@kill.example] }",
      "retention: { rules: [{ repository: all, format: npm }] }",
    ]),
  ),
};

const generic: KilledCustomer = {
  name: "generic",
  permits: ["registries[npm].selfHosted"],
  text: file(
    "generic",
    [],
    "npm",
    below("selfHosted", [
      ...inAws,
      ...["profile: generic", "registryHost: npm.kill.example", "hostedZoneID: Z0123456789ABCDEFGHIJ"],
      `images: { registry: "${image("verdaccio", "ab")}", nginx: "${image("nginx", "cd")}" }`,
      "container: { port: 4873, healthPath: /-/ping, dataPath: /verdaccio/storage }",
    ]),
  ),
};

const secret = (name: string): string => `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${name}-AbCdEf`;
const quilt: KilledCustomer = {
  name: "quilt",
  permits: ["registries[team].selfHosted"],
  text: file(
    "quilt",
    [],
    "team",
    below("selfHosted", [
      ...inAws,
      ...["profile: quilt", "registryHost: registry.kill.example", "catalogHost: quilt.kill.example"],
      `certificateArn: "arn:aws:acm:us-east-1:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"`,
      ...["packageBucketName: kill-packages", "teamId: kill", "teamName: Kill", "acknowledgeLegacyImages: true"],
      `smtp: { defaultSender: quilt@kill.example, credentialsSecretArn: "${secret("smtp")}" }`,
      `images: { registry: "${image("registry", "ab")}", catalog: "${image("catalog", "ef")}", nginx: "${image("nginx", "cd")}" }`,
      `alarmTopicArn: "arn:aws:sns:us-east-1:${ACCOUNT}:told"`,
      "backup: {}",
    ]),
  ),
};

const published: KilledCustomer = {
  name: "published",
  permits: ["registries[pypi].publish.aws", "privateCodeHost.aws"],
  text: file(
    "published",
    [
      "executorPrivateDNS: { proxyTag: 202311201628, routes: [] }",
      ...below("privateCodeHost", [
        ...below("aws", [
          ...['accountID: "333344445555"', "region: us-east-1"],
          ...["highAvailable: false", "availabilityZoneIDs: [use1-az1]", "privateLinks: [{ registry: pypi }]"],
        ]),
      ]),
    ],
    "pypi",
    [
      ...["dnsName: pypi.kill.example", "certificate: publicCA"],
      ...below("publish", [
        ...below("aws", [
          ...inAws,
          ...["vpcID: vpc-0123456789abcdef0", "acceptance: manual"],
          "subnets: { subnet-0123456789abcdef1: use1-az1, subnet-0123456789abcdef2: use1-az2 }",
          'listeners: { "443": { target: { addresses: [10.50.0.10] } } }',
        ]),
      ]),
    ],
  ),
};

const ENDPOINT = "privateCodeHost.gcp.privateServiceConnectEndpoints";
const shared: KilledCustomer = {
  name: "shared",
  permits: ["registries[maven].publish.gcp", `${ENDPOINT}[maven.kill.example]`],
  text: file(
    "shared",
    [
      ...below("privateCodeHost", [
        "gcp: { privateServiceConnectEndpoints: [{ domain: maven.kill.example, registry: maven }] }",
      ]),
    ],
    "maven",
    [
      ...["dnsName: maven.kill.example", "certificate: publicCA"],
      ...below("publish", [
        ...below("gcp", [
          ...["projectID: kill-shared", "region: us-central1", "network: shared", "subnetwork: registries"],
          "natRange: 10.200.0.0/24",
          "backends: { groups: [projects/kill-shared/zones/us-central1-a/instanceGroups/maven] }",
        ]),
      ]),
    ],
  ),
};

/** Those whose types nobody before them has make the fewest requests again. */
export const KILLED_CUSTOMERS: readonly KilledCustomer[] = [shared, packages, published, generic, quilt];
