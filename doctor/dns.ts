/** One answer of a resolver, as far as doctor looks at it. */
export interface DnsAnswer {
  /** RFC 1035 4.1.1 and RFC 2136: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, …; the number where it has no name here. */
  readonly code: string;
  /** IPv4 addresses, in the order of the answer. */
  readonly addresses: readonly string[];
}

/** Source: IANA, "DNS RCODEs". */
const CODES: Readonly<Record<number, string>> = {
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
};

/**
 * Reads a DNS message, as RFC 1035 4 has it.
 * @param hex the message in hexadecimal, without spaces
 * @returns undefined for what is no whole answer
 */
export function decodeAnswer(hex: string): DnsAnswer | undefined {
  const message = Buffer.from(hex, "hex");
  if (message.length < 12 || (message[2]! & 0x80) === 0) return undefined;
  try {
    return read(message);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function read(message: Buffer): DnsAnswer {
  const code = message.readUInt8(3) & 0x0f;
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = pastName(message, at) + 4;
  const addresses: string[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    at = pastName(message, at);
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 8)];
    const data = message.subarray(at + 10, at + 10 + length);
    if (data.length < length) throw new RangeError("the message ends within a record");
    if (type === 1 && length === 4) addresses.push(data.join("."));
    at += 10 + length;
  }
  return { code: CODES[code] ?? String(code), addresses };
}

/** Where a name ends: at its empty label, or behind a pointer to the rest of it. @throws RangeError */
function pastName(message: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
}
