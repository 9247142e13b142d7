import ipaddr from "ipaddr.js";

/**
 * An IPv4 range: the 32-bit network address and its prefix length. Values are only made by the functions below, so a
 * `Range` is always aligned.
 */
export interface Range {
  readonly network: number;
  readonly prefix: number;
}

const toNumber = (address: ipaddr.IPv4): number => address.octets.reduce((sum, octet) => sum * 256 + octet, 0);

const FOUR_PARTS = /^\d{1,3}(\.\d{1,3}){3}$/;

/** The 32-bit value of a dotted-quad address, or undefined where the text is none (no short or octal forms). */
export function parseAddress(text: string): number | undefined {
  return FOUR_PARTS.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text)
    ? toNumber(ipaddr.IPv4.parse(text))
    : undefined;
}

/** Dotted-quad text of a 32-bit value. */
export function formatAddress(value: number): string {
  return new ipaddr.IPv4([24, 16, 8, 0].map((shift) => (value >>> shift) & 255)).toString();
}

/** How many addresses a range holds. */
export const size = ({ prefix }: Range): number => 2 ** (32 - prefix);

/** The range that holds `address` at this prefix length. */
export function rangeAt(address: number, prefix: number): Range {
  const span = 2 ** (32 - prefix);
  return { network: Math.floor(address / span) * span, prefix };
}

/** The range a CIDR text names, with its address moved to the network address; undefined where the text is none. */
export function parseLoose(text: string): Range | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const value = parseAddress(address);
  if (value === undefined || rest.length > 0 || !/^(\d|[12]\d|3[0-2])$/.test(prefix)) return undefined;
  return rangeAt(value, Number(prefix));
}

/** The range a CIDR text names; undefined unless the text is valid and its address is the network address. */
export function parseRange(text: string): Range | undefined {
  const range = parseLoose(text);
  return range !== undefined && formatRange(range) === text ? range : undefined;
}

/**
 * The range of a text that has been checked before.
 * @throws RangeError when it was not: a defect of this program, never a person's mistake.
 */
export function range(text: string): Range {
  const parsed = parseRange(text);
  if (parsed === undefined) throw new RangeError(`not an IPv4 range: ${text}`);
  return parsed;
}

/** CIDR text. */
export const formatRange = ({ network, prefix }: Range): string => `${formatAddress(network)}/${prefix}`;

/** The n-th address of a range, counting from 0. @throws RangeError outside it. */
export function addressAt(within: Range, n: number): number {
  if (n < 0 || n >= size(within)) throw new RangeError(`${formatRange(within)} has no address ${n}`);
  return within.network + n;
}

/** Whether `inner` lies wholly inside `outer` (equal counts). */
export const contains = (outer: Range, inner: Range): boolean =>
  outer.prefix <= inner.prefix && rangeAt(inner.network, outer.prefix).network === outer.network;

/** Whether two ranges share an address; for aligned ranges that is: one contains the other. */
export const overlaps = (a: Range, b: Range): boolean => contains(a, b) || contains(b, a);

/** The n-th sub-range of the given prefix length, counting from 0. @throws RangeError outside the parent. */
export function subRange(parent: Range, prefix: number, n: number): Range {
  if (prefix < parent.prefix || n < 0 || n >= 2 ** (prefix - parent.prefix)) {
    throw new RangeError(`${formatRange(parent)} has no /${prefix} number ${n}`);
  }
  return { network: parent.network + n * 2 ** (32 - prefix), prefix };
}

/** Order by network address, then the wider first. */
export const compareRanges = (a: Range, b: Range): number => a.network - b.network || a.prefix - b.prefix;
