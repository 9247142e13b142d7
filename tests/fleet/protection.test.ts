/**
 * Which leave a person is told to give for what is protected. That the engine stops at it is for the engine tests.
 */
import { expect, it } from "vitest";
import { describeRelease } from "../../fleet/protection.ts";
import { lines, QUILT, read } from "../components/selfHostedFiles.ts";

const customer = read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true", backup: "{}" }));
const KEY = { type: "aws:secretsmanager/secret:Secret", name: "acme-packages-access-key" };
const VAULT = { type: "aws:backup/vault:Vault", name: "acme-packages-backup" };
const DATABASE = { type: "aws:rds/instance:Instance", name: "acme-packages" };

const permits = (...held: readonly { readonly type: string; readonly name: string }[]): readonly string[] =>
  describeRelease(customer, held)
    .split("\n")
    .filter((line) => line.startsWith("    "))
    .map((line) => line.trim().replace(/: \{.*$/, ""));

it("names each path that gives leave once", () => {
  expect(permits(KEY, VAULT, KEY)).toEqual([
    "registries[packages].selfHosted.s3Identity",
    "registries[packages].selfHosted.backup",
  ]);
});

it("names no path that another one covers", () => {
  expect(permits(KEY, DATABASE, VAULT)).toEqual(["registries[packages].selfHosted"]);
});
