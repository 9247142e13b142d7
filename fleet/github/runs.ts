import { openRepository, type GitHubAccess } from "./client.ts";

/** Runs of a workflow. */
export interface WorkflowRuns {
  /** File name below `.github/workflows`. */
  readonly workflow: string;
  readonly branch: string;
  /** `run-name` of the runs that count. */
  readonly title: string;
}

/**
 * The commit of the last successful run, or `undefined` where there is none. What changed since is what a next run must
 * do: after a failure that includes what the failed run left, and where GitHub has dropped a waiting run for a newer
 * one, what the dropped one would have done. The token needs `actions: read`.
 * @throws GitHubError
 */
export async function lastSuccess(
  access: GitHubAccess,
  { workflow, branch, title }: WorkflowRuns,
): Promise<string | undefined> {
  const { client, owner, repo, ask } = openRepository(access);
  const route = "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs";
  const { data } = await ask(`look up the runs of ${workflow}`, () =>
    client.request(route, { owner, repo, workflow_id: workflow, branch, status: "success", per_page: 100 }),
  );
  return data.workflow_runs.find(({ display_title: shown }) => shown === title)?.head_sha;
}
