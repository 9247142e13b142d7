import { commandFor } from "../../fleet/commands.ts";
import type { Drift, Finding } from "../../fleet/drift.ts";
import { describeObject, type CloudObject } from "../../fleet/listing.ts";
import { removalCommand } from "../../fleet/removal.ts";
import type { Clouds, Member, RunOptions, StackResult } from "../../fleet/types.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { stackCodes, worst } from "../fleet.ts";
import { asData, overFleet } from "../fleetRun.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Reads the clouds back, changes nothing, and says what differs from what was deployed and what that means for the
 * customer. Ends with 5 where anything differs.
 */
export async function drift(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  members: readonly Member[],
  options: RunOptions,
): Promise<ExitCode> {
  const result = await overFleet(
    { terminal, root, clouds, members, options },
    (fleet, given) => fleet.drift(members, given),
    (found, member) => show(terminal, clouds, member, found),
  );
  const codes = stackCodes(result).map((code, index) => codeOf(code, result.results[index]!));
  terminal.data(result.results.map((each, index) => asData(each, codes[index]!)));
  return worst(codes);
}

const isDrifted = ({ findings, foreign }: Drift): boolean => findings.length + foreign.length > 0;

const codeOf = (code: ExitCode, result: StackResult<Drift>): ExitCode =>
  result.outcome === "done" && isDrifted(result.value) ? EXIT.drift : code;

function show(terminal: Terminal, clouds: Clouds, member: Member, found: Drift): void {
  const { findings, foreign } = found;
  if (findings.length > 0) terminal.result(describe(clouds, member, findings));
  if (foreign.length > 0) terminal.result(describeForeign(member, foreign));
  if (!isDrifted(found)) terminal.result(`${member.stack}: as deployed`);
}

function describe(clouds: Clouds, member: Member, findings: readonly Finding[]): string {
  const count = findings.length === 1 ? "1 resource differs" : `${findings.length} resources differ`;
  const lines = findings.flatMap(({ kind, type, name: resource, paths, meaning }) => [
    `  ${type} ${resource}: ${kind === "gone" ? "gone" : `changed (${paths.join(", ")})`}`,
    `    ${meaning}`,
  ]);
  const up = commandFor(clouds, "up", member);
  return [`${member.stack}: ${count} from what was deployed:`, ...lines, `${up} puts them back`].join("\n");
}

function describeForeign({ stack }: Member, objects: readonly CloudObject[]): string {
  const count = objects.length === 1 ? "1 object hangs" : `${objects.length} objects hang`;
  const lines = objects.flatMap((object) => {
    const command = removalCommand(object);
    return [`  ${describeObject(object)}`, ...(command === undefined ? [] : [`    to delete it: ${command}`])];
  });
  const meaning = "they may open, route or block what was not planned; up leaves them alone";
  return [`${stack}: ${count} on this stack's resources, made by somebody else:`, ...lines, meaning].join("\n");
}
