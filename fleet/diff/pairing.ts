/** Which file at head is which customer of base. */
import type { FileAt } from "./worker.ts";

/** A customer's file at both refs, or at one. */
export interface Pairing {
  readonly base?: FileAt;
  readonly head?: FileAt;
}

type Contents = ReadonlyMap<string, Uint8Array>;

/** `name` of a file's text as far as it can be told without reading it as YAML. */
export const nameIn = (content: Uint8Array): string | undefined =>
  /^["']?name["']?\s*:\s*["']?([^\s"'#]+)/m.exec(new TextDecoder().decode(content))?.[1];

/**
 * Pairs by path; a file that went and one that came with the same `name` are the same customer in another file.
 * @returns in the order of paths
 */
export function pairFiles(base: Contents, head: Contents): readonly Pairing[] {
  const at = (file: string, content: Uint8Array): FileAt => ({ file, content: new Uint8Array(content) });
  const gone = new Map<string, FileAt>();
  for (const [file, content] of base) {
    if (!head.has(file)) gone.set(nameIn(content) ?? file, at(file, content));
  }
  const pairs = [...head].map(([file, content]): Pairing => {
    const before = base.get(file);
    if (before !== undefined) return { base: at(file, before), head: at(file, content) };
    const name = nameIn(content) ?? file;
    const moved = gone.get(name);
    gone.delete(name);
    return { ...(moved === undefined ? {} : { base: moved }), head: at(file, content) };
  });
  const key = ({ base: before, head: after }: Pairing): string => (after ?? before)!.file;
  return [...pairs, ...[...gone.values()].map((one): Pairing => ({ base: one }))].sort((a, b) =>
    key(a) < key(b) ? -1 : 1,
  );
}
