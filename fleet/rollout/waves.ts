import { createHash } from "node:crypto";
import { ConfigError, type Issue } from "../../plan/errors.ts";
import { show } from "../../stacks/wording.ts";
import type { FrozenMember, PlannedWave } from "./events.ts";

/** A wave as a person asked for it, and where. */
export interface AskedWave {
  /** `label:wave=canary`, `label:wave=canary,region=eu` or `10%`. */
  readonly text: string;
  /** Where it stands, for messages. */
  readonly place: Pick<Issue, "file" | "position" | "path">;
}

/** A customer with the labels of its file. */
export interface Candidate {
  readonly member: FrozenMember;
  readonly labels: Readonly<Record<string, string>>;
}

type Wave =
  | { readonly kind: "labels"; readonly labels: readonly (readonly [key: string, value: string])[] }
  | { readonly kind: "percent"; readonly percent: number };

/**
 * Puts every customer into exactly one wave. A wave of labels has the customers with all of them. Waves of percentages
 * share the customers that no label wave names; they count up, so `50%` after `10%` has the next 40 %. Which customers
 * come first is decided by a hash of the stack's name and nothing else: the same customers make the same waves, and
 * every customer of 10 % is also one of 50 %. Shares are rounded up.
 * @throws ConfigError where a wave has nobody, customers are in two waves or in none, or a share is none
 */
export function planWaves(asked: readonly AskedWave[], candidates: readonly Candidate[]): readonly PlannedWave[] {
  const refuse = (wave: AskedWave, message: string): never => {
    throw new ConfigError([{ ...wave.place, message }]);
  };
  const waves = asked.map((wave) => ({ asked: wave, ...parse(wave, refuse) }));
  refuseShrinking(waves, refuse);
  const named = labelled(waves, candidates, refuse);
  const rest = candidates.filter(({ member }) => !named.has(member.stack));
  const order = rest.map(({ member }) => member).sort((a, b) => (rank(a.stack) < rank(b.stack) ? -1 : 1));
  let taken = 0;
  const planned = waves.map((wave): PlannedWave => {
    if (wave.kind === "labels") {
      const members = candidates.filter(({ member }) => named.get(member.stack) === wave.asked);
      return { asked: wave.asked.text, members: byName(members.map(({ member }) => member)) };
    }
    const until = Math.ceil((order.length * wave.percent) / 100);
    if (until === taken) refuse(wave.asked, emptyShare(wave.percent, order.length, taken));
    const members = order.slice(taken, until);
    taken = until;
    return { asked: wave.asked.text, members: byName(members) };
  });
  const last = asked.at(-1);
  if (last !== undefined && taken < order.length) {
    const left = byName(order.slice(taken)).map(({ stack }) => stack);
    refuse(last, `expected waves for every customer, got none for ${listed(left)}; end with 100%`);
  }
  return planned;
}

const GRAMMAR = "expected label:<key>=<value> or a percentage such as 10%";

function parse(wave: AskedWave, refuse: (wave: AskedWave, message: string) => never): Wave {
  const text = wave.text.trim();
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined) {
    if (Number(percent) > 100)
      refuse(wave, `expected at most 100%, got ${text}; waves of percentages count up to 100%`);
    if (Number(percent) === 0) refuse(wave, "expected more than 0%, got 0%; leave the wave out");
    return { kind: "percent", percent: Number(percent) };
  }
  if (!text.startsWith("label:")) return refuse(wave, `${GRAMMAR}, got ${text === "" ? "nothing" : show(text)}`);
  const labels = text
    .slice("label:".length)
    .split(",")
    .map((pair): readonly [string, string] => {
      const [, key, value] = /^\s*([^=\s]+)=([^=\s]*)\s*$/.exec(pair) ?? [];
      if (key === undefined || value === undefined) return refuse(wave, `${GRAMMAR}, got ${show(text)}`);
      return [key, value];
    });
  return { kind: "labels", labels };
}

type Parsed = Wave & { readonly asked: AskedWave };

function refuseShrinking(waves: readonly Parsed[], refuse: (wave: AskedWave, message: string) => never): void {
  let before = 0;
  for (const wave of waves) {
    if (wave.kind !== "percent") continue;
    if (wave.percent <= before) {
      const advice = "percentages count up and include the waves before";
      refuse(wave.asked, `expected more than ${before}%, got ${wave.percent}%; ${advice}`);
    }
    before = wave.percent;
  }
}

/** The label wave of each customer that has one. */
function labelled(
  waves: readonly Parsed[],
  candidates: readonly Candidate[],
  refuse: (wave: AskedWave, message: string) => never,
): ReadonlyMap<string, AskedWave> {
  const named = new Map<string, AskedWave>();
  for (const wave of waves) {
    if (wave.kind !== "labels") continue;
    const matching = candidates.filter(({ labels }) => wave.labels.every(([key, value]) => labels[key] === value));
    if (matching.length === 0) refuse(wave.asked, nobodyHas(wave.labels, candidates));
    for (const { member } of matching) {
      const other = named.get(member.stack);
      if (other !== undefined) {
        const both = `${other.text} and ${wave.asked.text}`;
        refuse(
          wave.asked,
          `expected ${member.stack} in one wave, got two: ${both}; change a label or leave one wave out`,
        );
      }
      named.set(member.stack, wave.asked);
    }
  }
  return named;
}

function nobodyHas(labels: readonly (readonly [string, string])[], candidates: readonly Candidate[]): string {
  const text = labels.map((pair) => pair.join("=")).join(",");
  const unknown = labels.find(([key, value]) => !candidates.some((candidate) => candidate.labels[key] === value));
  if (unknown === undefined) return `expected a customer with all of ${text}, got none; leave one label out`;
  const [key] = unknown;
  const values = [...new Set(candidates.flatMap(({ labels: has }) => has[key] ?? []))].sort();
  const keys = [...new Set(candidates.flatMap(({ labels: has }) => Object.keys(has)))].sort();
  const known = values.length > 0 ? `values of ${key} here: ${listed(values)}` : `labels here: ${listed(keys)}`;
  return `expected a label some customer has, got ${unknown.join("=")}; ${known}`;
}

function emptyShare(percent: number, total: number, taken: number): string {
  if (total === 0) return "expected at least one customer, got none: label waves have them all; leave this wave out";
  const customers = total === 1 ? "1 customer" : `${total} customers`;
  const had = taken === 1 ? "an earlier wave has it" : "earlier waves have them";
  const more = taken === total ? "" : `, or write more than ${Math.floor((taken * 100) / total)}%`;
  return (
    `expected at least one customer, got none: ${percent}% of ${customers} is ${taken}, and ${had}; ` +
    `leave the wave out${more}`
  );
}

const rank = (stack: string): string => createHash("sha256").update(stack).digest("hex");

const byName = (members: readonly FrozenMember[]): FrozenMember[] =>
  [...members].sort((a, b) => (a.stack < b.stack ? -1 : 1));

/** Names shown before the rest is counted. */
const SHOWN = 10;

const listed = (names: readonly string[]): string => {
  if (names.length === 0) return "none";
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `${names.slice(0, SHOWN).join(", ")}${more}`;
};
