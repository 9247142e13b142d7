import { describeHolder } from "../../engine/stackLock.ts";
import { commandFor } from "../../fleet/commands.ts";
import { describeOrphans } from "../../fleet/interruption.ts";
import { describeObject, type CloudObject } from "../../fleet/listing.ts";
import type { Recovery, RecoveryStep, Settled } from "../../fleet/recover.ts";
import type { Refused } from "../../fleet/recoverRemoval.ts";
import { removalCommand } from "../../fleet/removal.ts";
import type { Clouds, Member, RunOptions, StackResult } from "../../fleet/types.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { stackCodes, worst } from "../fleet.ts";
import { asData, overFleet } from "../fleetRun.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Puts stacks right after an operation was cut off: a lock nobody holds is removed, operations that had begun are looked
 * up in the clouds and settled, what was created and never recorded is recorded, or named. With `force` a lock is removed
 * whoever holds it, and what is named is deleted.
 */
export async function recover(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  members: readonly Member[],
  { force, ...options }: RunOptions & { readonly force: boolean },
): Promise<ExitCode> {
  const onStep = (stack: string, step: RecoveryStep): void => {
    const member = members.find((one) => one.stack === stack)!;
    terminal.result(describeStep(clouds, member, step, force));
  };
  const result = await overFleet(
    { terminal, root, clouds, members, options },
    (fleet, given) => fleet.recover(members, { ...given, force, onStep }),
    (recovery, member) => terminal.result(describeRecovery(clouds, member, recovery)),
  );
  const codes = stackCodes(result).map((code, index) => codeOf(code, result.results[index]!));
  terminal.data(result.results.map((each, index) => asData(each, codes[index]!)));
  return worst(codes);
}

const codeOf = (code: ExitCode, result: StackResult<Recovery>): ExitCode =>
  result.outcome === "done" && !result.value.recovered ? EXIT.failed : code;

/** What was done, as it is done. */
export function describeStep(clouds: Clouds, member: Member, step: RecoveryStep, force: boolean): string {
  switch (step.kind) {
    case "unlocked":
      return `${member.stack}: lock removed: ${step.holders.map(describeHolder).join("; ")}`;
    case "removed":
      return `${member.stack}: deleted ${describeObject(step.object)}`;
    case "settled": {
      const open = step.pending.some(({ outcome }) => outcome === "open") && !force;
      const command = commandFor(clouds, "recover", member);
      const look = `look for them in the clouds and delete what is there, then run ${command} --yes`;
      return [describePending(member, step.pending), ...(open ? [look] : [])].join("\n");
    }
  }
}

/** What is left, or what comes next. */
export function describeRecovery(clouds: Clouds, member: Member, recovery: Recovery): string {
  const { locks, pending, removed, orphans, refused, recovered } = recovery;
  if (refused.length > 0) return describeRefused(clouds, member, refused);
  if (orphans.length > 0) return describeLeft(clouds, member, orphans);
  if (locks.length + pending.length + removed.length === 0) return `${member.stack}: nothing to recover`;
  return recovered ? `${member.stack}: recovered; run ${commandFor(clouds, "up", member)}` : "";
}

const OUTCOMES: Readonly<Record<Settled["outcome"], string>> = {
  recorded: "was made, recorded as",
  "not made": "was not made",
  "read back": "read back from the cloud",
  open: "whether it was made cannot be seen from here",
};

function describePending({ stack }: Member, pending: readonly Settled[]): string {
  const count = pending.length === 1 ? "1 operation was" : `${pending.length} operations were`;
  const lines = pending.map(
    ({ kind, type, name, outcome, id }) =>
      `  ${kind} ${type} ${name}: ${OUTCOMES[outcome]}${id === undefined ? "" : ` ${id}`}`,
  );
  return [`${stack}: ${count} pending:`, ...lines].join("\n");
}

function describeLeft(clouds: Clouds, member: Member, found: readonly CloudObject[]): string {
  const commands = found.flatMap((object) => removalCommand(object) ?? []);
  return [
    describeOrphans(member.stack, found),
    `nothing uses them; to delete them: ${commandFor(clouds, "recover", member)} --yes`,
    ...(commands.length === 0 ? [] : ["or in the clouds themselves:", ...commands.map((command) => `  ${command}`)]),
  ].join("\n");
}

/** What could not be deleted, and how to give leave for it. */
function describeRefused(clouds: Clouds, member: Member, refused: readonly Refused[]): string {
  const lines = refused.map(({ object, reason }) => `  ${describeObject(object)}: ${reason}`);
  const permits = [...new Set(refused.flatMap(({ permit }) => permit ?? []))];
  const again = `${commandFor(clouds, "recover", member)} --yes`;
  const how =
    permits.length === 0
      ? [`remove what holds them, then run ${again} again`]
      : [
          `to delete them all the same, add to the customer file, run ${again} again, then take it out:`,
          "  spec.infrastructure.permits:",
          ...permits.map((path) => `    ${path}: { reason: <why, 10 to 200 characters> }`),
        ];
  const count = refused.length === 1 ? "1 object was" : `${refused.length} objects were`;
  return [`${member.stack}: ${count} not deleted:`, ...lines, ...how].join("\n");
}
