import type { AwsConnection, Customer, PrivateLink } from "../../plan/customer.ts";

/** A private link on port 443 whose service id ends in the given digits. */
export const link = (digits: string, ports: readonly number[] = [443]): PrivateLink => {
  const key = `vpce-svc-${digits.padStart(17, "0")}`;
  const target = { kind: "service", serviceName: `com.amazonaws.vpce.us-east-1.${key}` } as const;
  return { key, target, ports, privateDnsEnabled: false, blobs: "private" };
};

/** The AWS connection of `customer`, with changes. */
export const connection = (changes: Partial<AwsConnection> = {}): AwsConnection => ({
  accountID: "111122223333",
  region: "us-east-1",
  highAvailable: true,
  vpcCidr: "10.127.0.0/24",
  availabilityZoneIDs: ["use1-az1", "use1-az4"],
  amazonSideAsn: 64512,
  insideCidr: "169.254.32.0/28",
  proposal: "aes256-sha256-modp2048",
  pskGenerations: { t0: 1, t1: 1, t2: 1, t3: 1 },
  privateLinks: [link("a1")],
  ...changes,
});

/** A customer with a network, two executor subnets and nothing else, with changes. */
export const customer = (changes: Partial<Customer> = {}): Customer => ({
  name: "acme",
  displayName: "Acme",
  labels: {},
  gcp: {
    projectID: "acme-prod-4f2a",
    region: "us-central1",
    network: { kind: "create", name: "acme" },
    routerAsn: 65001,
    reservedRanges: [],
  },
  executors: {
    maxInstances: 100,
    subnets: [
      { name: "executors-a", ipCidrRange: "10.10.0.0/24" },
      { name: "executors-b", ipCidrRange: "10.10.1.0/24" },
    ],
  },
  aws: [],
  registries: [],
  health: { keepaliveInterval: 20, dpdTimeoutSeconds: 30, logRetentionDays: 30 },
  permits: [],
  ...changes,
});

/** A registry the customer runs and publishes. */
const EXISTING = { origin: { kind: "existing" }, publish: {} } as const;

export const PSC_DOMAIN = "packages.gcp.acme.example";

/** All four kinds at once: PrivateLink, Private Service Connect, static addresses and dns-proxy routes. */
export const everyKind = (changes: Partial<Customer> = {}): Customer =>
  customer({
    aws: [connection()],
    privateServiceConnect: {
      subnet: "executors-a",
      endpoints: [
        {
          domain: PSC_DOMAIN,
          target: {
            kind: "attachment",
            targetService: "projects/acme-shared/regions/us-central1/serviceAttachments/packages",
          },
          ports: [443],
        },
      ],
    },
    executorNAT: {
      addresses: [
        { key: "nat-1", state: "active" },
        { key: "nat-2", state: "active" },
      ],
      minPortsPerVm: 256,
      maxPortsPerVm: 4096,
    },
    executorPrivateDNS: {
      proxyTag: "202311201628",
      routes: [
        { source: "artifactory.acme.example", target: { kind: "privateLink", link: link("a1").key } },
        {
          source: "maven.dc.acme.example",
          target: { kind: "name", destination: "maven.edge.acme.example", resolverIP: "198.51.100.53" },
        },
        { source: "pypi.acme.example", target: { kind: "privateServiceConnect", domain: PSC_DOMAIN } },
      ],
    },
    registries: [
      {
        key: "artifactory",
        dnsName: "artifactory.acme.example",
        certificate: { kind: "privateCA", caBundle: "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n" },
        ...EXISTING,
      },
      { key: "maven", dnsName: "maven.dc.acme.example", certificate: { kind: "publicCA" }, ...EXISTING },
    ],
    ...changes,
  });
