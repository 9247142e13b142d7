import type { Ran } from "./project.ts";

interface Outcome {
  readonly stack: string;
  readonly code: number;
  readonly error?: string;
  readonly steps?: readonly { type: string; urn: string; op: string; diffs?: readonly string[] }[];
}

/** The engine tells a replacement in three steps; one of them stands for all. */
const WHOLE = ["create", "update", "delete", "replace"];

/** `<op> <class> <name>` of every step on a resource the clouds know, sorted. */
export function operations({ stdout }: Ran): string[] {
  const [outcome] = JSON.parse(stdout) as Outcome[];
  return (outcome?.steps ?? [])
    .filter(({ type }) => !type.startsWith("causeway:") && !type.startsWith("pulumi:"))
    .filter(({ op }) => WHOLE.includes(op))
    .map(({ op, type, urn }) => `${op} ${type.split(":").at(-1)} ${urn.split("::").at(-1)}`)
    .sort();
}
