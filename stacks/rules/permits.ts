import { canonicalPath, guardKind, guardedPaths } from "../../plan/guards.ts";
import { nearest, show } from "../wording.ts";
import type { Rule } from "./check.ts";

/** Permits name guarded paths and nothing else. Those that no longer matter are for `deployed.ts` to note. */
const guarded: Rule = (check) => {
  for (const path of Object.keys(check.infrastructure.permits ?? {})) {
    const kind = guardKind(path);
    if (kind === "guarded") continue;
    check.report(["permits", path], kind === "fixed" ? fixed(path) : unknown(path), "key");
  }
};

const fixed = (path: string): string =>
  `expected a guarded path, got ${path}, which no permit lifts on a live stack; remove it`;

function unknown(path: string): string {
  if (path.startsWith("spec.infrastructure.")) {
    return `expected a path below spec.infrastructure, got ${show(path)}; write ${path.slice("spec.infrastructure.".length)}`;
  }
  const bare = canonicalPath(path).replace(/\[[^\]]*\]/g, "[<key>]");
  const meant = nearest(bare, guardedPaths()) ?? guardedPaths().find((known) => known.endsWith(`.${path}`));
  const keys = [...path.matchAll(/\[([^\]]*)\]/g)].map(([bracketed]) => bracketed);
  const written = meant?.replace(/\[<key>\]/g, (place) => keys.shift() ?? place);
  const fix = written === undefined ? "remove it, this change needs no leave" : `write ${written}`;
  return `expected a guarded path, got ${show(path)}; ${fix}`;
}

export const permits: readonly Rule[] = [guarded];
