import { createHash } from "node:crypto";

/**
 * Longest name of a Google Compute Engine object. Source: Compute Engine API reference, resource naming (RFC 1035
 * label: a lower-case letter, then at most 62 letters, digits or hyphens, no hyphen at the end).
 */
export const GCP_NAME_MAX = 63;

/** First eight hex digits of a text's SHA-256: enough to tell names apart, short enough to read out on a call. */
export const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/**
 * A name within `max` characters. One that is too long keeps its beginning and ends in a hash of the whole, so that two
 * long names never become one.
 */
export function fit(name: string, max: number = GCP_NAME_MAX): string {
  if (name.length <= max) return name;
  return `${name.slice(0, max - 9).replace(/-+$/, "")}-${shortHash(name)}`;
}

/** A physical name from stable keys: joined by hyphens, within a Google Compute Engine name. */
export const physicalName = (...keys: readonly string[]): string => fit(keys.join("-"));

/**
 * The key a domain has in names: its first label for the reader, a hash of the whole for uniqueness. `a.b-c` and
 * `a-b.c` stay two, and a long domain stays within every limit.
 */
export const domainKey = (domain: string): string =>
  `${(domain.split(".")[0] ?? domain).slice(0, 24).replace(/-+$/, "")}-${shortHash(domain)}`;
