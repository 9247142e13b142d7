import type { Log, ReportingDescriptor, Result } from "sarif";
import type { DiffReport, FileProblem, PolicyViolation } from "../diff/types.ts";
import { visible } from "./text.ts";

/** Rule id of a refused customer file. Ids are stable: GitHub tells by them whether a finding is new. */
export const INVALID_FILE = "customer-file/invalid";

/** Rule id of a policy. */
export const policyRule = (policy: string): string => `policy/${visible(policy)}`;

/** Longest message, in UTF-16 units. */
const LONGEST_MESSAGE = 1000;

/**
 * Problems of customer files and broken policies in SARIF 2.1.0, for tools that show findings at lines, such as GitHub's
 * code scanning. A broken policy has the first line of the customer's file.
 * Source: OASIS SARIF Version 2.1.0; GitHub Docs, SARIF support for code scanning.
 */
export function toSarif(report: DiffReport): Log {
  const files = new Map(report.customers.map(({ stack, file }) => [stack, file]));
  const problems = report.customers.flatMap(({ problems: found }) => found.map(problemResult));
  const violations = report.violations.map((violation) =>
    violationResult(violation, files.get(violation.stack) ?? `stacks/customers/${violation.stack}.yaml`),
  );
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "causeway", rules: rulesOf(report) } },
        columnKind: "utf16CodeUnits",
        results: [...problems, ...violations],
      },
    ],
  };
}

function rulesOf({ violations }: DiffReport): ReportingDescriptor[] {
  const policies = new Map(violations.map(({ policy, level }) => [policy, level]));
  return [
    { id: INVALID_FILE, shortDescription: { text: "The customer file is refused" } },
    ...[...policies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([policy, level]) => ({
        id: policyRule(policy),
        shortDescription: { text: `A ${level} rule of the policy pack is broken` },
      })),
  ];
}

const problemResult = ({ file, line, column, path, message }: FileProblem): Result => ({
  ruleId: INVALID_FILE,
  level: "error",
  message: plain(path === "" ? message : `${path}: ${message}`),
  locations: [
    { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line, startColumn: column } } },
  ],
});

const violationResult = ({ policy, level, message, resource, stack }: PolicyViolation, file: string): Result => ({
  ruleId: policyRule(policy),
  level: level === "mandatory" ? "error" : "warning",
  message: plain(resource === undefined ? `${stack}: ${message}` : `${stack}, ${resource}: ${message}`),
  locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: 1 } } }],
});

/** SARIF's plain text has placeholders and links of its own, in braces and brackets: `\\` before a bracket, `{{`. */
const plain = (text: string): { readonly text: string } => ({
  text: visible(text, LONGEST_MESSAGE)
    .replace(/[\\[\]]/g, (character) => `\\${character}`)
    .replace(/[{}]/g, (character) => character + character),
});

/** A path as a relative URI, which nothing leads out of the repository. */
const uriOf = (file: string): string =>
  file
    .split(/[/\\]/)
    .filter((step) => step !== "" && step !== "." && step !== "..")
    .map((step) => encodeURIComponent(step.toWellFormed()))
    .join("/");
