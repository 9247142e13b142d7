/**
 * The token refresher for real: the very text that is deployed, in a process of its own, against stand-ins on loopback for
 * the metadata server, STS, CodeArtifact and Secret Manager. The signature is checked by an implementation of our own,
 * from the request as it came. That the real services agree is for a real account to show.
 */
import { spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REFRESHER_SCRIPT } from "../../plan/codeArtifact/refresherScript.ts";

const IDENTITY = "obviously-fake-identity";
const ACCESS = "obviously-fake-access";
const KEY = { AccessKeyId: "ASIAFAKE", SecretAccessKey: "obviously-fake-key", SessionToken: "obviously/fake+session=" };
const TOKEN = "obviously-fake-package-token";
const SECRETS = [IDENTITY, ACCESS, KEY.SecretAccessKey, KEY.SessionToken, TOKEN, btoa(TOKEN)];
const SECRET = "projects/acme-prod-4f2a/secrets/acme-packages-token";

interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

/** What each stand-in answers, by `<method> <path>`; a test exchanges some. */
type Answers = Record<string, (request: Request) => Answer>;

const metadataPath = "/computeMetadata/v1/instance/service-accounts/default";

const answers = (versions: readonly number[]): Answers => ({
  [`GET ${metadataPath}/identity`]: ({ headers }) =>
    headers["metadata-flavor"] === "Google" ? { body: IDENTITY } : { status: 403 },
  [`GET ${metadataPath}/token`]: () => ({ body: { access_token: ACCESS, expires_in: 3599 } }),
  "POST /": ({ body }) =>
    new URLSearchParams(body).get("WebIdentityToken") === IDENTITY
      ? { body: { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: KEY } } } }
      : { status: 400 },
  "POST /v1/authorization-token": (request) =>
    isSigned(request) ? { body: { authorizationToken: TOKEN } } : { status: 403 },
  [`POST /v1/${SECRET}:addVersion`]: ({ headers }) =>
    headers.authorization === `Bearer ${ACCESS}` ? { body: { name: `${SECRET}/versions/12` } } : { status: 401 },
  [`GET /v1/${SECRET}/versions`]: () => ({
    body: { versions: versions.map((number) => ({ name: `${SECRET}/versions/${number}`, state: "ENABLED" })) },
  }),
  ...Object.fromEntries(
    versions.map((number) => [`POST /v1/${SECRET}/versions/${number}:destroy`, (): Answer => ({ body: {} })]),
  ),
});

/** AWS Signature Version 4 of a request as it came. Source: IAM User Guide, "Create a signed AWS API request". */
function isSigned({ method, url, headers, body }: Request): boolean {
  const [, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=ASIAFAKE\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    ) ?? [];
  if (scope === undefined || names === undefined) return false;
  if (names !== "host;x-amz-date;x-amz-security-token" || !scope.endsWith("/us-east-1/codeartifact/aws4_request"))
    return false;
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  // By name, so that "domain" comes before "domain-owner", as it would not with its "=".
  const parameters = url.search
    .slice(1)
    .split("&")
    .map((one) => one.split("="));
  const query = parameters
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
    .map((pair) => pair.join("="))
    .join("&");
  const lines = names.split(";").map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = [method, url.pathname, query, lines.join(""), names, hash(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n");
  let key: string | Buffer = `AWS4${KEY.SecretAccessKey}`;
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(text).digest("hex") === signature;
}

let server: Server;
let base: string;
let requests: Request[];
let given: Answers;

beforeEach(async () => {
  requests = [];
  given = answers([9, 12, 10, 11]);
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url!, base);
      const request = {
        method: incoming.method!,
        url,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const { status = 200, body = "" } = given[`${request.method} ${url.pathname}`]?.(request) ?? { status: 404 };
      // What went wrong is said with the secrets in it, as a careless service might.
      outgoing
        .writeHead(status)
        .end(status === 200 ? (typeof body === "string" ? body : JSON.stringify(body)) : SECRETS.join());
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((closed) => server.close(closed)));

interface Run {
  readonly code: number | null;
  readonly log: string;
  /** Arguments and environment of the process, as the kernel shows them. */
  readonly visible: string;
}

async function refresh(changes: Record<string, string> = {}): Promise<Run> {
  const env = {
    ...{ AUDIENCE: "https://codeartifact/444455556666/acme-prod", AWS_REGION: "us-east-1", DOMAIN: "acme-prod" },
    ...{ ROLE_ARN: "arn:aws:iam::444455556666:role/acme-packages-reader", DOMAIN_OWNER: "444455556666" },
    ...{ TOKEN_SECONDS: "21600", SECRET, METADATA_URL: base, STS_URL: base, CODEARTIFACT_URL: base },
    ...{ SECRET_MANAGER_URL: base, ...changes },
  };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", REFRESHER_SCRIPT], { env, stdio: "pipe" });
  const visible = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${child.pid}/${file}`, "utf8")).join();
  let log = "";
  child.stdout.on("data", (data) => (log += String(data)));
  child.stderr.on("data", (data) => (log += String(data)));
  const code = await new Promise<number | null>((ended) => child.on("close", ended));
  return { code, log, visible };
}

const expectNoSecrets = ({ log, visible }: Run): void => {
  for (const secret of SECRETS) {
    expect(log).not.toContain(secret);
    expect(visible).not.toContain(secret);
  }
};

const line = (log: string): unknown => JSON.parse(log);

describe("the token refresher", () => {
  it("trades its identity for a token and keeps it as a new version, with all but two destroyed [CA-44]", async () => {
    const run = await refresh();
    expect(line(run.log)).toEqual({ severity: "INFO", message: "token refreshed", version: 12 });
    expect(run.code).toBe(0);
    expect(requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      `GET ${metadataPath}/identity`,
      "POST /",
      "POST /v1/authorization-token",
      `GET ${metadataPath}/token`,
      `POST /v1/${SECRET}:addVersion`,
      `GET /v1/${SECRET}/versions`,
      `POST /v1/${SECRET}/versions/10:destroy`,
      `POST /v1/${SECRET}/versions/9:destroy`,
    ]);
    expectNoSecrets(run);
  });

  it("asks for what the domain's role and policy want [CA-44]", async () => {
    await refresh();
    const [identity, session, token, , added] = requests;
    expect(Object.fromEntries(identity!.url.searchParams)).toEqual({
      audience: "https://codeartifact/444455556666/acme-prod",
      format: "full",
    });
    expect(Object.fromEntries(new URLSearchParams(session!.body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::444455556666:role/acme-packages-reader",
      RoleSessionName: "token-refresher",
      DurationSeconds: "3600",
      WebIdentityToken: IDENTITY,
    });
    expect(Object.fromEntries(token!.url.searchParams)).toEqual({
      domain: "acme-prod",
      "domain-owner": "444455556666",
      duration: "21600",
    });
    const { payload } = JSON.parse(added!.body) as { payload: { data: string } };
    expect(atob(payload.data)).toBe(TOKEN);
    expect(requests.map(({ url }) => url.href).filter((url) => SECRETS.some((secret) => url.includes(secret)))).toEqual(
      [],
    );
  });

  it.each([
    [`GET ${metadataPath}/identity`, "identity token: expected 200, got 500", 1],
    ["POST /", "role session: expected 200, got 500", 2],
    ["POST /v1/authorization-token", "package token: expected 200, got 500", 3],
    [`GET ${metadataPath}/token`, "access token: expected 200, got 500", 4],
    [`POST /v1/${SECRET}:addVersion`, "new version: expected 200, got 500", 5],
    [`GET /v1/${SECRET}/versions`, "old versions: expected 200, got 500", 6],
    [`POST /v1/${SECRET}/versions/10:destroy`, "old version: expected 200, got 500", 7],
  ])("fails at %s with the step alone, without what was answered [CA-44]", async (step, message, count) => {
    given[step] = () => ({ status: 500 });
    const run = await refresh();
    expect([run.code, line(run.log)]).toEqual([1, { severity: "ERROR", message }]);
    expect(requests.length).toBe(count);
    expectNoSecrets(run);
  });

  it("fails on an answer of another shape without a word of it", async () => {
    given["POST /"] = () => ({ body: `<x>${KEY.SessionToken}</x>` });
    const run = await refresh();
    expect([run.code, line(run.log)]).toEqual([1, { severity: "ERROR", message: "unexpected answer" }]);
    expectNoSecrets(run);
  });

  it("fails on a token that is none, before any version is written", async () => {
    given["POST /v1/authorization-token"] = () => ({ body: {} });
    const run = await refresh();
    expect(line(run.log)).toEqual({ severity: "ERROR", message: "package token: expected one, got none" });
    expect(requests.length).toBe(3);
  });

  it("fails where nobody answers", async () => {
    const run = await refresh({ STS_URL: "http://127.0.0.1:1" });
    expect(line(run.log)).toEqual({ severity: "ERROR", message: "role session: no answer" });
    expectNoSecrets(run);
  });

  it("is refused with a key that is not the session's, so that the signature is known to count", async () => {
    const forged = { ...KEY, SecretAccessKey: "another" };
    const Credentials = {
      AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: forged } },
    };
    given["POST /"] = () => ({ body: Credentials });
    const run = await refresh();
    expect(line(run.log)).toEqual({ severity: "ERROR", message: "package token: expected 200, got 403" });
  });
});
