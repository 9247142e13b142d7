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

/** Rules as `iptables -S` lists them, so that what is there can be compared with what is wanted, line by line. */
function ruleLines(rules: readonly GuestRule[], proxied: boolean, values: Addresses): readonly string[] {
  const accepts = rules.flatMap((rule) =>
    rule.ports.map(
      (port) =>
        `-A CAUSEWAY-GUEST -s ${GUEST_RANGE} -d ${ruleDestination(rule, values)} -p tcp -m tcp --dport ${port} ` +
        `-m comment --comment "${rule.purpose}" -j ACCEPT`,
    ),
  );
  const dns = ["udp", "tcp"].map(
    (protocol) =>
      `-A CAUSEWAY-INPUT -s ${GUEST_RANGE} -d ${GUEST_GATEWAY}/32 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`,
  );
  return proxied ? [...accepts, ...dns] : accepts;
}

/**
 * The part of the script that is the same for everyone. Chains of the kernel's table `ip filter` are read and written with
 * iptables where there is one, else with nft; either way as one transaction, made only where something differs.
 * An accept in a table of our own would not do: a later drop in another table would still end the packet.
 */
const PROGRAM = String.raw`
# Chains of the executor's and the kernel's that drop, and the chain of ours that comes first in each.
HOOKS='CNI-ADMIN INPUT'
ours() { case "$1" in INPUT) echo CAUSEWAY-INPUT ;; *) echo CAUSEWAY-GUEST ;; esac; }

if command -v iptables-restore >/dev/null; then
  exists() { iptables --wait -S "$1" >/dev/null 2>&1; }
  listed() { iptables --wait -S "$1" 2>/dev/null | sed -n 's/^-A [^ ]* //p'; }
  wanted() { rules | sed -n "s/^-A $1 //p"; }
  jump() { echo "-j $1"; }
  fill() { echo ":$1 - [0:0]"; wanted "$1" | sed "s/^/-A $1 /"; }
  unhook() { listed "$1" | grep -xF -e "-j $2" | sed "s/^/-D $1 /" || :; }
  hook() { echo "-I $1 1 -j $2"; }
  drop() { echo ":$1 - [0:0]"; echo "-X $1"; }
  commit() { { echo '*filter'; cat; echo COMMIT; } | iptables-restore --wait --noflush; }
else
  exists() { nft list chain ip filter "$1" >/dev/null 2>&1; }
  listed() {
    nft -s list chain ip filter "$1" 2>/dev/null | sed -n '/^\t\t/{/^\t\ttype /d;s/^\t\t//;s/^counter jump/jump/;p}'
  }
  wanted() {
    rules | sed -n -E "s/^-A $1 -s ([^ ]+) -d ([^ ]+) -p (...) -m ... (.*)$/ip saddr \1 ip daddr \2 \3 \4/p" |
      sed -E 's/--dport/dport/; s/-m comment --comment ("[^"]*") -j ACCEPT/accept comment \1/; s/-j ACCEPT/accept/; s#/32 # #'
  }
  jump() { echo "jump $1"; }
  fill() {
    echo 'add table ip filter'
    printf '%s chain ip filter %s\n' add "$1" flush "$1"
    wanted "$1" | sed "s/^/add rule ip filter $1 /"
  }
  unhook() { nft -a list chain ip filter "$1" 2>/dev/null | sed -n "s/.*jump $2 # handle/delete rule ip filter $1 handle/p"; }
  hook() { echo "insert rule ip filter $1 jump $2"; }
  drop() { printf '%s chain ip filter %s\n' flush "$1" delete "$1"; }
  commit() { nft -f -; }
fi

only_in() { printf '%s\n' "$1" | grep -vxF -e "$2" | sed '/^$/d' || :; }

# hooked HOOK CHAIN: whether the chain is called once, and before everything else
hooked() { [ "$(listed "$1" | sed -n 1p)" = "$(jump "$2")" ] && [ "$(unhook "$1" "$2" | wc -l)" -eq 1 ]; }

# What differs, in lines for a person to the file $1; the transaction that puts it right to the output.
plan_apply() {
  for hook in $HOOKS; do
    chain=$(ours "$hook")
    have=$(listed "$chain") want=$(wanted "$chain")
    exists "$chain" && [ "$have" = "$want" ] && continue
    only_in "$have" "$want" | sed "s/^/- $chain /" >>"$1"
    only_in "$want" "$have" | sed "s/^/+ $chain /" >>"$1"
    [ -s "$1" ] || echo "$chain in order" >>"$1"
    fill "$chain"
  done
  for hook in $HOOKS; do
    chain=$(ours "$hook")
    # the executor makes its chain when it is installed; until then nothing is dropped that has to be let through
    exists "$hook" || continue
    hooked "$hook" "$chain" && continue
    echo "$chain first in $hook" >>"$1"
    unhook "$hook" "$chain"
    hook "$hook" "$chain"
  done
}

plan_remove() {
  for hook in $HOOKS; do
    chain=$(ours "$hook")
    exists "$chain" || continue
    echo "$chain removed" >>"$1"
    if exists "$hook"; then unhook "$hook" "$chain"; fi
    drop "$chain"
  done
}

mode=apply
[ $# -eq 0 ] || mode=$1
case "$mode" in
  apply | check) plan=plan_apply ;;
  remove) plan=plan_remove ;;
  *) echo "expected apply, check or remove, got $mode" >&2; exit 2 ;;
esac
said=$(mktemp)
trap 'rm -f "$said"' EXIT
# the executor may change its chains in between: then the transaction fails as a whole, and is worked out anew
for attempt in 1 2 3; do
  : >"$said"
  transaction=$("$plan" "$said")
  if [ -z "$transaction" ]; then
    echo unchanged
    exit 0
  fi
  if [ "$mode" = check ]; then
    sed 's/^/missing: /' "$said"
    exit 1
  fi
  if printf '%s\n' "$transaction" | commit; then
    cat "$said"
    exit 0
  fi
done
echo 'the rules could not be put in place; nothing was changed' >&2
exit 1
`;

/**
 * The guest rules as a script that may run any number of times: `apply` (the default) puts them in front of the executor's
 * own drops and says what it changed, `check` says what `apply` would change and ends with 1, `remove` takes them away.
 * The executor drops guests' traffic to private ranges and to the host, and recreates its chain when it is installed, so
 * the rules are in chains of ours, and only the call of each has to be put first again.
 */
export function renderGuestRules(rules: readonly GuestRule[], proxied: boolean, values: Addresses): string {
  const lines = ruleLines(rules, proxied, values);
  return ["#!/bin/sh", "set -eu", "rules() { cat <<'RULES'", ...lines, "RULES", `}${PROGRAM}`].join("\n");
}
