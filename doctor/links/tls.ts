import { X509Certificate } from "node:crypto";
import type { Expectation, Target } from "../expectation.ts";
import { TIMED_OUT, type Fact, type Facts, type View } from "../facts.ts";
import { broken, holds, type Broken, type Link } from "../link.ts";
import { AGENT } from "../probe.ts";
import { lastLine } from "../wording.ts";

/** Seconds before a certificate's end from which on doctor mentions it. */
const SOON = 14 * 86_400;

/** Whether what answers proves to be the registry: its name, its dates, and an authority that executors trust. */
export function tlsLink({ customer }: Expectation, facts: Facts, view: View, target: Target): Link {
  const now = new Date(1000 * Number(facts.one("executor", "time")?.out.trim()));
  let ends = Infinity;
  for (const fact of facts.each(view, "tls", target.key)) {
    const certificate = certificateOf(fact.out);
    const wrong =
      certificate === undefined ? none(fact, target) : faultOf(certificate, now, fact, facts, target, customer);
    if (wrong !== undefined) return wrong;
    ends = Math.min(ends, certificate!.validToDate.getTime());
  }
  const left = (ends - now.getTime()) / 1000;
  const warning = left < SOON ? `, which ends in ${Math.floor(left / 86_400)} days` : "";
  return holds("tls", `the certificate is for ${target.name} and trusted${warning}`);
}

function certificateOf(said: string): X509Certificate | undefined {
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(said)?.[0];
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function none(fact: Fact, { name, port, serverSide }: Target): Broken {
  const got = fact.status === TIMED_OUT ? "no answer within 10 s" : "no certificate";
  const next = `ask whoever runs the registry whether TLS is served on ${port}: ${lastLine(fact.err) || "the connection was closed"}`;
  return broken("tls", `a TLS server for ${name} at ${fact.address}:${port}`, got, serverSide, next);
}

function faultOf(
  certificate: X509Certificate,
  now: Date,
  fact: Fact,
  facts: Facts,
  { name, privateCA, key, serverSide }: Target,
  customer: string,
): Broken | undefined {
  const reissue = `ask whoever runs the registry for a certificate for ${name}`;
  if (certificate.checkHost(name) === undefined) {
    const names = certificate.subjectAltName?.replaceAll("DNS:", "") ?? certificate.subject.replaceAll("\n", " ");
    const next = `${reissue}, or for a load balancer that passes TLS through`;
    return broken("tls", `a certificate for ${name}`, `one for ${names}`, serverSide, next);
  }
  const [from, to] = [certificate.validFromDate, certificate.validToDate];
  if (now < from || now > to) {
    const got = now > to ? `one that ended on ${to.toISOString()}` : `one that begins on ${from.toISOString()}`;
    return broken("tls", `a certificate that is valid on ${now.toISOString()}`, got, serverSide, reissue);
  }
  const [, code = "", reason = ""] = /Verify return code: (\d+) \(([^)]*)\)/.exec(fact.out) ?? [];
  if (code === "0") return undefined;
  const issuer = certificate.issuer.replaceAll("\n", ", ");
  const got = `one by ${issuer}: ${reason || "not verified"}`;
  const bundle = facts.one(fact.view, "tls-bundle", key, fact.address);
  if (privateCA && /Verify return code: 0 /.test(bundle?.out ?? "")) {
    const next = `sudo systemctl start ${AGENT} on the executor: the customer's bundle is delivered, but not in its trust store`;
    return broken("tls", "a certificate by an authority the executor trusts", got, "ours", next);
  }
  const next = privateCA
    ? `compare registries.${key}.caBundle in the file of ${customer} with the authority the customer uses now`
    : `ask whether the server sends its intermediate certificates, and whether its authority is a public one; a private one goes into registries.${key}.caBundle`;
  const expected = `a certificate by ${privateCA ? "the authority in the customer file" : "a public authority"}`;
  return broken("tls", expected, got, "customer", next);
}
