import { Network } from "@pulumi/gcp/compute/network.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { SubnetPlan } from "../plan/plan.ts";

/** Where the network executors run in is found, whether it was created here or was there before. */
export interface NetworkLinks {
  /** Self link of the VPC network. */
  readonly selfLink: pulumi.Output<string>;
  /** Self link of each executor subnet, by name. */
  readonly subnetLinks: Readonly<Record<string, pulumi.Output<string>>>;
}

export interface ExecutorNetworkArgs {
  readonly networkName: string;
  readonly region: string;
  /** Subnets executors run in. One grows in place; any other change of its range replaces it. */
  readonly subnets: readonly SubnetPlan[];
}

/** A VPC network of its own for the executors, with their subnets and flow logs. Its name is fixed for ever. */
export class ExecutorNetwork extends pulumi.ComponentResource implements NetworkLinks {
  readonly selfLink: pulumi.Output<string>;
  readonly subnetLinks: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ExecutorNetworkArgs, opts: pulumi.ComponentResourceOptions) {
    const { networkName, subnets, region } = args;
    super("causeway:gcp:ExecutorNetwork", name, { networkName, region }, opts);
    const network = new Network(
      networkName,
      { name: networkName, autoCreateSubnetworks: false, routingMode: "REGIONAL" },
      { parent: this },
    );
    this.selfLink = network.selfLink;
    this.subnetLinks = Object.fromEntries(
      subnets.map((subnet) => [subnet.name, this.createSubnet(subnet, region).selfLink]),
    );
    this.registerOutputs({ selfLink: this.selfLink, subnetLinks: this.subnetLinks });
  }

  private createSubnet(subnet: SubnetPlan, region: string): Subnetwork {
    return new Subnetwork(
      subnet.name,
      {
        name: subnet.name,
        region,
        network: this.selfLink,
        ipCidrRange: subnet.ipCidrRange,
        privateIpGoogleAccess: true,
        logConfig: { aggregationInterval: "INTERVAL_10_MIN", flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
      },
      { parent: this, protect: subnet.protect },
    );
  }
}
