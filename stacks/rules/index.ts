import type { Rule } from "./check.ts";
import { codeArtifact } from "./codeArtifact.ts";
import { dns } from "./dns.ts";
import { madeRegistries } from "./madeRegistries.ts";
import { nat } from "./nat.ts";
import { permits } from "./permits.ts";
import { privateLink } from "./privateLink.ts";
import { psc } from "./psc.ts";
import { publish } from "./publish.ts";
import { ranges } from "./ranges.ts";
import { registries } from "./registries.ts";
import { selfHosted } from "./selfHosted.ts";
import { servedPorts } from "./servedPorts.ts";
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

/** Most inbound rules a security group takes unless AWS grants more. Source: Amazon VPC quotas, "Security groups". */
const GROUP_RULES = 60;

/** What a deployment would be without, or might not get, and nobody would see until it is missed. */
const unlimited: Rule = (check) => {
  const { executors, privateCodeHost } = check.infrastructure;
  const links = privateCodeHost?.aws?.privateLinks ?? [];
  const connected = privateCodeHost?.aws !== undefined || privateCodeHost?.gcp !== undefined;
  if (connected && executors?.serviceAccount === undefined && check.isIntact("executors")) {
    const message =
      "no serviceAccount, so no egress rule keeps executors to the endpoints' ports, and none lets path mtu messages in";
    check.note(["executors"], message, "key");
  }
  const subnets = Object.keys(executors?.subnets ?? {}).length;
  links.forEach((link, index) => {
    const rules = subnets * (link?.ports ?? []).length;
    if (rules <= GROUP_RULES) return;
    const message = `${rules} rules in one security group (subnets times ports), and aws grants ${GROUP_RULES} unless asked for more; ask before the update`;
    check.note(["privateCodeHost", "aws", "privateLinks", index, "ports"], message);
  });
};

/** All rules over several fields of one file, by topic. */
export const RULES: readonly Rule[] = [
  network,
  unlimited,
  ...ranges,
  ...vpn,
  ...privateLink,
  ...psc,
  ...dns,
  ...nat,
  ...registries,
  ...codeArtifact,
  ...publish,
  ...madeRegistries,
  ...selfHosted,
  ...servedPorts,
  ...permits,
];
