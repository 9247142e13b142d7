// Prints the commit since which customers are to be applied: where this workflow last succeeded on the same clouds, else
// where the branch was before this push. Both may be gone after a forced push; then there is none, and the job fails. So it
// does where a later commit has been applied: a run that is repeated would put customers back to older files.
import { execFileSync } from "node:child_process";
import { lastSuccess } from "../fleet/github/index.ts";

const env = (name: string): string => process.env[name] ?? "";

const applied = await lastSuccess(
  { repository: env("GITHUB_REPOSITORY"), token: env("GITHUB_TOKEN"), api: env("GITHUB_API_URL") },
  { workflow: "apply.yml", branch: env("GITHUB_REF_NAME"), title: `Apply on ${env("CLOUDS")} clouds` },
);

function isAncestor(commit: string, of = "HEAD"): boolean {
  try {
    execFileSync("git", ["merge-base", "--is-ancestor", commit, of], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const base = [applied ?? "", env("BEFORE")].find((commit) => /^[0-9a-f]{40}$/.test(commit) && isAncestor(commit));
const fail = (message: string): void => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
};
if (applied !== undefined && !isAncestor(applied) && isAncestor("HEAD", applied)) {
  fail(
    `a later commit, ${applied}, has been applied; run the workflow by hand on the branch instead of repeating this run`,
  );
} else if (base === undefined) {
  fail("no earlier commit to compare with; run causeway up --all once from a machine of yours");
} else {
  process.stdout.write(`${base}\n`);
}
