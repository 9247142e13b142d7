/**
 * Pulumi's Node language host, served from this process over gRPC.
 *
 * The engine attaches to it with `PULUMI_DEBUG_LANGUAGES=nodejs:<port>`, so the `pulumi` binary is enough and no
 * `pulumi-language-nodejs` needs to be installed. Each program runs as a child process with the SDK's own entry point,
 * as under Pulumi's host. Source of the protocol: Pulumi, `proto/pulumi/language.proto`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type {
  GetRequiredPackagesRequest,
  LanguageHandshakeRequest,
  RunRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import languageProto from "@pulumi/pulumi/proto/language_pb.js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { EngineLog } from "./engineLog.ts";
import type { InlineProgram } from "./inlineProgram.ts";
import { type ProgramOptions, type ProgramRun, startProgram } from "./programRun.ts";

export interface LanguageHostOptions extends ProgramOptions {
  /** Runs this in the host's process, whatever program the engine names. @default programs run in processes of their own */
  readonly inline?: InlineProgram;
}

/** A running host. */
export interface LanguageHost {
  /** Port on 127.0.0.1, for `PULUMI_DEBUG_LANGUAGES=nodejs:<port>`. */
  readonly port: number;
  /** Ends the programs that still run, then the server. */
  close(): Promise<void>;
}

/** Starts a host on a free loopback port. Any number of engines may use it at once; their programs share no process. */
export async function startLanguageHost(options: LanguageHostOptions = {}): Promise<LanguageHost> {
  const server = new grpc.Server();
  const host = new LanguageRuntime(options);
  server.addService(languageGrpc.LanguageRuntimeService, host.methods());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    close: async () => {
      await host.stop();
      server.forceShutdown();
    },
  };
}

type Call<T> = grpc.ServerUnaryCall<T, unknown>;
type Reply = grpc.sendUnaryData<unknown>;

class LanguageRuntime {
  readonly #options: LanguageHostOptions;
  /** Address of the engine behind each connection: only the handshake carries it. */
  readonly #engines = new Map<string, string>();
  readonly #running = new Map<ProgramRun, string>();

  constructor(options: LanguageHostOptions) {
    this.#options = options;
  }

  methods(): grpc.UntypedServiceImplementation {
    return {
      handshake: (call: Call<LanguageHandshakeRequest>, reply: Reply) => {
        this.#engines.set(call.getPeer(), call.request.getEngineAddress());
        reply(null, new languageProto.LanguageHandshakeResponse());
      },
      getPluginInfo: (_call: Call<unknown>, reply: Reply) => reply(null, pluginInfo()),
      getRequiredPackages: (call: Call<GetRequiredPackagesRequest>, reply: Reply) => {
        const directory = this.#options.program?.directory ?? call.request.getInfo()?.getProgramDirectory() ?? "";
        reply(null, requiredPackages(directory));
      },
      getRequiredPlugins: unimplemented("GetRequiredPlugins"),
      getProgramDependencies: (_call: Call<unknown>, reply: Reply) =>
        reply(null, new languageProto.GetProgramDependenciesResponse()),
      // the program's packages come from its own package manager, never from the engine
      installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
      about: (_call: Call<unknown>, reply: Reply) => reply(null, this.#about()),
      run: (call: Call<RunRequest>, reply: Reply) => void this.#run(call, reply),
      cancel: (call: Call<unknown>, reply: Reply) => {
        void this.stop(call.getPeer());
        reply(null, new emptyProto.Empty());
      },
      runtimeOptionsPrompts: unimplemented("RuntimeOptionsPrompts"),
      template: unimplemented("Template"),
      runPlugin: unimplemented("RunPlugin"),
      generateProgram: unimplemented("GenerateProgram"),
      generateProject: unimplemented("GenerateProject"),
      generatePackage: unimplemented("GeneratePackage"),
      pack: unimplemented("Pack"),
      link: unimplemented("Link"),
    };
  }

  /** Ends the programs of one connection, or all of them. */
  async stop(peer?: string): Promise<void> {
    const runs = [...this.#running].filter(([, owner]) => peer === undefined || owner === peer);
    await Promise.all(runs.map(([run]) => run.stop()));
  }

  async #run(call: Call<RunRequest>, reply: Reply): Promise<void> {
    const peer = call.getPeer();
    // engines that connect with `--client` send no handshake and pass their address as an argument
    const engine = this.#engines.get(peer) ?? call.request.getArgsList()[0] ?? "";
    const log = new EngineLog(engine);
    const response = new languageProto.RunResponse();
    try {
      const run = await this.#start(call.request, engine, log);
      this.#running.set(run, peer);
      call.on("cancelled", () => void run.stop());
      const { bail, error } = await run.ended;
      this.#running.delete(run);
      response.setBail(bail);
      response.setError(error);
    } catch (error) {
      response.setError(error instanceof Error ? error.message : String(error));
    }
    await log.close();
    reply(null, response);
  }

  async #start(request: RunRequest, engine: string, log: EngineLog): Promise<ProgramRun> {
    const { inline } = this.#options;
    if (inline === undefined) return startProgram(request, engine, this.#options, log);
    const { startInline } = await import("./inlineProgram.ts");
    return startInline(request, engine, inline, log);
  }

  #about(): unknown {
    const response = new languageProto.AboutResponse();
    response.setExecutable(this.#options.node ?? process.execPath);
    response.setVersion(process.version);
    return response;
  }
}

function pluginInfo(): unknown {
  const info = new pluginProto.PluginInfo();
  const manifest = createRequire(import.meta.url)("@pulumi/pulumi/package.json") as { version: string };
  info.setVersion(manifest.version);
  return info;
}

function unimplemented(method: string) {
  return (_call: unknown, reply: Reply): void =>
    reply({ code: grpc.status.UNIMPLEMENTED, details: `this language host has no ${method}` });
}

/** Provider plugins the program's direct dependencies ask for, so that the engine can fetch them before it starts. */
function requiredPackages(directory: string): unknown {
  const response = new languageProto.GetRequiredPackagesResponse();
  const { dependencies = {} } = manifestOf(directory);
  for (const dependency of Object.keys(dependencies)) {
    const { version, pulumi } = manifestOf(join(directory, "node_modules", dependency));
    if (pulumi?.resource !== true) continue;
    const required = new pluginProto.PackageDependency();
    required.setKind("resource");
    required.setName(pulumi.name ?? dependency.replace("@pulumi/", ""));
    required.setVersion(`v${pulumi.version ?? version ?? ""}`);
    required.setServer(pulumi.server ?? "");
    response.addPackages(required);
  }
  return response;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

function manifestOf(directory: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
  } catch {
    return {}; // best effort: a plugin not named here is fetched when its first resource is registered
  }
}
