import { hashOf, serialOf, type DnsProxyArtefact } from "../../plan/dnsProxy.ts";
import type { Expectation } from "../expectation.ts";
import type { Facts } from "../facts.ts";
import { broken, holds, type Link } from "../link.ts";
import { AGENT, INSTALLED } from "../probe.ts";
import { JOURNAL, RESTART } from "../wording.ts";

const short = (hash: string): string => hash.slice(0, 12);

/** Whether the executor has what the stack's last update rendered: in the metadata, installed, and unaltered on disk. */
export function configurationLink({ customer, configured, hash }: Expectation, facts: Facts): Link {
  const value = facts.one("executor", "metadata");
  if (!configured) return holds("configuration", "none needed");
  const up = `causeway up ${customer}`;
  if (value?.status !== 0) {
    const got = /\b404\b/.test(value?.err ?? "") ? "no such key" : (value?.err.trim() ?? "nothing");
    return broken("configuration", "the metadata server to give causeway-dns-proxy", got, "ours", up);
  }
  const artefact = readArtefact(value.out);
  if (artefact === undefined) {
    return broken("configuration", "an artefact in the metadata", "a value that is none", "ours", up);
  }
  if (hash !== undefined && artefact.hash !== hash) {
    const expected = `the metadata to hold ${short(hash)}, which the stack's last update left`;
    return broken("configuration", expected, short(artefact.hash), "ours", up);
  }
  if (hashOf(artefact) !== artefact.hash) {
    const got = `${short(hashOf(artefact))}: somebody edited the value`;
    return broken("configuration", `a value in the metadata whose hash is ${short(artefact.hash)}`, got, "ours", up);
  }
  return installed(artefact, facts) ?? holds("configuration", found(artefact, hash));
}

function found({ hash }: DnsProxyArtefact, expected: string | undefined): string {
  const known = expected === undefined ? ", not compared with the stack: give its outputs with --outputs" : "";
  return `${short(hash)} is in the metadata and installed${known}`;
}

/** What was installed against what the metadata has, file by file. */
function installed(artefact: DnsProxyArtefact, facts: Facts): Link | undefined {
  const start = `sudo systemctl start ${AGENT}`;
  const hash = facts.one("executor", "installed-hash");
  const has = hash?.status === 0 ? short(hash.out.trim()) : "nothing installed";
  if (has !== short(artefact.hash)) {
    const why = stateOf(facts.one("executor", "status")?.out ?? "");
    const got = why === undefined || why === "ok" ? has : `${has}: ${why}`;
    const next = `${start} on the executor, then sudo journalctl --unit ${AGENT} --lines 20`;
    return broken("configuration", `the executor to have installed ${short(artefact.hash)}`, got, "ours", next);
  }
  for (const member of ["corefile", "guestRules", "caBundle"] as const) {
    const file = facts.one("executor", `installed-${member}`);
    const content = file?.status === 0 ? file.out : "";
    if (content === artefact[member]) continue;
    const next = `${start} on the executor, which puts it right`;
    const expected = `${INSTALLED[member]} on the executor as it was delivered`;
    return broken("configuration", expected, file?.status === 0 ? "another text" : "no such file", "ours", next);
  }
  return running(artefact, facts);
}

/** Whether dns-proxy has taken the file that is installed: it goes on with another where it refuses that one. */
function running({ corefile }: DnsProxyArtefact, facts: Facts): Link | undefined {
  const answer = Buffer.from(facts.one("executor", "running")?.out ?? "", "hex");
  // the answer ends with the numbers of an SOA record, of which the serial is the first (RFC 1035, 3.3.13)
  const serial = answer.length < 20 ? undefined : answer.readUInt32BE(answer.length - 20);
  const wanted = serialOf(corefile);
  if (serial === undefined || wanted === undefined || serial === wanted) return undefined;
  const next = `${JOURNAL} on the executor for why, then ${RESTART}`;
  return broken(
    "configuration",
    `dns-proxy to run with ${wanted}, the serial number of what is installed`,
    String(serial),
    "ours",
    next,
  );
}

/** What the agent says of its last run. */
function stateOf(status: string): string | undefined {
  try {
    const { state } = JSON.parse(status) as { readonly state?: unknown };
    return typeof state === "string" ? state : undefined;
  } catch {
    return undefined;
  }
}

function readArtefact(value: string): DnsProxyArtefact | undefined {
  try {
    const artefact = JSON.parse(value) as Partial<DnsProxyArtefact> | null;
    const texts = [artefact?.hash, artefact?.corefile, artefact?.guestRules, artefact?.caBundle];
    return texts.every((text) => typeof text === "string") ? (artefact as DnsProxyArtefact) : undefined;
  } catch {
    return undefined;
  }
}
