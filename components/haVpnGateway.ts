import { HaVpnGateway as Gateway } from "@pulumi/gcp/compute/haVpnGateway.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import * as pulumi from "@pulumi/pulumi";
import type { HaVpnPlan } from "../plan/plan.ts";

export interface HaVpnGatewayArgs extends HaVpnPlan {
  /** Self link of the VPC network. */
  readonly network: pulumi.Input<string>;
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Google's half of the VPN that every AWS connection shares: the HA VPN gateway with its two public addresses, and the
 * Cloud Router that holds the BGP sessions and advertises the executor subnets alone. The NAT has a router of its own,
 * because updates of one router's parts overwrite each other when two writers meet.
 *
 * Replacing the gateway gives it new public addresses, which replaces everything on the AWS side, so it is protected.
 */
export class HaVpnGateway extends pulumi.ComponentResource {
  /** Self link, for tunnels. */
  readonly gateway: pulumi.Output<string>;
  /** Public address of interface 0 and of interface 1, for the customer gateways. */
  readonly interfaceAddresses: readonly [pulumi.Output<string>, pulumi.Output<string>];
  /** Name of the Cloud Router. */
  readonly router: pulumi.Output<string>;

  constructor(name: string, args: HaVpnGatewayArgs, opts: pulumi.ComponentResourceOptions) {
    const { network, region, asn, keepaliveInterval, advertisedRanges, labels, protect } = args;
    super("causeway:gcp:HaVpnGateway", name, { region, asn, advertisedRanges }, opts);
    const gateway = new Gateway(
      name,
      // An unset stack type once replaced live gateways: https://github.com/terraform-google-modules/terraform-google-vpn/issues/99
      { name, network, region, stackType: "IPV4_ONLY", gatewayIpVersion: "IPV4", labels },
      { parent: this, protect },
    );
    const router = new Router(
      name,
      {
        name,
        network,
        region,
        bgp: {
          asn,
          keepaliveInterval,
          advertiseMode: "CUSTOM",
          advertisedGroups: [],
          advertisedIpRanges: advertisedRanges.map((range) => ({ range })),
        },
      },
      { parent: this },
    );
    this.gateway = gateway.selfLink;
    this.router = router.name;
    this.interfaceAddresses = [interfaceAddress(name, gateway, 0), interfaceAddress(name, gateway, 1)];
    this.registerOutputs({
      gateway: this.gateway,
      router: this.router,
      interfaceAddresses: [...this.interfaceAddresses],
    });
  }
}

function interfaceAddress(name: string, gateway: Gateway, id: 0 | 1): pulumi.Output<string> {
  return gateway.vpnInterfaces.apply((interfaces) => {
    const address = interfaces.find((candidate) => candidate.id === id)?.ipAddress;
    if (address === undefined) throw new pulumi.RunError(`${name}: google gave the gateway no interface ${id}`);
    return address;
  });
}
