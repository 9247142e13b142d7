import { Address } from "@pulumi/gcp/compute/address.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { RouterNat } from "@pulumi/gcp/compute/routerNat.js";
import * as pulumi from "@pulumi/pulumi";
import type { NatAddressState } from "../plan/customer.ts";
import type { NatPlan } from "../plan/nat.ts";

export interface ExecutorNatArgs {
  readonly nat: NatPlan;
  readonly region: string;
  readonly network: pulumi.Input<string>;
  /** Self links of the executor subnets; no other NAT may claim them. */
  readonly subnetLinks: Readonly<Record<string, pulumi.Input<string>>>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The static addresses executors leave from. Allocation is manual, or Google would pick addresses the customer never
 * allowed. A reserved address carries nothing; an active one may be used by any executor at once; a draining one finishes
 * what is open. Addresses are protected: one that is given up is lost for good.
 *
 * Port limits and states change in place. Dynamic ports and endpoint-independent mapping are set for ever at creation,
 * because switching between them fails (https://github.com/hashicorp/terraform-provider-google/issues/11909).
 */
export class ExecutorNat extends pulumi.ComponentResource {
  /** IPv4 address by key. */
  readonly addresses: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ExecutorNatArgs, opts: pulumi.ComponentResourceOptions) {
    const { nat, region, network, labels } = args;
    const { minPortsPerVm, maxPortsPerVm } = nat;
    super("causeway:gcp:ExecutorNat", name, { region, minPortsPerVm, maxPortsPerVm }, opts);
    const addresses = nat.addresses.map((planned) => ({
      ...planned,
      resource: new Address(
        planned.name,
        { name: planned.name, region, addressType: "EXTERNAL", networkTier: "PREMIUM", labels },
        { parent: this, protect: planned.protect },
      ),
    }));
    const linksIn = (state: NatAddressState) =>
      addresses.filter((address) => address.state === state).map(({ resource }) => resource.selfLink);
    const router = new Router(name, { name, region, network }, { parent: this });
    new RouterNat(
      name,
      {
        name,
        region,
        router: router.name,
        natIpAllocateOption: "MANUAL_ONLY",
        natIps: linksIn("active"),
        // Written even when empty: left out, Google keeps the last ones, and their addresses cannot be deleted.
        drainNatIps: linksIn("draining"),
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: Object.values(args.subnetLinks).map((link) => ({
          name: link,
          sourceIpRangesToNats: ["PRIMARY_IP_RANGE"],
        })),
        enableDynamicPortAllocation: true,
        enableEndpointIndependentMapping: false,
        minPortsPerVm,
        maxPortsPerVm,
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      { parent: this },
    );
    this.addresses = Object.fromEntries(addresses.map(({ key, resource }) => [key, resource.address]));
    this.registerOutputs({ addresses: this.addresses });
  }
}
