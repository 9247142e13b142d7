import { Instance } from "@pulumi/aws/ec2/instance.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpnConnection } from "@pulumi/aws/ec2/vpnConnection.js";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Address } from "@pulumi/gcp/compute/address.js";
import { HaVpnGateway } from "@pulumi/gcp/compute/haVpnGateway.js";
import { Network } from "@pulumi/gcp/compute/network.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { VPNTunnel } from "@pulumi/gcp/compute/vpntunnel.js";
import * as pulumi from "@pulumi/pulumi";

/** One side of a network in the synthetic program: a VPC, a gateway and the tunnels between them. */
class Site extends pulumi.ComponentResource {
  readonly tunnels: VPNTunnel[] = [];
  readonly networkId: pulumi.Output<string>;

  constructor(name: string, index: number, options: pulumi.ComponentResourceOptions) {
    super("synthetic:net:Site", name, { index }, options);
    const child = { parent: this };
    const vpc = new Vpc(name, { cidrBlock: `10.${index}.0.0/16`, tags: { Name: name } }, child);
    const subnet = new Subnet(name, { vpcId: vpc.id, cidrBlock: `10.${index}.0.0/24` }, child);
    new RouteTable(name, { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }] }, child);
    const group = new SecurityGroup(
      name,
      { vpcId: vpc.id, ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [vpc.cidrBlock] }] },
      child,
    );
    const network = new Network(name, { autoCreateSubnetworks: false, description: vpc.arn }, child);
    const gateway = new HaVpnGateway(name, { network: network.id, region: "us-central1" }, child);
    const router = new Router(name, { network: network.id, region: "us-central1", bgp: { asn: 64512 } }, child);
    this.networkId = network.id;
    if (index % 2 === 0) {
      new Instance(
        name,
        { ami: "ami-1", instanceType: "t3.micro", subnetId: subnet.id, vpcSecurityGroupIds: [group.id] },
        child,
      );
    } else {
      new VpnConnection(
        name,
        { customerGatewayId: "cgw-1", type: "ipsec.1", tunnel1PresharedKey: pulumi.secret("k") },
        child,
      );
    }
    for (const [number, gatewayInterface] of [0, 1].entries()) {
      const tunnel = new VPNTunnel(
        `${name}-${number}`,
        {
          region: "us-central1",
          router: router.id,
          vpnGateway: gateway.id,
          vpnGatewayInterface: gatewayInterface,
          sharedSecret: pulumi.secret(`secret-${name}-${number}`),
        },
        child,
      );
      this.tunnels.push(tunnel);
    }
    this.registerOutputs({ network: network.id });
  }
}

/** A program the size of a customer with everything: 8 components and 8 × 9 + 1 resources. */
export async function syntheticProgram(): Promise<Record<string, unknown>> {
  const aws = new AwsProvider("aws", { region: "eu-west-1" });
  const sites = Array.from({ length: 8 }, (_, index) => new Site(`site-${index}`, index, { providers: [aws] }));
  const address = new Address("nat", { region: "us-central1", addressType: "EXTERNAL" });
  return { networks: sites.map((site) => site.networkId), address: address.address };
}
