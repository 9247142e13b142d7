/** Why mutations that nobody notices do no harm. Each reason covers a place and, where it must, one kind of change. */
import type { Mutation } from "./mutations.ts";

export interface Harmless {
  /** End of the type token, e.g. `:Vpc`; every type when left out. */
  readonly type?: string;
  /** Where, as a pattern of the whole place, e.g. `tags(\..*)?`. */
  readonly at: string;
  /** What was done, as a pattern; everything when left out. */
  readonly change?: string;
  readonly reason: string;
}

export const HARMLESS: readonly Harmless[] = [];

/** The first reason that covers a mutation. */
export function reasonFor({ type, at, change }: Pick<Mutation, "type" | "at" | "change">): Harmless | undefined {
  return HARMLESS.find(
    (one) =>
      (one.type === undefined || type.endsWith(one.type)) &&
      new RegExp(`^(?:${one.at})$`).test(at) &&
      (one.change === undefined || new RegExp(`^(?:${one.change})$`).test(change)),
  );
}
