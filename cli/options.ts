import { resolve } from "node:path";
import type { Command } from "commander";
import type { RunOptions, Selection } from "../fleet/types.ts";
import { EXIT, Exit } from "./exit.ts";

/** Options several verbs take, as commander hands them over. */
export interface VerbOptions {
  readonly json?: true;
  readonly events?: true;
  readonly all?: true;
  readonly label?: readonly string[];
  readonly changedSince?: string;
  readonly parallel?: string;
  readonly policyPack?: readonly string[];
  readonly yes?: true;
  readonly confirm?: string;
  readonly keepProtected?: true;
  readonly expectNoChanges?: true;
  readonly offline?: true;
}

/** Collects an option that may be given several times. */
export const several = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** A verb over customers, with the ways to choose them. */
export const customers = (command: Command, summary: string): Command =>
  command
    .description(summary)
    .argument("[customer...]", "names in stacks/customers, or paths of files")
    .option("--all", "every customer in stacks/customers")
    .option("--label <key=value>", "only customers with this label; may be repeated", several)
    .option("--changed-since <git ref>", "only customers whose file differs from that commit, branch or tag")
    .option("--json", "print data instead of text");

/** A verb that works on stacks, several at once. */
export const stacks = (command: Command, summary: string): Command =>
  customers(command, summary)
    .option("--parallel <n>", "stacks at once (default: from cores and memory)")
    .option("--events", "print each event as a line of JSON as it comes");

/** What the command line chooses; without a choice everyone, where a verb that changes nothing says so. */
export function selectionOf(named: readonly string[], options: VerbOptions, everyone = false): Selection {
  const { all = false, label = [], changedSince } = options;
  const chosen = named.length > 0 || label.length > 0 || changedSince !== undefined;
  return {
    customers: named,
    all: all || (everyone && !chosen),
    labels: label,
    ...(changedSince === undefined ? {} : { changedSince }),
  };
}

/** What the options mean to the fleet. @throws Exit */
export function runOptionsOf({ parallel, policyPack = [], expectNoChanges, keepProtected }: VerbOptions): RunOptions {
  if (parallel !== undefined && !/^[1-9]\d{0,2}$/.test(parallel)) {
    throw new Exit(EXIT.usage, `--parallel: expected 1 to 999, got ${parallel}`);
  }
  return {
    ...(parallel === undefined ? {} : { concurrency: Number(parallel) }),
    ...(policyPack.length === 0 ? {} : { policyPacks: policyPack.map((path) => resolve(path)) }),
    ...(expectNoChanges === undefined ? {} : { expectNoChanges }),
    ...(keepProtected === undefined ? {} : { keepProtected }),
  };
}
