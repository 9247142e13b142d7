/** What nginx hands requests on to, on the same machine. */
export interface Upstream {
  /** `uwsgi` speaks nginx's own protocol to a Python application. */
  readonly kind: "http" | "uwsgi";
  readonly port: number;
  /** Path of the application that answers while it works. */
  readonly healthPath: string;
  /** Largest upload, as nginx writes sizes. */
  readonly maxBody: string;
}

export interface NginxOptions {
  readonly listen: number;
  /** Folder nginx may write to; the rest of its file system is read-only. */
  readonly temporary: string;
  /** File with the parameters of uwsgi that comes with nginx. */
  readonly uwsgiParams: string;
}

const DEFAULTS: NginxOptions = { listen: 80, temporary: "/tmp", uwsgiParams: "/etc/nginx/uwsgi_params" };

/** Path that load balancers ask, whatever host they name. */
export const HEALTH_PATH = "/healthcheck";

/**
 * The whole configuration of the nginx in front of a registry. Everything is written out: nothing is left to envsubst,
 * which would blank nginx's own variables too.
 */
export function nginxConfig(upstream: Upstream, options: Partial<NginxOptions> = {}): string {
  const { listen, temporary, uwsgiParams } = { ...DEFAULTS, ...options };
  const temporaries = ["client_body", "proxy", "uwsgi", "fastcgi", "scgi"].map(
    (kind) => `  ${kind}_temp_path ${temporary}/${kind};`,
  );
  return `pid ${temporary}/nginx.pid;
error_log stderr warn;
worker_processes auto;
events {}
http {
  default_type application/octet-stream;
  access_log off;
  server_tokens off;
${temporaries.join("\n")}
  server {
    listen ${listen};
    client_max_body_size ${upstream.maxBody};
${location(`= ${HEALTH_PATH}`, upstream, uwsgiParams, upstream.healthPath)}
${location("/", upstream, uwsgiParams)}
  }
}
`;
}

function location(match: string, { kind, port }: Upstream, uwsgiParams: string, path = ""): string {
  const lines =
    kind === "uwsgi"
      ? [
          `include ${uwsgiParams};`,
          ...(path === "" ? [] : [`uwsgi_param PATH_INFO ${path};`]),
          `uwsgi_pass 127.0.0.1:${port};`,
        ]
      : [
          `proxy_pass http://127.0.0.1:${port}${path};`,
          "proxy_http_version 1.1;",
          "proxy_request_buffering off;",
          "proxy_read_timeout 120s;",
          // Clients are sent on to addresses made of these two; the load balancer says which protocol they came by.
          "proxy_set_header Host $http_host;",
          "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
          "proxy_set_header X-Forwarded-For $http_x_forwarded_for;",
        ];
  return [`    location ${match} {`, ...lines.map((line) => `      ${line}`), "    }"].join("\n");
}
