/** The customer's registry behind the private endpoint: TLS with a certificate of its own; a process in a namespace. */
import { readFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { createServer } from "node:https";

/** What a path is answered with. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RegistryState {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** By path; any other is 404. */
  readonly replies: Readonly<Record<string, Reply>>;
  /** Ports with TLS. */
  readonly ports: readonly number[];
  /** Ports that say `open` to whoever connects. */
  readonly plainPorts: readonly number[];
}

function serve(stateFile: string): void {
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as RegistryState;
  for (const port of state.ports) {
    createServer({ cert: state.cert, key: state.key }, (request, response) => {
      const { status, headers, body } = state.replies[new URL(request.url ?? "/", "https://x").pathname] ?? {
        status: 404,
      };
      response.writeHead(status, headers).end(body ?? "");
    }).listen(port, "0.0.0.0", ready);
  }
  for (const port of state.plainPorts) {
    createTcpServer((socket) => void socket.on("error", () => undefined).end("open\n")).listen(port, "0.0.0.0", ready);
  }
  let left = state.ports.length + state.plainPorts.length;
  function ready(): void {
    if (--left === 0) process.stdout.write("ready\n");
  }
}

if (process.argv[1] === import.meta.filename) serve(process.argv[2]!);
