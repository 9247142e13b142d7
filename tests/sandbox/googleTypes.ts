/** One of every type that publishes a registry from Google Cloud or refreshes its tokens there. */
import { seedGoogleBackends, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Resource } from "./client.ts";
import { PROJECT, REGION } from "./estate.ts";
import { selfSigned } from "./selfSigned.ts";

/** Makes one resource and keeps it in mind. */
type Make = (type: string, args: Values) => Promise<Resource>;

const NETWORK = `projects/${PROJECT}/global/networks/shared`;
const GROUP = `projects/${PROJECT}/zones/${REGION}-a/instanceGroups/registry`;

/** @param make makes a resource in the project of `tests/sandbox/estate.ts` */
export async function makeGoogleTypes({ world }: Sandbox, make: Make): Promise<void> {
  const subnet = { name: "registry", ipCidrRange: "10.60.0.0/24" };
  const at = { project: PROJECT, region: REGION, network: "shared", instanceGroup: GROUP };
  await seedGoogleBackends(world, { ...at, subnet, ports: [443] });
  const compute = (leaf: string, args: Values): Promise<Resource> =>
    make(`gcp:compute/${leaf}:${leaf[0]!.toUpperCase()}${leaf.slice(1)}`, args);
  await published(compute);
  await proxied(compute);
  await refreshed(make);
}

type Compute = (leaf: string, args: Values) => Promise<Resource>;

async function published(compute: Compute): Promise<void> {
  const within = { network: NETWORK, region: REGION };
  const purpose = { ipCidrRange: "10.61.0.0/24", purpose: "PRIVATE_SERVICE_CONNECT" };
  const nat = await compute("subnetwork", { name: "nat", ...within, ...purpose });
  const check = await compute("regionHealthCheck", { name: "tcp", region: REGION, tcpHealthCheck: { port: 443 } });
  const service = await compute("regionBackendService", {
    ...{ name: "npm", region: REGION, loadBalancingScheme: "INTERNAL", protocol: "TCP", network: NETWORK },
    ...{ healthChecks: check.state["selfLink"], backends: [{ group: GROUP, balancingMode: "CONNECTION" }] },
  });
  const rule = await compute("forwardingRule", {
    ...{ name: "npm", ...within, loadBalancingScheme: "INTERNAL", backendService: service.state["selfLink"] },
    ...{ ipProtocol: "TCP", ports: ["443"], subnetwork: "registry" },
  });
  await compute("serviceAttachment", {
    ...{ name: "npm", region: REGION, connectionPreference: "ACCEPT_MANUAL", enableProxyProtocol: false },
    ...{ natSubnets: [nat.state["selfLink"]], targetService: rule.state["selfLink"], reconcileConnections: true },
    consumerAcceptLists: [{ projectIdOrNum: "vendor-acme", connectionLimit: 10 }],
  });
}

async function proxied(compute: Compute): Promise<void> {
  const own = { name: "proxied", region: REGION };
  const zone = `${REGION}-a`;
  const hybrid = { name: "hybrid", network: NETWORK, zone, networkEndpointType: "NON_GCP_PRIVATE_IP_PORT" };
  const group = await compute("networkEndpointGroup", hybrid);
  await compute("networkEndpoint", { networkEndpointGroup: "hybrid", zone, ipAddress: "192.168.7.7", port: 443 });
  await compute("regionNetworkEndpointGroup", { ...own, networkEndpointType: "INTERNET_FQDN_PORT", network: NETWORK });
  const service = await compute("regionBackendService", {
    ...{ ...own, loadBalancingScheme: "INTERNAL_MANAGED", protocol: "TCP", healthChecks: "tcp" },
    backends: [{ group: group.state["selfLink"], balancingMode: "CONNECTION", maxConnections: 100 }],
  });
  const map = await compute("regionUrlMap", { ...own, defaultService: service.state["selfLink"] });
  const certificate = await compute("regionSslCertificate", { ...own, ...selfSigned("npm.example.com") });
  const sslCertificates = [certificate.state["selfLink"]];
  await compute("regionTargetHttpsProxy", { ...own, urlMap: map.state["selfLink"], sslCertificates });
  const behind = { backendService: service.state["selfLink"], loadBalancingScheme: "INTERNAL_MANAGED" };
  await compute("regionTargetTcpProxy", { ...own, ...behind });
}

async function refreshed(make: Make): Promise<void> {
  const account = await make("gcp:serviceaccount/account:Account", { accountId: "refresher" });
  const member = account.state["member"];
  const user = { serviceAccountId: account.state["name"], role: "roles/iam.serviceAccountUser", member };
  await make("gcp:serviceaccount/iAMMember:IAMMember", user);
  const secret = await make("gcp:secretmanager/secret:Secret", { secretId: "token", replication: { auto: {} } });
  await make("gcp:secretmanager/secretVersion:SecretVersion", { secret: secret.id, secretData: "none yet" });
  const adder = { secretId: secret.id, role: "roles/secretmanager.secretVersionAdder", member };
  await make("gcp:secretmanager/secretIamMember:SecretIamMember", adder);
  const task = { containers: [{ image: "registry.example.com/i@sha256:0" }], serviceAccount: account.state["email"] };
  await make("gcp:cloudrunv2/job:Job", {
    ...{ name: "refresh", location: REGION, deletionProtection: false },
    template: { template: { ...task, timeout: "600s", maxRetries: 3 } },
  });
  const invoker = { name: "refresh", location: REGION, role: "roles/run.invoker", member };
  await make("gcp:cloudrunv2/jobIamMember:JobIamMember", invoker);
  const oauthToken = { serviceAccountEmail: account.state["email"] };
  await make("gcp:cloudscheduler/job:Job", {
    ...{ name: "refresh", region: REGION, schedule: "0 */2 * * *", timeZone: "Etc/UTC" },
    httpTarget: { uri: "https://run.googleapis.com/v2/jobs/refresh:run", httpMethod: "POST", oauthToken },
  });
  const filter = 'resource.type = "cloud_run_job"';
  const conditionThreshold = { filter, comparison: "COMPARISON_GT", duration: "0s", thresholdValue: 0 };
  await make("gcp:monitoring/alertPolicy:AlertPolicy", {
    ...{ displayName: "tokens", combiner: "OR" },
    conditions: [{ displayName: "failed", conditionThreshold }],
  });
}
