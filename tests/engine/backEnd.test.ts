// What the engine says about back ends and secrets providers, as one sentence without credentials; texts as Pulumi 3.259.0
// gives them. This tier shows the wording; that the engine says these things is shown against real ones in the long tier.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { backEndName, redact } from "../../engine/credentials.ts";
import { backEndProblem } from "../../engine/backEndProblem.ts";
import { runOperation } from "../../engine/driver.ts";
import { EngineError } from "../../engine/engineError.ts";
import { writeStackFiles } from "../../engine/stackFiles.ts";

const blob = 'read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml")';
const database = 'unable to open state database "postgres://ann:[secret]@db:5432/fleet": failed to ping PostgreSQL:';

test.each([
  [
    `${blob} (code=Unknown): operation error S3: GetObject, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , HostID: , request send failed, Get "http://127.0.0.1:1/b": dial tcp 127.0.0.1:1: connect: connection refused`,
    "s3://b cannot be reached (127.0.0.1:1: connection refused); check it and the network",
  ],
  [
    "error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response error StatusCode: 404, RequestID: pH, HostID: 9G, NoSuchBucket: The specified bucket does not exist",
    "s3://b is not there; create it, or correct the address",
  ],
  [
    `${blob} (code=PermissionDenied): operation error S3: GetObject, https response error StatusCode: 403, api error AccessDenied: Access Denied`,
    "s3://b forbids it; give these credentials leave to list, read, write and delete there",
  ],
  [
    `${blob} (code=Unknown): operation error S3: GetObject, api error SignatureDoesNotMatch: The request signature we calculated does not match`,
    "s3://b refuses the AWS credentials (SignatureDoesNotMatch); set keys or a profile that are valid there",
  ],
  [
    `${blob} (code=Unknown): operation error S3: GetObject, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds`,
    "s3://b needs credentials, and there are none in the environment; sign in, or set them there",
  ],
])("on S3 it says which problem it is (%#)", (said, told) => {
  expect(backEndProblem(said, "s3://b")).toBe(told);
});

test.each([
  [
    `${database} pq: password authentication failed for user "ann" (28P01)`,
    "postgres://ann@db:5432/fleet refuses user ann: the password is wrong or missing; set PGPASSWORD",
  ],
  [
    `${database} pq: database "fleet" does not exist (3D000)`,
    "postgres://ann@db:5432/fleet is not there: the server has no database fleet; create it, or correct the address",
  ],
  [
    `${database} dial tcp: lookup db on 10.0.0.53:53: no such host`,
    "postgres://ann@db:5432/fleet cannot be reached (db: no such host); check it and the network",
  ],
  [
    `${database} pq: SSL is not enabled on the server`,
    "postgres://ann@db:5432/fleet does not speak TLS; turn it on there, or add sslmode=disable for a server on this machine alone",
  ],
  [
    "failed to create table pulumi_state: pq: permission denied for schema public at position 1:28 (42501)",
    "postgres://ann@db:5432/fleet forbids the use of schema public; grant the user its use, and leave to create the table of states in it",
  ],
])("on PostgreSQL it says which problem it is (%#)", (said, told) => {
  expect(backEndProblem(said, "postgres://ann@db:5432/fleet")).toBe(told);
});

test.each([
  [
    "gs://b",
    `${blob} (code=Unknown): Get "https://storage.googleapis.com/b/x": dial tcp: lookup storage.googleapis.com on 10.0.0.53:53: no such host`,
    "gs://b cannot be reached (storage.googleapis.com: no such host); check it and the network",
  ],
  [
    "gs://b",
    "missing google credentials: unable to find gcp credentials: google: could not find default credentials. See https://…",
    "gs://b needs credentials, and there are none in the environment; sign in, or set them there",
  ],
  [
    "azblob://c",
    'unable to open bucket "azblob://c": azureblob: Options.AccountName is required',
    "azblob://c needs credentials, and there are none in the environment; sign in, or set them there",
  ],
  [
    "https://api.pulumi.com",
    'Logging in using access token from PULUMI_ACCESS_TOKEN\nerror: performing HTTP request: Get "https://api.pulumi.com/api/user": dial tcp: lookup api.pulumi.com on 10.0.0.53:53: no such host',
    "https://api.pulumi.com cannot be reached (api.pulumi.com: no such host); check it and the network",
  ],
  [
    "s4://b",
    "PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    "s4://b is taken for a Pulumi Cloud, and PULUMI_ACCESS_TOKEN is not set; set it, or correct the address",
  ],
  [
    "file:///none",
    'unable to open state directory "file:///none": stat /none: no such file or directory',
    "file:///none is not there; create the folder, or correct the address",
  ],
])("on %s it says which problem it is (%#)", (backEnd, said, told) => {
  expect(backEndProblem(said, backEnd)).toBe(told);
});

test.each([
  [
    "could not create secrets manager for new stack: secrets (code=NotFound): operation error KMS: Encrypt, https response error StatusCode: 400, RequestID: e, NotFoundException: Alias arn:aws:kms:us-east-1:1:alias/none is not found.",
    "the secrets provider has no such key (Alias arn:aws:kms:us-east-1:1:alias/none is not found); create it, or correct the address",
  ],
  [
    'could not create secrets manager for new stack: secrets (code=Unknown): Post "https://v.vault.azure.net/keys/k/encrypt": dial tcp: lookup v.vault.azure.net on 10.0.0.53:53: no such host',
    "the secrets provider cannot be reached (v.vault.azure.net: no such host); check it and the network",
  ],
])("on a secrets provider it says which problem it is (%#)", (said, told) => {
  expect(backEndProblem(said, "s3://b")).toBe(told);
});

test("what is not about a back end stays as the engine said it", () => {
  expect(backEndProblem("getting stack configuration: incorrect passphrase", "s3://b")).toBeUndefined();
});

test.each([
  [
    '"postgres://ann:tr0ub4dor@db/fleet" x',
    "postgres://ann:tr0ub4dor@db/fleet",
    '"postgres://ann:[secret]@db/fleet" x',
  ],
  ["pass p@ss/w:rd here", "postgres://ann:p@ss/w:rd@db/fleet", "pass [secret] here"],
  ["dial ann: p%40ss12 and p@ss12", "postgres://ann:p%40ss12@db/fleet", "dial ann: [secret] and [secret]"],
  ["postgres://db/fleet?password=abc&x=1", "", "postgres://db/fleet?password=[secret]&x=1"],
])("no password of an address is told: %s", (text, url, told) => {
  expect(redact(text, { PULUMI_BACKEND_URL: url })).toBe(told);
});

test("no credential of the environment is told, and short values garble nothing", () => {
  const env = { AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI", PGPASSWORD: "a", PULUMI_CONFIG_PASSPHRASE: "correct horse" };
  expect(redact("a wJalrXUtnFEMI, correct horse", env)).toBe("a [secret], [secret]");
});

test("an address for people has neither password nor parameters", () => {
  expect(backEndName("postgres://ann:p@ss@db:5432/fleet?sslmode=disable")).toBe("postgres://ann@db:5432/fleet");
  expect(backEndName("s3://b/below?region=eu-west-1")).toBe("s3://b/below");
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "causeway-settings-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the engine is told the settings folder by a path from its working directory, and nothing is put beside the program", async () => {
  writeFileSync(join(root, "Pulumi.yaml"), "name: causeway\nruntime: nodejs\nmain: index.ts\n");
  const settings = { programDir: root, workDir: join(root, ".causeway/stacks/acme"), stack: "acme" };
  const settingsFolder = join(root, "stacks/settings");
  await writeStackFiles({ ...settings, settingsFolder, config: { "causeway:customer": "acme" } });
  expect(parse(readFileSync(join(settings.workDir, "Pulumi.yaml"), "utf8"))).toEqual({
    name: "causeway",
    runtime: "nodejs",
    main: join(root, "index.ts"),
    stackConfigDir: "../../../stacks/settings",
  });
  expect(readdirSync(settingsFolder)).toEqual(["Pulumi.acme.yaml"]);
  expect(readdirSync(settings.workDir)).toEqual(["Pulumi.yaml"]);
  expect(readdirSync(root).sort()).toEqual([".causeway", "Pulumi.yaml", "stacks"]);
});

test("a program that names a settings folder of its own keeps it", async () => {
  writeFileSync(join(root, "Pulumi.yaml"), "name: causeway\nruntime: nodejs\nstackConfigDir: settings\n");
  await writeStackFiles({ programDir: root, workDir: join(root, "work"), stack: "acme", config: { "a:b": "c" } });
  expect(parse(readFileSync(join(root, "work/Pulumi.yaml"), "utf8"))).toMatchObject({ stackConfigDir: "../settings" });
  expect(readdirSync(join(root, "settings"))).toEqual(["Pulumi.acme.yaml"]);
});

test("fails to keep settings elsewhere for a stack that works beside the program, which is not written to", async () => {
  writeFileSync(join(root, "Pulumi.yaml"), "name: causeway\nruntime: nodejs\n");
  const beside = { programDir: root, workDir: root, stack: "acme", settingsFolder: join(root, "x"), config: {} };
  await expect(writeStackFiles(beside)).rejects.toThrow("a settings folder needs a working directory of its own");
});

/** A pulumi that runs a script. */
function pulumi(script: string): { path: string; version: string; source: "path" } {
  const path = join(root, "pulumi");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  writeFileSync(join(root, "Pulumi.yaml"), "name: causeway\nruntime: nodejs\n");
  return { path, version: "3.259.0", source: "path" };
}

test.each([
  ["gs://fleet", "gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k", "GOOGLE_CREDENTIALS"],
  ["azblob://states", "azurekeyvault://fleet.vault.azure.net/keys/k", "AZURE_STORAGE_KEY"],
  ["https://api.pulumi.com", "passphrase", "PULUMI_ACCESS_TOKEN"],
  ["s3://fleet?region=eu-west-1", "awskms://alias/k", "AWS_SECRET_ACCESS_KEY"],
  ["postgres://ann:t0psecret@db/fleet", "hashivault://k", "VAULT_TOKEN"],
])(
  "the address %s, the provider %s and %s reach the engine as they are, credentials by the environment alone",
  async (backendUrl, secretsProvider, variable) => {
    const none = `case "$1 $2" in "stack export"|"stack select") echo "error: no stack named 'acme' found" >&2; exit 6;; esac`;
    const engine = pulumi(
      `echo "$*" >> ${root}/calls; echo "$PULUMI_BACKEND_URL $${variable}" >> ${root}/env; ${none}; exit 0`,
    );
    const env = { [variable]: "cr3dential", XDG_CACHE_HOME: join(root, "cache") };
    const place = { programDir: root, workDir: join(root, "work"), stack: "acme", config: {} };
    await runOperation("up", { ...place, backendUrl, secretsProvider, env }, { engine });
    expect(new Set(readFileSync(join(root, "env"), "utf8").trim().split("\n"))).toEqual(
      new Set([`${backendUrl} cr3dential`]),
    );
    const calls = readFileSync(join(root, "calls"), "utf8");
    expect(calls).toContain(`stack init acme --secrets-provider ${secretsProvider}`);
    expect(calls).not.toMatch(/cr3dential|t0psecret/);
  },
);

test("fails without its settings file where a passphrase or a cloud's key encrypts, with the lines it is missing", async () => {
  const refusal = async (provider: object): Promise<string> => {
    const state = JSON.stringify({ version: 3, deployment: { secrets_providers: provider, resources: [] } });
    const engine = pulumi(`echo '${state}'`);
    const settings = { programDir: root, workDir: join(root, "work"), stack: "acme", config: {}, env: {} };
    return runOperation("preview", settings, { engine }).then(
      () => "it was accepted",
      (error: unknown) => (error instanceof EngineError ? `${error.code} ${error.message}` : String(error)),
    );
  };
  const said = `configuration ${root}/work/Pulumi.acme.yaml does not say what encrypts the secrets of acme; restore it from version control, or put this into it:`;
  expect(await refusal({ type: "passphrase", state: { salt: "v1:a=:v1:b:c==" } })).toBe(
    `${said}\n  encryptionsalt: v1:a=:v1:b:c==`,
  );
  expect(await refusal({ type: "cloud", state: { url: "awskms://alias/k", encryptedkey: "AQ==" } })).toBe(
    `${said}\n  secretsprovider: awskms://alias/k\n  encryptedkey: AQ==`,
  );
  expect(await refusal({ type: "service", state: {} })).toBe("it was accepted");
});
