import { Firewall, type FirewallArgs } from "@pulumi/gcp/compute/firewall.js";
import * as pulumi from "@pulumi/pulumi";
import type { EgressPlan } from "../plan/plan.ts";

export interface ExecutorFirewallArgs {
  readonly network: pulumi.Input<string>;
  /** Who the rules are for; without it they would hit every VM of the network. */
  readonly serviceAccount: string;
  readonly egress: readonly EgressPlan[];
  /** IPv4 address by PSC domain. */
  readonly pscAddresses: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * What executors may open towards an AWS connection or a Private Service Connect endpoint: the endpoints' ports, and
 * nothing else there, with denials logged. The rest of the network's private ranges is left alone, since the instance
 * itself lives there. One ingress rule lets "fragmentation needed" messages from the tunnel back in, which path MTU
 * discovery needs (Google Cloud, "Cloud VPN: MTU considerations"). Every change is in place.
 */
export class ExecutorFirewall extends pulumi.ComponentResource {
  constructor(name: string, args: ExecutorFirewallArgs, opts: pulumi.ComponentResourceOptions) {
    super("causeway:gcp:ExecutorFirewall", name, { serviceAccount: args.serviceAccount }, opts);
    for (const egress of args.egress) this.createRules(egress, args);
    this.registerOutputs({});
  }

  private createRules(egress: EgressPlan, { network, serviceAccount, pscAddresses }: ExecutorFirewallArgs): void {
    const { destination } = egress;
    const range = "cidr" in destination ? destination.cidr : hostRange(pscAddresses[destination.privateServiceConnect]);
    const logConfig = { metadata: "INCLUDE_ALL_METADATA" };
    const rule = (suffix: string, args: Omit<FirewallArgs, "network">) => {
      const name = `${egress.name}-${suffix}`;
      new Firewall(name, { name, network, targetServiceAccounts: [serviceAccount], ...args }, { parent: this });
    };
    const outward = { direction: "EGRESS", destinationRanges: [range] };
    if (egress.ports.length > 0) {
      rule("allow", { ...outward, priority: 1000, allows: [{ protocol: "tcp", ports: egress.ports.map(String) }] });
    }
    rule("deny", { ...outward, priority: 1100, denies: [{ protocol: "all" }], logConfig });
    if ("cidr" in destination) {
      rule("icmp", { direction: "INGRESS", sourceRanges: [range], priority: 1000, allows: [{ protocol: "icmp" }] });
    }
  }
}

function hostRange(address: pulumi.Input<string> | undefined): pulumi.Output<string> {
  if (address === undefined) throw new RangeError("an egress rule names an endpoint that is not planned");
  return pulumi.interpolate`${address}/32`;
}
