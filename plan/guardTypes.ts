/** A path of a customer file whose change on a live stack is refused, or needs written leave. */
export interface Guard {
  /** The path, a key written as `<key>`. */
  readonly path: string;
  /** `fixed` is never allowed; `change` and `removal` are, with a permit. */
  readonly kind: "fixed" | "change" | "removal";
  /** What the change does, as the rest of "…, which ". */
  readonly cost: string;
  /** What to do instead, where there is something better than to keep the value. */
  readonly advice?: string;
  /** Fields of the same block that bring this one along: where one of them changes too, its guard speaks for both. */
  readonly follows?: readonly string[];
}

/** Guarded values of one topic by path; undefined where there is none. */
export type Present = Record<string, string | number | boolean | undefined>;

/**
 * What is recorded of an optional value that a block does not have, where giving it one costs what another one does. It is
 * written down because a record without the path tells nothing: an older program may have left it out, and the block may
 * not have been there.
 */
export const NONE = "none";
