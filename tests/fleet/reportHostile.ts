import fc from "fast-check";
import { customer, diffClass, outage, reportOf, resource, violation } from "./reportSynthetic.ts";
import type { DiffReport } from "../../fleet/diff/types.ts";

const HOSTILE = [
  "`",
  "``` \n# heading",
  "a | b | c\n|---|---|---|",
  "<details><summary>x",
  "</details>",
  "<!-- causeway:report -->",
  "-->",
  "@acme/security",
  "#1 GH-1 acme/repo#1",
  "::set-output name=a::b",
  "##[error]x",
  "\r\n::error::x",
  "[click](https://evil.example)",
  "![x](https://evil.example/x.png)",
  "www.evil.example a@evil.example https://evil.example",
  "\u202Etxt.exe",
  "a\u200Bb\uFEFF",
  "$`\\href{x}{y}`$",
  "&#64;team &lt;b&gt;",
  "<script>alert(1)</script><img src=x onerror=y>",
  "a\u0000b\u001b[31m",
  "\uD800",
  "\u2028\u2029\u00A0\u3164",
  "Z̸̧̢̛̛͍̗̈́a",
  "",
  "   ",
  "x".repeat(100_000),
  "- [ ] task\n1. item\n> quote\n***",
  "deadbeef0123456789deadbeef0123456789dead",
];
/** Text that somebody with bad intentions, or bad luck, writes. */
export const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
);

/** A report in which every text is somebody's. */
export const hostileReport = fc
  .record({ a: hostile, b: hostile, c: hostile, d: hostile, removed: fc.boolean(), programChanged: fc.boolean() })
  .map(({ a, b, c, d, removed, programChanged }): DiffReport => {
    const change = { path: b, before: { [a]: c }, after: [d], replaces: true };
    const changes = [
      resource({ kind: "delete", type: a, name: b, protected: true }),
      resource({ kind: "replace", type: c, name: d, changes: [change], replaceKeys: [a, b] }),
    ];
    return reportOf({
      base: a,
      head: b,
      programChanged,
      classes: [
        diffClass({
          id: d,
          customers: [a, b, c],
          example: c,
          resources: changes,
          outages: [outage({ what: a, why: `${b} ${c}` })],
        }),
      ],
      customers: [
        customer({ stack: c, file: d, kind: removed ? "removed" : "changed" }),
        customer({
          stack: a,
          file: b,
          kind: "invalid",
          problems: [{ file: a, line: 1, column: 2, path: c, message: d }],
        }),
      ],
      violations: [violation({ stack: a, policy: b, message: c, resource: d })],
    });
  });

/** What GitHub reads as Markdown or HTML once code is taken out: our own words alone. */
export const outsideCode = (markdown: string): string =>
  markdown
    .replace(/<code>[^<>\n]*<\/code>/g, "CODE")
    .split("\n")
    .map((line) => line.replace(/`[^`]+`/g, "CODE"))
    .join("\n");

/** Every form a line of the comment has, outside code. */
export const OWN_LINES = [
  /^$/,
  /^<!-- causeway:report -->$/,
  /^## Causeway: [\w ,]+$/,
  /^### (Outages and deletions|Files that are refused|Policy|Classes of equal changes)$/,
  /^CODE to CODE: [\w ,;]+\.$/,
  /^\*\*The program differs\*\*, not only customer files: [\w ,]+\.$/,
  /^A removed file deletes nothing: [\w ]+\.$/,
  /^Everything is in the full report\.$/,
  /^ {0,2}- [\w ,;:.*'’()]+$/,
  /^<details><summary>CODE: [\w ,]+: [\w ,]+<\/summary>$/,
  /^<\/details>$/,
  /^[\d,]+ class(es)? without detail here: see the full report\.$/,
];
