import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { StackSettings } from "./driver.ts";
import { EngineError } from "./engineError.ts";
import { settingsFolderOf } from "./stackFiles.ts";
import type { StackState } from "./stackState.ts";

/** How a state says what encrypts its secrets. Source: Pulumi, `apitype.SecretsProvidersV1` and the states it writes. */
type Provider =
  | { readonly type: "passphrase"; readonly state: { readonly salt: string } }
  | { readonly type: "cloud"; readonly state: { readonly url: string; readonly encryptedkey: string } };

/** What a settings file says where a key or a passphrase encrypts; one of these is enough to know which. */
const SAYING = ["secretsprovider", "encryptionsalt", "encryptedkey"];

/**
 * Refuses a stack whose settings file was lost. The engine would take the passphrase of the environment, whatever the
 * state was encrypted with, or say that one is missing where a key of a cloud encrypts.
 * @throws EngineError with `configuration` and the lines the file is missing; they are no secrets
 */
export async function refuseLostSettings(state: StackState, settings: StackSettings): Promise<void> {
  const provider = (state.deployment as { secrets_providers?: Provider } | null)?.secrets_providers;
  if (provider === undefined || !["passphrase", "cloud"].includes(provider.type)) return;
  const file = join(await settingsFolderOf(settings), `Pulumi.${settings.stack}.yaml`);
  const text = await readFile(file, "utf8").catch(() => "");
  const said = (parse(text) ?? {}) as Record<string, unknown>;
  if (SAYING.some((key) => key in said)) return;
  const lines =
    provider.type === "passphrase"
      ? { encryptionsalt: provider.state.salt }
      : { secretsprovider: provider.state.url, encryptedkey: provider.state.encryptedkey };
  const missing = stringify(lines, { lineWidth: 0 }).trim().replaceAll(/^/gm, "  ");
  const message = `${file} does not say what encrypts the secrets of ${settings.stack}; restore it from version control, or put this into it:`;
  throw new EngineError("configuration", `${message}\n${missing}`);
}
