/** `causeway report` in this process, against the server on loopback: options, files, streams and refusals. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { report, type ReportOptions } from "../../cli/commands/report.ts";
import { Exit } from "../../cli/exit.ts";
import { main } from "../../cli/main.ts";
import { Terminal } from "../../cli/terminal.ts";
import { MARKER, renderComment } from "../../fleet/report/index.ts";
import { GitHubServer } from "./githubServer.ts";
import { customer, diffClass, reportOf } from "./reportSynthetic.ts";

const PROBLEM = {
  file: "stacks/customers/acme.yaml",
  line: 7,
  column: 9,
  path: "spec.x",
  message: "expected a region",
};
const REPORT = reportOf({
  classes: [diffClass()],
  customers: [customer(), customer({ stack: "beta", kind: "invalid", problems: [PROBLEM] })],
});
const COMMIT = "a".repeat(40);

let folder: string;
let github: GitHubServer;
let printed: { out: string; err: string };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "causeway-report-"));
  writeFileSync(path("diff.json"), JSON.stringify(REPORT));
  github = await GitHubServer.start();
  printed = { out: "", err: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((printed.out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((printed.err += String(text)), true));
});
afterEach(async () => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
  await github.close();
});

const path = (name: string): string => join(folder, name);
const env = () => ({ GITHUB_TOKEN: "secret", GITHUB_API_URL: github.api, GITHUB_REPOSITORY: "acme/fleet" });
const verb = (options: Partial<ReportOptions>, variables: Record<string, string> = {}): Promise<number> =>
  report(
    new Terminal({ json: options.json === true }),
    { from: path("diff.json"), ...options },
    { ...variables },
    { second: 1 },
  );

async function refusal(
  options: Partial<ReportOptions>,
  variables: Record<string, string> = {},
): Promise<[number, string]> {
  const error: unknown = await verb(options, variables).catch((thrown: unknown) => thrown);
  if (!(error instanceof Exit)) throw new Error(`expected a refusal, got ${String(error)}`);
  return [error.code, error.message];
}

describe("report", () => {
  test("without further options prints the comment", async () => {
    expect(await main(["report", "--from", path("diff.json")])).toBe(0);
    expect(printed).toEqual({ out: renderComment(REPORT), err: "" });
  });

  test("writes what is asked for, and prints nothing else", async () => {
    const summary = path("summary.md");
    writeFileSync(summary, "before\n");
    const files = { markdown: path("comment.md"), sarif: path("findings.sarif") };
    expect(await verb({ ...files, summary: true, annotations: true }, { GITHUB_STEP_SUMMARY: summary })).toBe(0);
    expect(readFileSync(files.markdown, "utf8")).toBe(renderComment(REPORT));
    expect(readFileSync(summary, "utf8")).toBe(`before\n${renderComment(REPORT)}`);
    const sarif = JSON.parse(readFileSync(files.sarif, "utf8")) as { runs: [{ results: unknown[] }] };
    expect(sarif.runs[0].results).toHaveLength(1);
    expect(printed.out).toBe("::error file=stacks/customers/acme.yaml,line=7,col=9,title=spec.x::expected a region\n");
  });

  test("as data is the report, with what the policies found", async () => {
    const found = { policy: "labels", level: "advisory", message: "m" };
    writeFileSync(path("policy.json"), JSON.stringify({ customers: [{ stack: "acme", violations: [found] }] }));
    await verb({ json: true, policy: path("policy.json") });
    expect(JSON.parse(printed.out)).toEqual({ ...REPORT, violations: [{ stack: "acme", ...found }] });
  });

  test("comments on the pull request by number, and says where", async () => {
    expect(await verb({ comment: true, pull: "7" }, env())).toBe(0);
    expect(github.comments.map(({ body }) => body)).toEqual([renderComment(REPORT)]);
    expect(printed).toEqual({ out: "", err: "comment created: https://github.example/pull/7#issuecomment-1\n" });
  });

  test("comments on the pull request whose branch is at the commit, and on none once it has moved on", async () => {
    github.pulls = [{ number: 7, head: { sha: COMMIT } }];
    await verb({ comment: true, head: "acme:x", commit: COMMIT }, env());
    await verb({ comment: true, head: "acme:x", commit: "b".repeat(40) }, env());
    expect(github.comments).toHaveLength(1);
    expect(printed.err).toContain("no open pull request ends with this commit any more");
    expect(github.comments[0]?.body.startsWith(MARKER)).toBe(true);
  });

  test("fails where several pull requests have the commit", async () => {
    github.pulls = [7, 8].map((number) => ({ number, head: { sha: COMMIT } }));
    expect(await refusal({ comment: true, head: "acme:x", commit: COMMIT }, env())).toEqual([
      1,
      "expected one pull request of acme:x, got 7, 8; name it with --pull",
    ]);
  });

  test("fails where the token may not, and with --optional says so and goes on", async () => {
    const body = { message: "Resource not accessible by integration" };
    github.fault = ({ method, path: asked }) =>
      method === "POST" && asked !== "/graphql" ? { status: 403, body } : undefined;
    const [code, message] = await refusal({ comment: true, pull: "7" }, env());
    expect([code, message.includes("workflow on workflow_run")]).toEqual([1, true]);
    expect(await verb({ comment: true, pull: "7", optional: true }, env())).toBe(0);
    expect(printed.err).toMatch(/^left out: could not comment on pull request 7 in acme\/fleet: the token may not/);
  });

  test.each<[string, Partial<ReportOptions>, string]>([
    ["no token", { comment: true, pull: "7", repo: "acme/fleet" }, "expected a token in GITHUB_TOKEN"],
    ["no repository", { comment: true, pull: "7" }, "--repo: expected owner/name"],
    ["data and annotations at once", { json: true, annotations: true }, "got both"],
    ["no summary to add to", { summary: true }, "expected GITHUB_STEP_SUMMARY"],
    ["an address that is none", { artefact: "javascript:alert(1)" }, "--artefact: expected an address"],
  ])("fails on %s", async (_what, options, words) => {
    const [code, message] = await refusal(options);
    expect([code, message.includes(words) ? words : message]).toEqual([2, words]);
  });

  test.each<[string, Partial<ReportOptions>, string]>([
    ["no pull request", {}, "expected the pull request as --pull"],
    ["a number and a branch", { pull: "7", head: "a:b" }, "give one of them"],
    ["a number that is none", { pull: "7; rm" }, "--pull: expected a number"],
    ["a branch without a commit", { head: "a:b" }, "expected --commit beside --head"],
    ["a short commit", { head: "a:b", commit: "abc" }, "expected 40 hexadecimal digits"],
  ])("fails on %s to comment on", async (_what, options, words) => {
    const [code, message] = await refusal({ comment: true, ...options }, env());
    expect([code, message.includes(words) ? words : message]).toEqual([2, words]);
    expect(github.seen).toEqual([]);
  });

  test("fails on a file that is missing, cut off, of another format or too large", async () => {
    writeFileSync(path("cut.json"), JSON.stringify(REPORT).slice(0, 100));
    writeFileSync(path("other.json"), "[]");
    writeFileSync(path("large.json"), "");
    truncateSync(path("large.json"), 300 * 1024 * 1024);
    const files = ["gone.json", "cut.json", "other.json", "large.json"];
    const said = await Promise.all(files.map((file) => refusal({ from: path(file) })));
    expect(said.map(([code]) => code)).toEqual([2, 2, 2, 2]);
    const words = [
      "expected a report, got no such file",
      "was the command that writes it cut off?",
      "causeway diff --json",
      "at most",
    ];
    expect(said.map(([, message], n) => message.includes(words[n]!))).toEqual([true, true, true, true]);
  });
});
