import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { EngineError, type StackSettings } from "../engine/driver.ts";
import type { Engine } from "../engine/install.ts";
import type { Customer } from "../plan/customer.ts";
import type { NetworkStatus } from "../sandbox/index.ts";
import type { Listing } from "./listing.ts";
import type { SandboxSettings } from "./sandbox.ts";
import type { Clouds, Member } from "./types.ts";

/** See `settings.ts`, which is loaded only where there is one. */
const SETTINGS_FILE = "causeway.yaml";

/** Where stacks live and what they run on. */
export interface Target {
  readonly engine: Engine;
  readonly clouds: Clouds;
  /** What the clouds themselves say there is; real accounts are not listed yet. */
  readonly listing?: Listing;
  /** What is connected in a customer's accounts; real ones are not asked yet. */
  readonly network?: (customer: Customer) => NetworkStatus;
  /** Prepares a customer's stack and says how the engine finds it. @throws EngineError where it must not be touched */
  stackOf(member: Member, customer: Customer): Promise<StackSettings>;
  close(): Promise<void>;
}

/** Opens the clouds a fleet works on; the simulated ones are loaded only where they are asked for. */
export async function openTarget(
  root: string,
  clouds: Clouds,
  engine: Engine,
  simulated: SandboxSettings = {},
): Promise<Target> {
  if (clouds === "sandbox") {
    const { openSandbox } = await import("./sandbox.ts");
    return openSandbox(root, engine, simulated);
  }
  return {
    engine,
    clouds,
    stackOf: (member, customer) => realStack(root, member, customer),
    close: () => Promise.resolve(),
  };
}

/**
 * A stack of a real back end: the one `causeway.yaml` names, with a working directory a stack, or without that file the
 * one that is logged in.
 */
async function realStack(root: string, member: Member, customer: Customer): Promise<StackSettings> {
  if (!existsSync(join(root, SETTINGS_FILE))) return loggedIn(root, member, customer);
  const { loadSettings } = await import("./settings.ts");
  const settings = loadSettings(root);
  refuseUnmade(root, settings.settingsFolder, customer);
  return {
    ...settings,
    programDir: root,
    workDir: join(root, ".causeway", "stacks", customer.name),
    stack: customer.name,
    env: {},
    config: chosen(root, member),
  };
}

/**
 * In CI, a stack without its settings file. An engine would make them there, and what the stack's secrets are encrypted
 * with would be gone with the machine: the next job could do nothing with the stack.
 */
function refuseUnmade(root: string, folder: string, { name }: Customer): void {
  const path = join(folder, `Pulumi.${name}.yaml`);
  if (process.env["CI"] === undefined || existsSync(path)) return;
  throw new EngineError(
    "configuration",
    `${relative(root, path)}: expected the settings of ${name}, got no such file, and one made in ci would be lost; ` +
      `run npx causeway preview ${name} once elsewhere, which makes the stack, and commit the file`,
  );
}

/** What tells a stack of a file that was chosen by path. Kept in a file that is committed, so from the root on. */
const chosen = (root: string, { byPath, path }: Member): Record<string, string> =>
  byPath ? { "causeway:customer": relative(root, path) } : {};

/**
 * A stack in the back end that is logged in. Its settings file must already name what encrypts its secrets: without that
 * Pulumi would make one up, and the pre-shared keys would depend on a passphrase nobody chose.
 */
function loggedIn(root: string, member: Member, { name }: Customer): StackSettings {
  const file = `Pulumi.${name}.yaml`;
  const path = join(root, file);
  const settings = existsSync(path) ? (parse(readFileSync(path, "utf8")) as Record<string, unknown> | null) : null;
  if (settings?.["secretsprovider"] === undefined && settings?.["encryptionsalt"] === undefined) {
    throw new EngineError(
      "configuration",
      `${file}: expected secretsprovider or encryptionsalt, got neither; make the stack with ` +
        `pulumi stack init ${name} --secrets-provider <awskms://…, gcpkms://…, azurekeyvault://… or passphrase>`,
    );
  }
  return {
    programDir: root,
    workDir: root,
    stack: name,
    env: {},
    config: chosen(root, member),
  };
}
