/**
 * Comments, findings and runs against a server on loopback that answers as GitHub's documentation says GitHub does. That
 * GitHub itself answers so is what this cannot show.
 */
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GitHubError, findPullRequests, lastSuccess, postComment, uploadSarif } from "../../fleet/github/index.ts";
import { MARKER } from "../../fleet/report/markdown.ts";
import { toSarif } from "../../fleet/report/sarif.ts";
import { GitHubServer, type Fault, type Seen } from "./githubServer.ts";
import { reportOf } from "./reportSynthetic.ts";

const TOKEN = "ghs_secret0secret0secret";
const BODY = `${MARKER}\n## Causeway: 1 customer`;
const COMMENTS = "/repos/acme/fleet/issues/7/comments";
const one = (id: number): string => `/repos/acme/fleet/issues/comments/${id}`;
const RATE = { status: 403, body: { message: "API rate limit exceeded for installation ID 1." } };

let github: GitHubServer;
beforeEach(async () => {
  github = await GitHubServer.start();
});
afterEach(() => github.close());

/** A second of waiting takes a millisecond here. */
const access = () => ({ repository: "acme/fleet", token: TOKEN, api: github.api, second: 1 });
const post = (body = BODY) => postComment({ ...access(), pullRequest: 7, body });

/** Answers the first `times` requests of a kind with a fault. */
function faulty(times: number, method: string, fault: Fault): void {
  let left = times;
  github.fault = (request: Seen) =>
    request.method === method && request.path !== "/graphql" && left-- > 0 ? fault : undefined;
}

async function failure(of: Promise<unknown>): Promise<GitHubError> {
  const error: unknown = await of.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GitHubError)) throw error;
  expect(`${error.message} ${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`).not.toContain(TOKEN);
  return error;
}

describe("the one comment", () => {
  test("is written where there is none", async () => {
    expect(await post()).toEqual({
      outcome: "created",
      url: "https://github.example/pull/7#issuecomment-1",
      deleted: 0,
    });
    expect(github.comments.map(({ body }) => body)).toEqual([BODY]);
    expect(new Set(github.seen.map(({ authorization }) => authorization))).toEqual(new Set([`token ${TOKEN}`]));
  });

  test("is updated in place where it is on the third page", async () => {
    for (let n = 0; n < 230; n++) github.write("thanks", { login: "ann", type: "User" });
    const own = github.write(`${MARKER}\nold`);
    github.write("more", { login: "ann", type: "User" });
    expect((await post()).outcome).toBe("updated");
    expect(own.body).toBe(BODY);
    expect(github.comments).toHaveLength(232);
    expect(github.paths("GET")).toEqual([COMMENTS, COMMENTS, COMMENTS]);
    expect([github.paths("PATCH"), github.paths("DELETE")]).toEqual([[one(own.id)], []]);
  });

  test("that says the same already is left alone", async () => {
    github.write(BODY);
    expect((await post()).outcome).toBe("unchanged");
    expect(github.paths("PATCH")).toEqual([]);
  });

  test("is not mistaken for one that somebody else wrote with the same marker", async () => {
    const others = [
      github.write(`${MARKER}\nfake`, { login: "mallory", type: "User" }),
      github.write(`${MARKER}\nfake`, { login: "github-actions", type: "User" }),
      github.write(`${MARKER}\nfake`, { login: "other[bot]", type: "Bot" }),
    ];
    github.write(`> ${MARKER} quoted`);
    expect((await post()).outcome).toBe("created");
    expect(others.map(({ body }) => body)).toEqual(others.map(() => `${MARKER}\nfake`));
    expect(github.comments).toHaveLength(5);
  });

  test("is written again where it was deleted meanwhile", async () => {
    const own = github.write(`${MARKER}\nold`);
    github.fault = ({ method }) => {
      if (method === "PATCH" && github.comments.includes(own)) github.comments.splice(0, 1);
      return undefined;
    };
    expect((await post()).outcome).toBe("created");
    expect(github.comments.map(({ body }) => body)).toEqual([BODY]);
  });

  test("stays the oldest where two runs have each written one", async () => {
    const [oldest] = [github.write(`${MARKER}\na`), github.write(`${MARKER}\nb`), github.write(`${MARKER}\nc`)];
    expect(await post()).toEqual({ outcome: "updated", url: oldest.html_url, deleted: 2 });
    expect(github.comments).toEqual([{ ...oldest, body: BODY }]);
  });

  test("is one after two runs at once, with the text of either", async () => {
    let waiting: (() => void)[] = [];
    // Both see an empty list before either writes.
    github.fault = async ({ method }) => {
      if (method === "GET" && github.comments.length === 0) {
        await new Promise<void>((go) => {
          waiting.push(go);
          if (waiting.length === 2) waiting = (waiting.forEach((each) => each()), []);
        });
      }
      return undefined;
    };
    const outcomes = await Promise.all([post(), post(`${BODY}!`)]);
    expect(github.comments).toHaveLength(1);
    expect([BODY, `${BODY}!`]).toContain(github.comments[0]?.body);
    expect(github.comments[0]?.id).toBe(1);
    expect(outcomes.map(({ url }) => url)).toEqual(outcomes.map(() => "https://github.example/pull/7#issuecomment-1"));
    expect(github.paths("POST").filter((path) => path === COMMENTS)).toHaveLength(2);
  });
});

describe("a rate limit", () => {
  test("is waited out where its headers say when it ends", async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 60);
    faulty(2, "POST", { ...RATE, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } });
    expect((await post()).outcome).toBe("created");
    expect(github.paths("POST").filter((path) => path === COMMENTS)).toHaveLength(3);
  });

  test("of the secondary kind is waited out as retry-after says", async () => {
    const body = { message: "You have exceeded a secondary rate limit. Please wait." };
    faulty(1, "GET", { status: 429, body, headers: { "retry-after": "2" } });
    expect((await post()).outcome).toBe("created");
  });

  test("fails at once where the wait would be longer than our patience", async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 3000);
    faulty(9, "GET", { ...RATE, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } });
    const { code, message } = await failure(post());
    expect(code).toBe("rate-limit");
    expect(message).toBe(
      `could not comment on pull request 7 in acme/fleet: the rate limit is used up until ${new Date(Number(reset) * 1000).toISOString()}; run it again then`,
    );
    expect(github.paths("GET")).toHaveLength(1);
  });

  test("fails after three waits that did not help", async () => {
    faulty(99, "GET", { ...RATE, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" } });
    expect((await failure(post())).code).toBe("rate-limit");
    expect(github.paths("GET")).toHaveLength(4);
  });
});

describe("a refusal", () => {
  test("fails in words on a body that is too long, and posts nothing", async () => {
    const { code, message } = await failure(post(BODY + "x".repeat(70_000)));
    expect(code).toBe("refused");
    expect(message).toContain("body is too long (maximum is 65536 characters)");
    expect(github.comments).toEqual([]);
  });

  test.each<[string, number, string, string]>([
    ["a fork's token that may only read", 403, "forbidden", "workflow on workflow_run"],
    ["a token out of date", 401, "unauthorised", "does not know the token"],
    ["a pull request that is not there", 404, "not-found", "there is no such thing"],
    ["a GitHub that fails", 502, "unavailable", "GitHub failed 4 times"],
  ])("fails on %s", async (_what, status, code, words) => {
    const message = `Resource not accessible by integration ${TOKEN}`;
    faulty(99, "POST", { status, body: { message } });
    const error = await failure(post());
    expect([error.code, error.message.includes(words)]).toEqual([code, true]);
    expect(github.paths("POST").filter((path) => path === COMMENTS)).toHaveLength(status === 502 ? 4 : 1);
  });

  test("passes after a fault of GitHub's own that ends", async () => {
    faulty(2, "PATCH", { status: 503, body: { message: "down" } });
    github.write(`${MARKER}\nold`);
    expect((await post()).outcome).toBe("updated");
  });

  test("fails where GitHub cannot be reached", async () => {
    const unreachable = { ...access(), api: "http://127.0.0.1:1", pullRequest: 7, body: BODY };
    expect((await failure(postComment(unreachable))).code).toBe("unavailable");
  });

  test("fails before anything is sent on what is no repository, no token and no body of ours", async () => {
    const post = { ...access(), pullRequest: 7, body: BODY };
    await expect(postComment({ ...post, repository: "acme/fleet/../x" })).rejects.toThrow("owner/name");
    await expect(postComment({ ...post, token: "" })).rejects.toThrow("set GITHUB_TOKEN");
    await expect(postComment({ ...post, body: "hello" })).rejects.toThrow(MARKER);
    expect(github.seen).toEqual([]);
  });
});

describe("what a trusted workflow asks GitHub itself", () => {
  test("is which pull request a commit is the head of, and none once the branch has moved on", async () => {
    github.pulls = [
      { number: 9, head: { sha: "b".repeat(40) } },
      { number: 7, head: { sha: "a".repeat(40) } },
    ];
    const head = { branch: "mallory:patch&state=closed", commit: "a".repeat(40) };
    expect(await findPullRequests(access(), head)).toEqual([7]);
    expect(await findPullRequests(access(), { ...head, commit: "c".repeat(40) })).toEqual([]);
    const query = new URL(github.seen[0]!.path, github.api).searchParams;
    expect([query.get("head"), query.get("state")]).toEqual([head.branch, "open"]);
  });

  test("is the last success of a workflow on the same clouds", async () => {
    const run = (title: string, sha: string) => ({ display_title: title, head_sha: sha });
    github.runs = [
      run("Apply on sandbox clouds", "new"),
      run("Apply on real clouds", "old"),
      run("Apply on real clouds", "older"),
    ];
    const runs = { workflow: "apply.yml", branch: "main", title: "Apply on real clouds" };
    expect(await lastSuccess(access(), runs)).toBe("old");
    github.runs = [];
    expect(await lastSuccess(access(), runs)).toBeUndefined();
    const { path } = github.seen[0]!;
    expect(path).toBe("/repos/acme/fleet/actions/workflows/apply.yml/runs?branch=main&status=success&per_page=100");
  });

  test("gets findings for code scanning, compressed, for the head of the pull request", async () => {
    const log = toSarif(reportOf());
    await uploadSarif(access(), log, { pullRequest: 7, commit: "a".repeat(40) });
    const sent = github.seen[0]?.body as { commit_sha: string; ref: string; sarif: string };
    expect([sent.commit_sha, sent.ref]).toEqual(["a".repeat(40), "refs/pull/7/head"]);
    expect(JSON.parse(gunzipSync(Buffer.from(sent.sarif, "base64")).toString())).toEqual(
      JSON.parse(JSON.stringify(log)),
    );
  });
});
