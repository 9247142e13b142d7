import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { StackSettings } from "../engine/driver.ts";
import type { Engine } from "../engine/install.ts";
import type { Customer } from "../plan/customer.ts";
import { getEngine } from "./engine.ts";
import { EXIT, Exit } from "./exit.ts";
import type { Listing } from "./listing.ts";
import type { Clouds } from "./main.ts";
import type { Seeding } from "./seed.ts";
import type { Selected } from "./selection.ts";
import type { Terminal } from "./terminal.ts";

/** Where stacks live and what they run on. */
export interface Target {
  readonly engine: Engine;
  readonly clouds: Clouds;
  /** What the clouds themselves say there is; real accounts are not listed yet. */
  readonly listing?: Listing;
  /** Prepares a customer's stack and says how the engine finds it. @throws Exit where it must not be touched */
  stackOf(selected: Selected, customer: Customer): Promise<StackSettings>;
  close(): Promise<void>;
}

/** Opens the clouds a command works on; the simulated ones are loaded only where they are asked for. */
export async function openTarget(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  seeding: Seeding = {},
): Promise<Target> {
  const engine = await getEngine(terminal);
  if (clouds === "sandbox") {
    const { openSandbox } = await import("./sandbox.ts");
    return openSandbox(root, engine, seeding);
  }
  return {
    engine,
    clouds,
    stackOf: async (selected, customer) => realStack(root, selected, customer),
    close: () => Promise.resolve(),
  };
}

/**
 * A stack in the back end that is logged in. Its settings file must already name what encrypts its secrets: without that
 * Pulumi would make one up, and the pre-shared keys would depend on a passphrase nobody chose.
 */
function realStack(root: string, selected: Selected, { name }: Customer): StackSettings {
  const file = `Pulumi.${name}.yaml`;
  const path = join(root, file);
  const settings = existsSync(path) ? (parse(readFileSync(path, "utf8")) as Record<string, unknown> | null) : null;
  if (settings?.["secretsprovider"] === undefined && settings?.["encryptionsalt"] === undefined) {
    throw new Exit(
      EXIT.usage,
      `${file}: expected secretsprovider or encryptionsalt, got neither; make the stack with ` +
        `pulumi stack init ${name} --secrets-provider <awskms://…, gcpkms://…, azurekeyvault://… or passphrase>`,
    );
  }
  return {
    programDir: root,
    workDir: root,
    stack: name,
    env: {},
    config: selected.byPath ? { "causeway:customer": selected.path } : {},
  };
}
