/** IPv4 arithmetic, and the addresses the simulated clouds give out. */
import ipaddr from "ipaddr.js";
import type { Transaction } from "./world.ts";

/** An IPv4 block: first and last address as numbers, and the prefix length. */
export interface Block {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** The number of an IPv4 address, or undefined when the text is not one. */
export function addressOf(text: string): number | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** The block of a CIDR text, or undefined when it is not one. A host address within the block is accepted. */
export function blockOf(text: string): Block | undefined {
  const [address, prefix] = text.split("/");
  const number = addressOf(address ?? "");
  if (number === undefined || !/^\d{1,2}$/.test(prefix ?? "") || Number(prefix) > 32) return undefined;
  const size = 2 ** (32 - Number(prefix));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1, prefix: Number(prefix) };
}

/** True for a CIDR text that is a network address, with no host bits set. */
export function isNetwork(text: string): boolean {
  const block = blockOf(text);
  return block !== undefined && text === `${dotted(block.first)}/${block.prefix}`;
}

export function overlap(left: Block, right: Block): boolean {
  return left.first <= right.last && right.first <= left.last;
}

export function within(inner: Block, outer: Block): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** True for private, loopback, link-local, multicast and unspecified addresses; documentation addresses pass for public. */
export function isSpecial(text: string): boolean {
  const blocked = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"];
  const ranges = [...blocked, "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"].map((range) => blockOf(range)!);
  const address = addressOf(text);
  return address === undefined || ranges.some(({ first, last }) => first <= address && address <= last);
}

/** Who gives out public addresses: each has a documentation range (RFC 5737) and, once that is used up, part of RFC 2544's. */
const POOLS = {
  awsTunnel: ["203.0.113.0/24", "198.18.0.0/16"],
  googleVpn: ["198.51.100.0/24", "198.19.0.0/17"],
  googleAddress: ["192.0.2.0/24", "198.19.128.0/17"],
} as const;

/** A public address nobody else in this world has or had. */
export function publicAddress(tx: Transaction, pool: keyof typeof POOLS): string {
  let index = tx.next(`address:${pool}`);
  for (const range of POOLS[pool]) {
    const { first, last } = blockOf(range)!;
    if (first + index < last) return dotted(first + index);
    index -= last - first - 1;
  }
  throw new Error(`the sandbox has no public addresses left in ${POOLS[pool].join(" and ")}`);
}
