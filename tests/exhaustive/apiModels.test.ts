/** The table of API models is what its sources say. Where PyPI cannot be reached, nothing is shown. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Exit code of the generator when the packages cannot be had. */
const UNREACHABLE = 2;

test("the table of API models does not differ from the packages it names", () => {
  const script = join(import.meta.dirname, "../../scripts/apiModels.py");
  const { status, stdout, error } = spawnSync("python3", [script, "--check"], { encoding: "utf8", timeout: 300_000 });
  if (error !== undefined || status === UNREACHABLE) {
    console.warn("python3 or PyPI cannot be had: the table of API models was not compared with its sources");
    return;
  }
  expect(stdout).toBe("the table is what its sources say\n");
  expect(status).toBe(0);
});
