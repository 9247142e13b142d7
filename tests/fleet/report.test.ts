/**
 * The comment of a pull request, from made-up reports. What GitHub itself makes of the Markdown cannot be seen here: that
 * text in a code span is inert is taken from its documentation.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { share } from "../../fleet/report/fit.ts";
import { MARKER, renderComment } from "../../fleet/report/markdown.ts";
import { duration, htmlCode, prose, visible } from "../../fleet/report/text.ts";
import { hostile, hostileReport, outsideCode, OWN_LINES } from "./reportHostile.ts";
import { customer, diffClass, everyoneDifferent, outage, reportOf, resource, violation } from "./reportSynthetic.ts";

describe("other people's text", () => {
  test("is inert wherever it stands in the comment", () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const comment = renderComment(report);
        const plain = outsideCode(comment);
        const strange = plain.split("\n").filter((line) => !OWN_LINES.some((form) => form.test(line)));
        expect(strange).toEqual([]);
        expect(comment.startsWith(`${MARKER}\n`)).toBe(true);
        expect(plain.match(/<details>/g)?.length).toBe(plain.match(/<\/details>/g)?.length);
        expect(comment.length).toBeLessThanOrEqual(64_000);
      }),
      { numRuns: 300 },
    );
  });

  test("is shown on one line, without backticks and without what cannot be seen", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = visible(text);
        expect(shown).toMatch(/^[^`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u);
        expect(shown.length).toBeLessThanOrEqual(160);
        expect(shown.trim()).toBe(shown);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["a`b", "a\\u{60}b"],
    ["a\r\nb\tc", "a\\r\\nb\\tc"],
    ["\u202Eevil", "\\u{202e}evil"],
    ["a\u200Bb", "a\\u{200b}b"],
    ["", "(empty)"],
    ["zürich 東京 🚀", "zürich 東京 🚀"],
  ])("%j is shown as %j", (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test("longer than its place loses its middle, and no half of a character", () => {
    expect(visible("abcdefghij", 5)).toBe("ab…ij");
    expect(visible("🚀".repeat(10), 6)).toBe("🚀…🚀");
  });

  test("in HTML has entities for what HTML reads", () => {
    expect(htmlCode(`</code><b a="1" c='&'>`)).toBe(
      "<code>&lt;/code&gt;&lt;b a=&quot;1&quot; c=&#39;&amp;&#39;&gt;</code>",
    );
  });

  test("in a sentence leaves words as they are and puts the rest in code", () => {
    expect(prose("expected one region (not two), got @team #1; ask www.evil.example again")).toBe(
      "expected one region (not two), got `@team #1;` ask `www.evil.example` again",
    );
    expect(prose("the customer's endpoint vpce-svc-0a1b is gone")).toBe(
      "the customer's endpoint `vpce-svc-0a1b` is gone",
    );
    expect(prose("GH-1 [a](b) __x__ :smile: 1. two")).toBe("`GH-1 [a](b) __x__ :smile:` 1. two");
  });
});

describe("the comment", () => {
  const example = reportOf(
    {
      classes: [
        diffClass({
          id: "aa11",
          customers: ["acme", "beta"],
          outages: [outage({ what: "endpoint vpce-svc-1", kind: "endpoint", seconds: null, redundant: false })],
          resources: [
            resource({ kind: "delete", type: "aws:ec2/vpcEndpoint:VpcEndpoint", name: "acme-1", protected: true }),
            resource({
              kind: "replace",
              name: "acme-b",
              replaceKeys: ["type"],
              changes: [
                { path: "type", before: "ipsec.1", after: { a: 1 }, replaces: true },
                { path: "tags.x", after: "y", replaces: false },
              ],
            }),
          ],
        }),
        diffClass({ id: "bb22", customers: ["gamma"], example: "gamma", outages: [outage()] }),
      ],
      customers: [
        customer(),
        customer({ stack: "beta" }),
        customer({ stack: "gamma" }),
        customer({ stack: "delta", kind: "removed" }),
        customer({
          stack: "omega",
          kind: "invalid",
          problems: [
            {
              file: "stacks/customers/omega.yaml",
              line: 7,
              column: 9,
              path: "spec.x",
              message: "expected a region, got 7",
            },
          ],
        }),
      ],
      violations: [
        violation(),
        violation({ stack: "beta" }),
        violation({ policy: "labels", level: "advisory", resource: "r" }),
      ],
    },
    995,
  );

  test("says the worst first, then classes, then each class folded", () => {
    expect(renderComment(example)).toBe(`<!-- causeway:report -->
## Causeway: 5 customers of 1000 affected

\`main\` to \`feature\`: 3 changed, 1 removed, 1 invalid, 995 unchanged; 2 deletions, 2 replacements, 1 update.

A removed file deletes nothing: 1 stack must be destroyed by hand.

Everything is in the full report.

### Outages and deletions

- **outage** of \`endpoint vpce-svc-1\`, no end by itself, **nothing else carries the traffic**: 2 customers such as \`acme\`: its key changes, so the session is set up again
- **deletion**: 2 customers such as \`acme\`: \`VpcEndpoint\` \`acme-1\`; 1 of them protected, which the engine refuses to delete
- **outage** of \`tunnel t2\`, 1 to 5 min, another path carries the traffic: \`gamma\`: its key changes, so the session is set up again

### Files that are refused

- \`stacks/customers/omega.yaml:7:9\` \`spec.x\`: expected a region, got 7

### Policy

- **mandatory** \`no-public-gateway\`: 2 customers such as \`acme\`: a private network has no way out
- **advisory** \`labels\`: \`acme\` \`r\`: a private network has no way out

### Classes of equal changes

- \`aa11\`: **2 customers**, 1 deletion, 1 replacement each: \`acme\`, \`beta\`
- \`bb22\`: **1 customer**, 1 update each: \`gamma\`

<details><summary><code>aa11</code>: 2 customers as <code>acme</code>: 1 deletion, 1 replacement</summary>

- delete \`VpcEndpoint\` \`acme-1\`; protected, the engine refuses this
  - \`tunnel1PresharedKey\`: \`"[secret]"\` to \`"[secret]"\`
- replace \`VpnConnection\` \`acme-b\` because of \`type\`
  - \`type\`: \`"ipsec.1"\` to \`{"a":1}\`, which replaces it
  - \`tags.x\`: absent to \`"y"\`

</details>

<details><summary><code>bb22</code>: <code>gamma</code>: 1 update</summary>

- update \`VpnConnection\` \`acme-aws-111122223333-us-east-1-b\`
  - \`tunnel1PresharedKey\`: \`"[secret]"\` to \`"[secret]"\`

</details>
`);
  });

  test("of a change that touches nobody says so", () => {
    expect(renderComment(reportOf({}, 12))).toBe(
      "<!-- causeway:report -->\n## Causeway: no customer changes\n\n`main` to `feature`: 12 unchanged; no operations.\n",
    );
  });

  test("links to the full report, and fails on an address that is none", () => {
    expect(renderComment(example, { artefact: "https://github.com/acme/fleet/actions/runs/1" })).toContain(
      "Everything is in the [full report](https://github.com/acme/fleet/actions/runs/1).",
    );
    for (const artefact of ["javascript:alert(1)", "https://a/b) @team", "x"]) {
      expect(() => renderComment(example, { artefact })).toThrow(TypeError);
    }
  });

  test.each([1, 10, 100, 1000, 10_000])("of %i customers who all change differently stays below the limit", (n) => {
    const comment = renderComment(everyoneDifferent(n));
    expect(comment.length).toBeLessThanOrEqual(64_000);
    expect(
      outsideCode(comment)
        .split("\n")
        .filter((line) => !OWN_LINES.some((form) => form.test(line))),
    ).toEqual([]);
  });

  test("counts every outage, deletion, problem and class it has no room for", () => {
    const comment = renderComment(everyoneDifferent(1000));
    const lines = (form: RegExp): number => comment.split("\n").filter((line) => form.test(line)).length;
    const left = (form: RegExp): number[] => (form.exec(comment) ?? []).slice(1).map((n) => Number(n.replace(",", "")));
    const [outages = 0, deletions = 0] = left(/\*\*([\d,]+) more outages and ([\d,]+) more classes with deletions\*\*/);
    expect(lines(/^- \*\*outage\*\*/) + outages).toBe(1000);
    expect(lines(/^- \*\*deletion\*\*/) + deletions).toBe(1000);
    const [problems = 0] = left(/^- (\d+) more problems in 100 files/m);
    expect(lines(/^- `stacks\/customers\/customer-\d+\.yaml:7:3`/) + problems).toBe(100);
    const [classes = 0] = left(/\*\*([\d,]+) more classes\*\*/);
    expect(lines(/^- `[0-9a-f]{8}`: \*\*1 customer\*\*/) + classes).toBe(1000);
    expect(comment).toContain("1,000 classes without detail here: see the full report.");
  });

  test("loses the arguments of the last classes first, and only then whole classes", () => {
    const one = (index: number) =>
      diffClass({
        id: `class-${index}`,
        resources: Array.from({ length: 20 }, (_, n) => resource({ name: `r-${n}` })),
      });
    const report = reportOf({ classes: Array.from({ length: 12 }, (_, n) => one(n)), customers: [customer()] });
    const whole = renderComment(report);
    const cut = renderComment(report, { limit: whole.length - 500 });
    const short = renderComment(report, { limit: 8_000 });
    const [deep, folds] = [/tunnel1PresharedKey/g, /<details>/g];
    expect([whole.match(deep)?.length, whole.match(folds)?.length]).toEqual([240, 12]);
    expect([cut.match(deep)?.length, cut.match(folds)?.length]).toEqual([220, 12]);
    expect(cut.slice(cut.lastIndexOf("<details>"))).not.toContain("tunnel1PresharedKey");
    expect(short.match(deep)).toBeNull();
    expect(short.match(folds)!.length).toBeLessThan(12);
    expect(short).toMatch(/^\d+ classes without detail here: see the full report\.$/m);
  });

  test("keeps outages that nothing else carries above those with another path", () => {
    const comment = renderComment(everyoneDifferent(1000), { limit: 4000 });
    expect(comment.length).toBeLessThanOrEqual(4000);
    expect(comment).toContain("**nothing else carries the traffic**");
    expect(comment).not.toContain("another path carries the traffic");
  });

  test("fails on a limit that GitHub would refuse or that holds nothing", () => {
    for (const limit of [3999, 65_537, NaN]) expect(() => renderComment(example, { limit })).toThrow(RangeError);
  });
});

describe("the space of a comment", () => {
  test("goes to each as wanted where there is enough, and otherwise by weight", () => {
    expect(share([10, 20, 30], [1, 1, 1], 100)).toEqual([10, 20, 30]);
    expect(share([10, 500, 500], [1, 3, 1], 100)).toEqual([10, 67, 22]);
    expect(share([], [], 100)).toEqual([]);
  });
});

test("durations are told in the unit a reader thinks in", () => {
  expect(
    [
      [30, 30],
      [60, 300],
      [30, 90],
      [3600, 10_800],
    ].map(([a = 0, b = 0]) => duration([a, b])),
  ).toEqual(["30 s", "1 to 5 min", "30 to 90 s", "1 to 3 h"]);
});
