/** DNS messages as far as the data-plane tier needs them. Source: RFC 1035, section 4; RFC 6891, section 6.1. */

export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, HINFO: 13, TXT: 16, AAAA: 28, OPT: 41, ANY: 255 } as const;
export const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

export interface Question {
  readonly name: string;
  readonly type: number;
}

export interface Record {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  /** An address or a name; anything else in hexadecimal digits. */
  readonly data: string;
}

export interface Message {
  readonly id: number;
  readonly truncated: boolean;
  /** A member of {@link RCODES}, or a number. */
  readonly rcode: string;
  readonly question?: Question;
  readonly answers: readonly Record[];
  readonly authorities: readonly Record[];
  /** UDP payload size of the OPT record, if there is one. */
  readonly edns?: number;
}

const u16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value, i * 2));
  return bytes;
};

/** A name without compression. */
export function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]), Buffer.of(0)]);
}

const optOf = (size: number): Buffer => Buffer.concat([Buffer.of(0), u16(TYPES.OPT, size, 0, 0, 0)]);

export function encodeQuery(id: number, { name, type }: Question, edns?: number): Buffer {
  const head = u16(id, 0x0100, 1, 0, 0, edns === undefined ? 0 : 1);
  return Buffer.concat([head, encodeName(name), u16(type, 1), edns === undefined ? Buffer.alloc(0) : optOf(edns)]);
}

/** One record of an answer; its owner is the question's name unless another is given. */
export interface Reply {
  readonly type: number;
  readonly ttl: number;
  readonly owner?: string;
  readonly data: Buffer;
}

export function encodeReply(
  query: Buffer,
  message: Message,
  rcode: number,
  replies: readonly Reply[],
  limit: number,
): Buffer {
  const { name, type } = message.question!;
  const question = Buffer.concat([encodeName(name), u16(type, 1)]);
  const records = replies.map(({ owner, type: kind, ttl, data }) =>
    Buffer.concat([
      owner === undefined ? u16(0xc00c) : encodeName(owner),
      u16(kind, 1, ttl >>> 16, ttl & 0xffff, data.length),
      data,
    ]),
  );
  const opt = message.edns === undefined ? Buffer.alloc(0) : optOf(1232);
  const size = 12 + question.length + opt.length + records.reduce((sum, { length }) => sum + length, 0);
  const truncated = size > limit;
  const flags = 0x8180 | (truncated ? 0x0200 : 0) | rcode;
  const head = Buffer.concat([
    query.subarray(0, 2),
    u16(flags, 1, truncated ? 0 : records.length, 0, message.edns === undefined ? 0 : 1),
  ]);
  return Buffer.concat([head, question, ...(truncated ? [] : records), opt]);
}

/** @throws RangeError for bytes that are no message */
export function decode(bytes: Buffer): Message {
  const flags = bytes.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  let at = 12;
  const name = (): string => {
    const [text, next] = nameAt(bytes, at);
    at = next;
    return text;
  };
  const questions = Array.from({ length: counts[0]! }, (): Question => {
    const asked = { name: name(), type: bytes.readUInt16BE(at) };
    at += 4;
    return asked;
  });
  let edns: number | undefined;
  const records = (count: number): Record[] =>
    Array.from({ length: count }, (): Record => {
      const owner = name();
      const [type, second, length] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2), bytes.readUInt16BE(at + 8)];
      if (type === TYPES.OPT) edns = second;
      const record = { name: owner, type, ttl: bytes.readUInt32BE(at + 4), data: dataAt(bytes, at + 10, type, length) };
      at += 10 + length;
      return record;
    });
  const [answers, authorities] = [records(counts[1]!), records(counts[2]!)];
  records(counts[3]!);
  return {
    ...{
      id: bytes.readUInt16BE(0),
      truncated: (flags & 0x0200) !== 0,
      rcode: RCODES[flags & 15] ?? String(flags & 15),
    },
    ...(questions[0] && { question: questions[0] }),
    ...{ answers, authorities },
    ...(edns !== undefined && { edns }),
  };
}

function dataAt(bytes: Buffer, at: number, type: number, length: number): string {
  if (type === TYPES.A) return [...bytes.subarray(at, at + 4)].join(".");
  if (type === TYPES.CNAME) return nameAt(bytes, at)[0];
  return bytes.subarray(at, at + length).toString("hex");
}

/** A name and where it ends; follows pointers. */
function nameAt(bytes: Buffer, start: number): [name: string, next: number] {
  const labels: string[] = [];
  let [at, next] = [start, -1];
  for (let steps = 0; steps < 128; steps++) {
    const length = bytes.readUInt8(at);
    if (length === 0) return [labels.join("."), next === -1 ? at + 1 : next];
    if (length >= 0xc0) {
      if (next === -1) next = at + 2;
      at = bytes.readUInt16BE(at) & 0x3fff;
      continue;
    }
    labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  throw new RangeError("expected a name that ends, got a loop");
}
