// The page of policies against the list. Whether it is well put only a reader can say.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { expect, test } from "vitest";
import { POLICIES } from "../../policy/index.ts";
import { policyTable } from "../../policy/table.ts";
import { ROOT } from "../support/project.ts";

const PAGE = join(ROOT, "docs/policies.md");
const MARK = "<!-- policies: written by tests/policy/docs.test.ts -->\n";

test("the table is the one the list gives (write it anew with vitest run tests/policy -u)", async () => {
  const [prose = "", table] = readFileSync(PAGE, "utf8").split(MARK);
  expect(table).toBeDefined();
  const page = await prettier.format(`${prose}${MARK}\n${policyTable()}\n`, { parser: "markdown", printWidth: 120 });
  await expect(page).toMatchFileSnapshot(PAGE);
});

test("the page names each policy in a row of its own, in the order of the list", () => {
  const rows = readFileSync(PAGE, "utf8")
    .split("\n")
    .flatMap((line) => /^\| `([a-z0-9-]+)`/.exec(line)?.[1] ?? []);
  expect(rows).toEqual(POLICIES.map(({ id }) => id));
});
