import { parseSource } from "../stacks/read.ts";
import type { Issue } from "../plan/errors.ts";

/** A customer file by the name messages give it. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

interface Key {
  /** Where it is in a file. */
  readonly path: readonly string[];
  /** Finds candidates without reading the file as YAML, which would take longer than all the rest. */
  readonly pattern: RegExp;
  readonly what: string;
  readonly why: string;
}

const KEYS: readonly Key[] = [
  {
    path: ["name"],
    pattern: /^["']?name["']?\s*:\s*["']?([^\s"'#]+)/m,
    what: "a name",
    why: "every physical name holds it, and two stacks would fight over one set of objects; give one of the two another",
  },
  {
    path: ["spec", "infrastructure", "privateCodeHost", "aws", "accountID"],
    pattern: /^[^#\n]*\baccountID["']?\s*:\s*["']?(\d{12})/m,
    what: "an aws account",
    why: "an account serves one customer alone; correct the one that was copied",
  },
];

/** A value that several files have, with the files in order. */
export interface Duplicate {
  readonly path: readonly string[];
  readonly value: string;
  readonly files: readonly string[];
  /** One for each file, at the value. */
  readonly issues: readonly Issue[];
}

/**
 * Values that only one customer of a fleet may have and that several files do: `name` and the AWS `accountID`. Costs
 * microseconds a file; only files that seem to share a value are read as YAML.
 */
export function findDuplicates(files: Iterable<FileText>): readonly Duplicate[] {
  const shared = KEYS.map((key) => ({ key, files: new Map<string, FileText[]>() }));
  for (const one of files) {
    for (const { key, files: found } of shared) {
      const value = key.pattern.exec(one.text)?.[1];
      if (value !== undefined) found.set(value, [...(found.get(value) ?? []), one]);
    }
  }
  return shared.flatMap(({ key, files: found }) =>
    [...found]
      .filter(([, candidates]) => candidates.length > 1)
      .flatMap(([value, some]) => confirmed(key, value, some)),
  );
}

/** Candidates that have the value where it counts. */
function confirmed(key: Key, value: string, candidates: readonly FileText[]): readonly Duplicate[] {
  const sources = candidates.flatMap(({ file, text }) => {
    try {
      const source = parseSource(text, file);
      return valueAt(source.value, key.path) === value ? [{ file, source }] : [];
    } catch {
      return []; // a file that cannot be read says so for itself
    }
  });
  if (sources.length < 2) return [];
  const files = sources.map(({ file }) => file);
  const issues = sources.map(({ file, source }): Issue => {
    const others = files.filter((other) => other !== file);
    const message = `expected ${key.what} of its own, got ${value}, which ${others.join(" and ")} ${others.length > 1 ? "have" : "has"} too; ${key.why}`;
    return { file, position: source.position({ path: key.path, message }), path: key.path.join("."), message };
  });
  return [{ path: key.path, value, files, issues }];
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step], value);
