import type { Ping, PingKind, Side, Target } from "../expectation.ts";
import { TIMED_OUT, type Fact, type Facts, type View } from "../facts.ts";
import { broken, holds, type Broken, type Link } from "../link.ts";
import { pingPath } from "../probe.ts";
import { lastLine } from "../wording.ts";

interface Reply {
  readonly status: number;
  /** By name in lower case; of several the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whether the registry answers as one of its kind does. */
export function registryLink(facts: Facts, view: View, target: Target): Link {
  const replies = facts.each(view, "ping", target.key).map((fact) => ({ fact, reply: readReply(fact) }));
  for (const { fact, reply } of replies) {
    const wrong = reply === undefined ? silent(fact, target) : faultOf(reply, target);
    if (wrong !== undefined) return wrong;
  }
  const [status] = replies.map(({ reply }) => reply!.status);
  const path = pingPath(target.ping);
  if (target.ping.kind === "aws") return holds("registry", `AWS answers ${status}`);
  return holds(
    "registry",
    status === 401 ? `${path} asks for credentials, which doctor has none of` : `${path} answers ${status}`,
  );
}

/** What `curl --dump-header -` prints; answers that only announce another (1xx) are left out. */
function readReply({ status, out }: Fact): Reply | undefined {
  if (status !== 0) return undefined;
  let rest = out;
  for (;;) {
    const end = rest.search(/\r?\n\r?\n/);
    const [first = "", ...lines] = rest.slice(0, end < 0 ? rest.length : end).split(/\r?\n/);
    const code = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    if (Number.isNaN(code)) return undefined;
    const body = end < 0 ? "" : rest.slice(end).replace(/^\r?\n\r?\n/, "");
    if (code >= 200) return { status: code, headers: Object.fromEntries(lines.map(header)), body };
    rest = body;
  }
}

function header(line: string): readonly [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
}

const url = ({ name, port, ping }: Target): string =>
  `https://${name}${port === 443 ? "" : `:${port}`}${pingPath(ping)}`;

function silent({ status, err }: Fact, target: Target): Broken {
  const got = status === TIMED_OUT || status === 28 ? "none in time" : lastLine(err).replace(/^curl: /, "");
  const next = "ask whoever runs the registry, or its load balancer, for its own log of the request";
  return broken("registry", `an answer to GET ${url(target)}`, got || "none", target.serverSide, next);
}

function faultOf({ status, headers, body }: Reply, target: Target): Broken | undefined {
  const { ping, key, serverSide: side } = target;
  const [kind, expected] = [NAMES[ping.kind], `${NAMES[ping.kind]} at ${url(target)}`];
  if (ping.kind === "aws" && status < 500) return isAws(headers) ? undefined : notAws(status, expected, side);
  const other = `give the path that clients have in their settings, as in --ping ${key}=${ping.kind}/path/`;
  if (status === 401) {
    if (headers["www-authenticate"] !== undefined) return undefined;
    return broken("registry", expected, "401 without WWW-Authenticate, as no registry answers", side, other);
  }
  if (status === 403) {
    const next = "ask whoever runs the registry which addresses and identities it lets in";
    return broken("registry", expected, "403: it refuses this executor", side, next);
  }
  if (status === 404 && ping.kind !== "https") return broken("registry", expected, "404", side, other);
  if (status >= 500) {
    const next = "ask whoever runs the registry for its log, and its load balancer for the health of what is behind it";
    return broken("registry", expected, `${status}: the registry or its load balancer fails`, side, next);
  }
  if (status >= 300 && status < 400) return redirected(headers["location"] ?? "", expected, target);
  if (status !== 200 && ping.kind !== "https") return broken("registry", expected, String(status), side, other);
  if (!IS[ping.kind]({ status, headers, body }, ping))
    return broken("registry", expected, `${status}, but not from ${kind}`, side, other);
  return undefined;
}

/** AWS numbers every request, also one that it refuses. Source: AWS SDK for Java documentation, "Request IDs". */
const isAws = (headers: Reply["headers"]): boolean =>
  headers["x-amzn-requestid"] !== undefined || headers["x-amz-request-id"] !== undefined;

const notAws = (status: number, expected: string, side: Side): Broken =>
  broken("registry", expected, `${status} from something else`, side, "see what stands between the endpoint and AWS");

/** Within the same host it is the registry's own affair; elsewhere is a name executors may have no way to. */
function redirected(location: string, expected: string, target: Target): Broken | undefined {
  const host = URL.canParse(location, url(target)) ? new URL(location, url(target)).hostname : undefined;
  if (host === target.name) return undefined;
  const next = `if clients have to follow it, ${host ?? "that host"} needs a way of its own in the customer file`;
  return broken("registry", expected, `a redirect to ${host ?? JSON.stringify(location)}`, target.serverSide, next);
}

const NAMES: Readonly<Record<PingKind, string>> = {
  https: "a web server",
  aws: "an API of AWS",
  npm: "an npm registry",
  pypi: "a Python package index",
  maven: "a Maven repository",
  docker: "a container registry",
};

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

const isHtml = ({ headers }: Reply): boolean => (headers["content-type"] ?? "").startsWith("text/html");

/** What tells a registry from any other web server that answers 200. Sources: see `pingPath`; PEP 691; PEP 503. */
const IS: Readonly<Record<PingKind, (reply: Reply, ping: Ping) => boolean>> = {
  https: () => true,
  aws: ({ headers }) => isAws(headers),
  npm: (reply) => isObject(reply.body),
  pypi: (reply) =>
    (reply.headers["content-type"] ?? "").startsWith("application/vnd.pypi.simple.") ||
    (isHtml(reply) && /<a\s|simple|pypi:repository-version/i.test(reply.body)),
  // A repository's root is whatever its server shows there; one file of it has a form.
  maven: ({ body }, { base }) => !base.endsWith(".xml") || /<metadata[\s>]/.test(body),
  docker: (reply) =>
    reply.headers["docker-distribution-api-version"] === "registry/2.0" ||
    (!isHtml(reply) && (reply.body.trim() === "" || isObject(reply.body))),
};
