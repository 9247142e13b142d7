import type { Handoff } from "./handoff.ts";

/** Keeps a name from being read as Markdown or HTML. */
const escape = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|&~@-]/g, (mark) => `\\${mark}`);

/** The hand-off as a person reads it: one heading a section, one numbered step a line. */
export function renderHandoffMarkdown(handoff: Handoff): string {
  const sections = handoff.sections.map(
    ({ title, steps }) => `## ${title}\n\n${steps.map((step, i) => `${i + 1}. ${step}\n`).join("")}`,
  );
  return `# Private registry access for ${escape(handoff.displayName)}\n\n${sections.join("\n")}`;
}
