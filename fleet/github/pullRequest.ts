import { gzipSync } from "node:zlib";
import type { Log } from "sarif";
import { openRepository, type GitHubAccess } from "./client.ts";

/** A state of a branch, here or in a fork. */
export interface Head {
  /** `owner:branch`, the owner of the repository the branch is in. */
  readonly branch: string;
  /** Full commit id. */
  readonly commit: string;
}

/**
 * Numbers of the open pull requests whose last commit this is; none once a branch has moved on. A workflow on
 * `workflow_run` knows branch and commit from GitHub, where a number in an artefact would be a stranger's word.
 * The token needs `pull-requests: read`.
 * @throws GitHubError
 */
export async function findPullRequests(access: GitHubAccess, { branch, commit }: Head): Promise<readonly number[]> {
  const { client, owner, repo, ask } = openRepository(access);
  const route = "GET /repos/{owner}/{repo}/pulls";
  const open = await ask(`look up the pull request of ${branch}`, () =>
    client.paginate(route, { owner, repo, head: branch, state: "open", per_page: 100 }),
  );
  return open
    .filter(({ head }) => head.sha === commit)
    .map(({ number }) => number)
    .sort((a, b) => a - b);
}

/**
 * Hands findings to GitHub's code scanning, which shows them at the lines of the pull request. The token needs
 * `security-events: write`. Source: GitHub REST API, Upload an analysis as SARIF data.
 * @throws GitHubError
 */
export async function uploadSarif(
  access: GitHubAccess,
  log: Log,
  of: { pullRequest: number; commit: string },
): Promise<void> {
  const { client, owner, repo, ask } = openRepository(access);
  await ask("hand findings to code scanning", () =>
    client.request("POST /repos/{owner}/{repo}/code-scanning/sarifs", {
      owner,
      repo,
      commit_sha: of.commit,
      ref: `refs/pull/${of.pullRequest}/head`,
      sarif: gzipSync(JSON.stringify(log)).toString("base64"),
    }),
  );
}
