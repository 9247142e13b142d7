// What is declared and taken by the simulated clouds, in process: that Google takes it too only a project can show.
import { describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import type { PublishGcp } from "../../plan/publish/customer.ts";
import { Deployment } from "../../sandbox/deploy.ts";
import { seedGoogleBackends } from "../../sandbox/index.ts";
import type { World } from "../../sandbox/world.ts";
import { deployCustomer, seededWorld, type DeployedCustomer } from "../support/deployed.ts";
import { Declared } from "../support/declared.ts";
import { selfSigned } from "../sandbox/selfSigned.ts";
import {
  GOOGLE_CERTIFICATE,
  GOOGLE_REGION,
  GOOGLE_VARIANTS,
  GROUP,
  onGoogle,
  PRODUCER,
  publishedOnGoogle,
} from "../support/published.ts";

async function estate(customer: Customer): Promise<World> {
  const world = await seededWorld(customer);
  await seedGoogleBackends(world, {
    ...{ project: PRODUCER, region: GOOGLE_REGION, network: "shared", instanceGroup: GROUP },
    subnet: { name: "registry", ipCidrRange: "10.60.0.0/24" },
    ...{ ports: [443], certificateNames: ["npm.acme.example"], serviceAccount: onGoogle().serviceAccount! },
  });
  const theirs = new Deployment(world);
  await theirs.register({
    ...{ key: "gcp", type: "pulumi:providers:gcp", name: "gcp" },
    inputs: { project: PRODUCER, region: GOOGLE_REGION },
  });
  const { certificate, privateKey } = selfSigned("npm.acme.example");
  await theirs.register({
    ...{ key: "npm", type: "gcp:compute/regionSslCertificate:RegionSslCertificate", name: "npm" },
    inputs: { name: "npm", certificate, privateKey },
  });
  return world;
}

async function deployed(changes: Partial<PublishGcp> = {}): Promise<DeployedCustomer> {
  const customer = publishedOnGoogle(changes);
  return deployCustomer(customer, { world: await estate(customer) });
}

const declared = (changes: Partial<PublishGcp> = {}): Promise<Declared> =>
  Declared.of(publishedOnGoogle(changes), links);

/** Google's own answer to where a resource is. */
function links(type: string, name: string): Record<string, unknown> {
  if (!type.startsWith("gcp:")) return {};
  const attachment = `projects/${PRODUCER}/regions/${GOOGLE_REGION}/serviceAttachments/${name}`;
  return type.endsWith(":ServiceAttachment")
    ? { id: attachment, connectedEndpoints: [] }
    : { selfLink: `${name}.selfLink`, address: `${name}.address` };
}

describe("a registry published on Google Cloud", () => {
  it.each(Object.entries(GOOGLE_VARIANTS))("is made whole on the simulated clouds: %s", async (_name, changes) => {
    const { refused, failed, created } = await deployed(changes);
    expect([refused?.message, failed?.stack]).toEqual([undefined, undefined]);
    expect(created.filter(({ type }) => type.endsWith(":ForwardingRule"))).toHaveLength(2);
  });

  it("connects our endpoint to the attachment, which accepts it at once [CP-23] [CP-26]", async () => {
    const { created, graph } = await deployed();
    const rule = created.find(({ type, name }) => type.endsWith(":ForwardingRule") && name.includes("-psc-"))!;
    expect(rule.inputs["target"]).toBe(`projects/${PRODUCER}/regions/${GOOGLE_REGION}/serviceAttachments/acme-npm`);
    expect(rule.outputs["pscConnectionStatus"]).toBe("ACCEPTED");
    const component = graph!.nodes.find(({ type }) => type === "causeway:gcp:ServiceAttachmentPublisher")!;
    expect(component.inputs).toMatchObject({ projectID: PRODUCER, region: GOOGLE_REGION });
  });

  it("declares a passthrough load balancer in front of backends that end tls [CP-22]", async () => {
    const found = await declared();
    expect(found.childrenOf("ServiceAttachmentPublisher")).toEqual([
      "AlertPolicy acme-npm",
      "Firewall acme-npm-in",
      "Firewall acme-npm-probes",
      "ForwardingRule acme-npm",
      "RegionBackendService acme-npm",
      "RegionHealthCheck acme-npm",
      "ServiceAttachment acme-npm",
      "Subnetwork acme-npm-nat-10-61-0-0",
    ]);
    expect(found.one("RegionBackendService").inputs).toMatchObject({
      ...{ loadBalancingScheme: "INTERNAL", protocol: "TCP", healthChecks: "acme-npm.selfLink" },
      backends: [{ group: GROUP, balancingMode: "CONNECTION" }],
    });
    expect(found.all("ForwardingRule")[0]!.inputs).toMatchObject({
      ...{ loadBalancingScheme: "INTERNAL", ports: ["443"], ipProtocol: "TCP" },
      ...{
        backendService: "acme-npm.selfLink",
        subnetwork: `projects/${PRODUCER}/regions/${GOOGLE_REGION}/subnetworks/registry`,
      },
    });
  });

  it("puts google's proxies in a subnet of their own before backends that do not end tls [CP-22]", async () => {
    const ended = await declared(GOOGLE_VARIANTS["a proxy that ends tls"]);
    expect(ended.one("RegionTargetHttpsProxy").inputs).toMatchObject({ sslCertificates: [GOOGLE_CERTIFICATE] });
    expect(ended.one("RegionBackendService").inputs).toMatchObject({ protocol: "HTTP", portName: "http" });
    const passed = await declared(GOOGLE_VARIANTS["a proxy that passes tls on"]);
    expect(passed.all("RegionTargetHttpsProxy")).toEqual([]);
    expect(passed.one("RegionTargetTcpProxy").inputs).toMatchObject({ backendService: "acme-npm.selfLink" });
    const proxies = passed.all("Subnetwork").find(({ name }) => name === "acme-npm-proxies")!;
    expect(proxies.inputs).toMatchObject({ purpose: "REGIONAL_MANAGED_PROXY", role: "ACTIVE" });
    const existing = await declared({
      ...GOOGLE_VARIANTS["a proxy that passes tls on"],
      proxySubnet: { kind: "existing", range: "10.62.0.0/24" },
    });
    expect(existing.all("Subnetwork").map(({ name }) => name)).not.toContain("acme-npm-proxies");
  });

  it("reaches addresses outside google cloud through a group of them [CP-22]", async () => {
    const found = await declared(GOOGLE_VARIANTS["addresses outside google cloud"]);
    expect(found.one("NetworkEndpointGroup").inputs).toMatchObject({
      ...{ networkEndpointType: "NON_GCP_PRIVATE_IP_PORT", zone: "us-central1-a", defaultPort: 8443 },
    });
    expect(found.all("NetworkEndpoint").map(({ inputs }) => [inputs["ipAddress"], inputs["port"]])).toEqual([
      ["10.200.0.10", 8443],
      ["10.200.0.11", 8443],
    ]);
    expect(found.all("Firewall").filter(({ name }) => name.startsWith("acme-npm"))).toEqual([]);
  });

  it("takes consumers' addresses from a subnet for nothing else [CP-21]", async () => {
    const subnet = (await declared()).all("Subnetwork").find(({ name }) => name.startsWith("acme-npm-nat"))!;
    expect(subnet.inputs).toEqual({
      ...{
        name: "acme-npm-nat-10-61-0-0",
        region: GOOGLE_REGION,
        ipCidrRange: "10.61.0.0/24",
        purpose: "PRIVATE_SERVICE_CONNECT",
      },
      network: `projects/${PRODUCER}/global/networks/shared`,
    });
    const alert = JSON.stringify((await declared()).one("AlertPolicy").inputs);
    expect(alert).toContain("private_service_connect/producer/used_nat_ip_addresses");
    expect(alert).toContain('"thresholdValue":201');
  });

  it("accepts our project alone, and lets go of what is taken off the list [CP-23]", async () => {
    const attachment = (await declared()).one("ServiceAttachment");
    expect(attachment.inputs).toEqual({
      ...{ name: "acme-npm", region: GOOGLE_REGION, connectionPreference: "ACCEPT_MANUAL", enableProxyProtocol: false },
      ...{
        natSubnets: ["acme-npm-nat-10-61-0-0.selfLink"],
        targetService: "acme-npm.selfLink",
        reconcileConnections: true,
      },
      consumerAcceptLists: [{ projectIdOrNum: "acme-prod-4f2a", connectionLimit: 10 }],
    });
    expect(attachment.protect).toBe(true);
  });

  it("lets in who connects and google's health checks, to the backends' machines alone [CP-24]", async () => {
    const rules = async (changes?: Partial<PublishGcp>) =>
      (await declared(changes))
        .all("Firewall")
        .filter(({ name }) => name.startsWith("acme-npm"))
        .map(({ inputs }) => [inputs["sourceRanges"], inputs["allows"], inputs["targetServiceAccounts"]]);
    const machines = [onGoogle().serviceAccount];
    expect(await rules()).toEqual([
      [["10.61.0.0/24"], [{ protocol: "tcp", ports: ["443"] }], machines],
      [["130.211.0.0/22", "35.191.0.0/16"], [{ protocol: "tcp", ports: ["443"] }], machines],
    ]);
    expect((await rules(GOOGLE_VARIANTS["a proxy that ends tls"]))[0]).toEqual([
      ["10.62.0.0/24"],
      [{ protocol: "tcp", ports: ["8080"] }],
      machines,
    ]);
  });

  it("replaces the attachment with its forwarding rule, the old one first [CP-25]", async () => {
    const attachment = (await declared()).one("ServiceAttachment");
    expect(attachment).toMatchObject({ deleteBeforeReplace: true, replaceOnChanges: ["targetService"] });
  });

  it("replaces backends of another protocol with all that leads to them [CP-22] [CP-25]", async () => {
    const ended = await declared(GOOGLE_VARIANTS["a proxy that ends tls"]);
    const types = ["RegionBackendService", "RegionUrlMap", "RegionTargetHttpsProxy"];
    expect(types.map((type) => ended.one(type).replaceOnChanges)).toEqual([
      ["protocol"],
      ["defaultService"],
      ["urlMap"],
    ]);
  });

  it("names a domain of the customer's with a dot at its end, and none unless asked [CP-27]", async () => {
    const named = await declared({ domainName: "acme.example" });
    expect(named.one("ServiceAttachment").inputs["domainNames"]).toEqual(["acme.example."]);
    expect((await declared()).one("ServiceAttachment").inputs).not.toHaveProperty("domainNames");
  });
});
