/**
 * Whatever a file holds, the loader answers with a customer or with problems a person can act on, never with a crash.
 * Random edits do not show that each answer is the best one; the tables beside this file do.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { ConfigError } from "../../plan/errors.ts";
import { guardedValues } from "../../plan/guards.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { ACME, TODAY } from "./support.ts";

const LIVE = {
  version: 1,
  values: guardedValues(parseCustomer(ACME, "f", { today: TODAY }).customer),
  endpointStates: {},
} as const;

/** `expected …, got …; what to do` and its few relatives, on one line, without a full stop. */
const WELL_SAID = /^(expected .*, got .*|unknown key, got .*|not possible yet, got .*);? ?.*[^.\s]$/s;

function answer(text: string): void {
  try {
    parseCustomer(text, "f", { today: TODAY, deployed: LIVE });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { issues } = error as ConfigError;
    expect(issues.length).toBeGreaterThan(0);
    for (const { message, path, position } of issues) {
      expect(message).toMatch(WELL_SAID);
      expect(message).not.toMatch(/\n|undefined|\[object|NaN|PRIVATE KEY/);
      if (path !== "") expect(position?.line).toBeGreaterThan(0);
    }
    const places = issues.map(({ position }) => (position?.line ?? 0) * 10_000 + (position?.column ?? 0));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
}

/** Values that other people's files have where something else belongs. */
const VALUES: readonly unknown[] = [null, true, 1e21, "", "10.0.0.0/8", "<ID>", [null], { "a.b": null }];

/** Paths of every value of the full example. */
function paths(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...steps.flatMap((step) => paths((value as Record<string | number, unknown>)[step], [...path, step]))];
}

const DOCUMENT = parseDocument(ACME);
const PATHS = paths(DOCUMENT.toJS()).slice(1);

test("any value in any place is answered", () => {
  expect(PATHS.length).toBe(93);
  for (const path of PATHS) {
    for (const value of VALUES) {
      const document = DOCUMENT.clone();
      document.setIn(path, value);
      answer(document.toString());
    }
  }
});

test("any key that is missing is answered", () => {
  for (const path of PATHS) {
    const document = DOCUMENT.clone();
    document.deleteIn(path);
    answer(document.toString());
  }
});

test("any text is answered", () => {
  const cut = fc.tuple(fc.nat(ACME.length), fc.nat(40), fc.string({ unit: "grapheme", maxLength: 12 }));
  const spliced = fc
    .array(cut, { minLength: 1, maxLength: 4 })
    .map((cuts) =>
      cuts.reduce((text, [at, length, inserted]) => text.slice(0, at) + inserted + text.slice(at + length), ACME),
    );
  fc.assert(fc.property(spliced, answer), { numRuns: 30, seed: 20261120 });
  fc.assert(fc.property(fc.string({ unit: "binary" }), answer), { numRuns: 30, seed: 20261120 });
});
