import { contains, parseLoose, parseRange } from "../plan/cidr.ts";

/** The first packet of a connection, as a rule sees it. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** Interfaces; left out where nobody knows. */
  readonly input?: string;
  readonly output?: string;
}

/** What the rules do with a packet, and the rule that decides: `-A CHAIN …`, or the chain's policy. */
export interface Verdict {
  readonly verdict: "accept" | "drop";
  readonly by: string;
}

interface Chain {
  readonly policy: string;
  readonly rules: readonly string[];
}

type Chains = ReadonlyMap<string, Chain>;

/** The chains of the table `filter`. @param saved what `iptables-save` prints */
function filterChains(saved: string): Chains {
  const chains = new Map<string, { policy: string; rules: string[] }>();
  let table = "";
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    if (table !== "filter") continue;
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined && policy !== undefined) chains.set(name, { policy, rules: [] });
    const [, of] = /^-A (\S+) /.exec(line) ?? [];
    if (of !== undefined) chains.get(of)?.rules.push(line);
  }
  return chains;
}

/**
 * Follows a packet through a built-in chain. A rule with a match that is not known here is passed over: it can only mean
 * that no culprit is found, never that the wrong one is.
 * @param saved what `iptables-save` prints
 * @returns undefined where there are no such rules
 */
export function follow(saved: string, chain: "INPUT" | "FORWARD" | "OUTPUT", packet: Packet): Verdict | undefined {
  const chains = filterChains(saved);
  const start = chains.get(chain);
  if (start === undefined) return undefined;
  const decided = walk(chains, chain, packet, 0);
  if (decided !== undefined && decided !== "return") return decided;
  return { verdict: start.policy === "DROP" ? "drop" : "accept", by: `the policy of ${chain}` };
}

/** Chains may not call each other in a circle; the kernel refuses more than this anyway. */
const DEEPEST = 32;

function walk(chains: Chains, name: string, packet: Packet, depth: number): Verdict | "return" | undefined {
  if (depth > DEEPEST) return undefined;
  for (const line of chains.get(name)?.rules ?? []) {
    const { target, matches } = parseRule(line, packet);
    if (!matches || target === undefined) continue;
    if (target === "ACCEPT") return { verdict: "accept", by: line };
    if (target === "DROP" || target === "REJECT") return { verdict: "drop", by: line };
    if (target === "RETURN") return "return";
    const within = walk(chains, target, packet, depth + 1);
    if (within !== undefined && within !== "return") return within;
  }
  return undefined;
}

type Test = (value: string, packet: Packet) => boolean;

const port = (ports: string, { port: asked }: Packet): boolean =>
  ports.split(",").some((one) => {
    const [from = "", to = from] = one.split(":");
    return Number(from) <= asked && asked <= Number(to);
  });

function address(cidr: string, one: string): boolean {
  const [outer, inner] = [parseLoose(cidr.includes("/") ? cidr : `${cidr}/32`), parseRange(`${one}/32`)];
  return outer !== undefined && inner !== undefined && contains(outer, inner);
}

/** `+` at the end stands for anything. An interface nobody knows fits. */
const device = (pattern: string, name: string | undefined): boolean =>
  name === undefined || (pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

const TESTS: Readonly<Record<string, Test>> = {
  "-s": (value, { source }) => address(value, source),
  "-d": (value, { destination }) => address(value, destination),
  "-p": (value, { protocol }) => value === protocol || value === "all",
  "-i": (value, { input }) => device(value, input),
  "-o": (value, { output }) => device(value, output),
  "--dport": port,
  "--dports": port,
  // What begins a connection is new, whatever else the rule lets through.
  "--ctstate": (value) => value.split(",").includes("NEW"),
  "--state": (value) => value.split(",").includes("NEW"),
  "--tcp-flags": () => true,
  "-m": () => true,
  "--comment": () => true,
};

/** A rule's target, and whether the packet fits everything before it. */
function parseRule(line: string, packet: Packet): { readonly target?: string; readonly matches: boolean } {
  const words = (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).slice(2);
  let [matches, not] = [true, false];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "!") {
      not = true;
      continue;
    }
    const value = words[at + 1] ?? "";
    if (word === "-j" || word === "-g") return { target: value, matches };
    const test = TESTS[word];
    if (test === undefined) return { matches: false };
    if (test(value, packet) === not) matches = false;
    not = false;
    at += word === "--tcp-flags" ? 2 : 1;
  }
  return { matches };
}
