import { basename, extname } from "node:path";
import type { Clouds, FleetVerb, Member } from "./types.ts";

/** The member as a command line names it; a shell takes it for one word, whatever somebody called the file. */
export const argumentOf = ({ stack, file, byPath }: Pick<Member, "stack" | "file" | "byPath">): string =>
  quoted(byPath && basename(file, extname(file)) !== stack ? file : stack);

const quoted = (word: string): string => {
  if (/^[\w./-]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${JSON.stringify(word).slice(1, -1).replaceAll("'", "\\'")}'`;
};

/** `npx causeway sandbox up acme` */
export const commandFor = (
  clouds: Clouds,
  verb: FleetVerb | "check",
  member: Pick<Member, "stack" | "file" | "byPath">,
): string => `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}${verb} ${argumentOf(member)}`;
