import { basename, extname } from "node:path";
import type { Clouds, FleetVerb, Member } from "./types.ts";

/** The member as a command line names it. */
export const argumentOf = ({ stack, file, byPath }: Pick<Member, "stack" | "file" | "byPath">): string =>
  byPath && basename(file, extname(file)) !== stack ? file : stack;

/** `npx causeway sandbox up acme` */
export const commandFor = (
  clouds: Clouds,
  verb: FleetVerb | "check",
  member: Pick<Member, "stack" | "file" | "byPath">,
): string => `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}${verb} ${argumentOf(member)}`;
