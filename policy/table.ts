import { POLICIES } from "./rules/index.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Every policy as a Markdown table, for the page that documents them. */
export function policyTable(): string {
  const rows = POLICIES.map(({ id, level, title, reason, fix, source }) => {
    const name = level === "advisory" ? `\`${id}\` (advisory)` : `\`${id}\``;
    return `| ${[name, title, reason, fix, source].map(cell).join(" | ")} |`;
  });
  const head = [
    "| Policy | What must hold | What happens otherwise | What to do | Source |",
    "| --- | --- | --- | --- | --- |",
  ];
  return [...head, ...rows].join("\n");
}
