/**
 * The workflows of `.github/` as GitHub would run them, on the simulated clouds: actionlint reads them, and every `run:`
 * step is executed in order in a scratch repository. In place of GitHub stand a server on loopback and a reading of its
 * documents; `npm ci` is replaced by a link to the packages at hand. Not shown: the actions themselves, that their
 * digests are those of the versions beside them, the logins to real clouds, and the rules of GitHub's environments.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { MARKER } from "../../fleet/report/markdown.ts";
import { GitHubServer } from "../fleet/githubServer.ts";
import { readWorkflow, runJob, type JobRun, type Runner, type Workflow } from "../fleet/githubWorkflow.ts";
import { ROOT, run } from "../support/project.ts";

const ACTIONLINT = "v1.7.12";
const FILES = readdirSync(join(ROOT, ".github/workflows")).sort();
const TOKEN = "ghs_secret0secret0secret";

describe("the workflow files", () => {
  test("have nothing that actionlint objects to", async () => {
    const folder = join(
      process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
      "causeway",
      "actionlint",
      ACTIONLINT,
    );
    const module = `github.com/rhysd/actionlint/cmd/actionlint@${ACTIONLINT}`;
    if (!existsSync(join(folder, "actionlint"))) {
      const { code, stderr } = await run("go", ["install", module], tmpdir(), { GOBIN: folder });
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    }
    // Without a repository around it, it has to be told where the workflows are.
    const paths = FILES.map((file) => join(ROOT, ".github/workflows", file));
    const { code, stdout } = await run(join(folder, "actionlint"), ["-no-color", ...paths], ROOT);
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("pin each action by one full digest with its version, as the page on pull requests lists them", () => {
    const texts = [...FILES.map((file) => `workflows/${file}`), "actions/setup/action.yml"].map((file) =>
      readFileSync(join(ROOT, ".github", file), "utf8"),
    );
    const uses = texts.flatMap((text) => [...text.matchAll(/uses: (.*)$/gm)].map(([, what = ""]) => what));
    const foreign = uses.filter((what) => !what.startsWith("./"));
    expect(foreign.filter((what) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what))).toEqual([]);
    const pins = [...new Set(foreign)].sort();
    expect(new Set(pins.map((pin) => pin.split("@")[0])).size).toBe(pins.length);
    const listed = [
      ...readFileSync(join(ROOT, "docs/pull-requests.md"), "utf8").matchAll(
        /^\| `([^`]+)` +\| (v\S+) +\| `(\w+)` +\|$/gm,
      ),
    ];
    expect(listed.map(([, action, version, digest]) => `${action}@${digest} # ${version}`).sort()).toEqual(pins);
  });

  test.each(FILES)("%s gives no job more than it needs, and none a secret", (file) => {
    const workflow = readWorkflow(ROOT, file);
    const text = readFileSync(join(ROOT, ".github/workflows", file), "utf8");
    expect(workflow.permissions).toEqual({});
    expect(text).not.toMatch(/secrets\.|pull_request_target|write-all/);
    for (const job of Object.values(workflow.jobs)) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(job.steps.filter(({ run: script }) => script?.includes("${{"))).toEqual([]);
    }
    const permissions = Object.entries(workflow.jobs).map(([name, job]) => [name, job.permissions]);
    expect(Object.fromEntries(permissions)).toEqual(PERMISSIONS[file]);
  });

  test("never cut off an apply", () => {
    expect(readWorkflow(ROOT, "apply.yml").concurrency?.["cancel-in-progress"]).toBe(false);
  });
});

const READ = { contents: "read" };
const PERMISSIONS: Record<string, unknown> = {
  "apply.yml": { apply: { ...READ, actions: "read", "id-token": "write" } },
  "ci.yml": { test: READ },
  "comment.yml": {
    comment: { ...READ, actions: "read", "pull-requests": "write" },
    findings: { ...READ, actions: "read", "pull-requests": "read", "security-events": "write" },
  },
  "customers.yml": { review: READ, preview: { ...READ, "id-token": "write" } },
};

/** A repository of this project with a history of its own, and GitHub around it. */
class Adopter {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "causeway-adopter-")));
  readonly artefacts = mkdtempSync(join(tmpdir(), "causeway-artefacts-"));
  readonly tools = mkdtempSync(join(tmpdir(), "causeway-tools-"));
  readonly github: GitHubServer;

  constructor(github: GitHubServer) {
    this.github = github;
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
    for (const file of files
      .toString()
      .split("\0")
      .filter((name) => name !== "" && existsSync(join(ROOT, name)))) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.root, file));
    }
    const npm = `#!/bin/sh\n[ "$*" = ci ] || { echo "only npm ci is known here" >&2; exit 1; }\nln -sfn ${join(ROOT, "node_modules")} node_modules\n`;
    writeFileSync(join(this.tools, "npm"), npm);
    chmodSync(join(this.tools, "npm"), 0o755);
    symlinkSync(process.execPath, join(this.tools, "node"));
    this.git("init", "--quiet", "--initial-branch=main");
    writeFileSync(join(this.root, ".git/info/exclude"), "node_modules\n");
    this.commit("begin");
  }

  git(...args: string[]): string {
    const who = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
    return execFileSync("git", [...who, ...args], {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  }

  commit(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
    return this.git("rev-parse", "HEAD");
  }

  edit(customer: string, from: string, to: string): void {
    const file = join(this.root, "stacks/customers", `${customer}.yaml`);
    const text = readFileSync(file, "utf8");
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  }

  /** Checks out the merge commit of a new branch, as GitHub does for `pull_request`; returns the branch's last commit. */
  pullRequest(branch: string, change: () => void): string {
    this.git("checkout", "--quiet", "-b", branch, "main");
    change();
    const head = this.commit(`change on ${branch}`);
    this.git("checkout", "--quiet", "--detach", "main");
    this.git("merge", "--quiet", "--no-ff", "--no-edit", head);
    this.github.pulls = [{ number: 7, head: { sha: head } }];
    return head;
  }

  runner(contexts: Record<string, unknown>, vars: Record<string, string>): Runner {
    const env = {
      ...{ CI: "true", GITHUB_ACTIONS: "true", GITHUB_API_URL: this.github.api, GITHUB_REPOSITORY: "acme/fleet" },
      ...{ GITHUB_REF_NAME: "main", GITHUB_TOKEN: "", PATH: `${this.tools}:${process.env["PATH"] ?? ""}` },
    };
    const github = {
      ...{
        repository: "acme/fleet",
        server_url: "https://github.com",
        run_id: "42",
        token: TOKEN,
        ref: "refs/heads/main",
      },
      ...contexts,
    };
    const all = { CAUSEWAY_CLOUDS: "", CAUSEWAY_CODE_SCANNING: "", PULUMI_BACKEND_URL: "", ...vars };
    return { root: this.root, artefacts: this.artefacts, env, contexts: { github, vars: all } };
  }

  remove(): void {
    for (const folder of [this.root, this.artefacts, this.tools]) rmSync(folder, { recursive: true, force: true });
  }
}

const SANDBOX = { CAUSEWAY_CLOUDS: "sandbox" };
const OWN = { event: { pull_request: { number: 7, head: { repo: { full_name: "acme/fleet" } } } } };
const FORK = { event: { pull_request: { number: 7, head: { repo: { full_name: "mallory/fleet" } } } } };

const outcomes = ({ steps }: JobRun): string[] => steps.map(({ name, outcome }) => `${name}: ${outcome}`);
/** `success`, or what the steps printed. */
const told = (of: JobRun): string => (of.conclusion === "success" ? "success" : log(of));
const log = ({ steps }: JobRun): string =>
  steps.map(({ name, stdout, stderr }) => `${name}\n${stdout}${stderr}`).join("\n");

describe.skipIf(inject("engine") === null)("a repository that has adopted them", () => {
  let github: GitHubServer;
  let adopter: Adopter;
  let first: string;
  beforeAll(async () => {
    github = await GitHubServer.start();
    adopter = new Adopter(github);
    first = adopter.git("rev-parse", "HEAD");
  });
  afterAll(async () => {
    adopter.remove();
    await github.close();
  });

  const workflow = (file: string): Workflow => readWorkflow(adopter.root, file);
  const job = (file: string, name: string, contexts: object, vars: Record<string, string> = SANDBOX): Promise<JobRun> =>
    runJob(adopter.runner({ ...contexts }, vars), workflow(file), workflow(file).jobs[name]!);

  /** `workflow_run` as GitHub tells it; it runs the default branch's code. */
  const afterwards = (owner: string, branch: string, commit: string) => ({
    event: {
      workflow_run: {
        ...{ event: "pull_request", conclusion: "success", id: "42", head_branch: branch, head_sha: commit },
        ...{ head_repository: { owner: { login: owner }, full_name: `${owner}/fleet` } },
        html_url: "https://github.com/acme/fleet/actions/runs/42",
      },
    },
  });

  test("reviews a pull request, previews it and comments once", async () => {
    const head = adopter.pullRequest("more-addresses", () => adopter.edit("acme", CHANGE.from, CHANGE.to));
    const review = await job("customers.yml", "review", OWN);
    expect(told(review)).toBe("success");
    expect(log(review)).toContain("3 files valid");
    expect(outcomes(review).filter((line) => !line.endsWith(": success"))).toEqual([]);
    expect(review.summary).toContain("## Causeway: 1 customer of 3 affected");

    const preview = await job("customers.yml", "preview", OWN);
    expect(told(preview)).toBe("success");
    expect(log(preview)).toContain("acme");
    expect(log(preview)).not.toContain("dev:");

    adopter.git("checkout", "--quiet", "main");
    for (const outcome of ["created", "unchanged"]) {
      const comment = await job("comment.yml", "comment", afterwards("acme", "more-addresses", head));
      expect(told(comment)).toBe("success");
      expect(log(comment)).toContain(`comment ${outcome}`);
    }
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain("(https://github.com/acme/fleet/actions/runs/42)");
    adopter.git("merge", "--quiet", "--no-ff", "--no-edit", head);
  });

  test("does not comment for a commit that is no longer the branch's last", async () => {
    const comment = await job("comment.yml", "comment", afterwards("acme", "more-addresses", "0".repeat(40)));
    expect(told(comment)).toBe("success");
    expect(log(comment)).toContain("no open pull request");
    expect(github.comments).toHaveLength(1);
  });

  test("applies the merge to the customer that changed, and to no other", async () => {
    const apply = await job("apply.yml", "apply", { event: { before: first } });
    expect(told(apply)).toBe("success");
    expect(log(apply)).toContain("acme");
    expect(stacks()).toEqual(["acme"]);
    expect(outcomes(apply).slice(-3)).toEqual([
      "Log in to AWS: skipped",
      "Log in to Google Cloud: skipped",
      "Apply: success",
    ]);
  });

  test("applies nothing a second time, and after a failure what the failed run has left", async () => {
    const title = "Apply on sandbox clouds";
    const before = adopter.git("rev-parse", "HEAD");
    github.runs = [{ display_title: title, head_sha: before }];
    const again = await job("apply.yml", "apply", { event: { before: first } });
    expect([again.conclusion, stacks()]).toEqual(["success", ["acme"]]);

    adopter.edit("dev", "name: dev\n", "# looked at\nname: dev\n");
    adopter.commit("dev");
    writeFileSync(join(adopter.root, "NOTES"), "x");
    const latest = adopter.commit("nothing about customers");
    // GitHub tells of the last push alone; the run for the one before has failed or was dropped.
    const apply = await job("apply.yml", "apply", { event: { before: latest } });
    expect([apply.conclusion, stacks()]).toEqual(["success", ["acme", "dev"]]);
  });

  test("fails where no earlier commit is known, and applies nothing", async () => {
    github.runs = [];
    const apply = await job("apply.yml", "apply", { event: { before: "0".repeat(40) } });
    expect([apply.conclusion, outcomes(apply).at(-1)]).toEqual(["failure", "Apply: skipped"]);
    expect(log(apply)).toContain("no earlier commit to compare with");
  });

  test("fails where a run for an older commit is repeated, and applies nothing", async () => {
    const [newest, older] = [adopter.git("rev-parse", "HEAD"), adopter.git("rev-parse", "HEAD^1")];
    github.runs = [{ display_title: "Apply on sandbox clouds", head_sha: newest }];
    adopter.git("checkout", "--quiet", older);
    const apply = await job("apply.yml", "apply", { event: { before: first } });
    adopter.git("checkout", "--quiet", "main");
    expect([apply.conclusion, outcomes(apply).at(-1)]).toEqual(["failure", "Apply: skipped"]);
    expect(log(apply)).toContain(`a later commit, ${newest}, has been applied`);
  });

  test("touches no cloud before the clouds are chosen", async () => {
    for (const [file, name] of [
      ["customers.yml", "preview"],
      ["apply.yml", "apply"],
    ] as const) {
      expect((await job(file, name, { ...OWN }, {})).conclusion).toBe("skipped");
    }
  });

  test("reviews a stranger's hostile pull request without a secret, and shows its problems inert", async () => {
    github.comments.length = 0;
    const hostile = "x\\n::error::owned ##[error]owned `@acme/security` <details> ${{ github.token }}";
    const head = adopter.pullRequest("patch", () => adopter.edit("acme", CHANGE.region, `region: "${hostile}"`));
    const review = await job("customers.yml", "review", FORK);
    expect(review.conclusion).toBe("failure");
    expect(
      outcomes(review)
        .filter((line) => line.endsWith(": failure"))
        .sort(),
    ).toEqual(["Check every customer file: failure", "Compare every customer with the target branch: failure"]);
    expect(log(review)).not.toContain("defect");
    expect(review.commands).toHaveLength(1);
    expect(review.commands[0]).toMatch(/^::error file=stacks\/customers\/acme\.yaml,line=\d+,col=\d+,title=spec/);
    expect((await job("customers.yml", "preview", FORK)).conclusion).toBe("skipped");

    adopter.git("checkout", "--quiet", "main");
    const comment = await job("comment.yml", "comment", afterwards("mallory", "patch", head));
    expect([comment.conclusion, comment.commands]).toEqual(["success", []]);
    const body = github.comments[0]?.body ?? "";
    expect(body.startsWith(MARKER)).toBe(true);
    expect(body.replace(/`[^`\n]*`/g, "")).not.toMatch(/@acme|<details>|##\[|::/);
    expect(body).toContain("### Files that are refused");

    const scanning = { ...SANDBOX, CAUSEWAY_CODE_SCANNING: "true" };
    const findings = await job("comment.yml", "findings", afterwards("mallory", "patch", head), scanning);
    expect([findings.conclusion, github.paths("POST").at(-1)]).toEqual([
      "success",
      "/repos/acme/fleet/code-scanning/sarifs",
    ]);
  });

  /** Stacks that have a state on the simulated clouds. */
  const stacks = (): string[] =>
    readdirSync(join(adopter.root, ".causeway/sandbox/state/.pulumi/stacks/causeway"))
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.replace(".json", ""))
      .sort();
});

/** An edit of acme, and a line of its file that takes any text. */
const CHANGE = { from: "ports: [22, 443]", to: "ports: [443]", region: "region: us-east-1" };
