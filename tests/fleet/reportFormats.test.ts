/**
 * A report as annotations, as SARIF and as data. That GitHub takes them is not shown: the shapes follow its documents.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { annotation, annotations } from "../../fleet/report/annotations.ts";
import { parseReport, withViolations } from "../../fleet/report/read.ts";
import { toSarif } from "../../fleet/report/sarif.ts";
import { hostileReport } from "./reportHostile.ts";
import { customer, everyoneDifferent, reportOf, violation } from "./reportSynthetic.ts";

describe("annotations", () => {
  test("have the place, the path and the message in GitHub's form", () => {
    expect(
      annotation({ file: "stacks/customers/a.yaml", line: 7, column: 9, path: "spec.x", message: "50% of a, b: c" }),
    ).toBe("::error file=stacks/customers/a.yaml,line=7,col=9,title=spec.x::50%25 of a, b: c");
    expect(annotation({ file: "a,b:c.yaml", line: 1, column: 1, path: "", message: "m" })).toBe(
      "::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=customer file::m",
    );
  });

  test("are one line each, whatever their text is", () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const lines = annotations(report);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^::error file=[^:,\r\n]*,line=1,col=2,title=[^:,\r\n]*::[^\r\n]*$/);
      }),
    );
  });
});

describe("SARIF", () => {
  const report = reportOf({
    customers: [
      customer({ stack: "acme" }),
      customer({
        stack: "odd",
        file: "../stacks/customers/ö d%.yaml",
        kind: "invalid",
        problems: [
          { file: "../stacks/customers/ö d%.yaml", line: 7, column: 9, path: "spec.x", message: "got [a](b) {0}" },
        ],
      }),
    ],
    violations: [violation({ resource: "r" }), violation({ stack: "gone", policy: "labels", level: "advisory" })],
  });

  test("has a finding at the line of each problem and at the file of each broken policy", () => {
    const [{ results = [] } = {}] = toSarif(report).runs;
    const place = (n: number) => results[n]?.locations?.[0]?.physicalLocation;
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["customer-file/invalid", "error"],
      ["policy/no-public-gateway", "error"],
      ["policy/labels", "warning"],
    ]);
    expect(place(0)).toEqual({
      artifactLocation: { uri: "stacks/customers/%C3%B6%20d%25.yaml" },
      region: { startLine: 7, startColumn: 9 },
    });
    expect(place(1)?.artifactLocation?.uri).toBe("stacks/customers/acme.yaml");
    expect(place(2)).toEqual({ artifactLocation: { uri: "stacks/customers/gone.yaml" }, region: { startLine: 1 } });
    expect(results[0]?.message.text).toBe("spec.x: got \\[a\\](b) {{0}}");
    expect(results[1]?.message.text).toBe("acme, r: a private network has no way out");
  });

  test("has the keys that SARIF 2.1.0 requires, and a rule for every finding", () => {
    const log = toSarif(report);
    expect(Object.keys(log).sort()).toEqual(["$schema", "runs", "version"]);
    expect(log.version).toBe("2.1.0");
    const [run] = log.runs;
    expect(run?.tool.driver.name).toBe("causeway");
    const rules = run?.tool.driver.rules?.map(({ id }) => id);
    expect(rules).toEqual(["customer-file/invalid", "policy/labels", "policy/no-public-gateway"]);
    expect(run?.results?.every(({ ruleId, message }) => rules?.includes(ruleId ?? "") && message.text !== "")).toBe(
      true,
    );
  });

  test("never points out of the repository", () => {
    fc.assert(
      fc.property(hostileReport, (any) => {
        for (const { locations } of toSarif(any).runs[0]?.results ?? []) {
          expect(locations?.[0]?.physicalLocation?.artifactLocation?.uri).toMatch(
            /^(?!.*(^|\/)\.\.(\/|$))[^/:\s][^:\s]*$|^$/,
          );
        }
      }),
    );
  });
});

describe("a report that is read", () => {
  test("is the one that was written", () => {
    const report = everyoneDifferent(40);
    expect(parseReport(JSON.stringify(report))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  test("has what the policies found added to it", () => {
    const report = reportOf({ violations: [violation()] });
    const { stack: _, ...found } = violation({ resource: "r" });
    const asked = JSON.stringify({
      customers: [
        { stack: "beta", file: "b.yaml", violations: [found] },
        { stack: "c", violations: [] },
      ],
    });
    expect(withViolations(report, asked).violations).toEqual([
      violation(),
      violation({ stack: "beta", resource: "r" }),
    ]);
    expect(withViolations(report, JSON.stringify({ problems: [{}] }))).toEqual(report);
    expect(() => withViolations(report, "[]")).toThrow("expected what causeway policy --json prints");
  });

  test.each([
    ["", "expected JSON, got something else"],
    ["{}", "expected a report of causeway diff --json, version 1"],
    [JSON.stringify({ ...reportOf(), version: 2 }), "version 1; version"],
    [JSON.stringify({ ...reportOf(), classes: [{ id: {} }] }), "classes.0.id"],
  ])("fails on %.30s", (json, words) => {
    expect(() => parseReport(json)).toThrow(words);
  });
});
