import type { Rule } from "./check.ts";
import { dns } from "./dns.ts";
import { nat } from "./nat.ts";
import { permits } from "./permits.ts";
import { privateLink } from "./privateLink.ts";
import { psc } from "./psc.ts";
import { ranges } from "./ranges.ts";
import { registries } from "./registries.ts";
import { vpn } from "./vpn.ts";

/** Exactly one of a network that exists and one to create. */
const network: Rule = (check) => {
  const { existing, create } = check.infrastructure.gcp?.network ?? {};
  const path = ["gcp", "network"];
  if (check.infrastructure.gcp?.network === undefined || !check.isIntact(...path)) return;
  if (existing === undefined && create === undefined) {
    check.report(path, "expected existing or create, got neither; say whether the network is there already");
  } else if (existing !== undefined && create !== undefined) {
    check.report(path, "expected existing or create, got both; keep one");
  }
};

/** All rules over several fields of one file, by topic. */
export const RULES: readonly Rule[] = [
  network,
  ...ranges,
  ...vpn,
  ...privateLink,
  ...psc,
  ...dns,
  ...nat,
  ...registries,
  ...permits,
];
