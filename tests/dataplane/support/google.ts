/**
 * The machine at 169.254.169.254: Google's resolver and metadata server, as far as executors use them. A process of its
 * own, since it runs in a namespace; what it answers is a file it reads at every question.
 */
import { createSocket } from "node:dgram";
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";

/** What is answered for a name. */
export interface Answer {
  /** IPv4 addresses; none is an answer without records. */
  readonly a?: readonly string[];
  readonly rcode?: "NXDOMAIN" | "SERVFAIL" | "REFUSED";
  /** Milliseconds until the answer. */
  readonly delay?: number;
  /** No answer at all. */
  readonly silent?: boolean;
}

export interface GoogleState {
  /** By name, lower case, without the final dot; a name that is not here does not exist. */
  readonly names: Readonly<Record<string, Answer>>;
  /** Values of the project's metadata by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
const A = 1;

function nameOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 5 };
}

function respond(query: Buffer, answer: Answer, end: number): Buffer {
  const records = query.readUInt16BE(end - 4) === A ? (answer.a ?? []) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | (answer.rcode === undefined ? 0 : RCODES[answer.rcode]), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.fill(0, 8, 12);
  const sections = records.map((address) =>
    Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]),
  );
  return Buffer.concat([head, query.subarray(12, end), ...sections]);
}

function serve(stateFile: string): void {
  const state = (): GoogleState => JSON.parse(readFileSync(stateFile, "utf8")) as GoogleState;
  const resolve = (query: Buffer, send: (answer: Buffer) => void): void => {
    const { name, end } = nameOf(query);
    const answer = state().names[name] ?? { rcode: "NXDOMAIN" };
    appendFileSync(`${stateFile}.queries`, `${name}\n`);
    if (answer.silent !== true) setTimeout(() => send(respond(query, answer, end)), answer.delay ?? 0);
  };
  const udp = createSocket("udp4");
  udp.on("message", (query, { address, port }) => resolve(query, (answer) => udp.send(answer, port, address)));
  udp.bind(53, "169.254.169.254");
  createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) =>
      resolve(data.subarray(2), (answer) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }),
    );
  }).listen(53, "169.254.169.254");
  createServer((request, response) => metadata(state, stateFile, request, response)).listen(80, "169.254.169.254");
}

/** Source: Compute Engine documentation, "View and query VM metadata" and "Set and query guest attributes". */
function metadata(
  state: () => GoogleState,
  stateFile: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://metadata.google.internal");
  const end = (code: number, body: string, headers: Record<string, string> = {}): void =>
    void response.writeHead(code, { "metadata-flavor": "Google", ...headers }).end(body);
  if (request.headers["metadata-flavor"] !== "Google") return end(403, "missing Metadata-Flavor:Google header");
  const attribute = /^\/computeMetadata\/v1\/instance\/guest-attributes\/(\S+)$/.exec(url.pathname)?.[1];
  if (attribute !== undefined && request.method === "PUT") {
    request.setEncoding("utf8").on("data", (value: string) => {
      appendFileSync(`${stateFile}.attributes`, `${attribute}=${value}\n`);
    });
    request.on("end", () => end(200, ""));
    return;
  }
  const key = /^\/computeMetadata\/v1\/project\/attributes\/(\S+)$/.exec(url.pathname)?.[1];
  const deadline = Date.now() + Number(url.searchParams.get("timeout_sec") ?? 300) * 1000;
  const poll = (): void => {
    if (response.destroyed) return;
    const value = key === undefined ? undefined : state().metadata[key];
    const etag = createHash("sha256")
      .update(value ?? "")
      .digest("hex")
      .slice(0, 16);
    const waits = url.searchParams.get("wait_for_change") === "true" && url.searchParams.get("last_etag") === etag;
    if (waits && Date.now() < deadline) return void setTimeout(poll, 50);
    if (value === undefined) return end(404, "not found");
    end(200, value, { etag, "content-type": "application/text" });
  };
  poll();
}

if (process.argv[1] === import.meta.filename) serve(process.argv[2]!);
