/**
 * `causeway.yaml`: where a fleet keeps its state and what encrypts it. Names of places only; credentials come by the
 * environment, so that the file can be committed and no process shows them.
 */
import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { ConfigError } from "../plan/errors.ts";
import { formatPath } from "../stacks/paths.ts";
import type { Path } from "../stacks/paths.ts";
import { type Problem, parseSource, readBytes, type Source } from "../stacks/read.ts";
import { either, nearest, show } from "../stacks/wording.ts";

/** File of the fleet's settings, beside `Pulumi.yaml`. */
export const SETTINGS_FILE = "causeway.yaml";

/** Where a fleet keeps its state. */
export interface FleetSettings {
  /** Address for `StackSettings.backendUrl`. @default the one of `PULUMI_BACKEND_URL`, or the one that is logged in */
  readonly backendUrl?: string;
  /** What encrypts the secrets of stacks made from now on, for `StackSettings.secretsProvider`. */
  readonly secretsProvider: string;
  /** Absolute folder of `Pulumi.<stack>.yaml`, for `StackSettings.settingsFolder`. */
  readonly settingsFolder: string;
}

/** Source: Pulumi, "Using a DIY backend", and `pkg/backend/diy/postgres`. */
const BACK_ENDS = ["file", "s3", "gs", "azblob", "postgres", "https"];
/** Source: Pulumi, "Secrets handling", and what the engine answers to an unknown one. */
const PROVIDERS = ["awskms", "gcpkms", "azurekeyvault", "hashivault"];
const beginning = (schemes: readonly string[]): string =>
  `an address beginning ${either(schemes.map((each) => `${each}://`))}`;

/** Parameters of an address that hold a credential. Source: libpq; Azure Storage, shared access signatures. */
const CREDENTIALS = ["password", "sslpassword", "sig", "sas", "access_token", "token", "secret"];
const WHERE: Readonly<Record<string, string>> = {
  postgres: "PGPASSWORD",
  s3: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  azblob: "AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN",
  gs: "GOOGLE_CREDENTIALS",
  https: "PULUMI_ACCESS_TOKEN",
};

const scheme = (text: string): string => /^([a-z0-9+.-]+):\/\//i.exec(text)?.[1] ?? "";

/** Whether an address carries a credential. One that does not parse is taken for one that does: it is not repeated. */
function hasCredential(text: string): boolean {
  const [, authority = "", query = ""] = /^[^:]*:\/\/([^?#]*)\??([^#]*)/.exec(text) ?? [];
  const user = authority.includes("@") ? authority.slice(0, authority.lastIndexOf("@")) : "";
  const names = [...new URLSearchParams(query).keys()].map((name) => name.toLowerCase());
  return user.includes(":") || names.some((name) => CREDENTIALS.includes(name));
}

const backend = z.string({ error: "expected the address of a state back end" }).superRefine((text, context) => {
  const kind = scheme(text);
  if (hasCredential(text)) {
    const where = WHERE[kind] ?? "the environment";
    context.addIssue(`expected an address without credentials, got one with; put them into ${where}, and change them`);
  } else if (!BACK_ENDS.includes(kind)) {
    context.addIssue(`expected ${beginning(BACK_ENDS)}, got ${show(text)}; write where the state is`);
  } else if (text === `${kind}://`) {
    context.addIssue(`expected the name of a place after ${text}, got nothing; write where the state is`);
  }
});

const secretsProvider = z.string({ error: "expected what encrypts secrets" }).superRefine((text, context) => {
  if (hasCredential(text)) {
    context.addIssue("expected the address of a key without credentials, got one with; put them into the environment");
  } else if (text !== "passphrase" && !PROVIDERS.includes(scheme(text))) {
    context.addIssue(`expected passphrase or ${beginning(PROVIDERS)}, got ${show(text)}; name the key`);
  }
});

const settingsFolder = z
  .string({ error: "expected a folder" })
  .refine((text) => text !== "" && !isAbsolute(text) && !relative("/x", resolve("/x", text)).startsWith(".."), {
    error: "expected a folder below this file, got another; the files in it are committed with it",
  });

const STATE = {
  backend: backend.optional(),
  secretsProvider: secretsProvider.default("passphrase"),
  settingsFolder: settingsFolder.default("stacks/settings"),
};
const File = z.strictObject(
  { state: z.strictObject(STATE, { error: "expected a block" }).prefault({}) },
  { error: "expected a block with state" },
);
const KEYS: Readonly<Record<string, readonly string[]>> = { "": ["state"], state: Object.keys(STATE) };

function problemsOf({ issues }: z.ZodError): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path as Path;
    if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
    const allowed = KEYS[formatPath(path)] ?? [];
    return issue.keys.map((key) => {
      const meant = nearest(key, allowed);
      const fix = meant === undefined ? `allowed here: ${either(allowed, "and")}` : `write ${meant}`;
      return { path: [...path, key], at: "key" as const, message: `unknown key, got ${show(key)}; ${fix}` };
    });
  });
}

/**
 * The settings a text holds.
 * @param root directory of the file: `settingsFolder`, and the path of a `file://` back end, are relative to it
 * @throws ConfigError with every problem at once
 */
export function parseSettings(content: Uint8Array | string, file: string, root: string): FleetSettings {
  const text = typeof content === "string" ? content : new TextDecoder().decode(content);
  const blank = text.split("\n").every((line) => /^\s*(#|$)/.test(line));
  const source: Source = parseSource(blank ? "state: {}" : content, file);
  const result = File.safeParse(source.value);
  const problems = [...source.problems, ...(result.success ? [] : problemsOf(result.error))];
  if (problems.length > 0 || !result.success) {
    throw new ConfigError(
      problems.map((problem) => ({
        file,
        position: source.position(problem),
        path: formatPath(problem.path),
        message: problem.message,
      })),
    );
  }
  const { state } = result.data;
  return {
    ...(state.backend === undefined ? {} : { backendUrl: whole(state.backend, root) }),
    secretsProvider: state.secretsProvider,
    settingsFolder: resolve(root, state.settingsFolder),
  };
}

/** `file://./state` is below the root; the engine would take it from its own working directory. */
function whole(url: string, root: string): string {
  const [, path] = /^file:\/\/(\.{1,2}(?:\/.*)?)$/.exec(url) ?? [];
  return path === undefined ? url : pathToFileURL(resolve(root, path)).href;
}

/**
 * The settings of the fleet in a folder, or the defaults where it has no `causeway.yaml`. `PULUMI_BACKEND_URL` decides
 * over the file, since an address with a password can be given nowhere else.
 * @throws ConfigError with every problem at once
 */
export function loadSettings(root: string, env: NodeJS.ProcessEnv = process.env): FleetSettings {
  const path = join(root, SETTINGS_FILE);
  const settings = existsSync(path)
    ? parseSettings(readBytes(SETTINGS_FILE, path), SETTINGS_FILE, root)
    : parseSettings("state: {}", SETTINGS_FILE, root);
  const url = env["PULUMI_BACKEND_URL"];
  return url === undefined || url === "" ? settings : { ...settings, backendUrl: url };
}
