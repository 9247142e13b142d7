import { Address } from "@pulumi/gcp/compute/address.js";
import { ForwardingRule } from "@pulumi/gcp/compute/forwardingRule.js";
import { ManagedZone } from "@pulumi/gcp/dns/managedZone.js";
import { RecordSet } from "@pulumi/gcp/dns/recordSet.js";
import * as pulumi from "@pulumi/pulumi";
import type { PscEndpointPlan } from "../plan/psc.ts";

export interface PrivateServiceConnectArgs {
  readonly endpoint: PscEndpointPlan;
  /** Service attachment it connects to, `projects/…/serviceAttachments/…`. */
  readonly targetService: pulumi.Input<string>;
  readonly region: string;
  /** Self link of the VPC network. */
  readonly network: pulumi.Input<string>;
  /** Self link of the subnet the address is taken from. */
  readonly subnetwork: pulumi.Input<string>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * One Private Service Connect endpoint: an internal address, the forwarding rule that joins it to the customer's service
 * attachment, and a private zone for exactly the registry's name, so that no other name of that domain is shadowed.
 *
 * The address outlives the rule: a new attachment replaces the rule alone, and name and address stay.
 */
export class PrivateServiceConnect extends pulumi.ComponentResource {
  /** Internal IPv4 address of the endpoint. */
  readonly address: pulumi.Output<string>;
  /** `ACCEPTED`, `PENDING`, `REJECTED` or `CLOSED`, as Google gave it. */
  readonly status: pulumi.Output<string>;

  constructor(name: string, args: PrivateServiceConnectArgs, opts: pulumi.ComponentResourceOptions) {
    const { endpoint, targetService, region, network, subnetwork, labels } = args;
    super("causeway:gcp:PrivateServiceConnect", name, { domain: endpoint.domain, region }, opts);
    const address = new Address(
      name,
      { name, region, addressType: "INTERNAL", subnetwork, labels },
      { parent: this, protect: endpoint.protectAddress },
    );
    const rule = new ForwardingRule(
      name,
      {
        name,
        region,
        network,
        ipAddress: address.selfLink,
        target: targetService,
        // Empty on purpose: the provider's default, EXTERNAL, is not for Private Service Connect.
        loadBalancingScheme: "",
        // The zone below is ours; a producer's automatic zone for the same name would collide with it.
        noAutomateDnsZone: true,
        // A rule the producer closed never reopens, and no diff shows it.
        recreateClosedPsc: true,
        labels,
      },
      {
        parent: this,
        protect: endpoint.protectRule,
        deleteBeforeReplace: true,
        // The provider takes any new address for the one it knows (https://github.com/hashicorp/terraform-provider-google/issues/16870).
        replaceWith: [address],
      },
    );
    this.createName(name, args, address);
    this.address = address.address;
    this.status = rule.pscConnectionStatus;
    this.registerOutputs({ address: this.address, status: this.status });
  }

  private createName(name: string, { endpoint, network, labels }: PrivateServiceConnectArgs, address: Address): void {
    const zone = new ManagedZone(
      name,
      {
        name,
        dnsName: `${endpoint.domain}.`,
        description: "Managed by Causeway",
        visibility: "private",
        privateVisibilityConfig: { networks: [{ networkUrl: network }] },
        forceDestroy: true,
        labels,
      },
      { parent: this },
    );
    new RecordSet(
      name,
      { name: `${endpoint.domain}.`, managedZone: zone.name, type: "A", ttl: 60, rrdatas: [address.address] },
      { parent: this },
    );
  }
}
