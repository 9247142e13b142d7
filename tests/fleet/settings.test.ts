// What `causeway.yaml` may say and how it is refused. That the engine takes these addresses is shown by the long tier.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSettings, parseSettings } from "../../fleet/settings.ts";
import { ConfigError } from "../../plan/errors.ts";

const state = (lines: string) => parseSettings(`state:\n  ${lines}\n`, "causeway.yaml", "/fleet");
const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
};

test("a fleet that says nothing uses the back end that is logged in, a passphrase and stacks/settings", () => {
  for (const text of ["state: {}", "# nothing yet\n", ""]) {
    expect(parseSettings(text, "causeway.yaml", "/fleet")).toEqual({
      secretsProvider: "passphrase",
      settingsFolder: "/fleet/stacks/settings",
    });
  }
});

test.each([
  "s3://fleet-state?region=eu-west-1&profile=state",
  "gs://fleet-state",
  "azblob://states?storage_account=fleet",
  "postgres://causeway@db.example:5432/fleet?sslmode=verify-full",
  "https://api.pulumi.com",
  "file:///srv/fleet",
])("the back end %s is taken as it is written", (url) => {
  expect(state(`backend: ${url}`).backendUrl).toBe(url);
});

test("the file that the document shows is read", () => {
  const document = readFileSync(join(import.meta.dirname, "../../docs/state.md"), "utf8");
  const [, shown = ""] = /```text\n([\s\S]*?)```/.exec(document) ?? [];
  expect(parseSettings(shown, "causeway.yaml", "/fleet")).toEqual({
    backendUrl: "s3://fleet-state?region=eu-west-1",
    secretsProvider: "awskms://alias/causeway?region=eu-west-1",
    settingsFolder: "/fleet/stacks/settings",
  });
});

test("a folder of states is relative to the file, not to where the engine works", () => {
  expect(state("backend: file://./states").backendUrl).toBe("file:///fleet/states");
});

test.each([
  "passphrase",
  "awskms://alias/causeway?region=us-east-1",
  "awskms:///arn:aws:kms:us-east-1:111122223333:alias/causeway?region=us-east-1",
  "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k",
  "azurekeyvault://fleet.vault.azure.net/keys/causeway",
  "hashivault://causeway",
])("the secrets provider %s is taken as it is written", (provider) => {
  expect(state(`secretsProvider: ${provider}`).secretsProvider).toBe(provider);
});

test.each([
  ["postgres://ann:t0psecret@db/fleet", "PGPASSWORD"],
  ["postgres://ann@db/fleet?password=t0psecret", "PGPASSWORD"],
  ["postgres://ann:t0p@secret%zz@db/fleet", "PGPASSWORD"],
  ["s3://AKIA:t0psecret@fleet", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"],
  ["azblob://states?sig=t0psecret", "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"],
  ["https://ann:t0psecret@pulumi.example", "PULUMI_ACCESS_TOKEN"],
])("fails on a credential in %s, says where it belongs, and does not repeat it", (url, where) => {
  const message = refusal(() => state(`backend: "${url}"`));
  expect(message).toBe(
    `causeway.yaml:2:12: state.backend: expected an address without credentials, got one with; put them into ${where}, and change them`,
  );
});

test("fails on unknown places, with those there are", () => {
  expect(refusal(() => state("backend: s4://fleet"))).toBe(
    "causeway.yaml:2:12: state.backend: expected an address beginning file://, s3://, gs://, azblob://, postgres:// or https://, got s4://fleet; write where the state is",
  );
  expect(refusal(() => state("secretsProvider: vault://key"))).toBe(
    "causeway.yaml:2:20: state.secretsProvider: expected passphrase or an address beginning awskms://, gcpkms://, azurekeyvault:// or hashivault://, got vault://key; name the key",
  );
  expect(refusal(() => state("backend: s3://"))).toContain("expected the name of a place after s3://, got nothing");
});

test.each(["/etc", "../elsewhere", '""', "a/../.."])(
  "fails on the settings folder %s, which is not committed",
  (folder) => {
    expect(refusal(() => state(`settingsFolder: ${folder}`))).toBe(
      "causeway.yaml:2:19: state.settingsFolder: expected a folder below this file, got another; the files in it are committed with it",
    );
  },
);

test("fails on misspelt and unknown keys, all at once and with their places", () => {
  const text = "state:\n  backed: s3://fleet\n  colour: red\nstates: {}\n";
  expect(
    refusal(() => parseSettings(text, "causeway.yaml", "/fleet"))
      .split("\n")
      .sort(),
  ).toEqual([
    "causeway.yaml:2:3: state.backed: unknown key, got backed; write backend",
    "causeway.yaml:3:3: state.colour: unknown key, got colour; allowed here: backend, secretsProvider and settingsFolder",
    "causeway.yaml:4:1: states: unknown key, got states; write state",
  ]);
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "causeway-settings-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a fleet without the file has the defaults; PULUMI_BACKEND_URL decides over the file", () => {
  expect(loadSettings(root, {}).backendUrl).toBeUndefined();
  expect(loadSettings(root, {}).settingsFolder).toBe(join(root, "stacks/settings"));
  writeFileSync(join(root, "causeway.yaml"), "state: { backend: gs://fleet }\n");
  expect(loadSettings(root, {}).backendUrl).toBe("gs://fleet");
  const url = "postgres://ann:t0psecret@db/fleet";
  expect(loadSettings(root, { PULUMI_BACKEND_URL: url }).backendUrl).toBe(url);
});
