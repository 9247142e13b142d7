/**
 * Tier: calls of the simulated provider. What Google refuses of a producer's load balancer and service attachment, and of
 * what refreshes tokens. It cannot show that Google refuses nothing else, nor its own words to the letter.
 */
import { beforeEach, describe, expect, test } from "vitest";
import type { Values } from "../../sandbox/values.ts";
import { CONSUMER, GROUP, PRODUCER, Producer, REGION } from "./googleProducer.ts";
import { selfSigned } from "./selfSigned.ts";

const NETWORK = `projects/${PRODUCER}/global/networks/shared`;
const ATTACHMENT = {
  ...{ name: "second", connectionPreference: "ACCEPT_MANUAL", enableProxyProtocol: false, natSubnets: ["nat-2"] },
  ...{ targetService: "npm", consumerAcceptLists: [{ projectIdOrNum: CONSUMER, connectionLimit: 1 }] },
};
const ELSEWHERE = `projects/${PRODUCER}/regions/us-east1/healthChecks/elsewhere`;
const SERVICE = {
  ...{ name: "second", loadBalancingScheme: "INTERNAL", protocol: "TCP", healthChecks: "tcp" },
  backends: [{ group: GROUP, balancingMode: "CONNECTION" }],
};
const MANAGED = { loadBalancingScheme: "INTERNAL_MANAGED" };
const RULE = {
  ...{ name: "second", loadBalancingScheme: "INTERNAL", backendService: "npm", ipProtocol: "TCP", ports: ["443"] },
  ...{ network: NETWORK, subnetwork: "registry" },
};
const NAT = { network: NETWORK, ipCidrRange: "10.61.1.0/29", purpose: "PRIVATE_SERVICE_CONNECT" };
const PROXIES = { network: NETWORK, ipCidrRange: "10.62.0.0/26", purpose: "REGIONAL_MANAGED_PROXY", role: "ACTIVE" };

let it: Producer;
beforeEach(async () => {
  it = await Producer.begin();
  await it.publish();
  await it.make("subnetwork", { name: "nat-2", ...NAT });
  await it.make("regionHealthCheck", { name: "elsewhere", region: "us-east1", tcpHealthCheck: { port: 443 } });
});

describe("subnetworks of their own purpose", () => {
  test.each<[string, Values, string]>([
    [
      "smaller than a /29 [CP-21]",
      { ...NAT, ipCidrRange: "10.63.0.0/30" },
      "must be a valid IPv4 range of /29 or larger",
    ],
    ["for NAT with a role", { ...NAT, ipCidrRange: "10.63.0.0/29", role: "ACTIVE" }, "on proxy-only subnetworks alone"],
    [
      "for NAT with Private Google Access",
      { ...NAT, ipCidrRange: "10.63.0.0/29", privateIpGoogleAccess: true },
      "Private Google Access are not available",
    ],
    ["for proxies without a role [CP-22]", { ...PROXIES, role: undefined }, "needs the role ACTIVE or BACKUP"],
    ["for proxies smaller than a /26", { ...PROXIES, ipCidrRange: "10.62.0.0/27" }, "must be a /26 or larger"],
  ])("fail %s", async (_, args, message) => {
    await expect(it.make("subnetwork", { name: "s", ...args })).rejects.toThrow(message);
  });

  test("fail as a second active one for proxies in a region, and hold no addresses", async () => {
    await it.make("subnetwork", { name: "proxies", ...PROXIES });
    await expect(it.make("subnetwork", { name: "more", ...PROXIES, ipCidrRange: "10.62.1.0/26" })).rejects.toThrow(
      "The active proxy-only subnetwork of the region is proxies already.",
    );
    await it.make("subnetwork", { name: "more", ...PROXIES, ipCidrRange: "10.62.1.0/26", role: "BACKUP" });
    const address = { name: "a", addressType: "INTERNAL", subnetwork: "nat" };
    await expect(it.make("address", address)).rejects.toThrow("The purpose of the subnetwork must be PRIVATE.");
  });
});

describe("an internal load balancer", () => {
  test.each<[string, Values, string]>([
    [
      "a mode of requests, of which it knows none",
      { ...MANAGED, backends: [{ group: GROUP, balancingMode: "RATE", maxRate: 9 }] },
      "It is for protocols that have requests.",
    ],
    [
      "twice what a backend can do",
      { ...MANAGED, backends: [{ group: GROUP, balancingMode: "UTILIZATION", capacityScaler: 2 }] },
      "It must be 0, or from 0.1 to 1.",
    ],
    ["another balancing mode", { backends: [{ group: GROUP, balancingMode: "UTILIZATION" }] }, "It must be CONNECTION"],
    ["a protocol of proxies", { protocol: "HTTPS" }, "must be one of TCP, UDP, UNSPECIFIED"],
    ["no health check", { healthChecks: undefined }, "needs a health check"],
    ["a health check that is not there", { healthChecks: "none" }, "healthChecks/none' was not found"],
    ["a health check of another region", { healthChecks: ELSEWHERE }, `It must be in the region ${REGION}.`],
    [
      "a group that is not there",
      { backends: [{ group: `${GROUP}-2`, balancingMode: "CONNECTION" }] },
      "was not found",
    ],
    ["a scheme of external ones", { loadBalancingScheme: "EXTERNAL" }, "simulates internal ones alone"],
    [
      "a network for a proxy",
      { loadBalancingScheme: "INTERNAL_MANAGED", network: NETWORK },
      "for the scheme INTERNAL alone",
    ],
  ])("has a backend service that fails with %s [CP-22]", async (_, change, message) => {
    await expect(it.make("regionBackendService", { ...SERVICE, ...change })).rejects.toThrow(message);
  });

  test.each<[string, Values, string]>([
    ["ports and all ports", { allPorts: true }, "Exactly one of ports, portRange and allPorts"],
    ["six ports", { ports: ["1", "2", "3", "4", "5", "6"] }, "At most five ports"],
    ["another protocol", { ipProtocol: "UDP" }, "It must be the protocol of the backend service, TCP."],
    ["no subnetwork", { subnetwork: undefined }, "Subnetwork must be specified"],
    ["a NAT subnetwork", { subnetwork: "nat" }, "it must be PRIVATE"],
    ["no backend service", { backendService: undefined }, "needs backendService and cannot have target"],
    ["an address of elsewhere", { ipAddress: "10.9.0.4" }, "must be in the range of subnetwork registry"],
    ["the address of a machine", { ipAddress: "10.60.0.2" }, "is already being used"],
    ["a scheme of external ones", { loadBalancingScheme: "EXTERNAL" }, "does not simulate external load balancers"],
    ["a backend service for the proxy's scheme", { loadBalancingScheme: "INTERNAL_MANAGED" }, "needs target"],
  ])("has a forwarding rule that fails with %s [CP-22]", async (_, change, message) => {
    await expect(it.make("forwardingRule", { ...RULE, ...change })).rejects.toThrow(message);
  });

  test("gives each rule an address of its own, machines' left out", async () => {
    expect(it.find("ForwardingRule", "npm").attrs["ipAddress"]).toBe("10.60.0.5");
    const second = await it.make("forwardingRule", RULE);
    expect(second["ipAddress"]).toBe("10.60.0.6");
    expect(second["pscConnectionStatus"]).toBe("");
  });

  test("keeps what it is made of while it is used", async () => {
    const held: [string, string, string][] = [
      ["RegionHealthCheck", "tcp", "health_check"],
      ["RegionBackendService", "npm", "backend_service"],
      ["ForwardingRule", "npm", "forwarding_rule"],
      ["Subnetwork", "nat", "subnetwork"],
    ];
    for (const [className, name, word] of held)
      await expect(it.remove(className, name)).rejects.toThrow(`The ${word} resource 'projects/${PRODUCER}/regions/`);
    await it.remove("ServiceAttachment", "npm");
    for (const [className, name] of held.toReversed().filter(([one]) => one !== "RegionHealthCheck"))
      if (className !== "RegionBackendService") await it.remove(className, name);
    await it.remove("RegionBackendService", "npm");
    await it.remove("RegionHealthCheck", "tcp");
  });
});

describe("a proxy", () => {
  const tcp = { name: "proxied", loadBalancingScheme: "INTERNAL_MANAGED", protocol: "TCP", healthChecks: "tcp" };

  /** A rule that leads to a TCP proxy of machines. */
  const proxied = async (): Promise<Values> => {
    await it.make("regionBackendService", { ...tcp, backends: [{ group: GROUP, balancingMode: "UTILIZATION" }] });
    const { selfLink: target } = await it.make("regionTargetTcpProxy", {
      ...{ name: "tcp", backendService: "proxied", loadBalancingScheme: "INTERNAL_MANAGED" },
    });
    await it.make("subnetwork", { name: "proxies", ...PROXIES });
    const { backendService: _, ...rule } = RULE;
    return it.make("forwardingRule", { ...rule, loadBalancingScheme: "INTERNAL_MANAGED", target });
  };

  test("needs a subnetwork of its own in front of the machines [CP-22]", async () => {
    await it.make("regionBackendService", { ...tcp, backends: [{ group: GROUP, balancingMode: "UTILIZATION" }] });
    const proxy = await it.make("regionTargetTcpProxy", {
      ...{ name: "tcp", backendService: "proxied", loadBalancingScheme: "INTERNAL_MANAGED" },
    });
    const rule = {
      ...RULE,
      backendService: undefined,
      loadBalancingScheme: "INTERNAL_MANAGED",
      target: proxy["selfLink"],
    };
    await expect(it.make("forwardingRule", rule)).rejects.toThrow("An active proxy-only subnetwork is required");
    await it.make("subnetwork", { name: "proxies", ...PROXIES });
    await expect(it.make("forwardingRule", { ...rule, ports: ["443", "444"] })).rejects.toThrow("Exactly one port");
    await expect(it.make("forwardingRule", { ...rule, ipProtocol: "UDP" })).rejects.toThrow(
      "It must be TCP with the scheme INTERNAL_MANAGED.",
    );
    await it.make("forwardingRule", rule);
  });

  test("fails to lose its subnetwork while a rule leads to it, and lets a spare one go", async () => {
    await proxied();
    const held = `The subnetwork resource 'projects/${PRODUCER}/regions/${REGION}/subnetworks/proxies' is already being used by 'projects/${PRODUCER}/regions/${REGION}/forwardingRules/second'`;
    await expect(it.remove("Subnetwork", "proxies")).rejects.toThrow(held);
    await it.make("subnetwork", { name: "spare", ...PROXIES, ipCidrRange: "10.64.0.0/26", role: "BACKUP" });
    await it.remove("Subnetwork", "spare");
    await it.remove("ForwardingRule", "second");
    await it.remove("Subnetwork", "proxies");
  });

  test("fails to be given another protocol than its own, and one that a rule does not have", async () => {
    await proxied();
    await expect(it.edit("RegionBackendService", "proxied", { protocol: "HTTPS" })).rejects.toThrow(
      `Invalid value for field 'resource.protocol': 'HTTPS'. It does not fit 'projects/${PRODUCER}/regions/${REGION}/targetTcpProxies/tcp', which refers to the backend service.`,
    );
    await expect(it.edit("RegionBackendService", "npm", { protocol: "UDP" })).rejects.toThrow(
      `'UDP'. It does not fit 'projects/${PRODUCER}/regions/${REGION}/forwardingRules/npm'`,
    );
    await it.edit("RegionBackendService", "npm", { protocol: "UNSPECIFIED" });
  });

  test("fails in front of machines outside Google Cloud without one: packets are not passed through to them", async () => {
    await it.make("networkEndpointGroup", {
      ...{ name: "hybrid", network: NETWORK, zone: `${REGION}-a`, networkEndpointType: "NON_GCP_PRIVATE_IP_PORT" },
    });
    const group = `projects/${PRODUCER}/zones/${REGION}-a/networkEndpointGroups/hybrid`;
    const backends = [{ group, balancingMode: "CONNECTION" }];
    await expect(it.make("regionBackendService", { ...SERVICE, backends })).rejects.toThrow("need a proxy");
    const endpoint = { networkEndpointGroup: "hybrid", zone: `${REGION}-a`, ipAddress: "192.168.7.7" };
    await expect(it.make("networkEndpoint", endpoint)).rejects.toThrow("A port must be specified");
    await it.make("networkEndpoint", { ...endpoint, port: 443 });
    await expect(it.make("networkEndpoint", { ...endpoint, port: 443 })).rejects.toThrow("already exists");
    await it.make("regionBackendService", { ...tcp, backends });
  });

  test("fails for a certificate or a key that cannot be read, and for a key of another certificate", async () => {
    const own = selfSigned("npm.customer.example");
    const made = (change: Values): Promise<Values> => it.make("regionSslCertificate", { name: "c", ...own, ...change });
    await expect(made({ certificate: "none" })).rejects.toThrow("The SSL certificate could not be parsed.");
    await expect(made({ privateKey: "none" })).rejects.toThrow("The SSL key could not be parsed.");
    const { privateKey } = selfSigned("npm.customer.example");
    await expect(made({ privateKey })).rejects.toThrow("The SSL certificate does not match the SSL key.");
    await made({ privateKey: undefined, privateKeyWo: own.privateKey, privateKeyWoVersion: "1" });
    const found = it.find("RegionSslCertificate", "c");
    expect(found.attrs["names"]).toEqual(["npm.customer.example"]);
    expect(JSON.stringify(found)).not.toContain(own.privateKey.split("\n")[1]);
    expect(Object.keys(found.secrets)).toEqual(["certificate"]);
  });
});

describe("a service attachment", () => {
  const entry = { projectIdOrNum: CONSUMER, connectionLimit: 1 };

  test.each<[string, Values, string]>([
    ["a NAT subnetwork that another one has [CP-21]", { natSubnets: ["nat"] }, "is already being used by"],
    ["a subnetwork for machines [CP-21]", { natSubnets: ["registry"] }, "must be PRIVATE_SERVICE_CONNECT"],
    ["no forwarding rule [CP-23]", { targetService: "none" }, "forwardingRules/none' was not found"],
    ["something else as its target", { targetService: GROUP }, "The URL is malformed"],
    ["two domain names [CP-27]", { domainNames: ["a.example.", "b.example."] }, "At most one domain name"],
    ["a domain name without a dot at its end [CP-27]", { domainNames: ["a.example"] }, "must end with a dot"],
    ["nobody in particular accepted", { consumerAcceptLists: [{ connectionLimit: 1 }] }, "Exactly one of"],
    [
      "a project and a network in one entry [CP-23]",
      { consumerAcceptLists: [{ ...entry, networkUrl: NETWORK }] },
      "Exactly one of projectIdOrNum, networkUrl, endpointUrl",
    ],
    [
      "projects beside networks",
      { consumerAcceptLists: [entry, { networkUrl: NETWORK, connectionLimit: 1 }] },
      "cannot be mixed",
    ],
    ["a project twice", { consumerAcceptLists: [entry, { ...entry, connectionLimit: 2 }] }, "is listed twice"],
    ["a project on both lists", { consumerRejectLists: [CONSUMER] }, "is on the accept list too"],
    [
      "a list that nobody asks",
      { connectionPreference: "ACCEPT_AUTOMATIC" },
      "need the connection preference ACCEPT_MANUAL",
    ],
    ["no limit [CP-23]", { consumerAcceptLists: [{ projectIdOrNum: CONSUMER }] }, "connectionLimit"],
  ])("fails with %s", async (_, change, message) => {
    await expect(it.make("serviceAttachment", { ...ATTACHMENT, ...change })).rejects.toThrow(message);
  });

  test("fails with the endpoint of a consumer as its target, and in another region than its target [CP-20]", async () => {
    await it.connect();
    const endpoint = it.find("ForwardingRule", "npm-0").id;
    await expect(it.make("serviceAttachment", { ...ATTACHMENT, targetService: endpoint })).rejects.toThrow(
      "It must be the forwarding rule of an internal load balancer.",
    );
    const elsewhere = { ...ATTACHMENT, region: "us-east4", targetService: it.find("ForwardingRule", "npm").id };
    await expect(it.make("serviceAttachment", elsewhere)).rejects.toThrow("The forwarding rule must be in us-east4");
  });

  test("shows its consumers, and has the id that they name it by [CP-26]", async () => {
    const rule = await it.connect();
    const made = await it.make("serviceAttachment", ATTACHMENT);
    expect(made["id"]).toBe(`projects/${PRODUCER}/regions/${REGION}/serviceAttachments/second`);
    expect(made["connectedEndpoints"]).toEqual([]);
    expect(rule.attrs["attachmentNumber"]).toBe(it.find("ServiceAttachment", "npm").attrs["number"]);
  });

  test("may go while consumers use it: their endpoints close [CP-26]", async () => {
    await it.connect();
    await it.remove("ServiceAttachment", "npm");
    expect(it.trouble()).toContain("(CLOSED)");
  });
});

describe("an alert", () => {
  test.each<[string, Values, string]>([
    ["half a minute", { duration: "30s" }, "It must be a multiple of a minute, in seconds."],
    ["a time without a unit", { duration: "60" }, "It must be a multiple of a minute, in seconds."],
    [
      "a shorter period than there are points",
      { aggregations: [{ alignmentPeriod: "10s", perSeriesAligner: "ALIGN_MAX" }] },
      "The alignment period must be at least 60 seconds.",
    ],
  ])("fails for %s", async (_, change, message) => {
    const threshold = { filter: 'metric.type="x"', comparison: "COMPARISON_GT", duration: "60s", ...change };
    const made = it.make("gcp:monitoring/alertPolicy:AlertPolicy", {
      ...{ displayName: "a", combiner: "OR" },
      conditions: [{ displayName: "c", conditionThreshold: threshold }],
    });
    await expect(made).rejects.toThrow(message);
  });
});

describe("what refreshes tokens", () => {
  const token = "sentinel-of-a-token";

  test("is a service account with a numeric id, and fails as a second one of a name [CA-44]", async () => {
    const made = await it.make("gcp:serviceaccount/account:Account", { accountId: "refresher" });
    expect(made["email"]).toBe(`refresher@${PRODUCER}.iam.gserviceaccount.com`);
    expect(made["uniqueId"]).toMatch(/^1\d{20}$/);
    expect(made["member"]).toBe(`serviceAccount:${String(made["email"])}`);
    await expect(it.make("gcp:serviceaccount/account:Account", { accountId: "refresher" })).rejects.toThrow(
      "already exists within project",
    );
    const member = { role: "roles/iam.serviceAccountUser", member: "user:a@example.com" };
    await it.make("gcp:serviceaccount/iAMMember:IAMMember", { serviceAccountId: made["name"], ...member });
    await expect(
      it.make("gcp:serviceaccount/iAMMember:IAMMember", { serviceAccountId: `${String(made["name"])}x`, ...member }),
    ).rejects.toThrow("was not found");
  });

  test("keeps a secret's value as a hash at most, and numbers its versions [CA-44]", async () => {
    const secret = await it.make("gcp:secretmanager/secret:Secret", { secretId: "token", replication: { auto: {} } });
    const version = (inputs: Values): Promise<Values> =>
      it.make("gcp:secretmanager/secretVersion:SecretVersion", { secret: secret["id"], ...inputs });
    const first = await version({ secretData: token });
    const second = await version({ secretDataWo: `${token}-wo`, secretDataWoVersion: 1 });
    expect([first["version"], second["version"]]).toEqual(["1", "2"]);
    expect(second["name"]).toBe(`projects/${PRODUCER}/secrets/token/versions/2`);
    expect(JSON.stringify(it.world.all("gcp:secretmanager/secretVersion:SecretVersion"))).not.toContain(token);
    expect(JSON.stringify(second)).not.toContain(token);
    const [kept, writeOnly] = it.world.all("gcp:secretmanager/secretVersion:SecretVersion");
    expect([Object.keys(kept!.secrets), Object.keys(writeOnly!.secrets)]).toEqual([["secretData"], []]);
    await it.remove("Secret", "token");
    expect(it.world.all("gcp:secretmanager/secretVersion:SecretVersion")).toEqual([]);
  });

  test.each<[string, string, Values, string]>([
    [
      "a secret without a replication",
      "secretmanager/secret:Secret",
      { secretId: "s", replication: {} },
      "Exactly one of",
    ],
    [
      "a version of no secret",
      "secretmanager/secretVersion:SecretVersion",
      { secret: "s", secretData: "v" },
      "not found",
    ],
    [
      "a grant on no secret",
      "secretmanager/secretIamMember:SecretIamMember",
      { secretId: "s", role: "roles/secretmanager.secretVersionAdder", member: "user:a@example.com" },
      "was not found",
    ],
    [
      "a job without a container",
      "cloudrunv2/job:Job",
      { name: "j", location: REGION, template: { template: {} } },
      "At least one container",
    ],
    [
      "a schedule that is none [CA-45]",
      "cloudscheduler/job:Job",
      { name: "j", schedule: "hourly", httpTarget: { uri: "https://run.googleapis.com/" } },
      "five cron fields",
    ],
    [
      "an alert without a condition",
      "monitoring/alertPolicy:AlertPolicy",
      { displayName: "a", combiner: "OR", conditions: [{ displayName: "none" }] },
      "exactly one kind",
    ],
  ])("fails for %s", async (_, type, args, message) => {
    await expect(it.make(`gcp:${type}`, args)).rejects.toThrow(message);
  });

  test("is a job that is protected until it is said not to be, and a schedule that runs it", async () => {
    const containers = [{ image: "us-docker.pkg.dev/p/r/i@sha256:0" }];
    const template = { template: { containers, timeout: "600s" } };
    const job = await it.make("gcp:cloudrunv2/job:Job", { name: "refresh", location: REGION, template });
    expect(job["id"]).toBe(`projects/${PRODUCER}/locations/${REGION}/jobs/refresh`);
    await it.make("gcp:cloudrunv2/jobIamMember:JobIamMember", {
      ...{ name: "refresh", location: REGION, role: "roles/run.invoker", member: "user:a@example.com" },
    });
    const target = { uri: "https://run.googleapis.com/v2/x:run", httpMethod: "POST" };
    const schedule = await it.make("gcp:cloudscheduler/job:Job", {
      ...{ name: "refresh", schedule: "0 */2 * * *", httpTarget: target },
    });
    expect(schedule["state"]).toBe("ENABLED");
    await expect(it.removeOf("gcp:cloudrunv2/job:Job")).rejects.toThrow("without setting deletion_protection=false");
    const [found] = it.world.all("gcp:cloudrunv2/job:Job");
    await it.force(found!, { args: { ...found!.args, deletionProtection: false } });
    await it.removeOf("gcp:cloudrunv2/job:Job");
  });
});
