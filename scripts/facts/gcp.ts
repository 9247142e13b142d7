/**
 * What the argument facts do not have of Google Cloud: types that are not among them, in the same words, and the types
 * `scripts/tables.ts` writes tables for. By type: the file of magic-modules whose definition says it, and its arguments.
 */
import type { TypeFacts } from "./aws.ts";

type Fact = TypeFacts["arguments"][string];

function of(module: string, ...leaves: string[]): string[] {
  return leaves.map((leaf) => `gcp:${module}/${leaf[0]!.toLowerCase()}${leaf.slice(1)}:${leaf}`);
}

/** Type tokens of Google Cloud. */
export const GCP_TYPES: readonly string[] = [
  ...of("compute", "Network", "Subnetwork", "HaVpnGateway", "VPNTunnel", "ExternalVpnGateway", "Router"),
  ...of("compute", "RouterInterface", "RouterPeer", "RouterNat", "Address", "Firewall", "ForwardingRule"),
  ...[...of("compute", "ProjectMetadataItem"), ...of("dns", "ManagedZone", "RecordSet")],
  ...of("compute", "ServiceAttachment", "RegionBackendService", "RegionHealthCheck", "RegionUrlMap"),
  ...of("compute", "RegionTargetHttpsProxy", "RegionTargetTcpProxy", "RegionSslCertificate"),
  ...of("compute", "RegionNetworkEndpointGroup", "NetworkEndpointGroup", "NetworkEndpoint"),
  ...of("serviceaccount", "Account", "IAMMember"),
  ...of("cloudrunv2", "Job", "JobIamMember"),
  ...[...of("cloudscheduler", "Job"), ...of("secretmanager", "Secret", "SecretIamMember", "SecretVersion")],
  ...of("monitoring", "AlertPolicy"),
];

/** By type: arguments that are simulated although their names are among those left out everywhere else. */
export const GCP_SIMULATED: Readonly<Record<string, RegExp>> = {
  "gcp:compute/forwardingRule:ForwardingRule": /^backendService$/,
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": /^backendService$/,
};

/** By type: arguments that only it leaves out. */
export const GCP_LEFT_OUT: Readonly<Record<string, RegExp>> = {
  "gcp:compute/serviceAttachment:ServiceAttachment": /^(tunnelingConfig|showNatIps)$/,
  "gcp:compute/regionBackendService:RegionBackendService":
    /^(affinityCookieTtlSec|cdnPolicy|circuitBreakers|consistentHash|customMetrics|dynamicForwarding|enableCdn|haPolicy|iap|ipAddressSelectionPolicy|localityLbPolicy|networkPassThroughLbTrafficPolicy|outlierDetection|securityPolicy|strongSessionAffinityCookie|subsetting|tlsSettings)$/,
  "gcp:compute/regionHealthCheck:RegionHealthCheck": /^(grpcHealthCheck|grpcTlsHealthCheck|http2HealthCheck)$/,
  "gcp:compute/regionUrlMap:RegionUrlMap":
    /^(defaultRouteAction|defaultUrlRedirect|headerAction|hostRules|pathMatchers|tests)$/,
  "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup":
    /^(appEngine|cloudFunction|cloudRun|pscData|pscTargetService|serverlessDeployment)$/,
  "gcp:cloudscheduler/job:Job": /^(appEngineHttpTarget|pubsubTarget)$/,
  "gcp:cloudrunv2/job:Job": /^(binaryAuthorization|runExecutionToken|startExecutionToken)$/,
  "gcp:secretmanager/secret:Secret": /^(rotation|topics|versionAliases|versionDestroyTtl)$/,
};

const NEW: Fact = { forceNew: true };
const URL_: Fact = { urlEquivalent: true };
const NAME: Fact = { forceNew: true, docPattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$", docMaxLength: 63 };
const PROJECT: Record<string, Fact> = {
  project: { computed: true, forceNew: true },
  deletionPolicy: { computed: true, docEnum: ["DELETE", "PREVENT", "ABANDON"] },
};
const REGIONAL: Record<string, Fact> = { ...PROJECT, region: { computed: true, forceNew: true, urlEquivalent: true } };
const ZONAL: Record<string, Fact> = { ...PROJECT, zone: { computed: true, forceNew: true, urlEquivalent: true } };

const compute = (name: string, args: Readonly<Record<string, Fact>>): TypeFacts => ({
  file: `mmv1/products/compute/${name}.yaml`,
  arguments: args,
});

/** Source: magic-modules, `ResourceIAMMember`: no update, every change replaces. */
const member = (file: string, holder: string, more: Readonly<Record<string, Fact>> = {}): TypeFacts => ({
  file,
  arguments: {
    [holder]: { forceNew: true, urlEquivalent: true },
    member: {
      forceNew: true,
      docPattern: "^(.+:.+|projectOwners|projectReaders|projectWriters|allUsers|allAuthenticatedUsers)$",
    },
    ...{ role: NEW, ...more },
    condition: { forceNew: true, arguments: { description: NEW, expression: NEW, title: NEW } },
  },
});

/** Merged over the facts read elsewhere, argument by argument. */
export const GCP_FACTS: Readonly<Record<string, TypeFacts>> = {
  "gcp:compute/regionUrlMap:RegionUrlMap": compute("RegionUrlMap", {
    ...REGIONAL,
    ...{ name: NAME, description: {}, defaultService: URL_ },
  }),
  "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": compute("RegionTargetHttpsProxy", {
    ...REGIONAL,
    ...{ name: NAME, description: NEW, urlMap: URL_, sslCertificates: URL_, sslPolicy: URL_ },
    ...{ serverTlsPolicy: URL_, certificateManagerCertificates: { conflictsWith: ["sslCertificates"] } },
    httpKeepAliveTimeoutSec: { forceNew: true, docMin: 5, docMax: 600 },
  }),
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": compute("RegionTargetTcpProxy", {
    ...REGIONAL,
    ...{ name: NAME, description: NEW, backendService: { forceNew: true, urlEquivalent: true } },
    loadBalancingScheme: { forceNew: true, enum: ["EXTERNAL_MANAGED", "INTERNAL_MANAGED"] },
    proxyBind: { computed: true, forceNew: true },
    proxyHeader: { forceNew: true, default: "NONE", enum: ["NONE", "PROXY_V1"] },
  }),
  "gcp:compute/regionSslCertificate:RegionSslCertificate": compute("RegionSslCertificate", {
    ...REGIONAL,
    ...{ name: { ...NAME, computed: true, conflictsWith: ["namePrefix"] }, description: NEW },
    certificate: { forceNew: true, sensitive: true },
    privateKey: { forceNew: true, sensitive: true, exactlyOneOf: ["privateKey", "privateKeyWo"] },
    privateKeyWo: {
      writeOnly: true,
      exactlyOneOf: ["privateKey", "privateKeyWo"],
      requiredWith: ["privateKeyWoVersion"],
    },
    privateKeyWoVersion: { forceNew: true, requiredWith: ["privateKeyWo"] },
  }),
  "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup": compute("RegionNetworkEndpointGroup", {
    ...REGIONAL,
    ...{ name: NAME, description: NEW },
    networkEndpointType: {
      forceNew: true,
      default: "SERVERLESS",
      enum: [
        ...["SERVERLESS", "PRIVATE_SERVICE_CONNECT", "INTERNET_IP_PORT", "INTERNET_FQDN_PORT"],
        ...["GCE_VM_IP_PORTMAP"],
      ],
    },
    network: { forceNew: true, urlEquivalent: true },
    subnetwork: { forceNew: true, urlEquivalent: true },
  }),
  "gcp:compute/networkEndpointGroup:NetworkEndpointGroup": compute("NetworkEndpointGroup", {
    ...ZONAL,
    ...{ name: NAME, description: NEW, defaultPort: { forceNew: true, docMin: 1, docMax: 65535 } },
    network: { forceNew: true, urlEquivalent: true },
    subnetwork: { forceNew: true, urlEquivalent: true },
    networkEndpointType: {
      forceNew: true,
      default: "GCE_VM_IP_PORT",
      enum: ["GCE_VM_IP", "GCE_VM_IP_PORT", "NON_GCP_PRIVATE_IP_PORT"],
    },
  }),
  "gcp:compute/networkEndpoint:NetworkEndpoint": compute("NetworkEndpoint", {
    ...ZONAL,
    ...{ networkEndpointGroup: { forceNew: true, urlEquivalent: true }, ipAddress: NEW, port: NEW, instance: NEW },
  }),
  "gcp:serviceaccount/iAMMember:IAMMember": member(
    "mmv1/third_party/terraform/services/resourcemanager/iam_service_account.go",
    "serviceAccountId",
  ),
  "gcp:cloudrunv2/jobIamMember:JobIamMember": member("mmv1/products/cloudrunv2/Job.yaml", "name", {
    location: { computed: true, forceNew: true },
    project: { computed: true, forceNew: true },
  }),
  "gcp:secretmanager/secretIamMember:SecretIamMember": member("mmv1/products/secretmanager/Secret.yaml", "secretId", {
    project: { computed: true, forceNew: true },
  }),
};
