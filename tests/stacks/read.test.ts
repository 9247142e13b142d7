/**
 * Files that are no customer file: hostile, broken or simply another file. Each is one clear line with a position where
 * there is one. What an editor or a file system might do beyond that cannot be shown here.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "../../plan/errors.ts";
import { loadCustomer, parseCustomer } from "../../stacks/load.ts";
import { ACME, TODAY, edited, fixture, notes, problems } from "./support.ts";

const SMALL = fixture("public-load-balancer");

/** What a refusal says of bytes, or of a file. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "loaded";
}

const ofBytes = (bytes: Uint8Array | string): string => refusal(() => parseCustomer(bytes, "f.yaml", { today: TODAY }));

describe("text that is no customer file", () => {
  const EMPTY = "f.yaml: expected a customer file, got an empty one; copy the file of another customer";
  const DEEP = "expected blocks nested at most 200 deep, got more; this is no customer file";
  test.each([
    ["an empty file", "", EMPTY],
    ["comments alone", "# nothing yet\n", EMPTY],
    ["a document without content", "---\n...\n", EMPTY],
    [
      "a list",
      "- name: acme\n",
      "f.yaml:1:1: expected a block with name and spec, got a list; copy the file of another customer",
    ],
    [
      "a single value",
      "acme\n",
      "f.yaml:1:1: expected a block with name and spec, got a single value; copy the file of another customer",
    ],
    [
      "two documents",
      "name: acme\n---\nname: b\n",
      "f.yaml:2:1: expected one document, got several; keep one customer per file",
    ],
    [
      "a directive",
      "%YAML 1.1\n---\nname: acme\n",
      "f.yaml:1:1: expected yaml 1.2 without directives, got %; remove the line",
    ],
    ["20,000 nested lists", "name: " + "[".repeat(20_000), `f.yaml:1:206: ${DEEP}`],
    ["20,000 nested blocks", "name: " + "{a: ".repeat(20_000), `f.yaml:1:800: ${DEEP}`],
    ["20,000 nested dashes", "name:\n  " + "- ".repeat(20_000), `f.yaml:2:400: ${DEEP}`],
    [
      "a quote that does not end",
      'name: "acme\n',
      'f.yaml:2:1: expected yaml, got text that does not parse: missing closing "quote; correct this line or the one above',
    ],
    [
      "a bracket that does not end",
      "name: {a: 1\nspec: 2\n",
      "f.yaml:2:1: expected yaml, got text that does not parse: flow map in block collection must be sufficiently indented and end with a }; correct this line or the one above",
    ],
    [
      "a tab as indentation",
      "name: acme\nspec:\n\tinfrastructure: {}\n",
      "f.yaml:3:1: expected spaces as indentation, got a tab; set the editor to indent with spaces",
    ],
    [
      "a tab in a list",
      "labels: [a,\n\tb]\n",
      "f.yaml:2:2: expected spaces as indentation, got a tab; set the editor to indent with spaces",
    ],
    ["a binary file", "name: acme\0\n", "f.yaml:1:11: expected yaml text, got a binary file; name the customer file"],
  ])("fails on %s", (_title, text, message) => {
    expect(ofBytes(text)).toBe(message);
  });

  test("fails on bytes that are not utf-8", () => {
    expect(ofBytes(Buffer.from([0x6e, 0xff, 0xfe]))).toBe(
      "f.yaml: expected utf-8 text, got bytes that are none; save the file as utf-8",
    );
  });

  test("fails on more than a mebibyte, and takes a file of exactly one", () => {
    const padded = (size: number): string => SMALL + "#".repeat(size - SMALL.length);
    expect(ofBytes(padded(1024 * 1024 + 1))).toBe(
      "f.yaml: expected at most 1 MiB, got more; a customer file is a few kilobytes, this is another file",
    );
    expect(ofBytes(padded(1024 * 1024))).toBe("loaded");
  });
});

describe("yaml that hides what a value is", () => {
  test.each([
    [
      "an anchor",
      ["name: acme ", "name: &a acme "],
      ["2:10: name: expected plain values, got an anchor; write the value out where it is needed"],
    ],
    [
      "an alias",
      ["displayName: Acme Corporation", "displayName: *a"],
      ["3:14: displayName: expected plain values, got an alias; write the value out"],
    ],
    [
      "a tag",
      ["name: acme ", "name: !!str acme "],
      ["2:13: name: expected plain values, got a tag; remove it, the schema knows the type"],
    ],
    [
      "a merge key",
      ["  infrastructure:\n", "  infrastructure:\n    <<: { gcp: 1 }\n"],
      ['7:5: spec.infrastructure["<<"]: expected plain values, got a merge key; write the values out'],
    ],
    [
      "a key given twice",
      ["labels:", "name: b\nlabels:"],
      ["4:1: name: expected each key once, got name again; keep one of the two"],
    ],
    [
      "a block given twice",
      ["    health:", "    gcp: {}\n    health:"],
      ["69:5: ~.gcp: expected each key once, got gcp again; keep one of the two"],
    ],
    [
      "a key that is a list",
      ["labels:", "? [a]\n: 1\nlabels:"],
      ["4:3: expected plain values, got a collection as a key; write a plain key"],
    ],
    [
      "a key of the language's own",
      ["labels:", "__proto__: { a: 1 }\nlabels:"],
      ["4:1: __proto__: unknown key, got __proto__; remove it"],
    ],
  ] as const)("fails on %s", (_title, edit, expected) => {
    expect(problems(edited(ACME, [edit]))).toEqual(expected);
  });

  test("fails on a hidden value and on mistakes elsewhere in one run", () => {
    const text = edited(ACME, [
      ["name: acme ", "name: &a acme "],
      ["keepaliveInterval: 20", "keepaliveInterval: 10"],
    ]);
    expect(problems(text).length).toBe(2);
  });
});

describe("a file that is as good as another one", () => {
  test("a byte order mark and windows line ends change nothing, positions included", () => {
    const plain = parseCustomer(ACME, "f", { today: TODAY });
    expect(parseCustomer("\uFEFF" + ACME.replaceAll("\n", "\r\n"), "f", { today: TODAY })).toEqual(plain);
    const broken = edited(ACME, [["name: acme ", "name: Acme "]]);
    expect(problems("\uFEFF" + broken.replaceAll("\n", "\r\n"))).toEqual(problems(broken));
  });

  test("account ids and image tags keep their zeros without quotes", () => {
    const text = edited(ACME, [
      ['"111122223333"', "011122223333"],
      ["proxyTag: 202311201628", "proxyTag: 002311201628"],
    ]);
    const { customer } = parseCustomer(text, "f", { today: TODAY });
    expect([customer.aws[0]?.accountID, customer.executorPrivateDNS?.proxyTag]).toEqual([
      "011122223333",
      "002311201628",
    ]);
  });

  test("words that older yaml took for booleans are text", () => {
    const { customer } = parseCustomer(edited(ACME, [["tier: gold", "tier: no"]]), "f", { today: TODAY });
    expect(customer.labels).toEqual({ tier: "no", wave: "canary" });
  });

  test("a key called constructor is a key like any other", () => {
    expect(notes(edited(ACME, [["tier: gold", "constructor: gold"]])).length).toBe(2);
  });
});

describe("a path that leads to no customer file", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "causeway-"))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const ofFile = (name: string): string => refusal(() => loadCustomer(name, { root: folder, today: TODAY }));

  test("fails on a file that is not there, by the name the person gave", () => {
    expect(ofFile("b.yaml")).toBe(
      "b.yaml: expected a customer file, got nothing there; check the path, or copy the file of another customer",
    );
  });

  test("fails on a directory", () => {
    expect(ofFile(".")).toBe(".: expected a customer file, got a directory; name a file in it");
  });

  test("fails on a file that may not be read", () => {
    writeFileSync(join(folder, "secret.yaml"), SMALL);
    chmodSync(join(folder, "secret.yaml"), 0o000);
    const root = process.geteuid?.() === 0;
    // The superuser may read everything, so for this one question it is somebody else.
    if (root) process.seteuid?.(65_534);
    try {
      expect(ofFile("secret.yaml")).toBe(
        "secret.yaml: expected a readable file, got permission denied; give yourself leave to read it",
      );
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test("fails on ten megabytes before any of it is parsed", () => {
    writeFileSync(join(folder, "large.yaml"), "[".repeat(10_000_000));
    const start = performance.now();
    expect(ofFile("large.yaml")).toContain("expected at most 1 MiB");
    expect(performance.now() - start).toBeLessThan(100);
  });
});
