import { contains, formatRange, overlaps, parseRange, range, rangeAt, size } from "../../plan/cidr.ts";
import type { Range } from "../../plan/cidr.ts";
import type { Path } from "../paths.ts";
import type { Check, Rule } from "./check.ts";

/** V14, V17: no planned range overlaps another one in use. */

interface Named {
  readonly range: Range;
  /** How a message names it. */
  readonly name: string;
  readonly path?: Path;
}

/** Ranges every executor uses inside itself: packets to them never leave the machine. */
const INSIDE: readonly Named[] = [
  { range: range("10.61.0.0/16"), name: "the executors' guest network" },
  { range: range("172.17.0.0/16"), name: "docker's bridge on the executors" },
];

const named = (text: string | undefined, name: string, path: Path): readonly Named[] => {
  const parsed = text === undefined ? undefined : parseRange(text);
  return parsed === undefined ? [] : [{ range: parsed, name, path }];
};

const subnetsOf = ({ infrastructure }: Check): readonly Named[] =>
  Object.entries(infrastructure.executors?.subnets ?? {}).flatMap(([key, subnet]) =>
    named(subnet?.ipCidrRange, `executors.subnets.${key}`, ["executors", "subnets", key, "ipCidrRange"]),
  );

const reservedOf = ({ infrastructure }: Check): readonly Named[] =>
  (infrastructure.gcp?.reservedRanges ?? []).flatMap((text, index) =>
    named(text, `gcp.reservedRanges[${index}]`, ["gcp", "reservedRanges", index]),
  );

const DEFAULT_VPC = range("10.127.0.0/24");
const POOLS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(range);

/** A private range of this size clear of all others: the default's neighbourhood first, then wherever there is room. */
function freeRange(prefix: number, taken: readonly Range[]): string | undefined {
  const starts = [rangeAt(DEFAULT_VPC.network, prefix), ...POOLS.map(({ network }) => rangeAt(network, prefix))];
  const pools = [POOLS[0]!, ...POOLS];
  for (const [index, start] of starts.entries()) {
    let candidate = start;
    while (contains(pools[index]!, candidate)) {
      const hit = taken.find((other) => overlaps(candidate, other));
      if (hit === undefined) return formatRange(candidate);
      const next = hit.prefix < prefix ? hit.network + size(hit) : candidate.network + size(candidate);
      candidate = { network: next, prefix };
    }
  }
  return undefined;
}

const relation = (own: Range, other: Range): string => {
  if (own.prefix === other.prefix) return "equal to";
  return contains(other, own) ? "inside" : "which holds";
};

function overlap(own: Range, others: readonly Named[]): string | undefined {
  const hit = others.find((other) => overlaps(own, other.range));
  if (hit === undefined) return undefined;
  const text = formatRange(hit.range);
  return `${formatRange(own)}, ${relation(own, hit.range)} ${text} (${hit.name})`;
}

const suggestion = (prefix: number, taken: readonly Named[]): string => {
  const free = freeRange(
    prefix,
    taken.map((other) => other.range),
  );
  return free === undefined ? "no private range of this size is free, choose a smaller one" : `${free} is free`;
};

/** The VPC in AWS is clear of everything on the Google side, its default as well. */
const vpc: Rule = (check) => {
  const text = check.infrastructure.privateCodeHost?.aws?.vpcCidr;
  const own = text === undefined ? undefined : parseRange(text);
  if (own === undefined) return;
  const others = [...reservedOf(check), ...subnetsOf(check), ...INSIDE];
  const hit = overlap(own, others);
  if (hit === undefined) return;
  const path = ["privateCodeHost", "aws", "vpcCidr"];
  check.report(path, `expected a range clear of the google side, got ${hit}; ${suggestion(own.prefix, others)}`);
};

/** Executor subnets are clear of each other, of the reserved ranges and of what executors use inside. */
const subnets: Rule = (check) => {
  const all = subnetsOf(check);
  const created = check.infrastructure.gcp?.network?.create !== undefined;
  const vpcs = named(check.infrastructure.privateCodeHost?.aws?.vpcCidr, "aws.vpcCidr", []);
  for (const [index, own] of all.entries()) {
    const hit = overlap(own.range, [...all.slice(0, index), ...reservedOf(check), ...INSIDE]);
    if (hit === undefined) continue;
    const taken = [...all.filter((other) => other !== own), ...reservedOf(check), ...INSIDE, ...vpcs];
    const fix = created ? suggestion(own.range.prefix, taken) : "correct the one that differs from the network's own";
    check.report(own.path!, `expected a range no other one overlaps, got ${hit}; ${fix}`);
  }
};

export const ranges: readonly Rule[] = [vpc, subnets];
