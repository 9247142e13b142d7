import type { Command } from "commander";
import type { Act } from "./main.ts";
import type { ReportOptions } from "./commands/report.ts";
import type { Terminal } from "./terminal.ts";

/** What a verb needs of the table of commands. */
interface Table {
  readonly act: Act;
  readonly terminal: (options: { readonly json?: true }) => Terminal;
}

/** `causeway report`: what `causeway diff` found, for people and for tools. */
export function reportVerb(program: Command, { act, terminal }: Table): void {
  program
    .command("report")
    .description("turn what causeway diff found into a comment, annotations and SARIF")
    .requiredOption("--from <file>", "what causeway diff --json has written")
    .option("--policy <file>", "what causeway policy --json has written")
    .option("--markdown <file>", "write the comment there; without any of these options it is printed")
    .option("--sarif <file>", "write problems and broken policies there, as SARIF 2.1.0")
    .option("--annotations", "print problems so that GitHub Actions shows them at the changed lines")
    .option("--summary", "add the comment to the summary of the GitHub Actions job")
    .option("--artefact <url>", "address of the full report, for what the comment leaves out")
    .option("--comment", "post the comment on the pull request, or update it; the token is in GITHUB_TOKEN")
    .option("--code-scanning", "hand problems and broken policies to GitHub's code scanning")
    .option("--repo <owner/name>", "repository of the pull request (default: GITHUB_REPOSITORY)")
    .option("--pull <number>", "number of the pull request")
    .option("--head <owner:branch>", "instead of the number: its branch, which must be at --commit still")
    .option("--commit <id>", "its last commit")
    .option("--optional", "end with 0 where the token may not do this")
    .option("--json", "print the report as data")
    .action((options: ReportOptions) =>
      act(async () => (await import("./commands/report.ts")).report(terminal(options), options, process.env)),
    );
}
