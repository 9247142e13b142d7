import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { DiffReport } from "../../fleet/diff/types.ts";
import {
  findPullRequests,
  GitHubError,
  postComment,
  uploadSarif,
  type GitHubAccess,
} from "../../fleet/github/index.ts";
import {
  annotations,
  LARGEST_REPORT,
  parseReport,
  renderComment,
  toSarif,
  withViolations,
} from "../../fleet/report/index.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

/** Options of `causeway report`, as commander hands them over. */
export interface ReportOptions {
  readonly from: string;
  readonly policy?: string;
  readonly markdown?: string;
  readonly sarif?: string;
  readonly annotations?: true;
  readonly summary?: true;
  readonly artefact?: string;
  readonly comment?: true;
  readonly codeScanning?: true;
  readonly repo?: string;
  readonly pull?: string;
  readonly head?: string;
  readonly commit?: string;
  readonly optional?: true;
  readonly json?: true;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Renders a report wherever the options say. The token is read from the environment alone, so that it is in no process
 * list and no log.
 */
export async function report(
  terminal: Terminal,
  options: ReportOptions,
  env: Environment,
  pace: Pick<GitHubAccess, "second"> = {},
): Promise<ExitCode> {
  if (options.json === true && options.annotations === true) {
    throw new Exit(EXIT.usage, "expected --json or --annotations, got both; they would be mixed on standard output");
  }
  const github = options.comment === true || options.codeScanning === true ? target(options, env) : undefined;
  const found = readReport(options);
  const markdown = rendered(found, options);
  if (options.markdown !== undefined) write(options.markdown, markdown);
  if (options.sarif !== undefined) write(options.sarif, `${JSON.stringify(toSarif(found), undefined, 2)}\n`);
  if (options.summary === true) addToSummary(markdown, env);
  if (options.annotations === true) terminal.result(annotations(found).join("\n"));
  if (github !== undefined) {
    const access = { ...github.access, ...pace };
    await tellGitHub(terminal, { ...github, access }, options, found, markdown);
  }
  const { markdown: file, sarif, summary, annotations: annotated } = options;
  if ([file, sarif, summary, annotated, github].every((output) => output === undefined)) terminal.result(markdown);
  terminal.data(found);
  return EXIT.done;
}

function readReport({ from, policy }: ReportOptions): DiffReport {
  const found = reading(from, parseReport);
  return policy === undefined ? found : reading(policy, (json) => withViolations(found, json));
}

function reading(file: string, parse: (json: string) => DiffReport): DiffReport {
  try {
    const { size } = statSync(file);
    if (size > LARGEST_REPORT) throw new Error(`expected at most ${LARGEST_REPORT} bytes, got ${size}`);
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing
      ? "expected a report, got no such file; write it with causeway diff --json"
      : (error as Error).message;
    throw new Exit(EXIT.usage, `${file}: ${reason}`, { cause: error });
  }
}

function rendered(found: DiffReport, { artefact }: ReportOptions): string {
  try {
    return renderComment(found, artefact === undefined ? {} : { artefact });
  } catch (error) {
    if (error instanceof TypeError) throw new Exit(EXIT.usage, `--${error.message}`, { cause: error });
    throw error;
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Exit(EXIT.usage, `${file}: cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function addToSummary(markdown: string, env: Environment): void {
  const file = env["GITHUB_STEP_SUMMARY"];
  if (file === undefined || file === "") {
    throw new Exit(EXIT.usage, "expected GITHUB_STEP_SUMMARY, got none; --summary works in a GitHub Actions job alone");
  }
  appendFileSync(file, markdown);
}

/** The pull request as the options name it. */
interface Target {
  readonly access: GitHubAccess;
  readonly pull: number | { readonly branch: string; readonly commit: string };
}

function target({ repo, pull, head, commit }: ReportOptions, env: Environment): Target {
  const repository = repo ?? env["GITHUB_REPOSITORY"] ?? "";
  if (!/^[\w-]+\/[\w.-]+$/.test(repository)) {
    throw new Exit(EXIT.usage, `--repo: expected owner/name, got ${JSON.stringify(repository)}`);
  }
  const token = env["GITHUB_TOKEN"] ?? "";
  if (token === "")
    throw new Exit(
      EXIT.usage,
      "expected a token in GITHUB_TOKEN, got none; a job has it as secrets.GITHUB_TOKEN, a person makes one at GitHub",
    );
  const api = env["GITHUB_API_URL"];
  const access = { repository, token, ...(api === undefined || api === "" ? {} : { api }) };
  if ((pull === undefined) === (head === undefined)) {
    throw new Exit(EXIT.usage, "expected the pull request as --pull, or as --head and --commit; give one of them");
  }
  if (commit !== undefined && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new Exit(EXIT.usage, `--commit: expected 40 hexadecimal digits, got ${JSON.stringify(commit)}`);
  }
  if (head !== undefined) {
    if (commit === undefined) throw new Exit(EXIT.usage, "expected --commit beside --head, got none");
    return { access, pull: { branch: head, commit } };
  }
  if (!/^[1-9]\d{0,9}$/.test(pull ?? "")) {
    throw new Exit(EXIT.usage, `--pull: expected a number, got ${JSON.stringify(pull)}`);
  }
  return { access, pull: Number(pull) };
}

async function tellGitHub(
  terminal: Terminal,
  { access, pull }: Target,
  { comment, codeScanning, commit, optional }: ReportOptions,
  found: DiffReport,
  body: string,
): Promise<void> {
  try {
    const pullRequest = typeof pull === "number" ? pull : await pullRequestOf(access, pull);
    if (pullRequest === undefined) {
      terminal.say("no open pull request ends with this commit any more; its own run will report");
      return;
    }
    if (comment === true) {
      const { outcome, url } = await postComment({ ...access, pullRequest, body });
      terminal.say(`comment ${outcome}: ${url}`);
    }
    if (codeScanning === true) {
      if (commit === undefined) throw new Exit(EXIT.usage, "expected --commit beside --code-scanning, got none");
      await uploadSarif(access, toSarif(found), { pullRequest, commit });
      terminal.say("findings handed to code scanning");
    }
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    if (optional !== true || error.code !== "forbidden") throw new Exit(EXIT.failed, error.message, { cause: error });
    terminal.say(`left out: ${error.message}`);
  }
}

async function pullRequestOf(
  access: GitHubAccess,
  head: { branch: string; commit: string },
): Promise<number | undefined> {
  const [first, ...others] = await findPullRequests(access, head);
  if (others.length === 0) return first;
  const numbers = [first, ...others].join(", ");
  throw new Exit(EXIT.failed, `expected one pull request of ${head.branch}, got ${numbers}; name it with --pull`);
}
