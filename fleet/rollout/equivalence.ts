import type { Step } from "../../engine/driver.ts";
import type { FrozenMember, StackPreview } from "./events.ts";

/**
 * What is each customer's own in the names of resources. Names are made in `plan/names.ts` and by the planner: of the
 * stack, AWS account and region, zone, endpoint service, and of a Private Service Connect endpoint its domain with a hash.
 */
const OWN: readonly (readonly [RegExp, string])[] = [
  [/\bvpce-svc-[0-9a-f]{17}\b/g, "<service>"],
  [/\bpsc-[a-z0-9-]+-[0-9a-f]{8}\b/g, "<endpoint>"],
  [/\b\d{12}\b/g, "<account>"],
  [/\b[a-z]{2,5}\d-az\d+\b/g, "<zone>"],
  [/\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central)+-\d\b/g, "<region>"],
];

/** The stack itself and this program's components: they are what their resources are. */
const FOLLOWS = /^(pulumi:pulumi:Stack|pulumi:providers:pulumi|causeway:.*)$/;

/**
 * What an update would do to a stack, without what is its customer's own: sorted, each line once, so that one endpoint
 * more is no difference.
 * @example `update gcp:compute/routerNat:RouterNat <name>-nat (minPortsPerVm)`
 */
export function normalisedChanges(steps: readonly Step[], member: Pick<FrozenMember, "stack" | "own">): string[] {
  const telling = steps.filter(({ type }) => !FOLLOWS.test(type));
  return [...new Set(telling.map((step) => normalised(step, member)))].sort();
}

function normalised({ urn, type, op, detailedDiff, diffs }: Step, member: Pick<FrozenMember, "stack" | "own">): string {
  const name = generalName(urn.slice(urn.lastIndexOf("::") + 2), member);
  const inputs = detailedDiff === undefined ? (diffs ?? []) : Object.keys(detailedDiff);
  const paths = [...new Set(inputs.map((path) => path.replaceAll(/\[\d+\]/g, "[*]")))].sort();
  return `${op} ${type} ${name}${paths.length === 0 ? "" : ` (${paths.join(", ")})`}`;
}

function generalName(name: string, { stack, own }: Pick<FrozenMember, "stack" | "own">): string {
  const general = OWN.reduce((text, [pattern, mark]) => text.replaceAll(pattern, mark), without(name, stack, "<name>"));
  const longestFirst = [...own].sort((a, b) => b.length - a.length);
  return longestFirst.reduce((text, word) => without(text, word, "<own>"), general);
}

/** Replaces a word that stands between hyphens, dots or the ends. */
const without = (text: string, word: string, mark: string): string => {
  const literal = word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replaceAll(new RegExp(`(?<![^-.])${literal}(?![^-.])`, "g"), mark);
};

/** What a stack would do that no stack of the first wave did. */
export interface Difference {
  readonly stack: string;
  readonly changes: readonly string[];
}

/**
 * What stacks of a wave would do that the first wave did not show to be harmless. Doing less is no difference: a stack
 * may have nothing of what the change is about.
 */
export function differences(first: readonly StackPreview[], wave: readonly StackPreview[]): readonly Difference[] {
  const proven = new Set(first.flatMap((stack) => ("changes" in stack ? stack.changes : [])));
  return wave.flatMap((stack) => {
    const changes = "changes" in stack ? stack.changes.filter((change) => !proven.has(change)) : [];
    return changes.length === 0 ? [] : [{ stack: stack.stack, changes }];
  });
}

/** Changes named in one sentence; a person who wants more has the preview. */
const SHOWN = 3;

/** `wave 3 differs from wave 1: …`, with the first few changes. */
export function describeDifferences(wave: number, found: readonly Difference[]): string {
  const [example] = found;
  if (example === undefined) return `wave ${wave} does what wave 1 did`;
  const shown = example.changes.slice(0, SHOWN).join("; ");
  const more = example.changes.length > SHOWN ? `; and ${example.changes.length - SHOWN} more` : "";
  const others = found.slice(1).map(({ stack }) => stack);
  const also = others.length === 0 ? "" : `; others that differ: ${others.join(", ")}`;
  return `wave ${wave} differs from wave 1: ${example.stack} would ${shown}${more}, which no stack of wave 1 did${also}`;
}
