/** Where clients find a registry. */
export interface ClientTarget {
  readonly registryHost: string;
  /** @default "https" */
  readonly scheme?: "http" | "https";
  readonly port?: number;
}

/**
 * Text of an `.npmrc` for a registry of the generic profile. The token comes from the environment: it is in no file.
 * Source: npm documentation, "npmrc", auth related configuration.
 */
export function npmrc({ registryHost, scheme = "https", port }: ClientTarget): string {
  const host = port === undefined ? registryHost : `${registryHost}:${port}`;
  return `registry=${scheme}://${host}/\n//${host}/:_authToken=\${NPM_TOKEN}\n`;
}

/** Text of a `pip.conf`, for an index at `path` such as `root/pypi/+simple/`. Source: pip documentation, "Configuration". */
export const pipConf = ({ registryHost }: ClientTarget, path: string): string =>
  `[global]\nindex-url = https://${registryHost}/${path}\n`;
