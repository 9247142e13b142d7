import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { visible } from "../report/text.ts";

/** How to reach one repository of GitHub. */
export interface GitHubAccess {
  /** `owner/name`. */
  readonly repository: string;
  /** A token with the permissions the call names. Never part of an error. */
  readonly token: string;
  /** @default https://api.github.com */
  readonly api?: string;
  /** Longest single wait for a rate limit, in seconds; a longer one is an error. @default 300 */
  readonly patience?: number;
  /** Milliseconds that a second of waiting takes; for tests. @default 1000 */
  readonly second?: number;
  readonly fetch?: typeof fetch;
}

/**
 * Why GitHub did not do what was asked for.
 * - `unauthorised`: the token is none, or out of date
 * - `forbidden`: the token may not do this
 * - `not-found`: there is no such thing, or the token may not see it
 * - `refused`: GitHub does not take what was sent
 * - `rate-limit`: too many requests, and the wait would be too long
 * - `unavailable`: GitHub was not reached or failed, several times
 */
export type GitHubErrorCode = "unauthorised" | "forbidden" | "not-found" | "refused" | "rate-limit" | "unavailable";

/** An answer of GitHub that ends the call; its message is for a person and never holds the token. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly code: GitHubErrorCode;

  constructor(code: GitHubErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const Client = Octokit.plugin(paginateRest, retry, throttling);
export type Client = InstanceType<typeof Client>;

/** Times a request is sent again after a failure or a rate limit. */
const RETRIES = 3;

/** Longest wait for one answer, in milliseconds. */
const TIMEOUT = 30_000;

/** For tests: no second, and no three, between two writes. GitHub asks for the one, the plugin knows when to take three. */
const UNSPACED = {
  key: () => ({ schedule: (_options: unknown, job: () => unknown) => Promise.resolve(job()) }),
} as never;

/** One repository, as the calls of this folder use it. */
export interface Repository {
  readonly client: Client;
  readonly owner: string;
  readonly repo: string;
  /** Runs a call and turns what GitHub answers into a `GitHubError`; `doing` completes "could not …". */
  readonly ask: <Answer>(doing: string, call: () => Promise<Answer>) => Promise<Answer>;
}

/**
 * Connects to a repository; nothing is sent yet.
 * @throws TypeError on a repository that is not `owner/name`, or without a token
 */
export function openRepository(access: GitHubAccess): Repository {
  const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(access.repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new TypeError(`expected a repository as owner/name, got ${JSON.stringify(access.repository)}`);
  }
  if (access.token === "") throw new TypeError("expected a token, got none; set GITHUB_TOKEN");
  const client = connect(access);
  const ask = async <Answer>(doing: string, call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call();
    } catch (error) {
      throw explained(error, doing, access);
    }
  };
  return { client, owner, repo, ask };
}

function connect({ token, api, patience = 300, second = 1000, fetch: send = fetch }: GitHubAccess): Client {
  const worthWaiting = (seconds: number, _options: unknown, _client: unknown, sent: number): boolean =>
    sent < RETRIES && seconds <= patience;
  const silent = (): void => undefined;
  return new Client({
    auth: token,
    ...(api === undefined ? {} : { baseUrl: api.replace(/\/+$/, "") }),
    // A library never prints.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: {
      fetch: (url: string, init: RequestInit) => send(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) }),
    },
    retry: { retries: RETRIES, retryAfterBaseValue: second },
    throttle: {
      onRateLimit: worthWaiting,
      onSecondaryRateLimit: worthWaiting,
      retryAfterBaseValue: second,
      ...(second === 1000 ? {} : { write: UNSPACED, notifications: UNSPACED }),
    },
  });
}

/** What an answer of GitHub looks like when it is thrown. */
interface Thrown {
  readonly status?: number;
  readonly message?: string;
  readonly response?: { readonly headers?: Readonly<Record<string, string | number | undefined>> };
}

/** The HTTP status of what a call threw; `undefined` for anything else. */
export const statusOf = (error: unknown): number | undefined => (error as Thrown).status;

function explained(error: unknown, doing: string, { token, repository }: GitHubAccess): unknown {
  const { status, message = "", response } = error as Thrown;
  // Without a status it is a defect of this program, unless GitHub answered a GraphQL query with errors.
  if (status === undefined && (error as Error).name !== "GraphqlResponseError") return error;
  const said = visible(message.replaceAll(token, "[token]"), 300);
  const could = `could not ${doing} in ${repository}`;
  const headers = response?.headers ?? {};
  if (status === 401) return new GitHubError("unauthorised", `${could}: GitHub does not know the token; renew it`);
  if (status === 429 || (status === 403 && limited(said, headers))) {
    return new GitHubError("rate-limit", `${could}: the rate limit is used up${until(headers)}; run it again then`);
  }
  if (status === 403) {
    return new GitHubError(
      "forbidden",
      `${could}: the token may not, GitHub says ${said}; give the job the permission, or, where the pull request comes ` +
        "from a fork, leave this to a workflow on workflow_run",
    );
  }
  if (status === 404) {
    return new GitHubError(
      "not-found",
      `${could}: there is no such thing, or the token may not see it; check the number`,
    );
  }
  if (status === 422) return new GitHubError("refused", `${could}: GitHub does not take it: ${said}`);
  return new GitHubError("unavailable", `${could}: GitHub failed ${RETRIES + 1} times: ${said}; run it again later`);
}

const limited = (said: string, headers: Readonly<Record<string, unknown>>): boolean =>
  headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== undefined || /rate limit|abuse/i.test(said);

function until(headers: Readonly<Record<string, string | number | undefined>>): string {
  const reset = Number(headers["x-ratelimit-reset"]);
  const after = Number(headers["retry-after"]);
  if (after > 0) return ` for ${after} s`;
  return reset > 0 ? ` until ${new Date(reset * 1000).toISOString()}` : "";
}
