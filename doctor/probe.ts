import { dirname } from "node:path";
import { CURRENT } from "../plan/dnsProxy.ts";
import { GUEST_GATEWAY, GUEST_RANGE } from "../plan/guestRules.ts";
import { VPC_RESOLVER, type Expectation, type Ping, type PingKind, type Target } from "./expectation.ts";

/** Metadata key that executors read the configuration from. */
const METADATA_KEY = "causeway-dns-proxy";

const METADATA_URL = `http://${VPC_RESOLVER}/computeMetadata/v1/project/attributes/${METADATA_KEY}`;

/** The unit that installs what the metadata has, and the file it says in how that went. */
export const AGENT = "causeway-agent.service";
const STATUS = `${dirname(CURRENT)}/status.json`;

/** Files of an installed configuration by the artefact's member; the agent writes them. */
export const INSTALLED = {
  corefile: "corefile",
  guestRules: "guestRules",
  caBundle: "caBundle",
  hash: "hash",
} as const;

/**
 * Path a registry of each kind answers for. Sources: npm CLI documentation, npm-ping; PEP 503, "Specification"; OCI
 * Distribution Specification, "Determining Support".
 */
const PATHS: Readonly<Record<PingKind, string>> = {
  https: "",
  aws: "",
  npm: "-/ping",
  pypi: "simple/",
  maven: "",
  docker: "v2/",
};

/** Where a registry is asked whether it is one. */
export const pingPath = ({ kind, base }: Ping): string => {
  const path = PATHS[kind];
  return path !== "" && base.endsWith(`/${path}`) ? base : `${base}${path}`;
};

/** One word of a shell, whatever is in it. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Functions of the probe. What it finds is only printed here, and interpreted where it was sent from. `@{` stands for the
 * shell's own brace, which would be TypeScript's.
 */
const FUNCTIONS = String.raw`
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
work=$(mktemp -d) || exit 1
guest=""
guest_address=""
finish() {
  [ -z "$guest_address" ] || admit -D
  if [ -n "$guest" ]; then
    ip link del "cwd$guest" 2>/dev/null
    kill "$guest" 2>/dev/null
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
view=executor
inside=()
target=""
address=""

# fact <what> <seconds> <command...>: runs it, prints what it said and how it ended
fact() {
  local what=$1 seconds=$2 status
  shift 2
  timeout -k 1 "$seconds" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
  printf '{"view":"%s","fact":"%s","target":"%s","address":"%s","status":%d,"out":"%s","err":"%s"}\n' \
    "$view" "$what" "$target" "$address" "$status" \
    "$(head -c 1048576 "$work/out" | base64 -w 0)" "$(head -c 4096 "$work/err" | base64 -w 0)"
  return "$status"
}

# question <name> <kind of record in hexadecimal>: a query, for printf %b
question() {
  local label labels
  IFS=. read -r -a labels <<<"$1"
  printf '\\x%02x\\x%02x\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00' $((RANDOM % 256)) $((RANDOM % 256))
  for label in "@{labels[@]}"; do printf '\\x%02x%s' "@{#label}" "$label"; done
  printf '\\x00\\x00\\x%s\\x00\\x01' "$2"
}

# Sends the file $2 in one packet to the resolver $1, twice where no answer comes; prints the answer in hexadecimal.
asking='
  for try in 1 2; do
    exec 3<>"/dev/udp/$1/53" || exit 1
    dd if="$2" bs=4096 count=1 >&3 2>/dev/null || exit 1
    answer=$(timeout 3 dd bs=65535 count=1 <&3 2>"$2.err" | od -An -v -tx1 | tr -d " \n")
    [ -z "$answer" ] || { printf %s "$answer"; exit 0; }
  done
  cat "$2.err" >&2
  exit 1'

# ask <what> <resolver> <name> [<kind of record>]: IPv4 addresses unless told
ask() {
  printf %b "$(question "$3" "@{4:-01}")" >"$work/query"
  fact "$1" 8 "@{inside[@]}" bash -c "$asking" bash "$2" "$work/query"
}

# addresses <answer in hexadecimal>: its IPv4 addresses
addresses() {
  local hex=$1 at=24 left length
  past_name() {
    while length=$((16#@{hex:at:2})); [ "$length" -ne 0 ]; do
      [ "$length" -lt 192 ] || { at=$((at + 4)); return; }
      at=$((at + 2 + 2 * length))
    done
    at=$((at + 2))
  }
  left=$((16#@{hex:12:4}))
  past_name
  at=$((at + 8))
  for (( ; left > 0; left--)); do
    past_name
    length=$((16#@{hex:at+16:4}))
    if [ "@{hex:at:4}" = 0001 ] && [ "$length" -eq 4 ]; then
      printf '%d.%d.%d.%d\n' "0x@{hex:at+20:2}" "0x@{hex:at+22:2}" "0x@{hex:at+24:2}" "0x@{hex:at+26:2}"
    fi
    at=$((at + 20 + 2 * length))
  done
}

# admit -A or -D: what the CNI plugins do for each virtual machine; nothing where the executor has no such chains.
admit() {
  local own=(-m comment --comment causeway-doctor)
  iptables --wait -t nat "$1" POSTROUTING -s "$guest_address" ! -d ${GUEST_RANGE} "@{own[@]}" -j MASQUERADE
  iptables --wait "$1" CNI-FORWARD -d "$guest_address" -m conntrack --ctstate RELATED,ESTABLISHED "@{own[@]}" -j ACCEPT
  iptables --wait "$1" CNI-FORWARD -s "$guest_address" "@{own[@]}" -j ACCEPT
} >/dev/null 2>&1

# A place on the bridge like a virtual machine's; it goes with the process that holds it.
become_guest() {
  bridge=""
  read -r _ bridge _ < <(ip -o -4 addr show to ${GUEST_GATEWAY}/32)
  if [ -z "$bridge" ]; then
    fact guest 5 sh -c 'echo "no interface has the address ${GUEST_GATEWAY}" >&2; exit 1'
    return 1
  fi
  unshare --net sleep 300 </dev/null >/dev/null 2>"$work/err" &
  guest=$!
  sleep 0.3
  guest_address=10.61.255.$(($$ % 200 + 20))
  inside=(nsenter --net="/proc/$guest/ns/net")
  fact guest 10 sh -ec '
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
    ip link add "cwd$1" type veth peer name eth0 netns "$1"
    ip link set "cwd$1" master "$2" up
    nsenter --net="/proc/$1/ns/net" sh -ec "
      ip link set lo up; ip link set eth0 up; ip addr add $3/16 dev eth0; ip route add default via ${GUEST_GATEWAY}"
  ' sh "$guest" "$bridge" "$guest_address" && admit -A
}

route() {
  if [ "$view" = guest ]; then
    fact route 5 ip -json route get "$address" from "$guest_address" iif "$bridge"
  else
    fact route 5 ip -json route get "$address"
  fi
}

# way <target> <resolver> <name> <port> <path of the ping> <bundle of CAs, or nothing>
way() {
  local name=$3 port=$4 found
  target=$1 address=""
  ask dns "$2" "$name"
  found=$(addresses "$(cat "$work/out")" 2>/dev/null | sort -u | head -n 8)
  for address in $found; do
    route
    fact tcp 3 "@{inside[@]}" bash -c ': <>"/dev/tcp/$1/$2"' bash "$address" "$port" || continue
    fact tls 10 "@{inside[@]}" openssl s_client -connect "$address:$port" -servername "$name" \
      -verify_hostname "$name" -showcerts
    [ -z "$6" ] || fact tls-bundle 10 "@{inside[@]}" openssl s_client -connect "$address:$port" \
      -servername "$name" -CAfile "$6"
    fact ping 15 "@{inside[@]}" curl --disable --silent --show-error --noproxy '*' --max-time 12 \
      --max-filesize 262144 --dump-header - --resolve "$name:$port:$address" "https://$name:$port$5"
  done
  target="" address=""
}

# upstream <target> <resolver> <name> <destination, or nothing: what dns-proxy's configuration says>
upstream() {
  local destination=$4
  target=$1
  [ -n "$destination" ] ||
    destination=$(sed -n "s/^ *rewrite .*name exact $3\. \(.*\)\.$/\1/p" ${CURRENT}/${INSTALLED.corefile} 2>/dev/null | head -n 1)
  if [ -n "$destination" ]; then
    fact destination 5 printf %s "$destination"
    ask upstream "$2" "$destination"
  fi
  target=""
}
`.replaceAll("@{", "${");

/** Path of the customer's certificate authorities on an executor. */
const BUNDLE = `${CURRENT}/${INSTALLED.caBundle}`;

/**
 * A script for Bash that finds on an executor what doctor has to know, and prints it as lines of JSON. It needs coreutils,
 * curl, openssl, iproute2 and util-linux, is told nothing secret and leaves nothing behind. It asks as a guest does from a
 * network namespace on the executors' bridge, for which it needs root, as it does for the kernel's rules.
 * @param options.guest whether to look from a guest's place as well
 */
export function renderProbe({ targets, proxied }: Expectation, options: { readonly guest: boolean }): string {
  const way = (target: Target, resolver: string): string =>
    [
      "way",
      ...[target.key, resolver, target.name, String(target.port), pingPath(target.ping)].map(quote),
      quote(target.privateCA ? BUNDLE : ""),
    ].join(" ");
  const upstream = ({ key, resolver, name, destination = "" }: Target): string =>
    ["upstream", ...[key, resolver, name, destination].map(quote)].join(" ");
  return [
    "#!/usr/bin/env bash",
    FUNCTIONS.trim(),
    "",
    "main() {",
    "fact time 5 date +%s",
    `fact metadata 10 curl --disable --silent --show-error --fail --noproxy '*' -H 'Metadata-Flavor: Google' ${quote(METADATA_URL)}`,
    ...Object.entries(INSTALLED).map(
      ([member, file]) => `fact installed-${member} 5 cat ${quote(`${CURRENT}/${file}`)}`,
    ),
    `fact status 5 cat ${quote(STATUS)}`,
    // an IPv6 address, which dns-proxy says there is none of, with the serial number of its configuration
    ...(proxied ? ["ask running 127.0.0.1 localhost 1c"] : []),
    "fact iptables 10 iptables-save",
    `fact rules 10 sh ${quote(`${CURRENT}/${INSTALLED.guestRules}`)} check`,
    ...targets.flatMap((target) => [way(target, proxied ? "127.0.0.1" : VPC_RESOLVER), upstream(target)]),
    ...(options.guest
      ? [
          "view=guest",
          "if become_guest; then",
          ...targets.map((target) => way(target, proxied ? GUEST_GATEWAY : VPC_RESOLVER)),
          "fi",
        ]
      : []),
    "fact end 5 true",
    "}",
    // Read to its end before it runs: what it starts must not read the rest of it.
    'main "$@" </dev/null',
    "",
  ].join("\n");
}
