import type { Customer, Registry } from "../../plan/customer.ts";
import type { PublishAws, PublishGcp, PublishListener } from "../../plan/publish/customer.ts";
import { connection, customer } from "./customers.ts";

/** Registries that customers publish, whole, with changes. */

export const ACCOUNT = "444455556666";
export const PRODUCER = "acme-shared";
export const GROUP = `projects/${PRODUCER}/zones/us-central1-a/instanceGroups/registry`;
export const SUBNETS = [
  { id: "subnet-0000000000000000a", zoneID: "use1-az1" },
  { id: "subnet-0000000000000000b", zoneID: "use1-az4" },
];

export const listener = (changes: Partial<PublishListener> = {}): PublishListener => ({
  port: 443,
  mode: "tls-passthrough",
  reencrypt: false,
  target: { kind: "addresses", addresses: ["10.50.0.10"], outsideVpc: false },
  targetPort: 443,
  healthCheck: { protocol: "TCP" },
  ...changes,
});

export const onAws = (changes: Partial<PublishAws> = {}): PublishAws => ({
  accountID: ACCOUNT,
  region: "us-east-1",
  vpcID: "vpc-0000000000000000a",
  subnets: SUBNETS,
  listeners: [listener()],
  acceptance: "principals",
  crossZone: true,
  deletionProtection: true,
  supportedRegions: [],
  alarms: true,
  ...changes,
});

export const onGoogle = (changes: Partial<PublishGcp> = {}): PublishGcp => ({
  projectID: PRODUCER,
  region: "us-central1",
  network: "shared",
  subnetwork: "registry",
  natRange: "10.61.0.0/24",
  backends: { kind: "groups", groups: [GROUP] },
  mode: "passthrough",
  ports: [443],
  backendPort: 443,
  healthCheck: { protocol: "TCP" },
  serviceAccount: `registry@${PRODUCER}.iam.gserviceaccount.com`,
  connectionLimit: 10,
  alarms: true,
  ...changes,
});

export const registry = (publish: Registry["publish"]): Registry => ({
  key: "npm",
  dnsName: "npm.acme.example",
  certificate: { kind: "publicCA" },
  origin: { kind: "existing" },
  publish,
});

/** A customer whose one registry is published on AWS and connected from there. */
export const publishedOnAws = (changes: Partial<PublishAws> = {}, others: Partial<Customer> = {}): Customer =>
  customer({
    aws: [
      connection({
        privateLinks: [
          {
            key: "npm",
            target: { kind: "registry", registry: "npm" },
            ports: [443],
            privateDnsEnabled: false,
            blobs: "private",
          },
        ],
      }),
    ],
    executorPrivateDNS: { proxyTag: "202311201628", routes: [] },
    registries: [registry({ aws: onAws(changes) })],
    ...others,
  });

/** A customer whose one registry is published on Google Cloud and connected from there. */
export const publishedOnGoogle = (changes: Partial<PublishGcp> = {}, others: Partial<Customer> = {}): Customer =>
  customer({
    privateServiceConnect: {
      subnet: "executors-a",
      endpoints: [{ domain: "npm.acme.example", target: { kind: "registry", registry: "npm" }, ports: [443] }],
    },
    registries: [registry({ gcp: onGoogle(changes) })],
    ...others,
  });
