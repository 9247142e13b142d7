// Both ends of a connection by one command, on the real engine and simulated clouds: registries made and published in the
// customer's accounts, connected and accepted. What happens when it is killed or fails half-way is not tried here.
// That real clouds keep to the orders of the simulated ones is what this cannot show.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { operations } from "../support/operations.ts";
import { ScratchProject, type Ran } from "../support/project.ts";

const engine = inject("engine");
const NAMES = [
  "both-ends-prod-666677778888.d.codeartifact.us-east-1.amazonaws.com",
  "pypi.both-ends.example",
  "npm.both-ends.example",
  "maven.both-ends.example",
];

describe.skipIf(engine === null)("both ends in one stack", () => {
  let project: ScratchProject;
  const causeway = (...args: string[]): Promise<Ran> => project.causeway("sandbox", ...args);
  beforeAll(() => {
    project = new ScratchProject("both-ends");
  });
  afterAll(() => project.remove());

  test("come up by one command", async () => {
    const { code, stdout, stderr } = await causeway("start", "--customer", "both-ends");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("is published from your account `666677778888`, `us-east-1`, as an endpoint service");
    // Named with its project: other customers that are up have a subnet of that name too.
    expect(stderr).toContain("npx causeway sandbox reach causeway-both-3c1d/executors/guest maven.both-ends.example");
  });

  test("have nothing left to do afterwards", async () => {
    expect(operations(await causeway("up", "both-ends", "--json"))).toEqual([]);
    expect((await causeway("drift", "both-ends")).code).toBe(0);
  });

  test.each(NAMES)("are joined: executors' guests reach %s", async (name) => {
    const { code, stdout } = await causeway("reach", "executors/guest", name);
    expect(stdout).toContain(`a guest on executors reaches ${name}:443`);
    expect(code).toBe(0);
  });

  test("fail to be taken down without leave: what holds packages stays, and the permits are named", async () => {
    const { stdout } = await causeway("destroy", "both-ends");
    for (const path of [
      "registries[packages].codeArtifact",
      "registries[npm].selfHosted",
      "registries[pypi].publish.aws",
    ]) {
      expect(stdout).toContain(`${path}: { reason: <why, 10 to 200 characters> }`);
    }
    expect(stdout).toContain("aws:codeartifact/domain:Domain");
  });
});
