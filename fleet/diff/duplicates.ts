import { findDuplicates, type FileText } from "../duplicates.ts";
import type { Issue } from "../../plan/errors.ts";
import type { Classified } from "./classes.ts";
import type { Ref, Repository } from "./git.ts";
import { CUSTOMERS, isCustomerFile } from "./program.ts";
import type { Pairing } from "./pairing.ts";
import type { FileProblem } from "./types.ts";

interface Compared {
  readonly repository: Repository;
  readonly base: Ref;
  readonly head: Ref;
  readonly pairs: readonly Pairing[];
}

/** Files read at once. */
const AT_ONCE = 1000;

/**
 * Refuses customers whose file came to share its name or AWS account with another file. What base had already is not
 * this change's.
 */
export async function addDuplicates(
  { repository, base, head, pairs }: Compared,
  classified: readonly Classified[],
): Promise<readonly Classified[]> {
  const touched = new Set(pairs.flatMap((pair) => pair.head?.file ?? []));
  if (touched.size === 0) return classified;
  const found = findDuplicates(await texts(repository, head));
  if (found.length === 0) return classified;
  const concerned = [...new Set(found.flatMap(({ files }) => files))];
  const earlier = new Set(
    findDuplicates(textsOf(await repository.contents(base, concerned))).flatMap(({ path, value, files }) =>
      files.map((file) => [...path, value, file].join(" ")),
    ),
  );
  const issues = found.flatMap(({ path, value, issues: all }) =>
    all.filter(({ file }) => touched.has(file) && !earlier.has([...path, value, file].join(" "))),
  );
  const byFile = Map.groupBy(issues, ({ file }) => file);
  return classified.map((one) => {
    const own = byFile.get(one.diff.file);
    return own === undefined ? one : refused(one, own);
  });
}

function refused({ diff }: Classified, issues: readonly Issue[]): Classified {
  const problems = issues.map(({ file, position, path, message }): FileProblem => {
    return { file, line: position?.line ?? 1, column: position?.column ?? 1, path, message };
  });
  return {
    diff: { ...diff, kind: "invalid", resources: [], outages: [], problems: [...diff.problems, ...problems] },
    id: "",
  };
}

const textsOf = (contents: ReadonlyMap<string, Uint8Array>): readonly FileText[] =>
  [...contents].map(([file, content]) => ({ file, text: new TextDecoder().decode(content) }));

async function texts(repository: Repository, ref: Ref): Promise<readonly FileText[]> {
  const files = (await repository.files(ref, CUSTOMERS)).filter(isCustomerFile);
  const found: FileText[] = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    found.push(...textsOf(await repository.contents(ref, files.slice(start, start + AT_ONCE))));
  }
  return found;
}
