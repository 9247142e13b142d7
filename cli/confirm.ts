import type { Fleet } from "../fleet/fleet.ts";
import type { Member } from "../fleet/types.ts";
import type { OperationVerb, Request } from "./commands/operate.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { exitCodeOf } from "./fleet.ts";
import { shownRun } from "./fleetRun.ts";
import type { Stops } from "./interrupts.ts";
import { describeSteps, summarise } from "./steps.ts";
import type { Terminal } from "./terminal.ts";

/** A customer nobody agreed to touch. */
export interface Declined {
  readonly stack: string;
  readonly code: ExitCode;
  readonly error: string;
}

interface Confirmation {
  readonly agreed: readonly Member[];
  readonly declined: readonly Declined[];
}

/**
 * Whom a person, or the command line on their behalf, agreed to touch in real clouds. The answer defaults to no. Nothing
 * is touched before everything is answered.
 */
export async function confirm(terminal: Terminal, fleet: Fleet, request: Request, stops: Stops): Promise<Confirmation> {
  const { operation, clouds, members } = request;
  if (clouds === "sandbox" || operation === "preview") return { agreed: members, declined: [] };
  const answer = operation === "destroy" ? confirmDestroy : confirmChange;
  const confirmation = await answer(terminal, fleet, request, stops);
  for (const { error } of confirmation.declined) terminal.say(terminal.colors.red(error));
  return confirmation;
}

async function confirmChange(
  terminal: Terminal,
  fleet: Fleet,
  { operation, members, options, run }: Request,
  stops: Stops,
): Promise<Confirmation> {
  if (options.yes === true) return { agreed: members, declined: [] };
  if (!terminal.interactive) return declineAll(members, (stack) => nobodyToAsk(operation, stack, "--yes"));
  if (operation !== "up") return (await asked(terminal, operation, members)) ? all(members) : none(operation, members);
  const { results } = await shownRun((given) => fleet.preview(members, given), {
    ...{ terminal, stops, options: run },
    show: (value, stack) => {
      terminal.say(describeSteps(value.steps, "preview"));
      terminal.say(summarise(stack, "preview", value));
    },
  });
  const failed = results.flatMap((result): Declined[] => {
    if (result.outcome === "done") return [];
    const { stack } = result;
    if (!("failure" in result)) return [{ stack, code: EXIT.interrupted, error: notConfirmed(operation, stack) }];
    return [{ stack, code: exitCodeOf(result.failure.code), error: notConfirmed(operation, stack) }];
  });
  const rest = members.filter(({ stack }) => !failed.some((one) => one.stack === stack));
  if (rest.length === 0 || stops.signal.aborted) return { agreed: [], declined: failed };
  const { agreed, declined } = (await asked(terminal, operation, rest)) ? all(rest) : none(operation, rest);
  return { agreed, declined: [...failed, ...declined] };
}

async function confirmDestroy(terminal: Terminal, _fleet: Fleet, { members, options }: Request): Promise<Confirmation> {
  const { confirm: name, yes = false } = options;
  const agreed: Member[] = [];
  const declined: Declined[] = [];
  for (const member of members) {
    const { stack } = member;
    const decline = (code: ExitCode, error: string): number => declined.push({ stack, code, error });
    if (name !== undefined && name !== stack) {
      decline(EXIT.usage, `--confirm: expected ${stack}, got ${name}; nothing was changed`);
    } else if (name === stack && (yes || terminal.interactive)) agreed.push(member);
    else if (!terminal.interactive)
      decline(EXIT.usage, nobodyToAsk("destroy", stack, `--yes --confirm ${stack}`).error);
    else if ((await terminal.ask(`Type ${stack} to destroy it: `)) === stack) agreed.push(member);
    else decline(EXIT.failed, notConfirmed("destroy", stack));
  }
  return { agreed, declined };
}

const all = (members: readonly Member[]): Confirmation => ({ agreed: members, declined: [] });

const none = (operation: OperationVerb, members: readonly Member[]): Confirmation =>
  declineAll(members, (stack) => ({ code: EXIT.failed, error: notConfirmed(operation, stack) }));

const declineAll = (members: readonly Member[], why: (stack: string) => Omit<Declined, "stack">): Confirmation => ({
  agreed: [],
  declined: members.map(({ stack }) => ({ stack, ...why(stack) })),
});

const notConfirmed = (operation: OperationVerb, stack: string): string =>
  `${operation} of ${stack}: not confirmed, nothing was changed`;

const nobodyToAsk = (operation: OperationVerb, stack: string, needed: string): Omit<Declined, "stack"> => ({
  code: EXIT.usage,
  error: `${operation} of ${stack}: expected ${needed} where nobody can be asked; nothing was changed`,
});

async function asked(terminal: Terminal, operation: OperationVerb, members: readonly Member[]): Promise<boolean> {
  const whom = members.length === 1 ? members[0]!.stack : `${members.length} customers`;
  return /^y(es)?$/i.test(await terminal.ask(`${operation} ${whom}? [y/N] `));
}
