import { X509Certificate } from "node:crypto";
import type { Check, Rule } from "./check.ts";
import { domainsOf } from "./dns.ts";

/** Registries: how executors reach them and what they trust. */

const MAX_BUNDLE_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 10;
const SOON_DAYS = 30;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, without what stands between them. */
export const certificatesOf = (pem: string): readonly string[] => pem.match(CERTIFICATE) ?? [];

/** A registry without a route or endpoint is public, and public ones see a NAT address. */
const reachable: Rule = (check) => {
  const { registries = {}, executorNAT, executorPrivateDNS } = check.infrastructure;
  const sources = (executorPrivateDNS?.routes ?? []).map((route) => route?.source);
  const served = new Set([...sources, ...domainsOf(check)]);
  if (
    executorNAT !== undefined ||
    !["executorNAT", "executorPrivateDNS", "privateCodeHost"].every((key) => check.isIntact(key))
  )
    return;
  for (const [key, registry] of Object.entries(registries)) {
    const name = registry?.dnsName;
    if (name === undefined || served.has(name)) continue;
    const fix = "add one, or executorNAT: {} if the registry is public";
    check.report(
      ["registries", key, "dnsName"],
      `expected a name that a route or an endpoint serves, got ${name}; ${fix}`,
    );
  }
};

const bundles: Rule = (check) => {
  for (const [key, registry] of Object.entries(check.infrastructure.registries ?? {})) {
    const path = ["registries", key, "caBundle"];
    const bundle = registry?.caBundle;
    if (registry?.certificate === "publicCA" && bundle !== undefined) {
      check.report(
        path,
        "expected no bundle with publicCA, got one; remove it, or write certificate: privateCA",
        "key",
      );
    } else if (registry?.certificate === "privateCA" && bundle === undefined && check.isIntact(...path)) {
      check.report(
        path,
        "expected the ca's certificates with privateCA, got nothing; add caBundle: | and the pem the customer sent",
      );
    } else if (bundle !== undefined) {
      const mistake = bundleMistake(bundle, check.today);
      if (mistake !== undefined) check.report(path, mistake);
      else noteEnds(check, path, bundle);
    }
  }
};

/** What is wrong with a bundle as a whole, or with its first bad certificate. Never shows its content. */
function bundleMistake(bundle: string, today: string): string | undefined {
  const bytes = Buffer.byteLength(bundle);
  const count = certificatesOf(bundle).length;
  if (bundle.includes("PRIVATE KEY")) {
    return "expected certificates alone, got a private key with them; take it out and tell the customer, the key is no longer secret";
  }
  if (bytes > MAX_BUNDLE_BYTES)
    return `expected at most 64 KiB, got ${Math.ceil(bytes / 1024)} KiB; keep the certificates that signed the registry's`;
  if (count === 0)
    return "expected pem certificates, got none; paste from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
  if (count > MAX_CERTIFICATES)
    return `expected at most ten certificates, got ${count}; keep those that signed the registry's`;
  for (const [index, pem] of certificatesOf(bundle).entries()) {
    const mistake = certificateMistake(pem, today);
    if (mistake !== undefined) return mistake(`certificate ${index + 1} of ${count}`);
  }
  return undefined;
}

const day = (text: string): string => new Date(text).toISOString().slice(0, 10);

function certificateMistake(pem: string, today: string): ((which: string) => string) | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return (which) => `expected pem certificates, got ${which} that does not parse; paste it again, whole lines`;
  }
  const [from, to, name] = [day(certificate.validFrom), day(certificate.validTo), subjectOf(certificate)];
  if (!certificate.ca) {
    return (which) =>
      `expected ca certificates, got ${which}, ${name}, which is none; ask for the certificate that signed it`;
  }
  if (to < today)
    return (which) => `expected certificates in date, got ${which}, ${name}, which ended on ${to}; ask for the new one`;
  if (from > today)
    return (which) =>
      `expected certificates in date, got ${which}, ${name}, which begins on ${from}; ask for the present one`;
  return undefined;
}

const subjectOf = ({ subject }: X509Certificate): string => subject.split("\n").at(-1) ?? "one without a subject";

function noteEnds(check: Check, path: readonly string[], bundle: string): void {
  for (const pem of certificatesOf(bundle)) {
    const certificate = new X509Certificate(pem);
    const end = day(certificate.validTo);
    const days = Math.round((Date.parse(end) - Date.parse(check.today)) / 86_400_000);
    if (days > SOON_DAYS) continue;
    check.note(path, `${subjectOf(certificate)} ends on ${end}, in ${days} days; ask the customer for the next one`);
  }
}

export const registries: readonly Rule[] = [reachable, bundles];
