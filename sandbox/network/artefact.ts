/**
 * What an executor image takes from its project's metadata: a CoreDNS configuration, a script of guest rules, a bundle of
 * certificate authorities. Read as the image reads them, whoever wrote them.
 */
import { createHash } from "node:crypto";
import { blockOf, within } from "../addresses.ts";
import { METADATA_ITEM } from "../gcp/common.ts";
import { text } from "../values.ts";
import type { CloudObject, World } from "../world.ts";

/** The executor's bridge and the range of its virtual machines. Source: the executor's own network set-up. */
export const GUEST_RANGE = "10.61.0.0/16";
export const GUEST_GATEWAY = "10.61.0.1";
/** Google's resolver on every machine. Source: Google Cloud, Internal DNS. */
export const VPC_RESOLVER = "169.254.169.254";

/** An artefact that was found and understood, or why not. */
export type Artefact =
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "broken"; readonly why: string }
  | {
      readonly kind: "read";
      /** Absent where the image is told to run no dns-proxy. */
      readonly proxy?: DnsProxy;
      readonly rules: GuestRules;
      readonly caBundle: string;
    };

/** A CoreDNS configuration. Names are without the final dot; the empty one stands for all. */
export interface DnsProxy {
  /** Addresses that every server block listens at. */
  readonly binds: readonly string[];
  /** Source ranges that every server block answers. */
  readonly allows: readonly string[];
  /** Exact names to the names they are asked under. */
  readonly rewrites: ReadonlyMap<string, string>;
  /** In the order of the file. */
  readonly servers: readonly Server[];
}

/** A server block: it answers for names inside its zones, or, under a view, for those names alone. */
interface Server {
  readonly zones: readonly string[];
  readonly view?: ReadonlySet<string>;
  readonly rewrites: ReadonlyMap<string, string>;
  /** In the order of the file: zone and address of the resolver. */
  readonly forwards: readonly { readonly zone: string; readonly to: string }[];
}

/** The accept rules that come before the executor's own drops, by chain. */
export interface GuestRules {
  readonly forward: readonly Accept[];
  readonly input: readonly Accept[];
}

interface Accept {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
}

/** What the executors of a project are told. */
export function artefactOf(world: World, executors: CloudObject): Artefact {
  const key = String(executors.args["metadataKey"]);
  const item = world.find({ ...executors, region: "global" }, METADATA_ITEM, key);
  if (item === undefined) return { kind: "none", why: `project ${executors.account} has no metadata ${key}` };
  const broken = (why: string): Artefact => ({ kind: "broken", why: `metadata ${key}: ${why}` });
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(String(item.args["value"])) as Record<string, unknown>;
  } catch {
    return broken("not JSON");
  }
  if (value["version"] !== 2) return broken("of a version images do not read");
  const corefile = text(value["corefile"]);
  const proxy = corefile === undefined ? undefined : parseCorefile(corefile);
  if (typeof proxy === "string") return broken(proxy);
  if (proxy !== undefined && !startsProxy(value["units"])) return broken("no unit starts dns-proxy");
  const rules = parseGuestRules(text(value["guestRules"]) ?? "");
  if (typeof rules === "string") return broken(rules);
  return { kind: "read", ...(proxy && { proxy }), rules, caBundle: text(value["caBundle"]) ?? "" };
}

/** What the simulated image, which carries CoreDNS, runs dns-proxy by. */
const UNIT = "dns-proxy.service";
const START = "ExecStart=/usr/local/bin/coredns -conf /var/lib/causeway/current/corefile";

function startsProxy(units: unknown): boolean {
  const unit = text((units as Record<string, unknown> | undefined)?.[UNIT]);
  return unit?.split("\n").includes(START) === true;
}

const bare = (name: string): string => name.replace(/\.$/, "").toLowerCase();

const ADDRESS = "\\d+\\.\\d+\\.\\d+\\.\\d+";

/** Lines of a block whose meaning is known here; CoreDNS does not start with a directive it does not know. */
const DIRECTIVES = [
  ...["errors", "loop", "reload", "import common", "acl \\. \\{", "drop", "\\}", "bufsize \\d+", "rewrite .+"],
  ...[
    "cache \\d+ \\. \\{",
    "serve_stale \\w+ verify \\w+ \\w+",
    "template IN AAAA \\. \\{",
    'authority "\\. \\d+ IN SOA .+"',
  ],
  ...[`bind ${ADDRESS}( ${ADDRESS})*`, `(health|ready|prometheus) ${ADDRESS}:\\d+`, `allow net( ${ADDRESS}/\\d+)+`],
  ...["view exact \\{", "expr name\\(\\) in \\['[a-z0-9.-]+'(, '[a-z0-9.-]+')*\\]"],
  ...[`forward (\\.|[a-z0-9.-]+\\.) ${ADDRESS} \\{`, "prefer_udp", "max_concurrent \\d+"],
  ...["failfast_all_unhealthy_upstreams", "health_check 0\\.5s domain [a-z0-9.-]+\\."],
].map((form) => new RegExp(`^ {4,}${form}$`));

/** Reads a Corefile, or says why it cannot. Source: CoreDNS manual; plugins acl, forward, import, rewrite, view. */
export function parseCorefile(corefile: string): DnsProxy | string {
  const blocks = [...corefile.matchAll(/^(\S[^{\n]*) \{\n([\s\S]*?)^\}\n/gm)].map(([all, head, body]) => ({
    all,
    head,
    body,
  }));
  if (blocks.map(({ all }) => all).join("") !== corefile) return "the Corefile is not made of blocks alone";
  const common = blocks.find(({ head }) => head === "(common)")?.body ?? "";
  const servers: Server[] = [];
  for (const { head, body } of blocks as { head: string; body: string }[]) {
    const unknown = body.split("\n").find((line) => line !== "" && !DIRECTIVES.some((form) => form.test(line)));
    if (unknown !== undefined) return `the Corefile has a line that is not understood: ${unknown.trim()}`;
    if ((body.match(/\{/g) ?? []).length !== (body.match(/\}/g) ?? []).length) {
      return "the Corefile's brackets do not match";
    }
    if (head === "(common)") continue;
    if (!body.includes("    import common\n")) return `the Corefile's block ${head} lacks what all share`;
    const server = parseServer(head, wordsOf(body));
    if (typeof server === "string") return server;
    servers.push(server);
  }
  if (!servers.some(({ zones }) => zones.includes(""))) return "the Corefile has no server block for all names";
  const lines = wordsOf(common);
  return {
    binds: argumentsOf(lines, "bind").flat(),
    allows: argumentsOf(lines, "allow").flatMap(([net, ...ranges]) => (net === "net" ? ranges : [])),
    rewrites: new Map(servers.flatMap(({ rewrites }) => [...rewrites])),
    servers,
  };
}

const wordsOf = (body: string): string[][] => body.split("\n").map((line) => line.trim().split(/\s+/));
const argumentsOf = (lines: readonly string[][], word: string): string[][] =>
  lines.filter(([first]) => first === word).map(([, ...rest]) => rest);

function parseServer(head: string, lines: readonly string[][]): Server | string {
  const rewrites = new Map<string, string>();
  for (const [what, how, from, to] of argumentsOf(lines, "rewrite")) {
    if (what !== "name" || how !== "exact" || from === undefined || to === undefined) {
      return `a rewrite that is not understood: ${[what, how, from, to].join(" ")}`;
    }
    // CoreDNS takes the first that fits.
    if (!rewrites.has(bare(from))) rewrites.set(bare(from), bare(to));
  }
  const names = argumentsOf(lines, "expr").flatMap(([, , ...list]) => list.map((name) => name.replace(/[[\]',]/g, "")));
  return {
    zones: head.split(" ").map(bare),
    ...(names.length > 0 && { view: new Set(names.map(bare)) }),
    rewrites,
    forwards: argumentsOf(lines, "forward").map(([zone, to]) => ({ zone: bare(zone ?? "."), to: to ?? "" })),
  };
}

const inside = (name: string, zone: string): boolean => zone === "" || name === zone || name.endsWith(`.${zone}`);

/** What is asked for a name, and the resolver it is asked at: that of the innermost block, then of the first line. */
export function lookup({ servers }: DnsProxy, name: string): { readonly asked: string; readonly resolver?: string } {
  const found = servers
    .flatMap((server) => server.zones.map((zone) => ({ server, zone })))
    .filter(({ server, zone }) => inside(name, zone) && server.view?.has(name) !== false)
    .sort((a, b) => b.zone.length - a.zone.length)[0]?.server;
  const asked = found?.rewrites.get(name) ?? name;
  const resolver = found?.forwards.find(({ zone }) => inside(asked, zone))?.to;
  return { asked, ...(resolver !== undefined && { resolver }) };
}

/** Whether the proxy listens at an address and answers that source. */
export function answers({ binds, allows }: DnsProxy, at: string, source: string): boolean {
  const [address] = [blockOf(`${source}/32`)!];
  return (
    binds.includes(at) && allows.some((range) => within(address, blockOf(range) ?? { first: 1, last: 0, prefix: 0 }))
  );
}

/** A script of guest rules: the rules, and the program that puts them in front of the executor's own drops. */
const SCRIPT = /^#!\/bin\/sh\nset -eu\nrules\(\) \{ cat <<'RULES'\n([\s\S]*?)RULES\n\}\n([\s\S]*)$/;

/** SHA-256 of the program that images are known to run as it should be: `tests/dataplane` tries it on real chains. */
const PROGRAM = "bb1df78f519351eb8f48e103048b2efb396083620af6077db1072ba521855691";

/** The chain of the script whose rules come before the executor's for what a guest sends on, and to the executor. */
const CHAINS = { forward: "CAUSEWAY-GUEST", input: "CAUSEWAY-INPUT" } as const;

/** Reads the rules of a script, or says why it cannot. */
function parseGuestRules(script: string): GuestRules | string {
  if (script === "") return { forward: [], input: [] };
  const [, rules, program] = SCRIPT.exec(script) ?? [];
  if (rules === undefined || program === undefined) return "the guest rules are not a script that is known";
  const hash = createHash("sha256").update(program).digest("hex");
  if (hash !== PROGRAM) return "the guest rules are put in place by a program that is not known";
  const accepts: [string, Accept][] = [];
  for (const line of rules.split("\n").filter((one) => one !== "")) {
    const accept = parseAccept(line);
    if (accept === undefined) return `a guest rule that is not understood: ${line}`;
    accepts.push(accept);
  }
  const of = (chain: string): Accept[] => accepts.filter(([name]) => name === chain).map(([, accept]) => accept);
  return { forward: of(CHAINS.forward), input: of(CHAINS.input) };
}

/** A rule as `iptables -S` lists it. */
const ACCEPT =
  /^-A (\S+) -s (\S+) -d (\S+) -p (tcp|udp) -m \4 --dport (\d+)(?: -m comment --comment "[^"]*")? -j ACCEPT$/;

function parseAccept(line: string): [string, Accept] | undefined {
  const form = ACCEPT.exec(line);
  if (form === null) return undefined;
  const [, chain, source, destination, protocol, port] = form as unknown as string[];
  return [chain!, { source: source!, destination: destination!, protocol: protocol!, port: Number(port) }];
}

/** What the executor drops of its virtual machines' traffic. Source: the executor's own iptables set-up. */
const DROPPED = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((range) => ({ range, protocols: ["tcp"] })),
  { range: "169.254.0.0/16", protocols: ["tcp", "udp"] },
] as const;

/** Whether a virtual machine's packet gets through its executor. */
export function guestMay({ forward, input }: GuestRules, destination: string, protocol: string, port: number): boolean {
  const [target, guests] = [blockOf(`${destination}/32`)!, blockOf(GUEST_RANGE)!];
  const accepted = (rules: readonly Accept[]): boolean =>
    rules.some(
      (rule) =>
        rule.protocol === protocol &&
        rule.port === port &&
        within(guests, hostOrRange(rule.source)) &&
        within(target, hostOrRange(rule.destination)),
    );
  // To the executor itself everything is dropped; to the resolver UDP 53 is let through.
  if (destination === GUEST_GATEWAY) return accepted(input);
  if (protocol === "udp" && port === 53) return true;
  if (accepted(forward)) return true;
  return !DROPPED.some(
    ({ range, protocols }) => within(target, blockOf(range)!) && protocols.includes(protocol as "tcp"),
  );
}

function hostOrRange(range: string): ReturnType<typeof blockOf> & object {
  return blockOf(range.includes("/") ? range : `${range}/32`) ?? { first: 1, last: 0, prefix: 0 };
}
