// What is declared on Google's side, in process: that Google takes it is for the engine tier and its simulated clouds.
import { beforeAll, describe, expect, test } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import { connection, customer, everyKind, link, PSC_DOMAIN } from "../support/customers.ts";
import { Declared } from "../support/declared.ts";

const NAME = "acme-aws-111122223333-us-east-1";
const PSC = "acme-psc-packages-39625440";

let declared: Declared;
beforeAll(async () => {
  declared = await Declared.of(everyKind());
});

describe("HaVpnGateway and VpnTunnels", () => {
  test("declare one gateway and router, and a tunnel, interface and peer per planned row", () => {
    expect(declared.childrenOf("HaVpnGateway")).toEqual(["HaVpnGateway acme-vpn", "Router acme-vpn"]);
    const rows = ["t0", "t1", "t2", "t3"];
    expect(declared.childrenOf("VpnTunnels")).toEqual([
      `ExternalVpnGateway ${NAME}`,
      ...rows.map((key) => `RouterInterface ${NAME}-${key}`),
      ...rows.map((key) => `RouterPeer ${NAME}-${key}`),
      ...rows.map((key) => `VPNTunnel ${NAME}-${key}`),
    ]);
  });

  test("join each tunnel to AWS's address and to its own interfaces", () => {
    expect(declared.one("ExternalVpnGateway").inputs).toMatchObject({
      redundancyType: "FOUR_IPS_REDUNDANCY",
      interfaces: [0, 1, 2, 3].map((id) => ({ id, ipAddress: `198.51.100.${id + 1}` })),
    });
    expect(
      declared
        .all("VPNTunnel")
        .map(({ inputs }) => [inputs.vpnGatewayInterface, inputs.peerExternalGatewayInterface, inputs.sharedSecret]),
    ).toEqual([
      [0, 0, "kobviously-fake-t0"],
      [0, 1, "kobviously-fake-t1"],
      [1, 2, "kobviously-fake-t2"],
      [1, 3, "kobviously-fake-t3"],
    ]);
    expect(declared.all("VPNTunnel").map(({ secretInputs }) => secretInputs)).toEqual(Array(4).fill(["sharedSecret"]));
  });

  test("give Google the second inside address and BGP the first", () => {
    expect(declared.all("RouterInterface").map(({ inputs }) => inputs.ipRange)).toEqual([
      "169.254.32.2/30",
      "169.254.32.6/30",
      "169.254.32.10/30",
      "169.254.32.14/30",
    ]);
    expect(
      declared.all("RouterPeer").map(({ inputs }) => [inputs.ipAddress, inputs.peerIpAddress, inputs.peerAsn]),
    ).toEqual([
      ["169.254.32.2", "169.254.32.1", 64512],
      ["169.254.32.6", "169.254.32.5", 64512],
      ["169.254.32.10", "169.254.32.9", 64512],
      ["169.254.32.14", "169.254.32.13", 64512],
    ]);
  });

  test("are deleted before they are replaced, since Google refuses two tunnels between one pair", () => {
    const kinds = ["ExternalVpnGateway", "VPNTunnel", "RouterInterface", "RouterPeer"];
    expect(kinds.flatMap((kind) => declared.all(kind)).every((node) => node.deleteBeforeReplace)).toBe(true);
  });

  test("advertise the executor subnets and nothing else (V17)", () => {
    const [, vpn] = declared.all("Router");
    expect(vpn?.inputs.bgp).toEqual({
      asn: 65001,
      keepaliveInterval: 20,
      advertiseMode: "CUSTOM",
      advertisedGroups: [],
      advertisedIpRanges: [{ range: "10.10.0.0/24" }, { range: "10.10.1.0/24" }],
    });
  });

  test("without high availability keep both tunnels on interface 0 (V18)", async () => {
    const single = await Declared.of(everyKind({ aws: [connection({ highAvailable: false })] }));
    expect(single.one("ExternalVpnGateway").inputs.redundancyType).toBe("TWO_IPS_REDUNDANCY");
    expect(
      single.all("VPNTunnel").map(({ inputs }) => [inputs.vpnGatewayInterface, inputs.peerExternalGatewayInterface]),
    ).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});

describe("PrivateServiceConnect", () => {
  test("declares exactly an address, a rule, and a zone for one name", () => {
    expect(declared.childrenOf("PrivateServiceConnect")).toEqual([
      `Address ${PSC}`,
      `ForwardingRule ${PSC}`,
      `ManagedZone ${PSC}`,
      `RecordSet ${PSC}`,
    ]);
    expect(declared.one("ForwardingRule").inputs).toMatchObject({
      loadBalancingScheme: "",
      target: "projects/acme-shared/regions/us-central1/serviceAttachments/packages",
      ipAddress: `${PSC}.selfLink`,
      noAutomateDnsZone: true,
      recreateClosedPsc: true,
    });
    expect(declared.one("ManagedZone").inputs).toMatchObject({ dnsName: `${PSC_DOMAIN}.`, visibility: "private" });
    expect(declared.one("RecordSet").inputs).toMatchObject({
      name: `${PSC_DOMAIN}.`,
      type: "A",
      rrdatas: [`${PSC}.address`],
    });
  });
});

describe("ExecutorNat", () => {
  const states = (...list: ("active" | "reserved" | "draining")[]): Customer =>
    customer({
      executorNAT: {
        addresses: list.map((state, i) => ({ key: `nat-${i + 1}`, state })),
        minPortsPerVm: 256,
        maxPortsPerVm: 4096,
      },
    });

  test("declares exactly its addresses, a router of its own and the gateway", () => {
    expect(declared.childrenOf("ExecutorNat")).toEqual([
      "Address acme-nat-1",
      "Address acme-nat-2",
      "Router acme-nat",
      "RouterNat acme-nat",
    ]);
  });

  test("sends traffic through active addresses, drains draining ones, and leaves reserved ones idle (V29)", async () => {
    const { inputs } = (await Declared.of(states("active", "active", "reserved", "draining"))).one("RouterNat");
    expect([inputs.natIps, inputs.drainNatIps]).toEqual([
      ["acme-nat-1.selfLink", "acme-nat-2.selfLink"],
      ["acme-nat-4.selfLink"],
    ]);
  });

  test("never drains at creation and never mixes dynamic ports with endpoint-independent mapping (V29, V31)", () => {
    const { inputs } = declared.one("RouterNat");
    expect(inputs.drainNatIps).toEqual([]);
    expect(inputs).toMatchObject({
      natIpAllocateOption: "MANUAL_ONLY",
      enableDynamicPortAllocation: true,
      enableEndpointIndependentMapping: false,
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
    });
  });
});

describe("ExecutorFirewall", () => {
  test("is not written without a service account, as it would hit every VM", () => {
    expect(declared.all("Firewall")).toEqual([]);
  });

  test("opens the endpoints' ports, denies the rest of their ranges, and lets ICMP back in", async () => {
    const base = everyKind();
    const rules = (
      await Declared.of({
        ...base,
        executors: { ...base.executors, serviceAccount: "executors@acme-prod-4f2a.iam.gserviceaccount.com" },
      })
    ).all("Firewall");
    expect(
      rules.map(({ name, inputs }) => [
        name,
        inputs.direction,
        inputs.priority,
        inputs.destinationRanges ?? inputs.sourceRanges,
      ]),
    ).toEqual([
      [`${NAME}-allow`, "EGRESS", 1000, ["10.127.0.0/24"]],
      [`${NAME}-deny`, "EGRESS", 1100, ["10.127.0.0/24"]],
      [`${NAME}-icmp`, "INGRESS", 1000, ["10.127.0.0/24"]],
      [`${PSC}-allow`, "EGRESS", 1000, [`${PSC}.address/32`]],
      [`${PSC}-deny`, "EGRESS", 1100, [`${PSC}.address/32`]],
    ]);
    expect(rules.every(({ inputs }) => (inputs.targetServiceAccounts as string[]).length === 1)).toBe(true);
  });
});

describe("ExecutorNetwork", () => {
  test("creates the network and its subnets where asked to", () => {
    expect(declared.childrenOf("ExecutorNetwork")).toEqual([
      "Network acme",
      "Subnetwork executors-a",
      "Subnetwork executors-b",
    ]);
  });

  test("declares nothing of a network that exists already", async () => {
    const base = everyKind();
    const adopted = await Declared.of({ ...base, gcp: { ...base.gcp, network: { kind: "existing", name: "acme" } } });
    expect(adopted.childrenOf("ExecutorNetwork")).toEqual([]);
    expect(adopted.one("compute/haVpnGateway:HaVpnGateway").inputs.network).toContain("/global/networks/acme");
  });
});

describe("DnsProxy", () => {
  const artefact = (from: Declared) =>
    JSON.parse(String(from.one("ProjectMetadataItem").inputs.value)) as Record<string, string>;

  test("delivers one artefact whose routes follow the endpoints' own names", () => {
    expect(declared.childrenOf("DnsProxy")).toEqual(["ProjectMetadataItem acme"]);
    expect(declared.one("ProjectMetadataItem").inputs.key).toBe("causeway-dns-proxy");
    expect(artefact(declared)["corefile"]).toContain(
      `rewrite name exact artifactory.acme.example. vpce-0a-k3.${link("a1").key}.us-east-1.vpce.amazonaws.com.`,
    );
    expect(declared.graph.outputs["dnsProxy"]).toEqual({ hash: artefact(declared)["hash"], proxyTag: "202311201628" });
  });

  test("a changed route is a changed input of that one resource", async () => {
    const base = everyKind();
    const routes = base.executorPrivateDNS!.routes.slice(0, 1);
    const fewer = await Declared.of({ ...base, executorPrivateDNS: { proxyTag: "202311201628", routes } });
    const before = new Map(declared.graph.nodes.map((node) => [node.urn, JSON.stringify(node.inputs)]));
    const changed = fewer.graph.nodes.filter(({ urn, inputs }) => before.get(urn) !== JSON.stringify(inputs));
    expect(changed.map(({ type }) => type.split(":").at(-1))).toEqual(["DnsProxy", "ProjectMetadataItem"]);
    expect(artefact(fewer)["hash"]).not.toBe(artefact(declared)["hash"]);
  });
});

describe("the stack's outputs", () => {
  test("hold no secret and nothing a secret was part of", () => {
    expect(declared.graph.secretOutputs).toEqual([]);
    expect(JSON.stringify(declared.graph.outputs)).not.toContain("obviously-fake");
    expect(Object.keys(declared.graph.outputs).sort()).toEqual([
      "deployed",
      "dnsProxy",
      "endpoints",
      "handoff",
      "natAddresses",
      "registries",
      "tunnels",
    ]);
  });

  test("every resource in a component has that component as parent and an explicit provider", () => {
    const loose = declared.graph.nodes.filter(
      ({ type, custom, parent, provider }) =>
        custom && !type.startsWith("pulumi:providers:") && (parent === undefined || provider === undefined),
    );
    expect(loose).toEqual([]);
  });
});
