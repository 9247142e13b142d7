/**
 * Retention: the very text that is deployed, run in process against versions of our own. That the SDK in Lambda's runtime
 * answers so is for a real account to show.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { RetentionRule } from "../../plan/codeArtifact/customer.ts";
import { retentionPolicy } from "../../plan/codeArtifact/retentionPolicy.ts";
import { RETENTION_SCRIPT } from "../../plan/codeArtifact/retentionScript.ts";

interface Version {
  readonly version: string;
  readonly status: string;
  readonly publishedTime: number;
}

type Call = (operation: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>;

interface Script {
  decide(rule: Partial<RetentionRule>, versions: readonly Version[], now: number): readonly string[];
  inHundreds(versions: readonly string[]): readonly (readonly string[])[];
  run(settings: unknown, call: Call, now: number, log: (line: unknown) => void): Promise<void>;
}

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.parse("2026-11-21T00:00:00Z");
const DOMAIN = { domain: "acme-prod", accountID: "444455556666", region: "us-east-1" };

let script: Script;
beforeAll(async () => {
  script = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(RETENTION_SCRIPT)}`)) as Script;
});

const published = (version: string, daysAgo: number, status = "Published"): Version => ({
  version,
  status,
  publishedTime: NOW - daysAgo * DAY,
});

const RULE = { keepLatest: 2, maxAgeDays: 30, action: "archive" } as const;

describe("deciding", () => {
  it("keeps the newest whatever their age, and of the rest those that are young [CA-54]", () => {
    const versions = [published("1", 400), published("4", 90), published("2", 300), published("3", 100)];
    expect(script.decide(RULE, versions, NOW)).toEqual(["2", "1"]);
    expect(script.decide({ ...RULE, maxAgeDays: 350 }, versions, NOW)).toEqual(["1"]);
    expect(script.decide({ ...RULE, keepLatest: 4 }, versions, NOW)).toEqual([]);
  });

  it("keeps a version on the very day it becomes old", () => {
    const rule = { ...RULE, keepLatest: 1 };
    expect(script.decide(rule, [published("2", 1), published("1", 30)], NOW)).toEqual([]);
    expect(script.decide(rule, [published("2", 1), published("1", 30.001)], NOW)).toEqual(["1"]);
  });

  it.each([
    ["archive", ["Published"]],
    ["dispose", ["Archived", "Published"]],
    ["delete", ["Archived", "Disposed", "Published"]],
  ] as const)("leaves out what is past %s already [CA-54]", (action, expected) => {
    const versions = ["Published", "Archived", "Disposed"].map((status) => published(status, 100, status));
    expect(script.decide({ keepLatest: 0, maxAgeDays: 30, action }, versions, NOW).toSorted()).toEqual(expected);
  });

  it("hands versions on a hundred at a time", () => {
    const sizes = script.inHundreds(Array.from({ length: 201 }, String)).map(({ length }) => length);
    expect(sizes).toEqual([100, 100, 1]);
  });
});

/** A repository of two pages of packages, each with three versions. */
function repository(): { readonly call: Call; readonly calls: string[] } {
  const calls: string[] = [];
  const call: Call = (operation, input) => {
    calls.push(`${operation} ${String(input["namespace"] ?? "-")}/${String(input["package"] ?? "")}`);
    switch (operation) {
      case "ListPackages":
        return Promise.resolve(
          input["nextToken"] === undefined
            ? { packages: [{ namespace: "acme", package: "one" }], nextToken: "more" }
            : { packages: [{ namespace: "other", package: "two" }, { package: "acme-three" }] },
        );
      case "ListPackageVersions":
        return Promise.resolve({ versions: ["1", "2", "3"].map((version) => ({ version, status: "Published" })) });
      case "DescribePackageVersion":
        return Promise.resolve({
          packageVersion: { publishedTime: new Date(NOW - (10 - Number(input["packageVersion"])) * 100 * DAY) },
        });
      default:
        return Promise.resolve({});
    }
  };
  return { call, calls };
}

const settings = (dryRun: boolean, action: string): unknown => ({
  domain: "acme-prod",
  domainOwner: "444455556666",
  dryRun,
  rules: [{ ...RULE, action, repository: "internal", format: "npm", namespacePrefix: "acme" }],
});

describe("a run", () => {
  it("says what it would do when dry, and does nothing [CA-54]", async () => {
    const { call, calls } = repository();
    const lines: unknown[] = [];
    await script.run(settings(true, "dispose"), call, NOW, (line) => lines.push(line));
    expect(calls.filter((name) => !/^(List|Describe)/.test(name))).toEqual([]);
    expect(lines).toEqual(
      [{ namespace: "acme", package: "one" }, { package: "acme-three" }].map((one) => ({
        dryRun: true,
        action: "dispose",
        repository: "internal",
        format: "npm",
        namespace: undefined,
        ...one,
        versions: ["1"],
      })),
    );
  });

  it.each([
    ["archive", "UpdatePackageVersionsStatus"],
    ["dispose", "DisposePackageVersions"],
    ["delete", "DeletePackageVersions"],
  ])("calls CodeArtifact to %s what is old in its namespace [CA-54]", async (action, operation) => {
    const { call, calls } = repository();
    await script.run(settings(false, action), call, NOW, () => undefined);
    expect(calls.filter((name) => !/^(List|Describe)/.test(name))).toEqual([
      `${operation} acme/one`,
      `${operation} -/acme-three`,
    ]);
  });
});

describe("the function's role", () => {
  const rule = { ...RULE, repository: "internal", format: "npm" } as const;
  const actions = (dryRun: boolean): string => {
    const rules = [{ ...rule, action: "delete" }] as const;
    return retentionPolicy(
      DOMAIN,
      { dryRun, schedule: "rate(1 day)", rules },
      "arn:aws:logs:us-east-1:444455556666:log-group:x",
    );
  };

  it("may only read while dry, and then what its rules do [CA-54]", () => {
    expect(actions(true)).not.toMatch(/Delete|Dispose|Update/);
    expect(actions(false)).toContain(
      '"Action":"codeartifact:DeletePackageVersions","Resource":"arn:aws:codeartifact:us-east-1:444455556666:package/acme-prod/internal/*"',
    );
    expect(actions(false)).not.toMatch(/Dispose|UpdatePackage/);
  });
});
