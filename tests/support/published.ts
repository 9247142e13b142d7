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

export const REGION = "us-east-1";
export const CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/0a1b2c3d`;
export const BALANCER = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/registry/0123456789abcdef`;
export const TOPIC = `arn:aws:sns:${REGION}:111111111111:registry`;
export const TARGETS_GROUP = "sg-0000000000000000c";
export const ZONE = "Z0123456789ABCDEFGHIJ";

/** Every way a registry is published on AWS. */
export const AWS_VARIANTS: Readonly<Record<string, Partial<PublishAws>>> = {
  "addresses in the vpc": {},
  "addresses outside the vpc": {
    listeners: [
      listener({ target: { kind: "addresses", addresses: ["10.80.0.10", "100.64.0.10"], outsideVpc: true } }),
    ],
  },
  instances: { listeners: [listener({ target: { kind: "instances", instances: ["i-0000000000000000a"] } })] },
  "an auto scaling group": {
    listeners: [listener({ target: { kind: "autoScalingGroup", autoScalingGroup: "registry" } })],
  },
  "an application load balancer": {
    listeners: [
      listener({
        target: { kind: "loadBalancer", loadBalancerArn: BALANCER },
        healthCheck: { protocol: "HTTPS", path: "/" },
      }),
    ],
  },
  "tls that ends at the load balancer": {
    listeners: [listener({ mode: "tls-terminate", certificateArn: CERTIFICATE, targetPort: 8443 })],
  },
  "tls that is spoken again to the target": {
    listeners: [listener({ mode: "tls-terminate", certificateArn: CERTIFICATE, reencrypt: true })],
  },
  "two ports, a group of the targets' own and a health check elsewhere": {
    listeners: [
      listener({
        targetSecurityGroupID: TARGETS_GROUP,
        healthCheck: { protocol: "HTTP", path: "/healthz", port: 8080 },
      }),
      listener({ port: 22, targetPort: 22, mode: "tcp", idleTimeoutSeconds: 3600 }),
    ],
  },
  "manual acceptance": { acceptance: "manual" },
  "a private name that route 53 proves": {
    privateDns: { name: "npm.acme.example", verification: { kind: "hostedZone", zoneID: ZONE } },
  },
  "a private name proven by hand": { privateDns: { name: "npm.acme.example", verification: { kind: "manual" } } },
  "consumers of another region": { supportedRegions: ["us-west-2"] },
  "a topic that is told": { notificationTopicArn: TOPIC },
  "no alarms and no protection": { alarms: false, deletionProtection: false, crossZone: false },
};

export const GOOGLE_REGION = "us-central1";
export const GOOGLE_CERTIFICATE = `projects/${PRODUCER}/regions/${GOOGLE_REGION}/sslCertificates/npm`;
export const PROXIES = { kind: "create", range: "10.62.0.0/24" } as const;
const ADDRESSES = { kind: "addresses", addresses: ["10.200.0.10", "10.200.0.11"], zone: `${GOOGLE_REGION}-a` } as const;

/** Every way a registry is published on Google Cloud. */
export const GOOGLE_VARIANTS: Readonly<Record<string, Partial<PublishGcp>>> = {
  "packets passed through": {},
  "five ports, a small nat subnet and a check over https": {
    ...{ ports: [22, 443, 8080, 8081, 8443], natRange: "10.61.0.0/29" },
    healthCheck: { protocol: "HTTPS", path: "/healthz", port: 443 },
  },
  "a proxy that passes tls on": {
    ...{ mode: "proxy", proxySubnet: PROXIES, backends: { kind: "groups", groups: [GROUP], portName: "https" } },
  },
  "a proxy that ends tls": {
    ...{ mode: "proxy", proxySubnet: PROXIES, certificate: GOOGLE_CERTIFICATE, backendPort: 8080 },
    backends: { kind: "groups", groups: [GROUP], portName: "http" },
    healthCheck: { protocol: "HTTP", path: "/" },
  },
  "addresses outside google cloud": { mode: "proxy", proxySubnet: PROXIES, backends: ADDRESSES, backendPort: 8443 },
  "addresses outside google cloud behind a proxy that ends tls": {
    ...{ mode: "proxy", proxySubnet: PROXIES, backends: ADDRESSES, certificate: GOOGLE_CERTIFICATE },
  },
  "a domain of the customer's": { domainName: "acme.example" },
  "no alarm": { alarms: false },
};
