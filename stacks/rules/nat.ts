import { inWords } from "../wording.ts";
import type { Rule } from "./check.ts";

/** V29, V30, V32: addresses and ports of the executors' NAT. */

const addresses: Rule = (check) => {
  const nat = check.infrastructure.executorNAT;
  if (nat?.addresses === undefined || !check.isIntact("executorNAT", "addresses")) return;
  const active = Object.values(nat.addresses).filter((address) => address?.state === "active").length;
  if (active >= 2) return;
  const message = `expected two active addresses or more, got ${inWords(active)}; the customer allows two, so that one can be replaced`;
  check.report(["executorNAT", "addresses"], message);
};

const ports: Rule = (check) => {
  const { minPortsPerVm: min, maxPortsPerVm: max } = check.infrastructure.executorNAT ?? {};
  if (min === undefined || max === undefined || max > min) return;
  check.report(
    ["executorNAT", "maxPortsPerVm"],
    `expected more than ${min} (minPortsPerVm), got ${max}; write ${min * 2}`,
  );
};

/** Ports of one address that Cloud NAT hands out: all but the 1,024 well-known ones. Source: Cloud NAT, "Ports". */
const PORTS_PER_ADDRESS = 64_512;

const capacity: Rule = (check) => {
  const { executorNAT: nat, executors } = check.infrastructure;
  const { minPortsPerVm: min } = nat ?? {};
  const most = executors?.maxInstances;
  if (nat?.addresses === undefined || min === undefined || most === undefined) return;
  if (!check.isIntact("executorNAT", "addresses")) return;
  const active = Object.values(nat.addresses).filter((address) => address?.state === "active").length;
  const instances = Math.floor(PORTS_PER_ADDRESS / min) * active;
  if (most <= instances || active < 2) return;
  const fix = "add an active address, or lower minPortsPerVm";
  const message = `expected at most ${instances} instances for ${active} active addresses and ${min} ports each, got ${most}; ${fix}`;
  check.report(["executors", "maxInstances"], message);
};

export const nat: readonly Rule[] = [addresses, ports, capacity];
