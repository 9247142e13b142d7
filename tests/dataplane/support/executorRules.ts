/** What the executor itself does to its machine's packets; the guest rules have to live with it. */
import type { Host } from "./hosts.ts";

/** Source: the executor's CNI configuration: a bridge of its own and every guest behind the host's address. */
export const BRIDGE = "ignite0";
const GUESTS = "10.61.0.0/16";

/** Rules in the executor's order. Source: sourcegraph/sourcegraph, cmd/executor/internal/run, SetupIPTables. */
const RULES: readonly (readonly [chain: string, rule: string])[] = [
  ["CNI-ADMIN", "-p udp --dport 53 -j ACCEPT"],
  ["INPUT", `-d ${GUESTS} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`],
  ["INPUT", `-s ${GUESTS} -j DROP`],
  ["CNI-ADMIN", `-s 10.61.0.1/32 -d ${GUESTS} -j ACCEPT`],
  ["CNI-ADMIN", `-d ${GUESTS} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`],
  ["CNI-ADMIN", `-s ${GUESTS} -d ${GUESTS} -j DROP`],
  ["CNI-ADMIN", `-s ${GUESTS} -d 10.0.0.0/8 -p tcp -j DROP`],
  ["CNI-ADMIN", `-s ${GUESTS} -d 192.168.0.0/16 -p tcp -j DROP`],
  ["CNI-ADMIN", `-s ${GUESTS} -d 172.16.0.0/12 -p tcp -j DROP`],
  ["CNI-ADMIN", `-s ${GUESTS} -d 169.254.0.0/16 -j DROP`],
];

/** What the CNI plugins `bridge` (with ipMasq) and `firewall` add for each guest. Source: CNI plugins, firewall. */
const cniRules = (guests: readonly string[]): string => `
ensure -t filter FORWARD -j CNI-FORWARD
ensure -t filter CNI-FORWARD -j CNI-ADMIN
${guests
  .map(
    (guest) => `ensure -t filter CNI-FORWARD -d ${guest}/32 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
ensure -t filter CNI-FORWARD -s ${guest}/32 -j ACCEPT`,
  )
  .join("\n")}
ensure -t nat POSTROUTING -s ${GUESTS} ! -d ${GUESTS} -j MASQUERADE
`;

/** Every rule is appended unless it is there already, as the executor does it. */
const ENSURE = `set -eu
ensure() { table=$2; chain=$3; shift 3
  iptables --wait -t $table -C $chain "$@" 2>/dev/null || iptables --wait -t $table -A $chain "$@"; }
chain() { iptables --wait -S $1 >/dev/null 2>&1 || iptables --wait -N $1; }
`;

/** Installs the executor; `recreateChain` makes its chain anew, and whatever else was in it is gone. */
export async function installExecutor(
  host: Host,
  {
    recreateChain = false,
    guests = [],
  }: { readonly recreateChain?: boolean; readonly guests?: readonly string[] } = {},
): Promise<void> {
  const recreate = `iptables --wait -D CNI-FORWARD -j CNI-ADMIN 2>/dev/null || :
iptables --wait -F CNI-ADMIN; iptables --wait -X CNI-ADMIN\n`;
  const script = [
    ENSURE,
    recreateChain ? recreate : "",
    "chain CNI-ADMIN\nchain CNI-FORWARD\n",
    ...RULES.map(([chain, rule]) => `ensure -t filter ${chain} ${rule}\n`),
    recreateChain ? "iptables --wait -I CNI-FORWARD 1 -j CNI-ADMIN\n" : cniRules(guests),
  ];
  await host.must(["sh"], { input: script.join("") });
}
