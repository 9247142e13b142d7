/** Keeps credentials out of what is told: the engine repeats the back end's address, password and all, in its errors. */

/**
 * Variables that hold a credential of a back end or a secrets provider. Source: Pulumi, "Using a DIY backend" and
 * "Secrets handling"; libpq, "Environment variables".
 */
const VARIABLES = [
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_ACCESS_TOKEN",
  "PGPASSWORD",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AZURE_STORAGE_KEY",
  "AZURE_STORAGE_SAS_TOKEN",
  "AZURE_CLIENT_SECRET",
  "GOOGLE_CREDENTIALS",
  "GOOGLE_OAUTH_ACCESS_TOKEN",
  "VAULT_TOKEN",
];
/** Below this a value is no credential worth the name, and taking it out would garble other words. */
const LEAST_LENGTH = 6;
const HIDDEN = "[secret]";
/** Up to the last @: a password that should have been encoded may hold any character. */
const ADDRESS = /^([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*):(.*)@/i;

/** A text without the credentials of an environment and without the password of any URL in it. */
export function redact(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const password = ADDRESS.exec(env["PULUMI_BACKEND_URL"] ?? "")?.[2];
  const known = [password, decoded(password), ...VARIABLES.map((name) => env[name])]
    .filter((value) => value !== undefined && value.length >= LEAST_LENGTH)
    .sort((a, b) => b!.length - a!.length);
  const without = known.reduce<string>((rest, value) => rest.replaceAll(value!, HIDDEN), text);
  return without
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#"]*):[^\s@/"]*@/gi, `$1:${HIDDEN}@`)
    .replaceAll(/([?&](?:password|sslpassword|sig|access_token)=)[^&\s"]+/gi, `$1${HIDDEN}`);
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A back end's address for people: without password and parameters, such as `postgres://ann@db.example:5432/fleet`. */
export function backEndName(url: string): string {
  return url.replace(ADDRESS, "$1@").replace(/[?#].*$/, "");
}
