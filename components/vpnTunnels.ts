import { ExternalVpnGateway } from "@pulumi/gcp/compute/externalVpnGateway.js";
import { RouterInterface } from "@pulumi/gcp/compute/routerInterface.js";
import { RouterPeer } from "@pulumi/gcp/compute/routerPeer.js";
import { VPNTunnel } from "@pulumi/gcp/compute/vpntunnel.js";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConnectionPlan } from "../plan/aws.ts";
import type { TunnelKey } from "../plan/customer.ts";
import type { Tunnel } from "../plan/tunnels.ts";
import type { TunnelOutputs } from "./awsVpnPeer.ts";

export interface VpnTunnelsArgs {
  readonly connection: AwsConnectionPlan;
  readonly region: string;
  /** Self link of the HA VPN gateway. */
  readonly gateway: pulumi.Input<string>;
  /** Name of the Cloud Router that holds the sessions. */
  readonly router: pulumi.Input<string>;
  /** AWS's half, by tunnel key. */
  readonly peers: Readonly<Partial<Record<TunnelKey, TunnelOutputs>>>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What joins the two halves of one AWS connection on Google's side: the external gateway with AWS's public addresses, a
 * tunnel per planned row, its router interface and its BGP session. Everything has a fixed name and is deleted before it
 * is replaced: Google refuses two tunnels between the same pair of interfaces
 * (https://github.com/hashicorp/terraform-provider-google/issues/16619).
 */
export class VpnTunnels extends pulumi.ComponentResource {
  /** Names of the tunnels, by key. */
  readonly tunnelNames: Readonly<Partial<Record<TunnelKey, pulumi.Output<string>>>>;

  constructor(name: string, args: VpnTunnelsArgs, opts: pulumi.ComponentResourceOptions) {
    const { connection, peers, labels } = args;
    super("causeway:gcp:VpnTunnels", name, { redundancyType: connection.redundancyType }, opts);
    const external = new ExternalVpnGateway(
      name,
      {
        name,
        redundancyType: connection.redundancyType,
        interfaces: connection.tunnels.map(({ key, externalInterface }) => ({
          id: externalInterface,
          ipAddress: peerOf(peers, key).outsideAddress,
        })),
        labels,
      },
      { parent: this, protect: connection.protect.externalGateway, deleteBeforeReplace: true },
    );
    this.tunnelNames = Object.fromEntries(
      connection.tunnels.map((tunnel) => [
        tunnel.key,
        this.createTunnel(`${name}-${tunnel.key}`, tunnel, args, external),
      ]),
    );
    this.registerOutputs({ tunnelNames: this.tunnelNames });
  }

  private createTunnel(
    name: string,
    tunnel: Tunnel,
    { connection, region, gateway, router, peers, labels }: VpnTunnelsArgs,
    external: ExternalVpnGateway,
  ): pulumi.Output<string> {
    const child = { parent: this, deleteBeforeReplace: true };
    const resource = new VPNTunnel(
      name,
      {
        name,
        region,
        vpnGateway: gateway,
        vpnGatewayInterface: tunnel.gatewayInterface,
        peerExternalGateway: external.selfLink,
        peerExternalGatewayInterface: tunnel.externalInterface,
        router,
        ikeVersion: 2,
        sharedSecret: peerOf(peers, tunnel.key).presharedKey,
        labels,
      },
      child,
    );
    const routerInterface = new RouterInterface(
      name,
      { name, region, router, vpnTunnel: resource.name, ipRange: `${tunnel.gcpInsideAddress}/30` },
      // The provider gives up after four minutes, sooner than a busy router answers.
      { ...child, customTimeouts: { create: "15m", delete: "15m" } },
    );
    new RouterPeer(
      name,
      {
        name,
        region,
        router,
        interface: routerInterface.name,
        ipAddress: tunnel.gcpInsideAddress,
        peerIpAddress: tunnel.awsInsideAddress,
        peerAsn: connection.amazonSideAsn,
        // Equal on every session: AWS picks one tunnel for all traffic and wants to be free to pick another.
        advertisedRoutePriority: 100,
        enable: true,
      },
      child,
    );
    return resource.name;
  }
}

function peerOf(peers: VpnTunnelsArgs["peers"], key: TunnelKey): TunnelOutputs {
  const peer = peers[key];
  if (peer === undefined) throw new RangeError(`tunnel ${key} has no peer`);
  return peer;
}
