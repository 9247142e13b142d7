// A pull request that changes a value of the program that all customers share, and one customer's file: from the two refs
// to the one comment, in this process, with GitHub on loopback. The workflow around it is run in workflow.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { diffFleet, type DiffReport } from "../../fleet/diff/index.ts";
import { postComment } from "../../fleet/github/index.ts";
import { renderComment } from "../../fleet/report/index.ts";
import { addProgram, fleetFiles, FleetRepository } from "../support/fleet.ts";
import { ROOT } from "../support/project.ts";
import { GitHubServer } from "../fleet/githubServer.ts";

const SCHEMA = "stacks/schema/traffic.ts";
const LINK = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789a000003\n";

let repository: FleetRepository;
let report: DiffReport;
beforeAll(async () => {
  repository = new FleetRepository(fleetFiles(4));
  addProgram(repository);
  repository.commit();
  repository.write(SCHEMA, withRetention(readFileSync(join(ROOT, SCHEMA), "utf8")));
  repository.edit("c00003.yaml", LINK, `${LINK}            ports: [443, 8443]\n`);
  repository.commit();
  report = await diffFleet({ root: repository.root, base: "main~1", head: "main" });
});
afterAll(() => repository.dispose());

/** The text of the schema with another default. */
function withRetention(text: string): string {
  const [before, after = ""] = text.split("const logRetention");
  const changed = `${before}const logRetention${after.replace(".default(30);", ".default(60);")}`;
  if (changed === text) throw new Error(`${SCHEMA} has no default of 30 days`);
  return changed;
}

test("makes one class of those who have the shared value alone, and one of the customer with an edit of its own", () => {
  expect(report.programChanged).toBe(true);
  const told = report.classes.map(({ customers, resources }) => [
    customers.join(),
    ...resources.map(({ kind, type, changes }) =>
      [kind, type.split(":").at(-1), ...changes.map(({ path, before, after }) => `${path} ${before} ${after}`)].join(
        " ",
      ),
    ),
  ]);
  const shared = ["update LogGroup retentionInDays 30 60", "update LogGroup retentionInDays 30 60"];
  expect(told).toHaveLength(2);
  expect(told.find(([customers]) => customers === "c00001,c00002,c00004")).toEqual(["c00001,c00002,c00004", ...shared]);
  const [, ...edited] = told.find(([customers]) => customers === "c00003") ?? [];
  expect(edited.filter((line) => shared.includes(line))).toEqual(shared);
  expect(edited.some((line) => line.startsWith("create SecurityGroupIngressRule"))).toBe(true);
});

test("is told in one comment, however often it is posted", async () => {
  const github = await GitHubServer.start();
  const body = renderComment(report);
  const post = { repository: "acme/fleet", token: "t", api: github.api, second: 1, pullRequest: 7, body };
  try {
    expect((await postComment(post)).outcome).toBe("created");
    expect((await postComment(post)).outcome).toBe("unchanged");
    expect(github.comments.map((comment) => comment.body)).toEqual([body]);
  } finally {
    await github.close();
  }
  expect(body).toMatch(/3 customers/);
  for (const name of ["c00001", "c00002", "c00003", "c00004"]) expect(body).toContain(name);
});
