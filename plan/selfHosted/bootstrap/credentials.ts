import { CREDENTIALS_PORT } from "./environment.ts";

/** The instance metadata service. Source: EC2 User Guide, "Access instance metadata". */
export const METADATA = "http://169.254.169.254";

/**
 * A sidecar that serves the instance's role on the loopback address. The registry's SDK is older than version 2 of the
 * metadata service, which is the only one the instance answers; it does know container credentials, whose fields have the
 * same names. Written for Python 3.6, which comes with the registry's image.
 */
export const credentialsShim = (
  metadata = METADATA,
  port = CREDENTIALS_PORT,
): string => `from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen

BASE = "${metadata}/latest/"
ROLE = BASE + "meta-data/iam/security-credentials/"


def credentials():
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = urlopen(Request(BASE + "api/token", headers=lifetime, method="PUT"), timeout=5).read().decode()
    signed = {"X-aws-ec2-metadata-token": token}
    role = urlopen(Request(ROLE, headers=signed), timeout=5).read().decode().strip()
    return urlopen(Request(ROLE + role, headers=signed), timeout=5).read()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, body = 200, credentials()
        except OSError:
            status, body = 503, b"{}"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


HTTPServer(("127.0.0.1", ${port}), Handler).serve_forever()
`;
