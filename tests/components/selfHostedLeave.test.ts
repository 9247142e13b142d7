/**
 * What of a registry that is run here may go under which permit. This tier cannot show that an engine then deletes it, or
 * that AWS does not refuse.
 */
import { describe, expect, it } from "vitest";
import { lines, QUILT, read } from "./selfHostedFiles.ts";
import { deploy, type Cloud } from "./selfHostedCloud.ts";

const LEAVE = { path: "registries[packages].selfHosted", reason: "moved to another account" };
const IAM_USER = lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" });

describe("what the registry keeps", () => {
  it("is kept from deletion until that is permitted [SR-12]", async () => {
    const kept = (cloud: Cloud): string[] =>
      cloud.graph.nodes
        .filter(({ protect, type }) => protect && type.startsWith("aws:"))
        .map(({ type }) => type.split(":")[2]!)
        .sort();
    expect(kept(await deploy(read(QUILT)))).toEqual([
      "Bucket",
      "Bucket",
      "Instance",
      "Key",
      "LoadBalancer",
      "Secret",
      "Vpc",
    ]);
    const leaving = await deploy({ ...read(QUILT), permits: [LEAVE] });
    expect(kept(leaving)).toEqual([]);
    expect(leaving.one("Instance").inputs).toMatchObject({ deletionProtection: false, skipFinalSnapshot: false });
  });
});

describe("the last snapshot of the database", () => {
  it("is named after the key, which every new life of the registry has anew [SR-03]", async () => {
    const cloud = await deploy(read(QUILT));
    const [key] = cloud.created.filter(({ type }) => type === "aws:kms/key:Key");
    const last = String(cloud.one("Instance").inputs["finalSnapshotIdentifier"]);
    expect(last).toMatch(/^acme-packages-final-[0-9a-f]{8}$/);
    expect(String(key!.outputs["keyId"]).slice(0, 8)).toBe(last.slice(-8));
  });
});

describe("the vault of the backups", () => {
  it("is kept until the removal of its field, or of the whole block, is permitted [SR-08] [SR-12]", async () => {
    const block = lines(QUILT, { backup: "{}" });
    const held = async (permit?: string): Promise<readonly boolean[]> => {
      const permits = permit === undefined ? [] : [{ path: permit, reason: "CHG-1042 copied elsewhere now" }];
      const cloud = await deploy({ ...read(block), permits });
      return [cloud.one("Vault").protect, cloud.one("Instance").protect];
    };
    expect(await held()).toEqual([true, true]);
    expect(await held("registries[packages].selfHosted.backup")).toEqual([false, true]);
    expect(await held("registries[packages].selfHosted")).toEqual([false, false]);
  });
});

describe("the secret of a long-lived key", () => {
  it("lets go of the key's secret, and of nothing else, once another is permitted [SR-12]", async () => {
    const held = (cloud: Cloud): string[] =>
      cloud
        .all("Secret")
        .filter(({ protect }) => protect)
        .map(({ name }) => name)
        .sort();
    const user = await deploy(read(IAM_USER));
    expect(held(user)).toEqual(["acme-packages-access-key", "acme-packages-signing"]);
    const path = "registries[packages].selfHosted.s3Identity";
    const leaving = await deploy({ ...read(IAM_USER), permits: [{ path, reason: "CHG-1042 roles sign from now on" }] });
    expect(held(leaving)).toEqual(["acme-packages-signing"]);
    expect(leaving.one("Instance").protect).toBe(true);
  });

  it("leaves a secret's name free as it goes, so that a registry can be made again under it", async () => {
    const user = await deploy(read(IAM_USER));
    expect(user.all("Secret").map(({ inputs }) => inputs["recoveryWindowInDays"])).toEqual([0, 0]);
  });
});
