import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { CustomerGateway } from "@pulumi/aws/ec2/customerGateway.js";
import { VpnConnection, type VpnConnectionArgs } from "@pulumi/aws/ec2/vpnConnection.js";
import { VpnGateway } from "@pulumi/aws/ec2/vpnGateway.js";
import { VpnGatewayAttachment } from "@pulumi/aws/ec2/vpnGatewayAttachment.js";
import { VpnGatewayRoutePropagation } from "@pulumi/aws/ec2/vpnGatewayRoutePropagation.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { AwsConnectionPlan, VpnConnectionPlan } from "../plan/aws.ts";
import type { TunnelKey } from "../plan/customer.ts";
import type { Tunnel } from "../plan/tunnels.ts";

export interface AwsVpnPeerArgs {
  readonly connection: AwsConnectionPlan;
  readonly vpcId: pulumi.Input<string>;
  /** Route table that learns the executor ranges. */
  readonly routeTableId: pulumi.Input<string>;
  /** Public addresses of the HA VPN gateway's interfaces 0 and 1. */
  readonly interfaceAddresses: readonly [pulumi.Input<string>, pulumi.Input<string>];
  readonly tags: Readonly<Record<string, string>>;
}

/** What Google's side needs to know of one tunnel. */
export interface TunnelOutputs {
  /** AWS's public address; known only after the VPN connection's inside addresses were found to be the planned ones. */
  readonly outsideAddress: pulumi.Output<string>;
  /** Secret. */
  readonly presharedKey: pulumi.Output<string>;
}

/**
 * AWS's half of the VPN: a virtual private gateway on the VPC, one customer gateway per HA VPN interface, one VPN
 * connection per customer gateway with two tunnels each, and route propagation. Every tunnel has its own inside range and
 * its own generated key; the provider tells a connection's two tunnels apart by them
 * (https://github.com/hashicorp/terraform-provider-aws/issues/16928).
 *
 * Raising one key generation edits that tunnel in place, which takes it down for minutes; the other tunnels carry on.
 */
export class AwsVpnPeer extends pulumi.ComponentResource {
  /** By tunnel key. */
  readonly tunnels: Readonly<Partial<Record<TunnelKey, TunnelOutputs>>>;

  readonly #tags: (name: string) => Record<string, string>;

  constructor(name: string, args: AwsVpnPeerArgs, opts: pulumi.ComponentResourceOptions) {
    const { connection, vpcId, routeTableId, tags } = args;
    const { amazonSideAsn, gcpAsn, protect } = connection;
    super("causeway:aws:VpnPeer", name, { amazonSideAsn, gcpAsn, tunnels: connection.tunnels.length }, opts);
    this.#tags = (visible) => ({ ...tags, Name: visible });
    const gateway = new VpnGateway(
      name,
      { amazonSideAsn: String(amazonSideAsn), tags: this.#tags(name) },
      { parent: this, protect: protect.vpnGateway },
    );
    // Apart from the gateway, so that a new VPC keeps it; a VPC takes one at a time, so the old one goes first.
    const attachment = new VpnGatewayAttachment(
      name,
      { vpcId, vpnGatewayId: gateway.id },
      // Detaching may take long: https://github.com/hashicorp/terraform-provider-aws/issues/15164
      { parent: this, deleteBeforeReplace: true, customTimeouts: { delete: "45m" } },
    );
    new VpnGatewayRoutePropagation(name, { vpnGatewayId: attachment.vpnGatewayId, routeTableId }, { parent: this });
    const logGroup = new LogGroup(
      `${name}-vpn`,
      {
        name: `/aws/vendedlogs/causeway/${name}/vpn`,
        retentionInDays: connection.logRetentionDays,
        tags: this.#tags(name),
      },
      { parent: this },
    );
    this.tunnels = Object.fromEntries(
      connection.vpnConnections.flatMap((vpn) => this.createConnection(name, vpn, args, gateway, logGroup)),
    );
    this.registerOutputs({ vpnGatewayId: gateway.id });
  }

  private createConnection(
    peer: string,
    vpn: VpnConnectionPlan,
    { connection, interfaceAddresses }: AwsVpnPeerArgs,
    gateway: VpnGateway,
    logGroup: LogGroup,
  ): [TunnelKey, TunnelOutputs][] {
    const name = `${peer}-${vpn.key}`;
    const customerGateway = new CustomerGateway(
      name,
      {
        type: "ipsec.1",
        bgpAsn: String(connection.gcpAsn),
        ipAddress: interfaceAddresses[vpn.gatewayInterface],
        // AWS answers a second request with equal values with the gateway it has; the device name keeps two apart.
        deviceName: name,
        tags: this.#tags(name),
      },
      { parent: this, protect: connection.protect.customerGateways },
    );
    const keys = vpn.tunnels.map((tunnel) => this.createKey(peer, tunnel)) as [Key, Key];
    const resource = new VpnConnection(
      name,
      {
        type: "ipsec.1",
        vpnGatewayId: gateway.id,
        customerGatewayId: customerGateway.id,
        staticRoutesOnly: false,
        ...tunnelOptions(1, vpn.tunnels[0], keys[0], connection, logGroup.arn),
        ...tunnelOptions(2, vpn.tunnels[1], keys[1], connection, logGroup.arn),
        tags: this.#tags(name),
      },
      {
        parent: this,
        protect: connection.protect.vpnConnections,
        // AWS answers a second connection between the same two gateways with the one it has.
        deleteBeforeReplace: true,
        customTimeouts: { delete: "45m" },
      },
    );
    return vpn.tunnels.map((tunnel, i) => [
      tunnel.key,
      { outsideAddress: outsideAddress(name, resource, tunnel), presharedKey: keys[i === 0 ? 0 : 1] },
    ]);
  }

  /**
   * Thirty-two characters of what both clouds accept (letters, digits, `.` and `_`); AWS wants no 0 at the front, so a
   * letter stands there. A raised generation makes a new one. Source: AWS Site-to-Site VPN User Guide, Tunnel options.
   */
  private createKey(peer: string, { key, pskGeneration }: Tunnel): Key {
    const password = new RandomPassword(
      `${peer}-${key}`,
      { length: 31, special: true, overrideSpecial: "._", keepers: { generation: String(pskGeneration) } },
      { parent: this, additionalSecretOutputs: ["result"] },
    );
    return pulumi.secret(password.result.apply((text) => `k${text}`));
  }
}

type Key = pulumi.Output<string>;

/**
 * One tunnel's options under the names AWS gives the first or the second tunnel. Logging and lifecycle control are set at
 * creation, since switching either on later interrupts the tunnel; lifetimes are AWS's own, which are shorter than
 * Cloud VPN's, so AWS rekeys first. Source: AWS Site-to-Site VPN User Guide, Tunnel options, Monitoring, Lifecycle.
 */
function tunnelOptions(
  n: 1 | 2,
  tunnel: Tunnel,
  presharedKey: Key,
  { cipherSuite, dpdTimeoutSeconds }: AwsConnectionPlan,
  logGroupArn: pulumi.Output<string>,
): Partial<VpnConnectionArgs> {
  const { encryption, integrity, dhGroup } = cipherSuite;
  const options: TunnelOptions = {
    InsideCidr: tunnel.insideCidr,
    PresharedKey: presharedKey,
    IkeVersions: ["ikev2"],
    Phase1EncryptionAlgorithms: [encryption],
    Phase1IntegrityAlgorithms: [integrity],
    Phase1DhGroupNumbers: [dhGroup],
    Phase1LifetimeSeconds: 28_800,
    Phase2EncryptionAlgorithms: [encryption],
    Phase2IntegrityAlgorithms: [integrity],
    Phase2DhGroupNumbers: [dhGroup],
    Phase2LifetimeSeconds: 3_600,
    StartupAction: "start",
    DpdTimeoutAction: "restart",
    DpdTimeoutSeconds: dpdTimeoutSeconds,
    EnableTunnelLifecycleControl: true,
    LogOptions: {
      cloudwatchLogOptions: {
        logEnabled: true,
        logGroupArn,
        logOutputFormat: "json",
        bgpLogEnabled: true,
        bgpLogGroupArn: logGroupArn,
        bgpLogOutputFormat: "json",
      },
    },
  };
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [`tunnel${n}${key}`, value]));
}

/** The arguments of either tunnel, without the number in front; a name AWS does not know fails to compile. */
type TunnelOptions = {
  [Key in keyof VpnConnectionArgs as Key extends `tunnel1${infer Option}` ? Option : never]: VpnConnectionArgs[Key];
};

/** A tunnel's public address on the AWS side, given out only when AWS's inside addresses are the planned ones. */
function outsideAddress(name: string, resource: VpnConnection, tunnel: Tunnel): pulumi.Output<string> {
  const [address, aws, gcp] =
    tunnel.awsTunnel === 1
      ? [resource.tunnel1Address, resource.tunnel1VgwInsideAddress, resource.tunnel1CgwInsideAddress]
      : [resource.tunnel2Address, resource.tunnel2VgwInsideAddress, resource.tunnel2CgwInsideAddress];
  return pulumi.all([address, aws, gcp]).apply(([outside, awsInside, gcpInside]) => {
    if (awsInside !== tunnel.awsInsideAddress || gcpInside !== tunnel.gcpInsideAddress) {
      throw new pulumi.RunError(
        `${name}: tunnel ${tunnel.key}: expected inside addresses ${tunnel.awsInsideAddress} and ${tunnel.gcpInsideAddress}, ` +
          `aws gave ${awsInside} and ${gcpInside}; bgp would stay down, so nothing is built on it`,
      );
    }
    return outside;
  });
}
