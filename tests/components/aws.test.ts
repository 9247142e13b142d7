// What is declared on the AWS side, in process: that AWS takes it is for the engine tier and its simulated clouds.
import { beforeAll, describe, expect, test } from "vitest";
import { connection, customer, everyKind, link } from "../support/customers.ts";
import { answers, Declared } from "../support/declared.ts";

const NAME = "acme-aws-111122223333-us-east-1";
const SERVICE = link("a1").key;

let declared: Declared;
beforeAll(async () => {
  declared = await Declared.of(everyKind());
});

describe("AwsPrivateLink", () => {
  test("declares exactly the VPC, its zones, one endpoint with a rule per subnet and port, and the logs", () => {
    expect(declared.childrenOf("PrivateLink")).toEqual([
      `DefaultSecurityGroup ${NAME}`,
      `FlowLog ${NAME}`,
      `LogGroup ${NAME}-flow`,
      `Role ${NAME}-flow`,
      `RolePolicy ${NAME}-flow`,
      `RouteTable ${NAME}`,
      `RouteTableAssociation ${NAME}-use1-az1`,
      `RouteTableAssociation ${NAME}-use1-az4`,
      `SecurityGroup acme-${SERVICE}`,
      `SecurityGroupIngressRule acme-${SERVICE}-executors-a-443`,
      `SecurityGroupIngressRule acme-${SERVICE}-executors-b-443`,
      `Subnet ${NAME}-use1-az1`,
      `Subnet ${NAME}-use1-az4`,
      `Vpc ${NAME}`,
      `VpcEndpoint acme-${SERVICE}`,
    ]);
  });

  test("lets executors in on the endpoint's ports and nobody else, and nothing out", () => {
    expect(
      declared
        .all("SecurityGroupIngressRule")
        .map(({ inputs }) => [inputs.cidrIpv4, inputs.fromPort, inputs.toPort, inputs.ipProtocol]),
    ).toEqual([
      ["10.10.0.0/24", 443, 443, "tcp"],
      ["10.10.1.0/24", 443, 443, "tcp"],
    ]);
    expect(declared.one("SecurityGroup").inputs).not.toHaveProperty("egress");
    expect(declared.one("DefaultSecurityGroup").inputs).toMatchObject({ ingress: [], egress: [] });
  });

  test("makes an interface endpoint in every zone, with no private dns in the first stage (V5)", () => {
    expect(declared.one("VpcEndpoint").inputs).toEqual({
      vpcId: `${NAME}-id`,
      serviceName: `com.amazonaws.vpce.us-east-1.${SERVICE}`,
      vpcEndpointType: "Interface",
      ipAddressType: "ipv4",
      subnetIds: [`${NAME}-use1-az1-id`, `${NAME}-use1-az4-id`],
      securityGroupIds: [`acme-${SERVICE}-id`],
      tags: {
        Name: `acme-${SERVICE}`,
        "causeway:customer": "acme",
        "causeway:connection": "aws-111122223333-us-east-1",
      },
    });
    expect(declared.all("EndpointPrivateDns")).toEqual([]);
  });

  test("adds private dns as a resource of its own once the customer has accepted", async () => {
    const accepted = await Declared.of(
      everyKind({ aws: [connection({ privateLinks: [{ ...link("a1"), privateDnsEnabled: true }] })] }),
    );
    expect(accepted.one("EndpointPrivateDns").inputs).toEqual({
      vpcEndpointId: `acme-${SERVICE}-id`,
      privateDnsEnabled: true,
    });
  });

  test("picks the regional dns name wherever it stands in the list", () => {
    expect(declared.graph.outputs["endpoints"]).toMatchObject({
      [SERVICE]: { dnsName: `vpce-0a-k3.${SERVICE}.us-east-1.vpce.amazonaws.com`, state: "available" },
    });
  });

  test("two links share one VPC and one VPN, and the second changes nothing of the first", async () => {
    const two = await Declared.of(
      everyKind({ aws: [connection({ privateLinks: [link("a1"), link("b2", [22, 443])] })] }),
    );
    expect([two.all("Vpc").length, two.all("VpnConnection").length, two.all("VpcEndpoint").length]).toEqual([1, 2, 2]);
    const before = new Map(declared.graph.nodes.map((node) => [node.urn, node.inputs]));
    const gone = declared.graph.nodes.filter(({ urn }) => !two.graph.nodes.some((node) => node.urn === urn));
    const changed = two.graph.nodes.filter(
      ({ urn, inputs }) => before.has(urn) && JSON.stringify(before.get(urn)) !== JSON.stringify(inputs),
    );
    expect(gone).toEqual([]);
    // The guest rules open port 22 as well, so the artefact is the one thing that may differ.
    expect(changed.map(({ type }) => type)).toEqual(["gcp:compute/projectMetadataItem:ProjectMetadataItem"]);
  });

  test("without private links raises the VPN alone", async () => {
    const early = await Declared.of(customer({ aws: [connection({ privateLinks: [] })] }));
    expect([early.all("VpcEndpoint").length, early.all("VPNTunnel").length]).toEqual([0, 4]);
  });
});

describe("AwsVpnPeer", () => {
  test("declares exactly one customer gateway and connection per interface and one key per tunnel (V18)", () => {
    expect(declared.childrenOf("VpnPeer")).toEqual([
      `CustomerGateway ${NAME}-a`,
      `CustomerGateway ${NAME}-b`,
      `LogGroup ${NAME}-vpn`,
      `RandomPassword ${NAME}-t0`,
      `RandomPassword ${NAME}-t1`,
      `RandomPassword ${NAME}-t2`,
      `RandomPassword ${NAME}-t3`,
      `VpnConnection ${NAME}-a`,
      `VpnConnection ${NAME}-b`,
      `VpnGateway ${NAME}`,
      `VpnGatewayAttachment ${NAME}`,
      `VpnGatewayRoutePropagation ${NAME}`,
    ]);
  });

  test("without high availability declares one of each and two keys (V18)", async () => {
    const single = await Declared.of(everyKind({ aws: [connection({ highAvailable: false })] }));
    expect(["CustomerGateway", "VpnConnection", "RandomPassword"].map((name) => single.all(name).length)).toEqual([
      1, 1, 2,
    ]);
  });

  test("points each customer gateway at its own interface, with Google's ASN as text", () => {
    expect(
      declared.all("CustomerGateway").map(({ inputs }) => [inputs.ipAddress, inputs.bgpAsn, inputs.deviceName]),
    ).toEqual([
      ["203.0.113.0", "65001", `${NAME}-a`],
      ["203.0.113.1", "65001", `${NAME}-b`],
    ]);
    expect(declared.one("VpnGateway").inputs).toMatchObject({ amazonSideAsn: "64512" });
  });

  test("pins every tunnel's inside range and sends one value per cipher list (V20)", () => {
    const [a, b] = declared.all("VpnConnection").map(({ inputs }) => inputs);
    expect([a?.tunnel1InsideCidr, a?.tunnel2InsideCidr, b?.tunnel1InsideCidr, b?.tunnel2InsideCidr]).toEqual([
      "169.254.32.0/30",
      "169.254.32.4/30",
      "169.254.32.8/30",
      "169.254.32.12/30",
    ]);
    expect(a).toMatchObject({
      staticRoutesOnly: false,
      tunnel1IkeVersions: ["ikev2"],
      tunnel1Phase1EncryptionAlgorithms: ["AES256"],
      tunnel1Phase1IntegrityAlgorithms: ["SHA2-256"],
      tunnel1Phase1DhGroupNumbers: [14],
      tunnel2Phase2EncryptionAlgorithms: ["AES256"],
      tunnel2Phase2DhGroupNumbers: [14],
      tunnel2StartupAction: "start",
      tunnel2DpdTimeoutAction: "restart",
      tunnel2DpdTimeoutSeconds: 30,
      tunnel2EnableTunnelLifecycleControl: true,
    });
  });

  test("gives every tunnel a key of its own, 32 characters, secret on both sides (V6)", () => {
    expect(declared.all("RandomPassword").map(({ inputs }) => inputs)).toEqual(
      Array.from({ length: 4 }, () => ({
        length: 31,
        special: true,
        overrideSpecial: "._",
        keepers: { generation: "1" },
      })),
    );
    for (const { secretInputs } of declared.all("VpnConnection")) {
      expect(secretInputs).toEqual(["tunnel1PresharedKey", "tunnel2PresharedKey"]);
    }
    const keys = declared
      .all("VpnConnection")
      .flatMap(({ inputs }) => [inputs.tunnel1PresharedKey, inputs.tunnel2PresharedKey]);
    expect(keys).toEqual(["t0", "t1", "t2", "t3"].map((key) => `kobviously-fake-${key}`));
  });

  test("raising one key generation changes that tunnel's keeper and no other input", async () => {
    const rotated = await Declared.of(
      everyKind({ aws: [connection({ pskGenerations: { t0: 1, t1: 1, t2: 2, t3: 1 } })] }),
    );
    const inputs = new Map(declared.graph.nodes.map((node) => [node.urn, JSON.stringify(node.inputs)]));
    const changed = rotated.graph.nodes.filter((node) => inputs.get(node.urn) !== JSON.stringify(node.inputs));
    expect(changed.map(({ name, inputs: now }) => [name, now.keepers])).toEqual([[`${NAME}-t2`, { generation: "2" }]]);
  });

  test("propagates the VPN's routes to the endpoints' route table", () => {
    expect(declared.one("VpnGatewayRoutePropagation").inputs).toEqual({
      vpnGatewayId: `${NAME}-id`,
      routeTableId: `${NAME}-id`,
    });
  });

  test("fails when AWS gives other inside addresses than the planned ones, before Google builds on them", async () => {
    const wrong: typeof answers = (type, name, inputs) => ({
      ...answers(type, name, inputs),
      ...(type === "aws:ec2/vpnConnection:VpnConnection" ? { tunnel1VgwInsideAddress: "169.254.99.1" } : {}),
    });
    await expect(Declared.of(everyKind(), wrong)).rejects.toThrow(
      "tunnel t0: expected inside addresses 169.254.32.1 and 169.254.32.2, aws gave 169.254.99.1 and 169.254.32.2",
    );
  });
});
