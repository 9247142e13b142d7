import { X509Certificate } from "node:crypto";

/** What Certificate Manager says of a certificate. */
export interface FoundCertificate {
  readonly arn: string;
  /** PEM; empty where it is not told. */
  readonly certificate: string;
}

export interface WantedCertificate {
  readonly arn: string;
  /** Main name it is looked up by. */
  readonly domain: string;
  readonly region: string;
  readonly hosts: readonly string[];
}

/** Whether a certificate's name, which may begin with `*.`, covers a host. Source: RFC 6125, section 6.4.3. */
export const covers = (name: string, host: string): boolean =>
  name.toLowerCase() === host ||
  (name.startsWith("*.") && name.slice(1).toLowerCase() === host.slice(host.indexOf(".")));

/**
 * What is wrong with the certificate of a load balancer before it is made; undefined where nothing is. Of several with one
 * main name only the newest is told, so nothing is said of the inside of another.
 */
export function certificateMistake(
  found: FoundCertificate | undefined,
  { arn, domain, region, hosts }: WantedCertificate,
  now: Date,
): string | undefined {
  if (found === undefined) {
    const fix = "request or import it there, or write its main name as certificateDomain";
    return `expected an issued certificate for ${domain} in ${region}, got none; ${fix}`;
  }
  if (found.arn !== arn || found.certificate === "") return undefined;
  const { validTo, subjectAltName = "" } = new X509Certificate(found.certificate);
  if (Date.parse(validTo) <= now.getTime()) {
    const ended = new Date(validTo).toISOString().slice(0, 10);
    return `expected a certificate in date, got ${arn}, which ended on ${ended}; renew it`;
  }
  const names = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!);
  const missing = hosts.find((host) => !names.some((name) => covers(name, host)));
  if (missing === undefined) return undefined;
  return `expected a certificate that covers ${missing}, got one for ${names.join(", ")}; request one with every host`;
}
