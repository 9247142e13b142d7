import { X509Certificate } from "node:crypto";
import { shortHash } from "../../plan/names.ts";
import { repeats, type Check, type Rule } from "./check.ts";
import { domainsOf } from "./dns.ts";

/** Registries: how executors reach them and what they trust. */

const MAX_BUNDLE_BYTES = 64 * 1024;
const MAX_CERTIFICATES = 10;
const SOON_DAYS = 30;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, without what stands between them. */
export const certificatesOf = (pem: string): readonly string[] => pem.match(CERTIFICATE) ?? [];

/** A bundle as executors are given it: its certificates alone, with one kind of line end. */
export const plainBundle = (pem: string): string =>
  certificatesOf(pem)
    .map((certificate) => `${certificate.replaceAll("\r\n", "\n")}\n`)
    .join("");

/** A registry without a route or endpoint is public, and public ones see a NAT address. */
const reachable: Rule = (check) => {
  const { registries = {}, executorNAT, executorPrivateDNS } = check.infrastructure;
  const sources = (executorPrivateDNS?.routes ?? []).map((route) => route?.source);
  const served = new Set([...sources, ...domainsOf(check)]);
  const linked = (check.infrastructure.privateCodeHost?.aws?.privateLinks ?? []).map((link) => link?.registry);
  if (
    executorNAT !== undefined ||
    !["executorNAT", "executorPrivateDNS", "privateCodeHost"].every((key) => check.isIntact(key))
  )
    return;
  for (const [key, registry] of Object.entries(registries)) {
    const name = registry?.dnsName;
    if (name === undefined || served.has(name) || linked.includes(key)) continue;
    const fix = "add one, or executorNAT: {} if the registry is public";
    check.report(
      ["registries", key, "dnsName"],
      `expected a name that a route or an endpoint serves, got ${name}; ${fix}`,
    );
  }
};

/** One name has one certificate. */
const once: Rule = (check) => {
  const entries = Object.entries(check.infrastructure.registries ?? {});
  for (const { value, index, first } of repeats(entries.map(([, registry]) => registry?.dnsName))) {
    const message = `expected each name once, got ${value} again (first at ${entries[first]![0]}); remove one of the two`;
    check.report(["registries", entries[index]![0], "dnsName"], message);
  }
};

const bundles: Rule = (check) => {
  for (const [key, registry] of Object.entries(check.infrastructure.registries ?? {})) {
    const path = ["registries", key, "caBundle"];
    const bundle = registry?.caBundle;
    if (registry?.certificate === "publicCA" && bundle !== undefined) {
      const message = "expected no bundle with publicCA, got one; remove it, or write certificate: privateCA";
      check.report(path, message, "key");
    } else if (registry?.certificate === "privateCA" && bundle === undefined && check.isIntact(...path)) {
      const fix = "add caBundle: | and the pem the customer sent";
      check.report(path, `expected the ca's certificates with privateCA, got nothing; ${fix}`);
    } else if (bundle !== undefined) examine(check, key, bundle);
  }
};

/** What is deployed may run out by the calendar alone: that must not keep anybody from the customer's other changes. */
const outlived = (check: Check, key: string, bundle: string): boolean =>
  check.lenient || check.deployed?.values[`registries[${key}].caBundle`] === shortHash(plainBundle(bundle));

function examine(check: Check, key: string, bundle: string): void {
  const path = ["registries", key, "caBundle"];
  const unfit = bundleMistake(bundle);
  if (unfit !== undefined) {
    check.report(path, unfit);
    return;
  }
  const pems = certificatesOf(bundle);
  const certificates = pems.map(read);
  for (const [index, certificate] of certificates.entries()) {
    const mistake = certificateMistake(certificate, `certificate ${index + 1} of ${pems.length}`, check.today);
    if (mistake === undefined) continue;
    if (certificate !== undefined && certificate.to < check.today && certificate.isCa && outlived(check, key, bundle)) {
      const fix = "executors refuse the registry; ask the customer for the new one";
      check.note(path, `${certificate.name} ended on ${certificate.to}, ${fix}`);
      continue;
    }
    check.report(path, mistake);
    return;
  }
  for (const certificate of certificates) noteEnd(check, path, certificate!);
}

/** What is wrong with a bundle as a whole. Never shows its content. */
function bundleMistake(bundle: string): string | undefined {
  const bytes = Buffer.byteLength(bundle);
  const count = certificatesOf(bundle).length;
  if (bundle.includes("PRIVATE KEY")) {
    return "expected certificates alone, got a private key with them; take it out and tell the customer, the key is no longer secret";
  }
  const fix = "keep those that signed the registry's";
  if (bytes > MAX_BUNDLE_BYTES) return `expected at most 64 KiB, got ${Math.ceil(bytes / 1024)} KiB; ${fix}`;
  if (count > MAX_CERTIFICATES) return `expected at most ten certificates, got ${count}; ${fix}`;
  if (count > 0) return undefined;
  return "expected pem certificates, got none; paste from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
}

interface Certificate {
  readonly name: string;
  readonly isCa: boolean;
  /** ISO dates, both inclusive. */
  readonly from: string;
  readonly to: string;
}

function read(pem: string): Certificate | undefined {
  try {
    const { subject, ca, validFrom, validTo } = new X509Certificate(pem);
    const name = subject.split("\n").at(-1) ?? "without a subject";
    return { name, isCa: ca, from: day(validFrom), to: day(validTo) };
  } catch {
    return undefined;
  }
}

const day = (text: string): string => new Date(text).toISOString().slice(0, 10);

function certificateMistake(certificate: Certificate | undefined, which: string, today: string): string | undefined {
  if (certificate === undefined) {
    return `expected pem certificates, got ${which} that does not parse; paste it again, whole lines`;
  }
  const { name, isCa, from, to } = certificate;
  const got = `got ${which}, ${name}`;
  if (!isCa) return `expected ca certificates, ${got}, which is none; ask for the certificate that signed it`;
  if (to < today) return `expected certificates in date, ${got}, which ended on ${to}; ask for the new one`;
  if (from > today) return `expected certificates in date, ${got}, which begins on ${from}; ask for the present one`;
  return undefined;
}

const DAY = 24 * 60 * 60 * 1000;

function noteEnd(check: Check, path: readonly string[], { name, to }: Certificate): void {
  const days = Math.round((Date.parse(to) - Date.parse(check.today)) / DAY);
  if (days <= SOON_DAYS) check.note(path, `${name} ends on ${to}, in ${days} days; ask the customer for the next one`);
}

export const registries: readonly Rule[] = [reachable, once, bundles];
