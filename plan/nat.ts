import type { Customer, NatAddressState } from "./customer.ts";
import { isPermitted } from "./guards.ts";
import { physicalName } from "./names.ts";

/**
 * Source ports Cloud NAT has per address: 65,536 less the 1,024 well-known ones. Source: Google Cloud, "Cloud NAT:
 * Addresses and ports".
 */
export const PORTS_PER_ADDRESS = 64_512;

export interface NatAddressPlan {
  readonly key: string;
  readonly name: string;
  readonly state: NatAddressState;
  readonly protect: boolean;
}

/** The static addresses executors leave from, and the gateway that uses them. */
export interface NatPlan {
  /** Router and gateway name. */
  readonly name: string;
  readonly addresses: readonly NatAddressPlan[];
  readonly minPortsPerVm: number;
  readonly maxPortsPerVm: number;
  /** How many VMs the active addresses carry at `minPortsPerVm` each. */
  readonly capacity: number;
}

/** VMs that `activeAddresses` carry when each is given `minPortsPerVm` ports to begin with. */
export const natCapacity = (activeAddresses: number, minPortsPerVm: number): number =>
  activeAddresses * Math.floor(PORTS_PER_ADDRESS / minPortsPerVm);

/** The NAT of a customer, or undefined where the file has no `executorNAT`. */
export function planNat(customer: Customer): NatPlan | undefined {
  const nat = customer.executorNAT;
  if (nat === undefined) return undefined;
  const active = nat.addresses.filter(({ state }) => state === "active").length;
  return {
    name: physicalName(customer.name, "nat"),
    addresses: nat.addresses.map(({ key, state }) => ({
      key,
      name: physicalName(customer.name, key),
      state,
      protect: !isPermitted(customer, `executorNAT.addresses[${key}]`),
    })),
    minPortsPerVm: nat.minPortsPerVm,
    maxPortsPerVm: nat.maxPortsPerVm,
    capacity: natCapacity(active, nat.minPortsPerVm),
  };
}
