import * as grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";

/** For clients of engines: connections are shared by address, and a lost one stays lost for whoever gets its port next. */
export const ALONE = { "grpc.use_local_subchannel_pool": 1 };

/** Sends lines to an engine's log, in order. An engine that is gone loses them silently: nobody is left to read them. */
export class EngineLog {
  readonly #client: engineGrpc.EngineClient | undefined;
  #sent: Promise<void> = Promise.resolve();

  /** @param address of the engine, `host:port`; empty when it is not known, and then nothing is sent */
  constructor(address: string) {
    if (address !== "") this.#client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure(), ALONE);
  }

  info(message: string): void {
    this.#send(engineProto.LogSeverity.INFO, message);
  }

  /** An error in the log fails the operation. */
  error(message: string): void {
    this.#send(engineProto.LogSeverity.ERROR, message);
  }

  #send(severity: engineProto.LogSeverity, message: string): void {
    const client = this.#client;
    if (client === undefined) return;
    const request = new engineProto.LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    this.#sent = this.#sent.then(() => new Promise((resolve) => void client.log(request, () => resolve())));
  }

  /** Waits until every line is sent. */
  async close(): Promise<void> {
    await this.#sent;
    this.#client?.close();
  }
}
