import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../plan/errors.ts";
import { parseCustomer } from "../../stacks/load.ts";
import type { LoadOptions } from "../../stacks/load.ts";

/** Texts that table tests edit, and what comes out of the edited ones. */

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

/** The full example: every block of a customer file. */
export const ACME = read("../../stacks/customers/acme.yaml");

/** A file of `tests/fixtures/customers`. */
export const fixture = (name: string): string => read(`../fixtures/customers/${name}.yaml`);

/** A day on which everything in the full example is in date. */
export const TODAY = "2026-11-21";

/** A piece of the text and what stands there instead. */
export type Edit = readonly [from: string | RegExp, to: string];

/** The text after the edits. @throws Error when one of them changes nothing: the test would show nothing. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, [from, to]) => {
    const after = before.replace(from, () => to);
    if (after === before) throw new Error(`this edit changes nothing: ${String(from)}`);
    return after;
  }, text);
}

/** Every problem of a text, one line each, with `~` for `spec.infrastructure`; none where it loads. */
export function problems(text: string, options: LoadOptions = {}): readonly string[] {
  try {
    parseCustomer(text, "acme.yaml", { today: TODAY, ...options });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .map((line) => line.replace("acme.yaml:", "").replace("spec.infrastructure.", "~."));
  }
}

/** Every note of a text that loads, in the same form. */
export function notes(text: string, options: LoadOptions = {}): readonly string[] {
  return parseCustomer(text, "acme.yaml", { today: TODAY, ...options }).notes.map(({ position, path, message }) => {
    const place = `${position?.line}:${position?.column}`;
    return `${place}: ${path.replace("spec.infrastructure.", "~.")}: ${message}`;
  });
}
