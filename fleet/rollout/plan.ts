import { isAbsolute, relative } from "node:path";
import { ConfigError, type Issue } from "../../plan/errors.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { readBytes } from "../../stacks/read.ts";
import type { Customer } from "../../plan/customer.ts";
import type { Clouds, Member } from "../types.ts";
import { fileHash } from "./activities.ts";
import type { FrozenMember, RolloutPlan, RolloutSettings } from "./events.ts";
import { planWaves, type AskedWave, type Candidate } from "./waves.ts";

/** What a roll-out is planned from. */
export interface RolloutRequest {
  /** Directory of the program; paths in the plan are relative to it. */
  readonly root: string;
  /** See `freeId`. */
  readonly id: string;
  readonly clouds: Clouds;
  readonly settings: RolloutSettings;
  readonly waves: readonly AskedWave[];
  readonly members: readonly Member[];
}

/** What a roll-out does unless it is told otherwise: the first failure halts it, five minutes for health. */
export const DEFAULT_SETTINGS: RolloutSettings = {
  maxFailures: 1,
  gate: { tries: 10, waitSeconds: 30 },
  autoApprove: false,
  concurrency: 2,
  policyPacks: [],
};

/** Where no wave is asked for: few first, then half, then all; shares that would add nobody are left out. */
export function defaultWaves(customers: number): readonly string[] {
  const sizes = [10, 50, 100].map((percent) => ({ percent, size: Math.ceil((customers * percent) / 100) }));
  return sizes
    .filter(({ size }, index) => size < (sizes[index + 1]?.size ?? Infinity))
    .map(({ percent }) => `${percent}%`);
}

/**
 * Decides everything about a roll-out: who is in which wave, and which content of each file is rolled out.
 * @throws ConfigError where a customer file is refused, as `parseCustomer` does, and as `planWaves` does
 */
export function planRollout({ root, id, clouds, settings, waves, members }: RolloutRequest): RolloutPlan {
  const issues: Issue[] = [];
  const candidates = members.flatMap((member): Candidate[] => {
    try {
      const { customer } = parseCustomer(readBytes(member.file, member.path), member.file, { lenient: true });
      return [{ member: frozen(root, member, customer), labels: customer.labels }];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new ConfigError(issues);
  return { id, clouds, settings, waves: planWaves(waves, candidates) };
}

function frozen(root: string, { stack, path, file, byPath }: Member, customer: Customer): FrozenMember {
  const below = relative(root, path);
  const kept = below.startsWith("..") || isAbsolute(below) ? path : below;
  return { stack, path: kept, file, byPath, sha256: fileHash(path), own: ownNames(customer) };
}

/** Names in a customer file that become part of resources' names. */
function ownNames({ gcp, executors }: Customer): string[] {
  const names = [gcp.projectID, gcp.network.name, ...executors.subnets.map(({ name }) => name)];
  return [...new Set(names)].sort();
}

/** The first of `<name>-1`, `<name>-2` … that no roll-out has. */
export function freeId(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const id = `${name}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
