/** The customer's registry behind the private endpoint: Debian's nginx with TLS, and what stands behind it if anything. */

/** What a path is answered with. */
export interface Reply {
  readonly status: number;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** nginx's own page for the status unless told. */
  readonly body?: string;
}

export interface RegistryState {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** By path; any other goes to what is behind it, or is 404. */
  readonly replies: Readonly<Record<string, Reply>>;
  /** What is behind it, e.g. `127.0.0.1:4873`. */
  readonly behind?: string;
  /** Ports with TLS. */
  readonly ports: readonly number[];
  /** Ports that answer without TLS. */
  readonly plainPorts: readonly number[];
}

const FOLDER = "/run/registry";
export const REGISTRY_FILES = {
  config: `${FOLDER}/nginx.conf`,
  cert: `${FOLDER}/cert.pem`,
  key: `${FOLDER}/key.pem`,
} as const;

/** A string of nginx, which would put a variable's value for a `$`. */
function quoted(text: string): string {
  if (text.includes("$")) throw new Error(`expected text without $, got ${text}`);
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function location([path, { status, headers = {}, body }]: readonly [string, Reply]): string {
  const { "content-type": type = "text/plain", location: elsewhere, ...others } = headers;
  const added = Object.entries(others).map(([name, value]) => `add_header ${name} ${quoted(value)} always;`);
  const text = elsewhere ?? body;
  const answer = `return ${status}${text === undefined ? "" : ` ${quoted(text)}`};`;
  return `location = ${quoted(path)} { default_type ${type}; ${[...added, answer].join(" ")} }`;
}

/** One process, so that ending it ends all of it. */
export function registryConfig({ replies, behind, ports, plainPorts }: RegistryState): string {
  const rest = behind === undefined ? "return 404;" : `proxy_pass http://${behind};`;
  const tls = [
    ...ports.map((port) => `listen ${port} ssl;`),
    `ssl_certificate ${REGISTRY_FILES.cert}; ssl_certificate_key ${REGISTRY_FILES.key};`,
    "proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto https;",
    ...Object.entries(replies).map(location),
    `location / { ${rest} }`,
  ];
  const plain = [...plainPorts.map((port) => `listen ${port};`), "location / { return 200 open; }"];
  const server = (lines: readonly string[]): string => `  server {\n    ${lines.join("\n    ")}\n  }\n`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `  ${kind}_temp_path ${FOLDER}/${kind};\n`,
  );
  return [
    `daemon off;\nmaster_process off;\npid ${FOLDER}/pid;\nerror_log stderr;\nevents {}\nhttp {\n`,
    "  access_log off;\n  types {}\n",
    ...temporary,
    ports.length === 0 ? "" : server(tls),
    plainPorts.length === 0 ? "" : server(plain),
    "}\n",
  ].join("");
}
