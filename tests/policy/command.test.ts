// `causeway policy` as a person meets it: texts, streams and exit codes. A file cannot break a policy without being refused
// before, so what a refusal looks like is shown with violations made here.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { listPolicies, policy } from "../../cli/commands/policy.ts";
import { Terminal } from "../../cli/terminal.ts";
import { POLICIES, type Violation } from "../../policy/index.ts";
import { ScratchProject } from "../support/project.ts";

const made = vi.hoisted(() => ({ violations: undefined as readonly Violation[] | undefined }));
vi.mock("../../policy/check.ts", async (original) => {
  const real = await original<typeof import("../../policy/check.ts")>();
  return {
    ...real,
    checkPolicies: (...args: Parameters<typeof real.checkPolicies>) => made.violations ?? real.checkPolicies(...args),
  };
});

interface File {
  readonly file: string;
}

/** A terminal that remembers what goes to which stream. */
class Paper extends Terminal {
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly values: unknown[] = [];

  constructor() {
    super({ json: false });
  }

  override result(text: string): void {
    this.out.push(text);
  }
  override say(text: string): void {
    this.err.push(text);
  }
  override data(value: unknown): void {
    this.values.push(value);
  }
}

const [ACME, DEV] = ["acme", "dev"].map((name) => ({ file: `stacks/customers/${name}.yaml` })) as [File, File];

let paper: Paper;
beforeEach(() => {
  paper = new Paper();
  made.violations = undefined;
});

const violation: Violation = {
  stack: "dev",
  policy: "aws-flow-logs",
  level: "mandatory",
  message: "expected a flow log of all traffic, got none; declare a FlowLog",
  resource: "dev-aws",
};

test("of good customers says so, with advice, and ends with 0", async () => {
  expect(await policy(paper, [ACME, DEV])).toBe(0);
  expect(paper.out).toEqual(["2 customers within 45 policies"]);
  expect(paper.err).toEqual([
    "advice: stacks/customers/acme.yaml: protected: acme-nat-3: expected it to be protected, got it without; " +
      "set protect, unless a permit in the customer file names this change",
  ]);
});

test("fails with 4 where a mandatory policy refuses, and names file, policy and resource", async () => {
  made.violations = [violation];
  expect(await policy(paper, [DEV])).toBe(4);
  expect(paper.out).toEqual(["0 customers within 45 policies, 1 not"]);
  expect(paper.err).toEqual([
    "stacks/customers/dev.yaml: aws-flow-logs: dev-aws: expected a flow log of all traffic, got none; declare a FlowLog",
  ]);
  expect(paper.values).toEqual([
    { customers: [{ stack: "dev", file: "stacks/customers/dev.yaml", violations: [violation], problems: [] }] },
  ]);
});

test("ends with 0 where only an advisory policy minds", async () => {
  made.violations = [{ ...violation, level: "advisory" }];
  expect(await policy(paper, [DEV])).toBe(0);
});

test("the list shows each policy with its level, reason, remedy and source", () => {
  expect(listPolicies(paper)).toBe(0);
  const blocks = paper.out.join("").split("\n\n");
  expect(blocks).toEqual(
    POLICIES.map(({ id, level, title, reason, fix, source }) =>
      [`${id} (${level})`, `  ${title}.`, `  why: ${reason}`, `  fix: ${fix}`, `  source: ${source}`].join("\n"),
    ),
  );
});

describe("on the command line", () => {
  let project: ScratchProject;
  beforeAll(() => {
    project = new ScratchProject();
  });
  afterAll(() => project.remove());

  test("takes every customer where none is named, and fails with 2 on a file that is refused, once the others are judged", async () => {
    const good = await project.causeway("policy");
    expect([good.code, good.stdout]).toEqual([0, "2 customers within 45 policies\n"]);
    project.edit("dev", "region: us-east-1", "region: us-east-9");
    const bad = await project.causeway("policy");
    expect([bad.code, bad.stdout]).toEqual([2, "1 customer within 45 policies, 1 with a refused file\n"]);
    expect(bad.stderr).toContain("stacks/customers/dev.yaml:");
  });
});
