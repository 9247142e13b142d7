/**
 * Where copies of what a registry keeps may go, and what a database that is there may be said to be made from. This tier
 * cannot show whether AWS copies, nor whether a bucket or vault is there.
 */
import { describe, expect, it } from "vitest";
import { guardedValues } from "../../plan/guards.ts";
import type { LoadOptions } from "../../stacks/load.ts";
import { file, GENERIC, lines, QUILT, read } from "../components/selfHostedFiles.ts";
import { problems } from "./support.ts";

type Changes = Readonly<Record<string, string>>;

/** Problems of the block, without their place in the text. */
const refused = (base: readonly string[], changes: Changes, options?: LoadOptions): readonly string[] =>
  problems(file(lines(base, changes)), options).map((line) =>
    line.replace(/^\d+:\d+: ~\.registries\.packages\.selfHosted\./, ""),
  );

/** A copy of every object, with a key of the account and region. */
const replication = (account: string, region: string, bucket = "copies"): string =>
  `{ bucketArn: "arn:aws:s3:::${bucket}", kmsKeyArn: "arn:aws:kms:${region}:${account}:key/1f0e9d8c-7b6a-4958-8776-655443322110" }`;

describe("copies", () => {
  it("go to another account or another region [SR-08]", () => {
    expect(refused(QUILT, { replication: replication("999988887777", "us-east-1") })).toEqual([]);
    expect(refused(GENERIC, { replication: replication("222233334444", "eu-west-1") })).toEqual([]);
    const vault = "arn:aws:backup:eu-west-1:222233334444:backup-vault:copies";
    expect(refused(QUILT, { backup: `{ copyToVaultArn: "${vault}" }` })).toEqual([]);
  });

  it.each<[string, readonly string[], Changes, string]>([
    [
      "beside the packages",
      GENERIC,
      { replication: replication("222233334444", "us-east-1") },
      "replication.kmsKeyArn: expected a key of another region or account than the registry's, got one of 222233334444 in us-east-1; the copy would be lost with what it is of, make bucket and key elsewhere",
    ],
    [
      "in the registry's own bucket",
      QUILT,
      { replication: replication("222233334444", "eu-west-1", "acme-packages") },
      "replication.bucketArn: expected a bucket beside those of registries, got acme-packages, which is the registry's own; write the arn of one that is for the copies alone",
    ],
    [
      "in the registry's own bucket of a name that is not written",
      GENERIC,
      { replication: replication("222233334444", "eu-west-1", "acme-packages-data-222233334444") },
      "replication.bucketArn: expected a bucket beside those of registries, got acme-packages-data-222233334444, which is the registry's own; write the arn of one that is for the copies alone",
    ],
    [
      "beside the backups",
      QUILT,
      { backup: '{ copyToVaultArn: "arn:aws:backup:us-east-1:222233334444:backup-vault:copies" }' },
      "backup.copyToVaultArn: expected a vault of another region or account than the registry's, got one of 222233334444 in us-east-1; the copy would be lost with what it is of, make the vault elsewhere",
    ],
  ])("fails with copies %s", (_name, base, changes, message) => {
    expect(refused(base, changes)).toEqual([message]);
  });
});

describe("a database that is there", () => {
  it("fails with another source than it was made from, which nobody would read", () => {
    const deployed = (changes: Changes) => {
      const values = guardedValues(read(lines(QUILT, changes)));
      return { deployed: { version: 1, values, endpointStates: {} } } as const;
    };
    const snapshot = { restore: "{ snapshotIdentifier: old }" };
    const late = { restore: "{ sourceInstance: acme-db, time: 2026-11-20T06:00:00Z }" };
    const fix = "restore into a second registry beside this one, and leave this one's as it was";
    expect(refused(QUILT, snapshot, deployed({}))).toEqual([
      `restore: expected none as when the database was made, got snapshot old, which is read only then; ${fix}`,
    ]);
    expect(refused(QUILT, late, deployed(snapshot))).toEqual([
      `restore: expected snapshot old as when the database was made, got acme-db at 2026-11-20T06:00:00Z, which is read only then; ${fix}`,
    ]);
    expect(refused(QUILT, snapshot, deployed(snapshot))).toEqual([]);
    expect(refused(QUILT, {}, deployed(snapshot))).toEqual([]);
    expect(refused(QUILT, snapshot, { deployed: null })).toEqual([]);
    const { "registries[packages].selfHosted.restore": _, ...values } = deployed({}).deployed.values;
    expect(refused(QUILT, snapshot, { deployed: { version: 1, values, endpointStates: {} } })).toEqual([]);
  });
});
