import type { GenericApp, QuiltApp, SelfHosted } from "../customer.ts";

/** Port on the loopback address where the registry finds its role's credentials. */
export const CREDENTIALS_PORT = 8099;

/** Variables as `docker --env-file` reads them: everything after `=` is the value, quotes included. */
export const envFile = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

/** Secrets by the variable that gets the value, as the instance reads them: `<name> <arn>` each. */
export const arnLines = (secrets: Readonly<Record<string, string>>): string =>
  Object.entries(secrets)
    .map(([name, arn]) => `${name} ${arn}\n`)
    .join("");

/**
 * Flags of a program that takes every text for true, "false" included: a flag that is false is left out.
 * Source: config.py of the Quilt registry, `bool(os.getenv(…))`.
 */
export const flags = (values: Readonly<Record<string, boolean>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value ? [[name, "true"]] : [])));

/** The Quilt registry's settings that are no secret. Source: env_config.py and config.py of the Quilt registry. */
export function quiltRegistry({ registryHost, region }: SelfHosted, app: QuiltApp): Readonly<Record<string, string>> {
  const { smtp, s3Identity } = app;
  return {
    QUILT_SERVER_CONFIG: "env_config.py",
    REGISTRY_URL: `https://${registryHost}`,
    CATALOG_URL: `https://${app.catalogHost}`,
    PACKAGE_BUCKET_NAME: app.packageBucketName,
    S3_ENDPOINT: `https://s3.${region}.amazonaws.com`,
    SMTP_HOST: smtp.host,
    // Without it the registry takes no port at all.
    SMTP_PORT: String(smtp.port),
    SMTP_USE_TLS: "true",
    QUILT_DEFAULT_SENDER: smtp.defaultSender,
    TEAM_ID: app.teamId,
    TEAM_NAME: app.teamName,
    ...flags({ ALLOW_TEAM_ACCESS: true, ALLOW_ANONYMOUS_ACCESS: false, DISABLE_SIGNUP: false }),
    // The old SDK takes this address for its credentials as long as no key is set.
    ...(s3Identity.kind === "instance-role-shim"
      ? { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${CREDENTIALS_PORT}/` }
      : {}),
  };
}

/** The catalog's settings. Source: config.js.tmpl of the Quilt catalog. */
export const quiltCatalog = ({ registryHost }: SelfHosted, app: QuiltApp): Readonly<Record<string, string>> => ({
  REGISTRY_URL: `https://${registryHost}`,
  ALWAYS_REQUIRES_AUTH: "true",
  SENTRY_DSN: "",
  MIXPANEL_TOKEN: "",
  STRIPE_KEY: "NOSTRIPE",
  TEAM_ID: app.teamId,
  TEAM_NAME: app.teamName,
});

export const genericRegistry = ({ environment }: GenericApp): Readonly<Record<string, string>> => environment;

/**
 * Makes the old SDK sign with version 4, which encrypted objects need, and name the bucket in the host, which is the one
 * name that executors have a private way to. Source: botocore, `signature_version`, `addressing_style`.
 */
export const awsConfig = (region: string): string =>
  `[default]\nregion = ${region}\ns3 =\n  signature_version = s3v4\n  addressing_style = virtual\n`;
