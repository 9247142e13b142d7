import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A comment as the API gives it. */
export interface StoredComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
  readonly html_url: string;
}

/** An answer in place of the real one. */
export interface Fault {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string;
}

const BOT = { login: "github-actions[bot]", type: "Bot" };

/**
 * The part of GitHub's REST and GraphQL API that is used here, on loopback: pages of at most 100 with `Link`, a limit of
 * 65,536 characters a comment, 404 for what is gone.
 */
export class GitHubServer {
  readonly comments: StoredComment[] = [];
  readonly seen: Seen[] = [];
  pulls: unknown[] = [];
  runs: unknown[] = [];
  /** Asked before each request is answered; what it returns is the answer. */
  fault: (request: Seen) => Fault | undefined | Promise<Fault | undefined> = () => undefined;
  readonly #server: Server;
  #next = 1;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body, headers = {} }) => {
        response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
        response.end(status === 204 ? undefined : JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<GitHubServer> {
    const started = new GitHubServer();
    await new Promise<void>((done) => started.#server.listen(0, "127.0.0.1", done));
    return started;
  }

  get api(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests of a method, paths without their query. */
  paths(method: string): string[] {
    return this.seen.filter((one) => one.method === method).map(({ path }) => path.split("?")[0]!);
  }

  write(body: string, user: StoredComment["user"] = BOT): StoredComment {
    const id = this.#next++;
    const comment = { id, body, user, html_url: `https://github.example/pull/7#issuecomment-${id}` };
    this.comments.push(comment);
    return comment;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }

  async #answer(request: IncomingMessage): Promise<Fault> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const seen: Seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      body: text === "" ? undefined : JSON.parse(text),
      authorization: request.headers.authorization ?? "",
    };
    this.seen.push(seen);
    return (await this.fault(seen)) ?? this.#real(seen);
  }

  #real({ method, path, body }: Seen): Fault {
    const url = new URL(path, this.api);
    const sent = (body as { body?: string } | undefined)?.body ?? "";
    if (url.pathname === "/graphql") return { status: 200, body: { data: { viewer: { login: BOT.login } } } };
    if (url.pathname.endsWith("/pulls")) return { status: 200, body: this.pulls };
    if (url.pathname.endsWith("/runs")) return { status: 200, body: { workflow_runs: this.runs } };
    if (url.pathname.endsWith("/code-scanning/sarifs")) return { status: 202, body: { id: "1" } };
    if (sent.length > 65_536) return TOO_LONG;
    if (url.pathname === "/repos/acme/fleet/issues/7/comments") {
      return method === "POST" ? { status: 201, body: this.write(sent) } : this.#page(url);
    }
    const id = Number(/^\/repos\/acme\/fleet\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1]);
    const index = this.comments.findIndex((comment) => comment.id === id);
    const comment = this.comments[index];
    if (comment === undefined) return { status: 404, body: { message: "Not Found" } };
    if (method === "DELETE") {
      this.comments.splice(index, 1);
      return { status: 204, body: undefined };
    }
    comment.body = sent;
    return { status: 200, body: comment };
  }

  #page(url: URL): Fault {
    const [size, page] = ["per_page", "page"].map((key) => Number(url.searchParams.get(key) ?? 1));
    const from = ((page ?? 1) - 1) * (size ?? 30);
    const more = this.comments.length > from + (size ?? 30);
    url.searchParams.set("page", String((page ?? 1) + 1));
    const headers = more ? { link: `<${this.api}${url.pathname}${url.search}>; rel="next"` } : {};
    return { status: 200, body: this.comments.slice(from, from + (size ?? 30)), headers };
  }
}

const TOO_LONG: Fault = {
  status: 422,
  body: {
    message: "Validation Failed",
    errors: [
      {
        resource: "IssueComment",
        code: "unprocessable",
        field: "data",
        message: "body is too long (maximum is 65536 characters)",
      },
    ],
  },
};
