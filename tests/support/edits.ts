import type { Step } from "../../engine/driver.ts";
import { networkStatus, reach, tunnelName, type World } from "../../sandbox/index.ts";
import { operations, type LiveStack } from "./stack.ts";

/** What one edit of a customer file did. */
export interface Effect {
  /** See `operations`. */
  readonly operations: readonly string[];
  /** Keys of the tunnels that were down at some moment, seen from both clouds, or that AWS edited. */
  readonly dropped: readonly string[];
  /** Names that could not be reached at some moment, of those that could before. */
  readonly unreachable: readonly string[];
}

const key = (name: string): string => /-(t[0-3])$/.exec(name)?.[1] ?? name;

const tunnelsUp = (world: World): string[] =>
  networkStatus(world)
    .tunnels.filter(({ session }) => session.up)
    .map((tunnel) => key(tunnelName(tunnel)));

const reached = (world: World, names: readonly string[]): string[] =>
  names.filter((name) => reach(world, { executor: "executors", guest: true }, name, 443).broken === undefined);

/** Runs `up` and watches the clouds at every request. */
export async function applyEdit(stack: LiveStack, names: readonly string[]): Promise<Effect> {
  let first: { up: string[]; reached: string[] } | undefined;
  const [down, unreachable] = [new Set<string>(), new Set<string>()];
  const { steps } = await stack.run("up", undefined, (world) => {
    const now = { up: tunnelsUp(world), reached: reached(world, names) };
    first ??= now;
    for (const tunnel of first.up) if (!now.up.includes(tunnel)) down.add(tunnel);
    for (const name of first.reached) if (!now.reached.includes(name)) unreachable.add(name);
  });
  for (const tunnel of editedByAws(steps)) down.add(tunnel);
  return { operations: operations(steps), dropped: [...down].sort(), unreachable: [...unreachable].sort() };
}

/** AWS takes a tunnel down to edit it. Source: Site-to-Site VPN User Guide, Modify tunnel options. */
function editedByAws(steps: readonly Step[]): string[] {
  return steps
    .filter(({ type, op }) => type === "aws:ec2/vpnConnection:VpnConnection" && op === "update")
    .flatMap(({ urn, diffs = [] }) =>
      ([1, 2] as const)
        .filter((n) => diffs.some((diff) => diff.startsWith(`tunnel${n}`)))
        .map((n) => `t${(urn.endsWith("-b") ? 2 : 0) + n - 1}`),
    );
}
