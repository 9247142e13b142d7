import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import pLimit from "p-limit";
import { parse } from "yaml";
import type { StackSettings } from "../engine/driver.ts";
import type { Engine } from "../engine/install.ts";
import type { Customer } from "../plan/customer.ts";
import {
  listObjects,
  networkStatus,
  removeObject,
  startSandbox,
  WorldFileError,
  WorldInUseError,
  type Faults,
  type Sandbox,
  World,
} from "../sandbox/index.ts";
import { FleetError } from "./error.ts";
import { accountsOf, type Listing } from "./listing.ts";
import { seed, type Seeding } from "./seed.ts";
import type { Target } from "./target.ts";
import type { Member } from "./types.ts";

/**
 * Folder of everything the simulated clouds and their stacks leave behind: below the project, or below the working
 * directory where the program is an installed package.
 */
export const sandboxFolder = (root: string): string =>
  join(root.split(sep).includes("node_modules") ? process.cwd() : root, ".causeway", "sandbox");

/** Encrypts the state of stacks on simulated clouds and nothing else; there is nothing real to protect. */
const PASSPHRASE = "simulated clouds only";

/** How the simulated clouds are set up. */
export interface SandboxSettings extends Seeding {
  /** For tests: see the sandbox's own. */
  readonly faults?: Faults;
  /** What encrypts the secrets of stacks made from now on. @default a passphrase that protects nothing else */
  readonly secretsProvider?: string;
  /** For tests: see `StackSettings`. */
  readonly inline?: NonNullable<StackSettings["inline"]>;
}

/** The simulated clouds with a state back end of their own; they forget nothing between two commands. */
export async function openSandbox(
  root: string,
  engine: Engine,
  { faults, inline, secretsProvider = "passphrase", ...seeding }: SandboxSettings = {},
): Promise<Target & { readonly sandbox: Sandbox }> {
  const folder = sandboxFolder(root);
  mkdirSync(join(folder, "state"), { recursive: true });
  const sandbox = await refusing(() =>
    startSandbox({ worldFile: worldFile(root), ...(faults === undefined ? {} : { faults }) }),
  );
  // customers may share a service, which is to be made once
  const inTurn = pLimit(1);
  return {
    engine,
    sandbox,
    clouds: "sandbox",
    listing: listingOf(sandbox.world),
    network: (customer) => networkStatus(sandbox.world, accountsOf(customer)),
    stackOf: async (member, customer) => {
      await inTurn(seed, sandbox.world, customer, seeding);
      const own = settings(root, sandbox, member, customer);
      return { ...own, secretsProvider, ...(inline === undefined ? {} : { inline }) };
    },
    close: () => sandbox.close(),
  };
}

/** What is in the accounts and projects a customer file names. */
const listingOf = (world: World): Listing => ({
  list: async (customer) => {
    const accounts = new Set(accountsOf(customer));
    return listObjects(world).filter(({ account }) => accounts.has(account));
  },
  remove: ({ key }, options) => removeObject(world, key, options),
});

/**
 * Looks at the simulated clouds, or plays the customer's part in them, without starting them.
 * @throws FleetError where there are none yet, or where somebody is working on them
 */
export async function withWorld<Result>(root: string, act: (world: World) => Promise<Result>): Promise<Result> {
  const file = worldFile(root);
  if (!existsSync(file)) {
    throw new FleetError(
      "no-clouds",
      `no simulated clouds in ${sandboxFolder(root)} yet; begin with causeway sandbox start`,
    );
  }
  const world = await refusing(() => World.open(file));
  try {
    return await act(world);
  } finally {
    await world.close();
  }
}

const worldFile = (root: string): string => join(sandboxFolder(root), "world.jsonl");

/** A world that cannot be opened is a person's matter, not a defect. */
async function refusing<Result>(open: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof WorldInUseError) throw new FleetError("in-use", error.message, { cause: error });
    if (error instanceof WorldFileError) throw new FleetError("damaged", error.message, { cause: error });
    throw error;
  }
}

function settings(root: string, sandbox: Sandbox, { path }: Member, { name }: Customer): StackSettings {
  const folder = sandboxFolder(root);
  return {
    programDir: root,
    workDir: join(folder, "stacks", name),
    stack: name,
    backendUrl: pathToFileURL(join(folder, "state")).href,
    pulumiHome: join(folder, "pulumi"),
    env: {
      ...sandbox.env,
      PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
    config: { ...plainConfig(root, name), "causeway:customer": path },
  };
}

/** Configuration of the stack's own settings file, without what belongs to its real back end and accounts. */
function plainConfig(root: string, name: string): Record<string, string> {
  const path = join(root, `Pulumi.${name}.yaml`);
  const file = existsSync(path)
    ? (parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> | null } | null)
    : null;
  const entries = Object.entries<unknown>(file?.config ?? {});
  const plain = entries.filter(([, value]) => !(typeof value === "object" && value !== null && "secure" in value));
  return Object.fromEntries(
    plain.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
