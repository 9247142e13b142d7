// The language host with real program processes; this test plays the engine over gRPC. It cannot show that a real
// engine attaches to the host and takes its answers.
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languageProto from "@pulumi/pulumi/proto/language_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { RegisterResourceOutputsRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type LanguageHost, startLanguageHost } from "../../engine/languageHost.ts";

/** The engine as far as a program without resources sees it: a monitor that answers, and a log. */
class PlayedEngine {
  readonly log: [severity: string, message: string][] = [];
  outputs: unknown;
  address = "";
  readonly #server = new grpc.Server();

  async start(): Promise<this> {
    const empty = (_call: unknown, reply: grpc.sendUnaryData<unknown>): void => reply(null, new emptyProto.Empty());
    this.#server.addService(engineGrpc.EngineService, {
      log: (call: { request: engineProto.LogRequest }, reply: grpc.sendUnaryData<unknown>) => {
        const severity = Object.entries(engineProto.LogSeverity).find(
          ([, value]) => value === call.request.getSeverity(),
        );
        if (severity?.[0] !== "DEBUG") this.log.push([severity?.[0] ?? "", call.request.getMessage()]);
        reply(null, new emptyProto.Empty());
      },
      setRootResource: (_call: unknown, reply: grpc.sendUnaryData<unknown>) =>
        reply(null, new engineProto.SetRootResourceResponse()),
    });
    this.#server.addService(resourceGrpc.ResourceMonitorService, {
      supportsFeature: (_call: unknown, reply: grpc.sendUnaryData<unknown>) =>
        reply(null, new resourceProto.SupportsFeatureResponse()),
      registerResource: (_call: unknown, reply: grpc.sendUnaryData<unknown>) => {
        const response = new resourceProto.RegisterResourceResponse();
        response.setUrn("urn:pulumi:acme::causeway::pulumi:pulumi:Stack::causeway-acme");
        reply(null, response);
      },
      registerResourceOutputs: (
        call: { request: RegisterResourceOutputsRequest },
        reply: grpc.sendUnaryData<unknown>,
      ) => {
        this.outputs = call.request.getOutputs()?.toJavaScript();
        reply(null, new emptyProto.Empty());
      },
      signalAndWaitForShutdown: empty,
    });
    const port = await new Promise<number>((done, fail) =>
      this.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? done(bound) : fail(error),
      ),
    );
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

type Run = { error: string; bail: boolean; engine: PlayedEngine };
let root: string;
let host: LanguageHost;
let engines: PlayedEngine[] = [];
let clients: languageGrpc.LanguageRuntimeClient[] = [];

function client(): languageGrpc.LanguageRuntimeClient {
  // without a pool of its own each client would share one connection, and the host knows engines by connection
  const channel = { "grpc.use_local_subchannel_pool": 1 };
  const made = new languageGrpc.LanguageRuntimeClient(
    `127.0.0.1:${host.port}`,
    grpc.credentials.createInsecure(),
    channel,
  );
  clients.push(made);
  return made;
}

function request(directory: string, engine: PlayedEngine, config: Record<string, string>): languageProto.RunRequest {
  const run = new languageProto.RunRequest();
  run.setProject("causeway");
  run.setStack("acme");
  run.setPwd(directory);
  run.setMonitorAddress(engine.address);
  run.setDryrun(true);
  run.setParallel(4);
  for (const [key, value] of Object.entries(config)) run.getConfigMap().set(key, value);
  run.setConfigsecretkeysList(["causeway:token"]);
  const info = new languageProto.ProgramInfo();
  info.setRootDirectory(directory);
  info.setProgramDirectory(directory);
  info.setEntryPoint("index.ts");
  info.setOptions(structProto.Struct.fromJavaScript({ typescript: false, nodeargs: "--no-deprecation --title='a b'" }));
  run.setInfo(info);
  return run;
}

async function handshake(to: languageGrpc.LanguageRuntimeClient, engine: PlayedEngine): Promise<void> {
  const hello = new languageProto.LanguageHandshakeRequest();
  hello.setEngineAddress(engine.address);
  await new Promise<void>((done, fail) => to.handshake(hello, (error) => (error === null ? done() : fail(error))));
}

/** Writes a program and runs it as an engine would. */
async function run(name: string, source: string, config: Record<string, string> = {}): Promise<Run> {
  const directory = join(root, name);
  await mkdir(directory);
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  await writeFile(
    join(directory, "package.json"),
    JSON.stringify({ type: "module", dependencies: { "@pulumi/gcp": "9" } }),
  );
  await writeFile(join(directory, "index.ts"), `import * as pulumi from "@pulumi/pulumi";\n${source}`);
  const engine = await new PlayedEngine().start();
  engines.push(engine);
  const to = client();
  await handshake(to, engine);
  const response = await new Promise<languageProto.RunResponse>((done, fail) =>
    to.run(request(directory, engine, config), (error, answer) => (error === null ? done(answer) : fail(error))),
  );
  engine.stop();
  return { error: response.getError(), bail: response.getBail(), engine };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "causeway-host-"));
});
beforeEach(async () => {
  clients = [];
  engines = [];
  const env = { ...process.env, PULUMI_NODEJS_TYPESCRIPT: "set by the host" };
  host = await startLanguageHost({ compileCache: join(root, "cache"), env });
});
afterEach(async () => {
  for (const one of clients) one.close();
  await host.close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("a program gets its project, stack, directory and configuration, secrets marked, and its outputs arrive", async () => {
  const source = `
    const config = new pulumi.Config();
    export default async () => ({
      who: [pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun(), process.cwd().endsWith("/facts")].join(),
      customer: config.require("customer"),
      secret: await pulumi.isSecret(config.requireSecret("token")),
      node: process.version,
      nodeArguments: process.execArgv,
      typescript: process.env["PULUMI_NODEJS_TYPESCRIPT"],
    });`;
  const { error, bail, engine } = await run("facts", source, { "causeway:customer": "acme", "causeway:token": "t" });
  expect({ error, bail, log: engine.log }).toEqual({ error: "", bail: false, log: [] });
  expect(engine.outputs).toMatchObject({ who: "causeway,acme,true,true", customer: "acme", secret: true });
  expect(engine.outputs).toMatchObject({
    node: process.version,
    nodeArguments: ["--no-deprecation", "--title=a b", expect.stringContaining("process.exit(1)")],
    typescript: "false",
  });
  expect(await readdir(join(root, "cache"))).toHaveLength(1);
});

test("what a program prints reaches its own engine as information", async () => {
  const { engine } = await run("prints", `console.log("out"); console.error("err"); export default async () => ({});`);
  expect(engine.log.toSorted()).toEqual([
    ["INFO", "err"],
    ["INFO", "out"],
  ]);
});

test("fails with bail when the program has told the engine why, alone among programs that run beside it", async () => {
  const healthy = `export default async () => ({ ok: true });`;
  const failing = `export default async () => { throw new pulumi.RunError("acme.yaml:3:5: asn: got 1"); };`;
  const [first, second, third] = await Promise.all([run("a", healthy), run("b", failing), run("c", healthy)]);
  expect(second).toMatchObject({ error: "", bail: true });
  expect(second.engine.log).toEqual([["ERROR", "acme.yaml:3:5: asn: got 1"]]);
  for (const one of [first, third]) {
    expect(one).toMatchObject({ error: "", bail: false, engine: { log: [], outputs: { ok: true } } });
  }
});

test("fails with the exit code and the last words of a program that ends without telling the engine", async () => {
  const { error, bail } = await run("exits", `console.error("disk full"); process.exit(3); export {};`);
  expect({ error, bail }).toEqual({ error: "the program exited with code 3\ndisk full", bail: false });
});

test("fails when the program's packages are not installed", async () => {
  const directory = join(root, "bare");
  await mkdir(directory);
  const engine = await new PlayedEngine().start();
  const to = client();
  await handshake(to, engine);
  const response = await new Promise<languageProto.RunResponse>((done, fail) =>
    to.run(request(directory, engine, {}), (error, answer) => (error === null ? done(answer) : fail(error))),
  );
  engine.stop();
  expect(response.getError()).toBe(
    `no @pulumi/pulumi beside the program in ${directory}; install its packages (npm ci) first`,
  );
});

test("fails a program that its own engine cancels, and no other's", async () => {
  let ended = false;
  const source = `setInterval(() => {}, 1000); export default async () => console.log("running");`;
  const endless = run("endless", source).finally(() => (ended = true));
  await expect.poll(() => engines[0]?.log, { timeout: 20_000 }).toEqual([["INFO", "running"]]);
  const cancel = (from: languageGrpc.LanguageRuntimeClient) =>
    new Promise((done) => from.cancel(new emptyProto.Empty(), done));

  await cancel(client());
  await new Promise((done) => setTimeout(done, 500));
  expect(ended).toBe(false);
  await cancel(clients[0] as languageGrpc.LanguageRuntimeClient);
  expect((await endless).error).toBe("the program was ended by SIGTERM");
});

test("the provider packages a program depends on are named with the version that is installed", async () => {
  const directory = join(root, "packages");
  await mkdir(directory);
  await symlink(resolve("node_modules"), join(directory, "node_modules"));
  await writeFile(
    join(directory, "package.json"),
    JSON.stringify({ dependencies: { "@pulumi/gcp": "9", zod: "4", gone: "1" } }),
  );
  const asked = new languageProto.GetRequiredPackagesRequest();
  const info = new languageProto.ProgramInfo();
  info.setProgramDirectory(directory);
  asked.setInfo(info);
  const response = await new Promise<languageProto.GetRequiredPackagesResponse>((done, fail) =>
    client().getRequiredPackages(asked, (error, answer) => (error === null ? done(answer) : fail(error))),
  );
  expect(response.getPackagesList().map((one) => [one.getKind(), one.getName(), one.getVersion()])).toEqual([
    ["resource", "gcp", "v9.37.0"],
  ]);
});
