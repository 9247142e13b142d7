/**
 * What a self-hosted registry's instance gets, for real on this machine: the scripts under shellcheck, the configuration
 * under nginx, Verdaccio behind it, the sidecar before a metadata service. This tier cannot show Amazon Linux, Docker, or
 * AWS's answers to the scripts.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planCustomer } from "../../plan/plan.ts";
import { bootstrapFiles, upstreamOf, type BootstrapFile } from "../../plan/selfHosted/bootstrap/cloudInit.ts";
import { credentialsShim } from "../../plan/selfHosted/bootstrap/credentials.ts";
import { nginxConfig } from "../../plan/selfHosted/bootstrap/nginx.ts";
import { npmrc } from "../../plan/selfHosted/clients.ts";
import { GENERIC, lines, QUILT, read, secretArn } from "../components/selfHostedFiles.ts";

const run = promisify(execFile);
const tool = (name: string): string => execFileSync("bash", ["scripts/tools.sh", name], { encoding: "utf8" }).trim();
const folder = mkdtempSync(join(tmpdir(), "self-hosted-"));
const processes: ChildProcess[] = [];

afterAll(() => {
  for (const process of processes) process.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

const facts = {
  logGroup: "/causeway/registries/acme-packages",
  databaseEndpoint: "acme-packages.abc.us-east-1.rds.amazonaws.com:5432",
  databaseSecretArn: secretArn("rds!db"),
  signingSecretArn: secretArn("signing"),
};

const files = (block: readonly string[]): readonly BootstrapFile[] =>
  bootstrapFiles(planCustomer(read(block)).registries[0]!.selfHosted!, facts);

const PROFILES: readonly (readonly [string, readonly string[]])[] = [
  ["quilt", QUILT],
  ["quilt with a user", lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" })],
  ["generic", GENERIC],
  ["generic without data", lines(GENERIC, { container: "{ port: 4873 }" })],
];

describe("the rendered scripts", () => {
  it.each(PROFILES)("of %s pass shellcheck, matters of style included [SR-01] [SR-02]", async (_name, block) => {
    const shellcheck = tool("shellcheck").split("\n").at(-1)!;
    const scripts = files(block).filter(({ content }) => content.startsWith("#!/bin/bash"));
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    for (const { path, content } of scripts) {
      const file = join(folder, path.replaceAll("/", "_"));
      writeFileSync(file, content);
      const found = await run(shellcheck, ["--external-sources", "--severity=style", file]).then(
        () => "",
        (error: unknown) => (error as { stdout: string }).stdout,
      );
      expect(found).toBe("");
    }
  });
});

/** A port nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(url: string, status = 200): Promise<Response> {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(url);
      if (response.status === status || tries > 100) return response;
    } catch (error) {
      if (tries > 100) throw error;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function startNginx(config: string, port: number): Promise<void> {
  const file = join(folder, `nginx-${port}.conf`);
  writeFileSync(file, config);
  await run(tool("nginx"), ["-t", "-c", file, "-e", "stderr"]);
  processes.push(spawn(tool("nginx"), ["-c", file, "-e", "stderr", "-g", "daemon off;"], { stdio: "ignore" }));
}

describe("the generic profile, with Verdaccio behind nginx", () => {
  let port: number;
  beforeAll(async () => {
    const { app } = planCustomer(read(GENERIC)).registries[0]!.selfHosted!;
    const [front, behind] = [await freePort(), await freePort()];
    port = front;
    const temporary = join(folder, "nginx");
    mkdirSync(temporary);
    const config = [
      `storage: ${folder}/storage`,
      "packages: { '**': { access: $all, publish: $all } }",
      "uplinks: {}",
      "log: { type: stdout, level: error }",
    ];
    writeFileSync(join(folder, "verdaccio.yaml"), `${config.join("\n")}\n`);
    const verdaccio = tool("verdaccio");
    processes.push(
      spawn(verdaccio, ["--config", join(folder, "verdaccio.yaml"), "--listen", `127.0.0.1:${behind}`], {
        stdio: "ignore",
      }),
    );
    await startNginx(nginxConfig({ ...upstreamOf(app), port: behind }, { listen: front, temporary }), front);
  });

  it("answers the load balancer's health path, whatever host it names", async () => {
    const response = await answers(`http://127.0.0.1:${port}/healthcheck`);
    expect(response.status).toBe(200);
  });

  it("takes a package, and gives it to a client with the rendered configuration", async () => {
    const [source, target] = [join(folder, "source"), join(folder, "target")];
    const client = npmrc({ registryHost: "127.0.0.1", scheme: "http", port });
    for (const [place, manifest] of [
      [source, { name: "causeway-probe", version: "1.2.3" }],
      [target, { name: "consumer", version: "1.0.0", private: true }],
    ] as const) {
      mkdirSync(place);
      writeFileSync(join(place, "package.json"), JSON.stringify(manifest));
      writeFileSync(join(place, ".npmrc"), client);
    }
    const npm = (cwd: string, ...args: string[]) =>
      run("npm", [...args, "--no-audit", "--no-fund", "--cache", join(folder, "cache")], {
        cwd,
        env: { PATH: process.env["PATH"], HOME: folder, NPM_TOKEN: "obviously-fake" },
      });
    await npm(source, "publish");
    await npm(target, "install", "causeway-probe");
    const { stdout } = await npm(target, "ls", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      dependencies: {
        "causeway-probe": {
          version: "1.2.3",
          resolved: `http://127.0.0.1:${port}/causeway-probe/-/causeway-probe-1.2.3.tgz`,
        },
      },
    });
  });

  it("has a configuration of the quilt profile that nginx takes too", async () => {
    const { app } = planCustomer(read(QUILT)).registries[0]!.selfHosted!;
    const file = join(folder, "quilt.conf");
    const options = {
      listen: await freePort(),
      temporary: join(folder, "nginx"),
      uwsgiParams: "/etc/nginx/uwsgi_params",
    };
    writeFileSync(file, nginxConfig(upstreamOf(app), options));
    const { stderr } = await run(tool("nginx"), ["-t", "-c", file, "-e", "stderr"]);
    expect(stderr).toContain("test is successful");
  });
});

describe("the sidecar with the role's credentials", () => {
  let metadata: Server;
  const role = { AccessKeyId: "ASIAOBVIOUSLYFAKE", SecretAccessKey: "obviously-fake", Token: "fake" };

  beforeAll(async () => {
    // Version 2 alone: without the token there is no answer. Source: EC2 User Guide, "Use IMDSv2".
    metadata = createServer((request, response) => {
      const { method, url, headers } = request;
      if (method === "PUT" && url === "/latest/api/token") return void response.end("the-token");
      if (headers["x-aws-ec2-metadata-token"] !== "the-token") return void response.writeHead(401).end();
      if (url === "/latest/meta-data/iam/security-credentials/") return void response.end("registry-role\n");
      if (url?.endsWith("/registry-role") === true) return void response.end(JSON.stringify(role));
      return void response.writeHead(404).end();
    });
    await new Promise<void>((done) => metadata.listen(0, "127.0.0.1", done));
  });
  afterAll(() => metadata.close());

  it("hands them on from a metadata service of version 2, and says 503 without one [B.4]", async () => {
    const { port: source } = metadata.address() as AddressInfo;
    const [working, broken] = [await freePort(), await freePort()];
    for (const [port, from] of [
      [working, `http://127.0.0.1:${source}`],
      [broken, `http://127.0.0.1:${await freePort()}`],
    ] as const) {
      const file = join(folder, `credentials-${port}.py`);
      writeFileSync(file, credentialsShim(from, port));
      processes.push(spawn("python3", [file], { stdio: "ignore" }));
    }
    expect(await (await answers(`http://127.0.0.1:${working}/`)).json()).toEqual(role);
    expect((await answers(`http://127.0.0.1:${broken}/`, 503)).status).toBe(503);
  });
});

describe("the environment's refresh", () => {
  it("writes the database's URI with the password escaped, and keeps every secret out of command lines [SR-03]", async () => {
    const home = join(folder, "home");
    const bin = join(folder, "bin");
    mkdirSync(join(home, "env"), { recursive: true });
    mkdirSync(bin);
    const log = join(folder, "commands");
    const password = "p@ss/w:rd%#";
    // aws as the script knows it: secrets by ARN, and every command line kept.
    const aws = `#!/bin/bash
echo "aws $*" >>"${log}"
case "$*" in
  *smtp*) echo '{"username":"mail","password":"mail-secret"}' ;;
  *signing*) echo signing-secret ;;
  *get-secret-value*) echo '{"username":"registry","password":"${password}"}' ;;
esac
`;
    writeFileSync(join(bin, "aws"), aws, { mode: 0o755 });
    const own = files(QUILT);
    const content = (name: string): string =>
      own.find(({ path }) => path.endsWith(name))!.content.replaceAll("/home/ec2-user", home);
    for (const name of ["settings", "env-refresh.sh"])
      writeFileSync(join(home, name), content(`/${name}`), { mode: 0o755 });
    writeFileSync(join(home, "env/registry.plain"), content("/env/registry.plain"));
    await run("bash", [join(home, "env-refresh.sh")], { env: { PATH: `${bin}:${process.env["PATH"]}` } });
    const { stdout: written } = await run("cat", [join(home, "env/registry")]);
    const { stdout: mode } = await run("stat", ["-c", "%a", join(home, "env/registry")]);
    expect(mode.trim()).toBe("600");
    expect(written.split("\n").slice(-6, -1)).toEqual([
      expect.stringMatching(/^AWS_CONTAINER_CREDENTIALS_FULL_URI=/),
      `SQLALCHEMY_DATABASE_URI=postgresql://registry:${encodeURIComponent(password)}@${facts.databaseEndpoint}/quilt?sslmode=require`,
      "SMTP_USERNAME=mail",
      "SMTP_PASSWORD=mail-secret",
      "QUILT_SECRET_KEY=signing-secret",
    ]);
    const { stdout: commands } = await run("cat", [log]);
    expect(commands).not.toMatch(/mail-secret|signing-secret|p@ss/);
  });
});
