/**
 * The token refresher, an ECMAScript module for Node 20 or later without packages. It asks the metadata server for an
 * identity token, trades that for a session of the consumer's role, asks CodeArtifact for a token, writes it to Secret
 * Manager as a new version, and destroys all versions but the newest two. Tokens go from answer to request in memory:
 * never in an argument, the environment or a log line. Errors name the step and the status and hold no body.
 *
 * A text, because it runs elsewhere than this program: deployed, and tested, byte for byte as it stands here.
 *
 * Sources: Compute Engine documentation, "Verify the identity of VMs"; AWS STS API Reference, AssumeRoleWithWebIdentity;
 * CodeArtifact API Reference, GetAuthorizationToken; IAM User Guide, "Create a signed AWS API request"; Secret Manager
 * API Reference, projects.secrets.addVersion, versions.list, versions.destroy.
 */
export const REFRESHER_SCRIPT = String.raw`
import { createHash, createHmac } from "node:crypto";

const env = (name, otherwise) => {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error("expected " + name + " in the environment, got nothing");
  return value;
};

const region = env("AWS_REGION");
const metadata = env("METADATA_URL", "http://metadata.google.internal");
const sts = env("STS_URL", "https://sts." + region + ".amazonaws.com");
const codeArtifact = env("CODEARTIFACT_URL", "https://codeartifact." + region + ".amazonaws.com");
const secretManager = env("SECRET_MANAGER_URL", "https://secretmanager.googleapis.com");

async function ask(step, url, options = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, redirect: "error", signal: AbortSignal.timeout(20000) });
  } catch {
    throw new Error(step + ": no answer");
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(step + ": expected 200, got " + response.status);
  }
  return response;
}

const fromMetadata = (step, path) =>
  ask(step, metadata + "/computeMetadata/v1/instance/service-accounts/default/" + path, {
    headers: { "Metadata-Flavor": "Google" },
  });

async function identityToken() {
  const query = new URLSearchParams({ audience: env("AUDIENCE"), format: "full" });
  return (await (await fromMetadata("identity token", "identity?" + query)).text()).trim();
}

async function session(webIdentityToken) {
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: env("ROLE_ARN"),
    RoleSessionName: "token-refresher",
    DurationSeconds: "3600",
    WebIdentityToken: webIdentityToken,
  });
  const headers = { accept: "application/json" };
  const answer = await (await ask("role session", sts + "/", { method: "POST", body, headers })).json();
  return answer.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult.Credentials;
}

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function signed(url, { AccessKeyId, SecretAccessKey, SessionToken }) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), region, "codeartifact", "aws4_request"];
  const headers = { host: url.host, "x-amz-date": time, "x-amz-security-token": SessionToken };
  const names = Object.keys(headers).sort();
  url.searchParams.sort();
  const query = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  const lines = names.map((name) => name + ":" + headers[name] + "\n").join("");
  const request = ["POST", url.pathname, query, lines, names.join(";"), sha256("")].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(request)].join("\n");
  const signature = createHmac("sha256", scope.reduce(hmac, "AWS4" + SecretAccessKey)).update(text).digest("hex");
  const credential = AccessKeyId + "/" + scope.join("/");
  headers.authorization =
    "AWS4-HMAC-SHA256 Credential=" + credential + ", SignedHeaders=" + names.join(";") + ", Signature=" + signature;
  delete headers.host;
  return headers;
}

async function packageToken(credentials) {
  const url = new URL(codeArtifact + "/v1/authorization-token");
  url.searchParams.set("domain", env("DOMAIN"));
  url.searchParams.set("domain-owner", env("DOMAIN_OWNER"));
  url.searchParams.set("duration", env("TOKEN_SECONDS"));
  const headers = signed(url, credentials);
  return (await (await ask("package token", url, { method: "POST", headers })).json()).authorizationToken;
}

async function store(token) {
  const access = (await (await fromMetadata("access token", "token")).json()).access_token;
  const headers = { authorization: "Bearer " + access, "content-type": "application/json" };
  const secret = secretManager + "/v1/" + env("SECRET");
  const body = JSON.stringify({ payload: { data: Buffer.from(token).toString("base64") } });
  const added = await (await ask("new version", secret + ":addVersion", { method: "POST", headers, body })).json();
  const query = new URLSearchParams({ filter: "state:ENABLED", pageSize: "100" });
  const { versions = [] } = await (await ask("old versions", secret + "/versions?" + query, { headers })).json();
  const number = ({ name }) => Number(name.split("/").at(-1));
  const old = versions.sort((a, b) => number(b) - number(a)).slice(2);
  for (const { name } of old) {
    await ask("old version", secretManager + "/v1/" + name + ":destroy", { method: "POST", headers, body: "{}" });
  }
  return number(added);
}

try {
  const token = await packageToken(await session(await identityToken()));
  if (typeof token !== "string" || token === "") throw new Error("package token: expected one, got none");
  const version = await store(token);
  console.log(JSON.stringify({ severity: "INFO", message: "token refreshed", version }));
} catch (error) {
  const known = error instanceof Error && /^[a-z ]+: |^expected /.test(error.message);
  const message = known ? error.message : "unexpected answer";
  console.error(JSON.stringify({ severity: "ERROR", message }));
  process.exitCode = 1;
}
`.trimStart();
