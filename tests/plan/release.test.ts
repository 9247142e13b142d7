// Which permit a protected resource asks for; that it is then released is for the engine tier.
import { join } from "node:path";
import { expect, test } from "vitest";
import { planCustomer } from "../../plan/plan.ts";
import { releasePaths } from "../../plan/release.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { lines, QUILT, read } from "../components/selfHostedFiles.ts";
import { deployCustomer } from "../support/deployed.ts";
import { ROOT } from "../support/project.ts";

const { customer } = loadCustomer(join(ROOT, "stacks/customers/both-ends.yaml"));

test("every protected resource of both ends has the permit of what it belongs to", async () => {
  const { graph } = await deployCustomer(customer);
  const release = releasePaths(planCustomer(customer));
  const held = graph!.nodes.filter(({ protect }) => protect);
  const paths = new Map(held.map(({ type, name }) => [`${type.split(":").at(-1)} ${name}`, release(type, name)]));
  expect([...paths].filter(([, path]) => path === undefined)).toEqual([]);
  const of = (end: string): string | undefined => [...paths].find(([key]) => key.endsWith(end))?.[1];
  expect(of("Domain both-ends-packages")).toBe("registries[packages].codeArtifact");
  expect(of("Key both-ends-packages")).toBe("registries[packages].codeArtifact");
  expect(of("VpcEndpointService both-ends-pypi")).toBe("registries[pypi].publish.aws");
  expect(of("VpcEndpointService both-ends-npm")).toBe("registries[npm].publish.aws");
  expect(of("LoadBalancer both-ends-npm-app")).toBe("registries[npm].selfHosted");
  expect(of("ServiceAttachment both-ends-maven")).toBe("registries[maven].publish.gcp");
  expect(of("VpcEndpoint both-ends-registry-npm")).toBe("privateCodeHost.aws");
});

test("the secret of a long-lived key has the permit of what signs", () => {
  const release = releasePaths(
    planCustomer(read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" }))),
  );
  const secret = (suffix: string): string | undefined =>
    release("aws:secretsmanager/secret:Secret", `acme-packages-${suffix}`);
  expect(secret("access-key")).toBe("registries[packages].selfHosted.s3Identity");
  expect(secret("signing")).toBe("registries[packages].selfHosted");
});

test("the vault of the backups has the permit of its field", () => {
  const release = releasePaths(planCustomer(read(lines(QUILT, { backup: "{}" }))));
  expect(release("aws:backup/vault:Vault", "acme-packages-backup")).toBe("registries[packages].selfHosted.backup");
});
