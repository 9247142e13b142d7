import type { z } from "zod";
import { keysAt } from "./lenient.ts";
import { formatPath, isWithin } from "./paths.ts";
import type { Path } from "./paths.ts";
import type { Problem } from "./read.ts";
import { reservedKey } from "./reserved.ts";
import { CustomerFile } from "./schema.ts";
import { either, nearest, show } from "./wording.ts";

/** What the schema refused, in words, and the paths that nothing else may be concluded from. */
export interface Refused {
  readonly problems: readonly Problem[];
  /** Paths of keys that somebody meant but misspelt: their absence says nothing. */
  readonly meant: readonly Path[];
}

interface UnknownKey {
  readonly problem: Problem;
  /** Keys of the same block that this one stands for. */
  readonly meant: readonly string[];
}

function unknownKey(block: Path, key: string, present: readonly string[]): UnknownKey {
  const path = [...block, key];
  const reserved = reservedKey(path);
  if (reserved !== undefined)
    return { problem: { path, at: "key", message: reserved.message }, meant: reserved.insteadOf };
  const allowed = keysAt(CustomerFile, block);
  const meant = nearest(
    key,
    allowed.filter((name) => !present.includes(name)),
  );
  const fix = meant === undefined ? `allowed here: ${either(allowed, "and")}` : `write ${meant}`;
  const message = `unknown key, got ${show(key)}; ${fix}`;
  return { problem: { path, at: "key", message }, meant: meant === undefined ? [] : [meant] };
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}

/** Several accounts or regions: the one place where a list in place of a block is a plan and no slip. */
const AWS: Path = ["spec", "infrastructure", "privateCodeHost", "aws"];
const AWS_LIST =
  "not possible yet, got a list; meanwhile write one block, and another customer file for another account or region";

function problemOf(issue: z.core.$ZodIssue, value: unknown): Problem {
  const path = issue.path as Path;
  if (formatPath(path) === formatPath(AWS) && Array.isArray(valueAt(value, path))) return { path, message: AWS_LIST };
  if (issue.code !== "invalid_key") return { path, message: issue.message };
  return { path, at: "key", message: issue.issues[0]?.message ?? issue.message };
}

/** The schema's issues as problems: one for each path, and none for a key that is only misspelt. */
export function refusals(issues: readonly z.core.$ZodIssue[], value: unknown, earlier: readonly Problem[]): Refused {
  const unknown = issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    const block = issue.path as Path;
    const present = Object.keys(valueAt(value, block) as object);
    return issue.keys.map((key) => unknownKey(block, key, present));
  });
  const meant = unknown.flatMap(({ problem, meant: keys }) => keys.map((key) => [...problem.path.slice(0, -1), key]));
  const seen = new Set([...meant, ...earlier.map(({ path }) => path)].map(formatPath));
  const problems: Problem[] = [];
  const rest = issues.filter(({ code }) => code !== "unrecognized_keys").map((issue) => problemOf(issue, value));
  for (const problem of [...unknown.map(({ problem: known }) => known), ...rest]) {
    const text = formatPath(problem.path);
    if (seen.has(text) || earlier.some(({ path }) => isWithin(path, problem.path))) continue;
    seen.add(text);
    problems.push(problem);
  }
  return { problems, meant };
}
