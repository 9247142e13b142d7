/**
 * What is on both sides of dns-proxy, as one process that runs in its namespace: resolvers that answer, delay, fail or
 * keep silent as they are told, and clients. It takes one command a line as JSON and answers each on a line.
 */
import { createSocket, type Socket } from "node:dgram";
import { connect, createServer, type Server, type Socket as TcpSocket } from "node:net";
import { createInterface } from "node:readline";
import { decode, encodeName, encodeQuery, encodeReply, RCODES, TYPES, type Message, type Reply } from "./dnsMessage.ts";

/** How a resolver answers a name. */
export interface Behaviour {
  readonly a?: readonly string[];
  /** Names passed through on the way to the addresses. */
  readonly chain?: readonly string[];
  readonly rcode?: (typeof RCODES)[number];
  /** Milliseconds until the answer. */
  readonly delay?: number;
  readonly silent?: boolean;
  /** As `silent`, for IPv6 addresses alone. */
  readonly silentAboutIPv6?: boolean;
  /** Bytes of text in the answer, for any type. */
  readonly text?: number;
}

export interface Resolver {
  readonly address: string;
  /** By name in lower case. */
  readonly names: Readonly<Record<string, Behaviour>>;
  /** For every other name. */
  readonly others?: Behaviour;
  /** Answers no UDP, or no TCP. */
  readonly only?: "udp" | "tcp";
}

export interface Ask {
  readonly name: string;
  readonly type?: keyof typeof TYPES;
  readonly from?: string;
  readonly at?: string;
  readonly tcp?: boolean;
  /** UDP payload size told in an OPT record. */
  readonly edns?: number;
  readonly timeout?: number;
}

export interface Told extends Message {
  readonly bytes: number;
  readonly asked: number;
  readonly ms: number;
}

export interface Flood {
  readonly names: readonly string[];
  readonly ms: number;
  /** Queries in flight. */
  readonly width: number;
  readonly timeout: number;
  /** Milliseconds between the first query of one client and of the next; 0 unless told. */
  readonly apart?: number;
}

export interface Flooded {
  readonly sent: number;
  /** Answers by code. */
  readonly rcodes: Readonly<Record<string, number>>;
  readonly unanswered: number;
  /** Milliseconds of the slowest answer. */
  readonly slowest: number;
}

const GUEST = "10.61.0.7";
const PROXY = "10.61.0.1";

const resolvers = new Map<string, Resolver>();
const listeners = new Map<string, readonly [Socket, Server]>();
const questions: { at: string; name: string; type: number; tcp: boolean }[] = [];

function repliesOf({ question }: Message, { a = [], chain = [], text }: Behaviour): readonly Reply[] {
  if (text !== undefined) {
    const strings = Array.from({ length: Math.ceil(text / 200) }, () =>
      Buffer.concat([Buffer.of(200), Buffer.alloc(200, 120)]),
    );
    return [{ type: TYPES.TXT, ttl: 300, data: Buffer.concat(strings) }];
  }
  if (question!.type !== TYPES.A) return [];
  const owners = [undefined, ...chain];
  const links = chain.map((name, i): Reply =>
    withOwner({ type: TYPES.CNAME, ttl: 300, data: encodeName(name) }, owners[i]),
  );
  const last = owners.at(-1);
  return [
    ...links,
    ...a.map((address) =>
      withOwner({ type: TYPES.A, ttl: 300, data: Buffer.from(address.split(".").map(Number)) }, last),
    ),
  ];
}

const withOwner = (reply: Reply, owner: string | undefined): Reply =>
  owner === undefined ? reply : { ...reply, owner };

function answer(at: string, query: Buffer, tcp: boolean, send: (reply: Buffer) => void): void {
  const message = decode(query);
  const resolver = resolvers.get(at);
  if (message.question === undefined || resolver === undefined) return;
  const { name, type } = message.question;
  questions.push({ at, name, type, tcp });
  const behaviour = resolver.names[name.toLowerCase()] ?? resolver.others ?? { rcode: "NXDOMAIN" };
  if (behaviour.silent === true || resolver.only === (tcp ? "udp" : "tcp")) return;
  if (behaviour.silentAboutIPv6 === true && type === TYPES.AAAA) return;
  const limit = tcp ? 65_535 : (message.edns ?? 512);
  const reply = encodeReply(
    query,
    message,
    RCODES.indexOf(behaviour.rcode ?? "NOERROR"),
    repliesOf(message, behaviour),
    limit,
  );
  if (behaviour.delay === undefined) send(reply);
  else setTimeout(() => send(reply), behaviour.delay);
}

/** Gives every message of a TCP stream to a handler. */
function framed(socket: TcpSocket, handle: (message: Buffer) => void): void {
  let held = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const size = held.readUInt16BE(0);
      handle(held.subarray(2, 2 + size));
      held = held.subarray(2 + size);
    }
  });
}

const frame = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);

async function resolve(resolver: Resolver): Promise<void> {
  resolvers.set(resolver.address, resolver);
  if (listeners.has(resolver.address)) return;
  const udp = createSocket("udp4");
  udp.on("message", (query, { port, address }) =>
    answer(resolver.address, query, false, (reply) => udp.send(reply, port, address, () => undefined)),
  );
  const tcp = createServer((socket) =>
    framed(socket, (query) => answer(resolver.address, query, true, (reply) => void socket.write(frame(reply)))),
  );
  await new Promise<void>((done) => udp.bind(53, resolver.address, done));
  await new Promise<void>((done) => tcp.listen(53, resolver.address, done));
  listeners.set(resolver.address, [udp, tcp]);
}

function stop(address: string): void {
  const [udp, tcp] = listeners.get(address) ?? [];
  udp?.close();
  tcp?.close();
  listeners.delete(address);
}

/** Sends bytes and gives what comes back, or undefined when nothing does. */
function exchange(
  bytes: Buffer,
  { from = GUEST, at = PROXY, tcp = false, timeout = 3000 }: Omit<Ask, "name">,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let end = (): void => undefined;
    const done = (reply?: Buffer): void => {
      clearTimeout(timer);
      end();
      resolve(reply);
    };
    const timer = setTimeout(() => done(), timeout);
    if (tcp) {
      const socket = connect({ host: at, port: 53, localAddress: from }, () => socket.write(frame(bytes)));
      end = () => socket.destroy();
      socket.once("close", () => done());
      framed(socket, done);
      return;
    }
    const socket = createSocket("udp4");
    end = () => socket.close();
    socket.once("message", (reply) => done(reply));
    socket.bind(0, from, () => socket.send(bytes, 53, at, (error) => error && done()));
  });
}

let ids = 1;
async function ask(wanted: Ask): Promise<Told | undefined> {
  const query = encodeQuery(
    (ids = (ids % 65_535) + 1),
    { name: wanted.name, type: TYPES[wanted.type ?? "A"] },
    wanted.edns,
  );
  const start = performance.now();
  const reply = await exchange(query, wanted);
  if (reply === undefined) return undefined;
  return { ...decode(reply), bytes: reply.length, asked: query.length, ms: performance.now() - start };
}

/** Asks without end and without asking anything twice, as clients that do not try again. */
async function flood({ names, ms, width, timeout, apart = 0 }: Flood): Promise<Flooded> {
  const until = performance.now() + ms;
  const rcodes: Record<string, number> = {};
  let [sent, unanswered, slowest] = [0, 0, 0];
  const client = async (start: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, start * apart));
    for (let i = start; performance.now() < until; i += width) {
      sent++;
      const told = await ask({ name: names[i % names.length]!, timeout });
      if (told === undefined) unanswered++;
      else {
        rcodes[told.rcode] = (rcodes[told.rcode] ?? 0) + 1;
        slowest = Math.max(slowest, told.ms);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, (_, i) => client(i)));
  return { sent, rcodes, unanswered, slowest };
}

/** Every command by name. */
export const COMMANDS = {
  resolve,
  stop: (address: string): Promise<void> => Promise.resolve(stop(address)),
  /** What resolvers were asked since this was asked last. */
  questions: () => Promise.resolve(questions.splice(0)),
  ask,
  flood,
  /** @returns what came back, in hexadecimal digits */
  send: async ({ hex, ...to }: Omit<Ask, "name"> & { hex: string }) =>
    (await exchange(Buffer.from(hex, "hex"), to))?.toString("hex"),
};

if (import.meta.main) {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, command, argument } = JSON.parse(line) as {
      id: number;
      command: keyof typeof COMMANDS;
      argument: never;
    };
    COMMANDS[command](argument).then(
      (result) => console.log(JSON.stringify({ id, result })),
      (error: unknown) => console.log(JSON.stringify({ id, error: String(error) })),
    );
  });
}
