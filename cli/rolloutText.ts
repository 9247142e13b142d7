/** What a person is told of a roll-out. */
import type { Recorded, RolloutState } from "../fleet/rollout/index.ts";
import { rolloutDocument, type RolloutDocument, type WaveDocument } from "../fleet/rollout/index.ts";

/** `npx causeway sandbox rollout resume ports-1` */
export const rolloutCommand = ({ clouds, id }: Pick<RolloutDocument, "clouds" | "id">, verb: string): string =>
  `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}rollout ${verb} ${id}`;

/** Where it stands in a line, a block for each wave, and what to run next. */
export function describeRollout(state: RolloutState): string {
  const document = rolloutDocument(state);
  return [heading(document), ...document.waves.flatMap(describeWave), ...nextLines(document)].join("\n");
}

/** `ports-1: wave 2 of 3 waits for an approval` */
export function heading({ id, status, wave, halt, aborted, waves }: RolloutDocument): string {
  const at = wave === undefined ? "" : `wave ${wave} of ${waves.length} `;
  switch (status) {
    case "waiting":
      return `${id}: ${at}waits for an approval`;
    case "halted":
      return `${id}: halted: ${halt?.reason ?? ""}`;
    case "running":
      return `${id}: ${at}is under way, or may go on`;
    case "aborted":
      return `${id}: aborted by ${aborted?.by ?? ""}: ${aborted?.reason ?? ""}`;
    case "completed": {
      const failed = waves.flatMap(({ stacks }) => stacks.filter(({ state }) => state === "failed"));
      const but = failed.length === 0 ? "" : `, but failed: ${failed.map(({ stack }) => stack).join(", ")}`;
      return `${id}: complete${but}`;
    }
  }
}

function describeWave({ number, asked, stacks, changes, health, approvedBy, accepted }: WaveDocument): string[] {
  const states = ["done", "failed", "begun", "pending"] as const;
  const counts = states.flatMap((state) => {
    const having = stacks.filter((stack) => stack.state === state);
    return having.length === 0 ? [] : [`${having.length} ${state}`];
  });
  const notes = [
    ...(health === undefined ? [] : [health.healthy ? "healthy" : "not healthy"]),
    ...(approvedBy === undefined ? [] : [`approved by ${approvedBy}`]),
    ...Object.entries(accepted).map(([what, by]) => `${what} accepted by ${by}`),
  ];
  const names = stacks.map(({ stack }) => stack);
  return [
    `  wave ${number} (${asked}): ${[...counts, ...notes].join(", ")}: ${listed(names)}`,
    ...changes.map(({ change, stacks: on }) => `    ${change}${on === 1 ? "" : ` on ${on} stacks`}`),
  ];
}

/** Names shown before the rest is counted. */
const SHOWN = 12;

const listed = (names: readonly string[]): string =>
  names.length <= SHOWN ? names.join(", ") : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;

function nextLines(document: RolloutDocument): string[] {
  const { status, halt } = document;
  if (status === "waiting") return [`go on with ${rolloutCommand(document, "approve")}`];
  if (status === "running") return [`go on with ${rolloutCommand(document, "resume")}`];
  if (status !== "halted") return [];
  const accept = { difference: " --allow-difference", health: " --accept-health" }[halt?.cause as string];
  return [
    ...(halt?.next ?? []).map((command) => `run ${command}`),
    `go on with ${rolloutCommand(document, "resume")}`,
    ...(accept === undefined ? [] : [`accept it with ${rolloutCommand(document, "resume")}${accept}`]),
    `end it with ${rolloutCommand(document, "abort")}`,
  ];
}

/** One line for an event as it happens; nothing for those that the end tells anyway. */
export function describeEvent(event: Recorded): string {
  switch (event.kind) {
    case "planned":
      return event.plan.waves
        .map(
          ({ asked, members }, index) => `wave ${index + 1} (${asked}): ${listed(members.map(({ stack }) => stack))}`,
        )
        .join("\n");
    case "previewed":
      return `wave ${event.wave}: previewed`;
    case "begun":
      return `wave ${event.wave}: ${event.stack}: update begun`;
    case "done":
      return `wave ${event.wave}: ${event.stack}: done${event.found ? ", as an interrupted update had left it" : ""}`;
    case "failed":
      return `wave ${event.wave}: ${event.stack}: failed: ${event.failure.message}`;
    case "judged":
      return `wave ${event.wave}: ${event.health.healthy ? "healthy" : "not healthy"}`;
    default:
      return "";
  }
}
