import { getNetworkOutput } from "@pulumi/gcp/compute/getNetwork.js";
import { getSubnetworkOutput } from "@pulumi/gcp/compute/getSubnetwork.js";
import { Network } from "@pulumi/gcp/compute/network.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { Network as NetworkChoice } from "../plan/customer.ts";
import type { SubnetPlan } from "../plan/plan.ts";

export interface ExecutorNetworkArgs {
  readonly projectID: string;
  readonly region: string;
  /** Adopt or create; fixed for the life of the stack. */
  readonly network: NetworkChoice;
  /** Subnets executors run in. A created one grows in place; any other change of its range replaces it. */
  readonly subnets: readonly SubnetPlan[];
}

/**
 * The VPC network executors run in: either one that exists, which is read and never modified, or one of its own. Read
 * subnets must have the range the customer file says, since BGP and security groups are planned from it.
 */
export class ExecutorNetwork extends pulumi.ComponentResource {
  /** Self link of the network. */
  readonly selfLink: pulumi.Output<string>;
  /** Self link of each executor subnet, by name. */
  readonly subnetLinks: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ExecutorNetworkArgs, opts: pulumi.ComponentResourceOptions) {
    const { network, subnets, region, projectID } = args;
    super("causeway:gcp:ExecutorNetwork", name, { network: network.name, region, projectID }, opts);
    const adopted = network.kind === "existing";
    this.selfLink = adopted ? this.readNetwork(args) : this.createNetwork(network.name);
    this.subnetLinks = Object.fromEntries(
      subnets.map((subnet) => [
        subnet.name,
        adopted ? this.readSubnet(subnet, args) : this.createSubnet(subnet, region),
      ]),
    );
    this.registerOutputs({ selfLink: this.selfLink, subnetLinks: this.subnetLinks });
  }

  private readNetwork({ network, projectID }: ExecutorNetworkArgs): pulumi.Output<string> {
    return getNetworkOutput({ name: network.name, project: projectID }, { parent: this }).selfLink;
  }

  private readSubnet(subnet: SubnetPlan, { region, projectID }: ExecutorNetworkArgs): pulumi.Output<string> {
    const found = getSubnetworkOutput({ name: subnet.name, region, project: projectID }, { parent: this });
    return pulumi.all([found.selfLink, found.ipCidrRange]).apply(([selfLink, ipCidrRange]) => {
      if (ipCidrRange !== subnet.ipCidrRange) {
        throw new pulumi.RunError(
          `spec.infrastructure.executors.subnets.${subnet.name}.ipCidrRange: expected ${ipCidrRange}, the range of the ` +
            `subnetwork in ${projectID}, got ${subnet.ipCidrRange}; correct the file`,
        );
      }
      return selfLink;
    });
  }

  private createNetwork(networkName: string): pulumi.Output<string> {
    return new Network(
      networkName,
      { name: networkName, autoCreateSubnetworks: false, routingMode: "REGIONAL" },
      { parent: this },
    ).selfLink;
  }

  private createSubnet(subnet: SubnetPlan, region: string): pulumi.Output<string> {
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
    ).selfLink;
  }
}
