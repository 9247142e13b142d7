/** An executor's machine as its image leaves it: agent, CoreDNS, a stand-in for systemd. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AGENT_COMMAND, renderAgent } from "../../../plan/agent.ts";
import {
  CURRENT,
  hashOf,
  renderDnsProxy,
  serialiseDnsProxy,
  type DnsProxyArtefact,
  type DnsProxyPlan,
} from "../../../plan/dnsProxy.ts";
import { planCustomer } from "../../../plan/plan.ts";
import { everyKind, link, PSC_DOMAIN } from "../../support/customers.ts";
import { must, type Ended, type Host } from "./hosts.ts";
import { ADDRESS, ENDPOINT_NAME, type Topology } from "./topology.ts";

export const METADATA_KEY = "causeway-dns-proxy";

/**
 * What the tests need of systemctl: units of one service each, run as their files say. It does not sandbox, and starts no
 * unit whose condition on CoreDNS is not met; `systemd-analyze verify` is asked about the files elsewhere.
 */
const SYSTEMCTL = String.raw`#!/bin/bash
set -u
now=
verb=$1
shift
echo "$verb $*" >>/run/systemctl.log
[ "$verb" = daemon-reload ] && exit
[ "$1" = --now ] && { now=1; shift; }
unit=$1
file=/etc/systemd/system/$unit
pidfile=/run/$unit.pid
value() { sed -n "s/^$1=//p" "$file" | head -1; }
alive() { [ -s "$pidfile" ] && grep -q '^State:.[^ZX]' "/proc/$(cat "$pidfile")/status" 2>/dev/null; }
stop() {
  rm -f "$pidfile.keeper"
  command=$(value ExecStop)
  alive && { [ -z "$command" ] || $command; kill -9 "$(cat "$pidfile")"; while alive; do sleep 0.01; done; }
  rm -f "$pidfile"
}
start() {
  condition=$(value ConditionFileIsExecutable)
  case "$condition" in '!'*) [ -x "@{condition#!}" ] && return 0 ;; *) [ -x "$condition" ] || return 0 ;; esac
  alive && return 0
  environment=$(value EnvironmentFile)
  [ -z "$environment" ] || . "$environment" || return 1
  sed -n 's/^ExecStartPre=[-+]//p' "$file" | while read -r command; do $command </dev/null; done
  rm -f "$pidfile"
  keep >>/run/$unit.log 2>&1 </dev/null &
  while [ ! -s "$pidfile" ]; do sleep 0.01; done
}
# as Restart=always with RestartSec=1
keep() {
  echo "$BASHPID" >"$pidfile.keeper"
  while [ "$(cat "$pidfile.keeper" 2>/dev/null)" = "$BASHPID" ]; do
    eval "exec setsid $(value ExecStart)" &
    echo $! >"$pidfile"
    wait $!
    sleep 1
  done
}
reload() { MAINPID=$(cat "$pidfile"); eval "$(value ExecReload)"; }
case "$verb" in
  try-restart | enable) ;;
  disable) [ -z "$now" ] || stop ;;
  stop) stop ;;
  start) start ;;
  restart) stop; start ;;
  reload-or-restart) if alive; then reload; else start; fi ;;
  *) echo "no $verb here" >&2; exit 1 ;;
esac
`.replaceAll("@{", "${");

/** Puts on the executor what its image carries: CoreDNS, or Docker and the name of dns-proxy's repository. */
export function installImage(executor: Host, form: "program" | "container" = "program"): void {
  for (const { path, mode, text } of renderAgent()) executor.write(path, text, mode);
  executor.write("/usr/local/bin/systemctl", SYSTEMCTL, 0o755);
  const program = must("scripts/tools.sh", ["coredns"]).trim();
  const place = executor.path(form === "program" ? "/usr/local/bin/coredns" : "/run/docker/coredns");
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(program, place);
  if (form === "program") return;
  executor.write("/etc/causeway/dns-proxy.env", `DNS_PROXY_IMAGE=${REPOSITORY}\n`);
  executor.write("/usr/bin/docker", readFileSync(join(import.meta.dirname, "docker.py"), "utf8"), 0o755);
}

/** The repository of dns-proxy's images. */
export const REPOSITORY = "registry.example/dns-proxy";

/** Runs the very command of the agent's unit. */
export const runAgent = (executor: Host, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  executor.exec([...AGENT_COMMAND], { env, timeout: 60_000 });

export interface ArtefactChanges {
  readonly plan?: (plan: DnsProxyPlan) => DnsProxyPlan;
  /** Changes what is rendered, with a hash that fits. */
  readonly content?: (artefact: DnsProxyArtefact) => Partial<DnsProxyArtefact>;
}

/** The artefact for the customer of tests/support/customers.ts, whose endpoints the topology has. */
export function artefactFor(net: Topology, changes: ArtefactChanges = {}): DnsProxyArtefact {
  const planned = planCustomer(everyKind()).dnsProxy!;
  const plan = { ...planned, caBundle: net.certificates.authority() };
  const artefact = renderDnsProxy(changes.plan?.(plan) ?? plan, {
    endpointNames: { [link("a1").key]: ENDPOINT_NAME },
    pscAddresses: { [PSC_DOMAIN]: ADDRESS.psc },
    blobHosts: {},
  });
  const content = { ...artefact, ...changes.content?.(artefact) };
  return { ...content, hash: hashOf(content) };
}

/** Puts an artefact into the project's metadata. */
export function publish(net: Topology, artefact: DnsProxyArtefact): void {
  net.setGoogle({ metadata: { [METADATA_KEY]: serialiseDnsProxy(artefact) } });
}

/** The hash of what is linked as current on the executor, or why there is none. */
export async function inForce(executor: Host): Promise<string> {
  const { status, stdout } = await executor.exec(["cat", `${CURRENT}/hash`]);
  return status === 0 ? stdout : "nothing";
}
