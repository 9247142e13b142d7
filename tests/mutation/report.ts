/** Evidence as text: the score, who caught what, and every survivor with its reason. */
import { score, type Evidence, type Survivor } from "./evidence.ts";

export function describeEvidence(evidence: Evidence): string {
  const { mutations, equivalent, caught, survivors, unneeded } = evidence;
  const changing = mutations - equivalent;
  const open = survivors.filter(({ reason }) => reason === undefined);
  return [
    `${mutations} mutations, ${equivalent} of which change nothing: ${changing - survivors.length} of ${changing} caught, ${score(evidence).toFixed(1)} %`,
    ...Object.entries(caught).map(([name, count]) => `  ${String(count).padStart(4)} by ${name}`),
    `${survivors.length} survive, ${survivors.length - open.length} of them harmless for a reason:`,
    ...reasons(survivors),
    ...open.map(({ type, name, at, change }) => `  no reason: ${type} ${name} ${at}: ${change}`),
    ...unneeded.map(({ type, at }) => `  a reason nothing needs: ${type ?? "every type"} ${at}`),
  ].join("\n");
}

/** One line a reason: how many, of which types and where, and why. */
function reasons(survivors: readonly Survivor[]): string[] {
  const groups = Map.groupBy(
    survivors.filter(({ reason }) => reason !== undefined),
    ({ reason }) => reason!,
  );
  return [...groups].map(([reason, found]) => {
    const places = new Set(found.map(({ type, at }) => `${type.split(":").at(-1)} ${generalised(at)}`.trim()));
    const shown =
      places.size > 4 ? `${[...places].slice(0, 3).join(", ")} and ${places.size - 3} more` : [...places].join(", ");
    return `  ${String(found.length).padStart(4)} ${shown}: ${reason}`;
  });
}

const generalised = (at: string): string => at.replace(/^tunnel[12]/, "tunnel*").replaceAll(/\[\d+\]/g, "[]");
