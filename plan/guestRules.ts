import type { AwsConnectionPlan } from "./aws.ts";
import type { Customer } from "./customer.ts";
import { valueOf } from "./records.ts";

/**
 * The address space of Firecracker guests and the executor's bridge in it. Source: the executor's own network set-up
 * (CNI bridge 10.61.0.0/16, gateway 10.61.0.1).
 */
export const GUEST_RANGE = "10.61.0.0/16";
export const GUEST_GATEWAY = "10.61.0.1";

/** A range known beforehand, or the PSC endpoint (by domain) whose address is known once it exists. */
export type PrivateDestination = { readonly cidr: string } | { readonly privateServiceConnect: string };

/** A destination that guests may reach although the executor drops private ranges. */
export interface GuestRule {
  /** What it is for, e.g. `aws-111122223333-us-east-1 use1-az1`. */
  readonly purpose: string;
  readonly destination: PrivateDestination;
  readonly ports: readonly number[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Guests need a rule for every private endpoint; the zones of the VPC hold endpoint interfaces and nothing else. */
export function planGuestRules(customer: Customer, connections: readonly AwsConnectionPlan[]): readonly GuestRule[] {
  const aws = connections.flatMap(({ key, zones, ports }) =>
    ports.length === 0
      ? []
      : zones.map((zone) => ({ purpose: `${key} ${zone.id}`, destination: { cidr: zone.cidr }, ports })),
  );
  const psc = (customer.privateServiceConnect?.endpoints ?? []).map(({ domain, ports }) => ({
    purpose: domain,
    destination: { privateServiceConnect: domain },
    ports,
  }));
  return [...aws, ...psc].sort((a, b) => byText(a.purpose, b.purpose));
}

/** IPv4 address by PSC domain. */
type Addresses = { readonly pscAddresses: Readonly<Record<string, string>> };

function ruleDestination({ destination }: GuestRule, values: Addresses): string {
  if ("cidr" in destination) return destination.cidr;
  return `${valueOf(values.pscAddresses, destination.privateServiceConnect)}/32`;
}

/**
 * The guest rules as a script that may run any number of times. The executor drops guests' traffic to private ranges and
 * to the host, and recreates its chain when it is installed, so the two chains of ours are filled in one transaction and
 * then put first again where they are not.
 */
export function renderGuestRules(rules: readonly GuestRule[], proxied: boolean, values: Addresses): string {
  const accepts = rules.flatMap((rule) =>
    rule.ports.map(
      (port) =>
        `-A CAUSEWAY-GUEST -s ${GUEST_RANGE} -d ${ruleDestination(rule, values)} -p tcp --dport ${port} ` +
        `-m comment --comment "${rule.purpose}" -j ACCEPT`,
    ),
  );
  const dns = proxied
    ? ["udp", "tcp"].map(
        (protocol) => `-A CAUSEWAY-INPUT -s ${GUEST_RANGE} -d ${GUEST_GATEWAY} -p ${protocol} --dport 53 -j ACCEPT`,
      )
    : [];
  return [
    "#!/bin/sh",
    "set -eu",
    "iptables-restore --wait --noflush <<'RULES'",
    "*filter",
    ":CAUSEWAY-GUEST - [0:0]",
    ":CAUSEWAY-INPUT - [0:0]",
    ...accepts,
    ...dns,
    "COMMIT",
    "RULES",
    "first() {",
    `  [ "$(iptables --wait -S "$1" | sed -n '2p')" = "-A $1 -j $2" ] && return`,
    `  while iptables --wait -D "$1" -j "$2" 2>/dev/null; do :; done`,
    `  iptables --wait -I "$1" 1 -j "$2"`,
    "}",
    "first CNI-ADMIN CAUSEWAY-GUEST",
    "first INPUT CAUSEWAY-INPUT",
    "",
  ].join("\n");
}
