/**
 * What a good file becomes: one customer, normalised once. That its plan can be deployed is shown by the program and
 * engine tests.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadCustomer, parseCustomer } from "../../stacks/load.ts";
import { planCustomer } from "../../plan/plan.ts";
import { ACME, TODAY, edited, fixture, notes, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const yamlIn = (folder: string): readonly string[] =>
  readdirSync(`${ROOT}/${folder}`)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`);
const customerOf = (text: string) => parseCustomer(text, "acme.yaml", { today: TODAY }).customer;

describe("every file that comes with the project", () => {
  const files = [...yamlIn("stacks/customers"), ...yamlIn("tests/fixtures/customers")];
  test.each(files)("%s loads, plans and names its schema on the first line", (file) => {
    const { customer } = loadCustomer(file, { root: ROOT, today: TODAY });
    expect(planCustomer(customer)).toBeDefined();
  });

  test("are the full example, the development one, and the smallest of each kind", () => {
    expect(files.map((file) => file.split("/").at(-1))).toEqual([
      "acme.yaml",
      "both-ends.yaml",
      "dev.yaml",
      "aws-private-link.yaml",
      "before-answer.yaml",
      "dns-proxy.yaml",
      "made-registries.yaml",
      "private-service-connect.yaml",
      "public-load-balancer.yaml",
    ]);
  });

  test("the development customer uses all four kinds of connection and leaves nothing to note", () => {
    const { customer, notes: said } = loadCustomer("stacks/customers/dev.yaml", { root: ROOT, today: TODAY });
    expect(customer.aws[0]?.privateLinks.length).toBe(1);
    expect(customer.privateServiceConnect?.endpoints.length).toBe(1);
    expect(customer.executorNAT?.addresses.length).toBe(2);
    expect(customer.executorPrivateDNS?.routes.map(({ target }) => target.kind)).toEqual(["privateLink", "name"]);
    expect(customer.registries.map(({ certificate }) => certificate.kind)).toEqual([
      "privateCA",
      "publicCA",
      "publicCA",
    ]);
    expect(said).toEqual([]);
  });
});

describe("a customer is normalised once", () => {
  test("the full example, but for its certificates", () => {
    const { registries, ...rest } = customerOf(ACME);
    const [artifactory, maven] = registries;
    expect(rest).toEqual({
      name: "acme",
      displayName: "Acme Corporation",
      labels: { tier: "gold", wave: "canary" },
      gcp: {
        projectID: "acme-prod-4f2a",
        region: "us-central1",
        network: { kind: "existing", name: "acme" },
        routerAsn: 65001,
        reservedRanges: ["10.20.0.0/16"],
      },
      executors: {
        serviceAccount: "executors@acme-prod-4f2a.iam.gserviceaccount.com",
        maxInstances: 200,
        subnets: [
          { name: "executors-a", ipCidrRange: "10.10.0.0/24" },
          { name: "executors-b", ipCidrRange: "10.10.1.0/24" },
        ],
      },
      executorNAT: {
        addresses: [
          { key: "nat-1", state: "active" },
          { key: "nat-2", state: "active" },
          { key: "nat-3", state: "reserved" },
        ],
        minPortsPerVm: 256,
        maxPortsPerVm: 4096,
      },
      executorPrivateDNS: {
        proxyTag: "202311201628",
        routes: [
          {
            source: "artifactory.acme.example",
            target: { kind: "privateLink", link: "vpce-svc-0a1b2c3d4e5f67890" },
          },
          {
            source: "maven.dc.acme.example",
            target: { kind: "name", destination: "maven.edge.acme.example", resolverIP: "198.51.100.53" },
          },
          {
            source: "pypi.acme.example",
            target: { kind: "privateServiceConnect", domain: "packages.gcp.acme.example" },
          },
        ],
      },
      aws: [
        {
          accountID: "111122223333",
          region: "us-east-1",
          highAvailable: true,
          vpcCidr: "10.127.0.0/24",
          availabilityZoneIDs: ["use1-az1", "use1-az4"],
          amazonSideAsn: 64512,
          insideCidr: "169.254.32.0/28",
          proposal: "aes256-sha256-modp2048",
          pskGenerations: { t0: 1, t1: 1, t2: 2, t3: 1 },
          privateLinks: [
            {
              key: "vpce-svc-0a1b2c3d4e5f67890",
              target: { kind: "service", serviceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d4e5f67890" },
              ports: [443],
              privateDnsEnabled: false,
              blobs: "private",
            },
            {
              key: "vpce-svc-0f9e8d7c6b5a43210",
              target: { kind: "service", serviceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210" },
              ports: [22, 443],
              privateDnsEnabled: false,
              blobs: "private",
            },
          ],
        },
      ],
      privateServiceConnect: {
        subnet: "executors-a",
        endpoints: [
          {
            domain: "packages.gcp.acme.example",
            target: {
              kind: "attachment",
              targetService: "projects/acme-shared/regions/us-central1/serviceAttachments/packages",
            },
            ports: [443],
          },
        ],
      },
      health: { keepaliveInterval: 20, dpdTimeoutSeconds: 30, logRetentionDays: 90 },
      permits: [
        { path: "executorNAT.addresses[nat-3]", reason: "CHG-1042 gives up the third address", until: "2026-12-31" },
      ],
    });
    expect(maven).toEqual({
      ...{ key: "maven", dnsName: "maven.dc.acme.example", certificate: { kind: "publicCA" } },
      ...{ origin: { kind: "existing" }, publish: {} },
    });
    expect(artifactory).toMatchObject({ key: "artifactory", certificate: { kind: "privateCA" } });
  });

  test("the smallest aws file gets every default", () => {
    const customer = customerOf(fixture("aws-private-link"));
    expect(Object.keys(customer).sort()).toEqual(
      ["aws", "displayName", "executors", "gcp", "health", "labels", "name", "permits", "registries"].sort(),
    );
    expect(customer.displayName).toBe("acme");
    expect(customer.gcp).toMatchObject({ routerAsn: 65001, reservedRanges: [] });
    expect(customer.executors).toEqual({
      maxInstances: 100,
      subnets: [{ name: "executors", ipCidrRange: "10.10.0.0/24" }],
    });
    expect(customer.aws[0]).toEqual({
      accountID: "111122223333",
      region: "us-east-1",
      highAvailable: true,
      vpcCidr: "10.127.0.0/24",
      availabilityZoneIDs: ["use1-az1", "use1-az2"],
      amazonSideAsn: 64512,
      insideCidr: "169.254.32.0/28",
      proposal: "aes256-sha256-modp2048",
      pskGenerations: { t0: 1, t1: 1, t2: 1, t3: 1 },
      privateLinks: [
        {
          key: "vpce-svc-0a1b2c3d4e5f67890",
          target: { kind: "service", serviceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0a1b2c3d4e5f67890" },
          ports: [443],
          privateDnsEnabled: false,
          blobs: "private",
        },
      ],
    });
    expect(customer.health).toEqual({ keepaliveInterval: 20, dpdTimeoutSeconds: 30, logRetentionDays: 30 });
  });

  test("two active addresses where the block says nothing, and the only subnet for endpoints", () => {
    expect(customerOf(fixture("public-load-balancer")).executorNAT).toEqual({
      addresses: [
        { key: "nat-1", state: "active" },
        { key: "nat-2", state: "active" },
      ],
      minPortsPerVm: 256,
      maxPortsPerVm: 4096,
    });
    expect(customerOf(fixture("private-service-connect")).privateServiceConnect?.subnet).toBe("executors");
  });

  test("order and letter case in the file change nothing", () => {
    const edits: readonly Edit[] = [
      ["nat-1: {}, nat-2: {}", "nat-2: {}, nat-1: {}"],
      ["[use1-az1, use1-az4]", "[use1-az4, use1-az1]"],
      ["[22, 443]", "[443, 22]"],
      ["source: artifactory.acme.example", "source: Artifactory.ACME.example"],
      ["domain: packages.gcp.acme.example", "domain: Packages.GCP.acme.example"],
      ["targetService: projects", "targetService: https://www.googleapis.com/compute/v1/projects"],
    ];
    expect(customerOf(edited(ACME, edits))).toEqual(customerOf(ACME));
  });

  test("a bundle keeps its certificates and loses what stands between them", () => {
    const commented: Edit = [
      "-----BEGIN CERTIFICATE-----",
      "subject=CN = Acme CA\n          -----BEGIN CERTIFICATE-----",
    ];
    expect(customerOf(edited(ACME, [commented]))).toEqual(customerOf(ACME));
  });
});

describe("notes are no mistakes", () => {
  test("the full example has two names without a registry", () => {
    expect(notes(ACME)).toEqual([
      "26:19: ~.executorPrivateDNS.routes[1].source: no entry of registries has pypi.acme.example, so the kind of its certificate is unknown",
      "52:21: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].domain: no entry of registries has packages.gcp.acme.example, so the kind of its certificate is unknown",
    ]);
  });

  test("a public destination without static addresses", () => {
    expect(notes(fixture("dns-proxy"))).toEqual([
      "9:26: ~.executorPrivateDNS.routes[0].source: no entry of registries has packages.acme.example, so the kind of its certificate is unknown",
      "9:62: ~.executorPrivateDNS.routes[0].destination: packages.edge.acme.example is public and there is no executorNAT, so its allowlist has no static address to name",
    ]);
  });

  const PERMIT = '71:7: ~.permits["executorNAT.addresses[';
  test("a permit past its date, which is dropped, and one for a path that is gone", () => {
    const past = edited(ACME, [["until: 2026-12-31", "until: 2026-11-20"]]);
    expect(notes(past)).toContain(
      `${PERMIT}nat-3]"]: the permit ended on 2026-11-20 and counts for nothing; remove it`,
    );
    expect(customerOf(past).permits).toEqual([]);
    const gone = edited(ACME, [["addresses[nat-3]: {", "addresses[nat-9]: {"]]);
    expect(notes(gone)).toContain(
      `${PERMIT}nat-9]"]: nothing is at executorNAT.addresses[nat-9] any more; remove the permit`,
    );
  });

  test("a bundle that ends within thirty days, on the thirtieth but not the thirty-first", () => {
    const soon = (today: string) =>
      parseCustomer(ACME, "f", { today }).notes.filter(({ path }) => path.includes("caBundle"));
    expect(soon("2126-09-26")).toEqual([]);
    expect(soon("2126-09-27").map(({ message }) => message)).toEqual([
      "CN=Acme CA ends on 2126-10-27, in 30 days; ask the customer for the next one",
    ]);
  });

  test("a key generation of a tunnel that is not there", () => {
    expect(notes(edited(ACME, [["highAvailable: true", "highAvailable: false"]]))).toContain(
      "48:33: ~.privateCodeHost.aws.vpn.pskGenerations.t2: there is no t2 while highAvailable is false, so its generation counts for nothing",
    );
  });
});

describe("blocks of the printed procedures paste in", () => {
  const OURS = fixture("public-load-balancer");
  const pasted = (block: string): string => OURS + block;

  const ROUTE = `    executorPrivateDNS:
      proxyTag: 202311201628
      routes:
        - destination: customer.loadbalancer.public.domain
          source: customer.registry.private.domain
`;
  test("a route to a public load balancer: refused by its placeholders, loads once they are filled", () => {
    expect(problems(pasted(ROUTE))).toEqual([
      '11:24: ~.executorPrivateDNS.routes[0].destination: expected a dns name, got "customer.loadbalancer.public.domain"; a placeholder is left, put in the name to answer with',
      '12:19: ~.executorPrivateDNS.routes[0].source: expected a dns name, got "customer.registry.private.domain"; a placeholder is left, put in the registry\'s private name',
    ]);
    const filled = ROUTE.replace("customer.loadbalancer.public.domain", "edge.acme.example").replace(
      "customer.registry.private.domain",
      "npm.acme.example",
    );
    expect(customerOf(pasted(filled)).executorPrivateDNS?.routes).toEqual([
      { source: "npm.acme.example", target: { kind: "name", destination: "edge.acme.example" } },
    ]);
  });

  const ENDPOINT_ROUTE = `    executorPrivateDNS:
      proxyTag: 202311201628
      routes:
        - source: private.CUSTOMER.DOMAIN
          # use domain with region inside the URL, b/c it routes to every zone inside VPC
          destination: vpce-<ID>.vpce-svc-<HASH>.<REGION>.vpce.amazonaws.com
`;
  const VPN = `    privateCodeHost:
      aws:
        accountID: <AWS_ACCOUNT_ID>
        highAvailable: true
        region: <AWS_REGION>
        privateLinks:
          - endpoint: com.amazonaws.vpce.<REGION>.<VPC_ENDPOINT_SERVICE_ID>
      enabled: true
`;
  test("an aws connection and a route to its endpoint", () => {
    const text = pasted(ENDPOINT_ROUTE + VPN);
    expect(problems(text).map((line) => line.replace(/: expected .*; /, ": "))).toEqual([
      "11:19: ~.executorPrivateDNS.routes[0].source: a placeholder is left, put in the registry's private name",
      "13:24: ~.executorPrivateDNS.routes[0].destination: a placeholder is left, put in the name to answer with",
      "16:20: ~.privateCodeHost.aws.accountID: a placeholder is left, put in the id of the vendor-owned account",
      "18:17: ~.privateCodeHost.aws.region: a placeholder is left, put in the region, such as us-east-1",
      "20:23: ~.privateCodeHost.aws.privateLinks[0].endpoint: a placeholder is left, put in the service name the customer sent",
    ]);
    const filled = edited(text, [
      ["private.CUSTOMER.DOMAIN", "npm.acme.example"],
      ["vpce-<ID>.vpce-svc-<HASH>.<REGION>", "vpce-0123456789abcdef0-k3qz81aa.vpce-svc-0a1b2c3d4e5f67890.us-east-1"],
      ["<AWS_ACCOUNT_ID>", "111122223333"],
      ["<AWS_REGION>", "us-east-1"],
      ["<REGION>.<VPC_ENDPOINT_SERVICE_ID>", "us-east-1.vpce-svc-0a1b2c3d4e5f67890"],
    ]);
    expect(customerOf(filled).aws[0]?.privateLinks.map(({ key }) => key)).toEqual(["vpce-svc-0a1b2c3d4e5f67890"]);
  });

  test("an older aws connection is answered key by key", () => {
    const older = VPN.replace("        privateLinks:\n          - endpoint: ", "        vpcEndpointService: ").replace(
      "      enabled: true",
      "      enabled: true\n      type: awsvpn",
    );
    expect(
      problems(pasted(older))
        .map((line) => line.replace(/: expected .*; /, ": "))
        .slice(2),
    ).toEqual([
      "13:9: ~.privateCodeHost.aws.vpcEndpointService: unknown key, got vpcEndpointService; write it as privateLinks[].endpoint",
      "15:7: ~.privateCodeHost.type: unknown key, got type; remove it, the block (aws or gcp) says which kind it is",
    ]);
  });
});
