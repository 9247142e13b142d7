/**
 * A simulated provider behind Pulumi's resource provider protocol, attached to by the engine. The engine opens one
 * connection per provider instance and says nothing else about which instance a call is for, so instances are told
 * apart by the peer of the connection.
 */
import * as grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import grpcPb from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { CloudError, type Refusal } from "../errors.ts";
import type { Configuration } from "../handler.ts";
import type { Found, Known, SimulatedPackage } from "../package.ts";
import { holdsUnknown, text, type Values } from "../values.ts";
import { checkConfiguration, decodeConfiguration } from "./configuration.ts";
import { diffOf, failuresOf, structOf, valuesOf } from "./messages.ts";
import { PartialError, partialStatus } from "./partial.ts";

/** One request that changes or reads a cloud, as a fault hook sees it. */
export interface Operation {
  readonly package: string;
  readonly method: "create" | "read" | "update" | "delete" | "invoke";
  /** Type token, or the data source's token. */
  readonly type: string;
  readonly id?: string;
  readonly account: string;
  readonly region: string | undefined;
}

/**
 * An error in the place of an answer; with `after`, once the cloud has done what it was asked; with `partial`, once it has
 * made or changed a resource that then does not become ready, for these reasons.
 */
export type Fault = Error | { readonly after: Error } | { readonly partial: readonly string[] };

/** Decides about failures for tests; may also delay by answering late. */
export type Faults = (operation: Operation) => Fault | undefined | Promise<Fault | undefined>;

const STATUS: Record<Refusal, grpc.status> = {
  invalid: grpc.status.INVALID_ARGUMENT,
  notFound: grpc.status.NOT_FOUND,
  alreadyExists: grpc.status.ALREADY_EXISTS,
  inUse: grpc.status.FAILED_PRECONDITION,
  denied: grpc.status.PERMISSION_DENIED,
  unavailable: grpc.status.UNAVAILABLE,
};

type Unary = grpc.ServerUnaryCall<never, unknown>;
type Handle = (request: never, call: Unary) => unknown;

interface Addressed {
  getType(): string;
  getUrn(): string;
}

export class ProviderServer {
  readonly #provider: SimulatedPackage;
  readonly #faults: Faults | undefined;
  readonly #server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  readonly #instances = new Map<string, Configuration>();
  #port = 0;

  constructor(provider: SimulatedPackage, faults?: Faults) {
    this.#provider = provider;
    this.#faults = faults;
    this.#server.addService(grpcPb.ResourceProviderService, this.#methods());
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #methods(): grpc.UntypedServiceImplementation {
    const methods: Record<string, Handle> = {
      handshake: () => new pb.ProviderHandshakeResponse(),
      attach: () => new emptyPb.Empty(),
      cancel: () => new emptyPb.Empty(),
      getPluginInfo: () => this.#pluginInfo(),
      checkConfig: (request) => this.#checkConfig(request),
      diffConfig: () => this.#diffConfig(),
      configure: (request, call) => this.#configure(request, call),
      check: (request, call) => this.#check(request, call),
      diff: (request, call) => this.#diff(request, call),
      create: (request, call) => this.#create(request, call),
      read: (request, call) => this.#read(request, call),
      update: (request, call) => this.#update(request, call),
      delete: (request, call) => this.#delete(request, call),
      invoke: (request, call) => this.#invoke(request, call),
    };
    const answers = Object.entries(methods).map(([name, handle]) => [name, answering(handle)]);
    return Object.fromEntries(answers) as grpc.UntypedServiceImplementation;
  }

  #pluginInfo(): unknown {
    const info = new pluginPb.PluginInfo();
    info.setVersion(this.#provider.table.version);
    return info;
  }

  #checkConfig(request: InstanceType<typeof pb.CheckRequest>): unknown {
    const values = valuesOf(request.getNews());
    const response = new pb.CheckResponse();
    response.setInputs(structOf(values));
    response.setFailuresList(failuresOf(checkConfiguration(this.#provider.table, values)));
    return response;
  }

  /** Other settings never replace a provider: what they change of its resources, those resources' own diffs say. */
  #diffConfig(): unknown {
    return diffOf({ changes: [], deleteBeforeReplace: false });
  }

  #configure(request: InstanceType<typeof pb.ConfigureRequest>, call: Unary): unknown {
    const values = valuesOf(request.getArgs());
    const [failure] = checkConfiguration(this.#provider.table, values);
    if (failure) throw new CloudError("invalid", "InvalidProvider", failure.reason);
    this.#instances.set(call.getPeer(), this.#provider.configure(decodeConfiguration(this.#provider.table, values)));
    const response = new pb.ConfigureResponse();
    response.setSupportspreview(true);
    return response;
  }

  #check(request: InstanceType<typeof pb.CheckRequest>, call: Unary): unknown {
    const [olds, news] = [valuesOf(request.getOlds()), valuesOf(request.getNews())];
    const [args, failures] = this.#provider.check(typeOf(request), nameOf(request), olds, news, this.#instance(call));
    const response = new pb.CheckResponse();
    response.setInputs(structOf(args));
    response.setFailuresList(failuresOf(failures));
    return response;
  }

  #diff(request: InstanceType<typeof pb.DiffRequest>, call: Unary): unknown {
    const inputs = valuesOf(request.getOldInputs());
    const known = { type: typeOf(request), id: request.getId(), state: valuesOf(request.getOlds()), inputs };
    const news = valuesOf(request.getNews());
    return diffOf(this.#provider.diff(known, news, request.getIgnorechangesList(), this.#instance(call)));
  }

  async #create(request: InstanceType<typeof pb.CreateRequest>, call: Unary): Promise<unknown> {
    const [type, inputs, instance] = [typeOf(request), valuesOf(request.getProperties()), this.#instance(call)];
    const response = new pb.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(this.#struct(type, this.#provider.foresee(type, inputs, instance)));
      return response;
    }
    refuseUnknown(type, inputs);
    const make = (): Promise<Found> => this.#provider.create(type, inputs, instance);
    const created = await this.#faulty({ method: "create", type }, instance, make, (found) => found);
    response.setId(created.id);
    response.setProperties(this.#struct(type, created.outputs));
    return response;
  }

  async #read(request: InstanceType<typeof pb.ReadRequest>, call: Unary): Promise<unknown> {
    const [type, id, instance] = [typeOf(request), request.getId(), this.#instance(call)];
    const known = { type, id, state: valuesOf(request.getProperties()), inputs: valuesOf(request.getInputs()) };
    const found = await this.#faulty({ method: "read", type, id }, instance, () =>
      this.#provider.read(known, instance),
    );
    const response = new pb.ReadResponse();
    if (!found) return response;
    response.setId(found.id);
    response.setProperties(this.#struct(type, found.outputs));
    response.setInputs(structOf(found.inputs));
    return response;
  }

  async #update(request: InstanceType<typeof pb.UpdateRequest>, call: Unary): Promise<unknown> {
    const [type, id, instance] = [typeOf(request), request.getId(), this.#instance(call)];
    const known: Known = { type, id, state: valuesOf(request.getOlds()), inputs: valuesOf(request.getOldInputs()) };
    const inputs = valuesOf(request.getNews());
    const response = new pb.UpdateResponse();
    if (request.getPreview()) {
      response.setProperties(this.#struct(type, this.#provider.foreseeUpdate(known, inputs)));
      return response;
    }
    refuseUnknown(type, inputs);
    const change = (): Promise<Values> => this.#provider.update(known, inputs, instance);
    const outputs = await this.#faulty({ method: "update", type, id }, instance, change, (values) => ({
      id,
      inputs,
      outputs: values,
    }));
    response.setProperties(this.#struct(type, outputs));
    return response;
  }

  async #delete(request: InstanceType<typeof pb.DeleteRequest>, call: Unary): Promise<unknown> {
    const [type, id, instance] = [typeOf(request), request.getId(), this.#instance(call)];
    const known = { type, id, state: valuesOf(request.getProperties()), inputs: valuesOf(request.getOldInputs()) };
    await this.#faulty({ method: "delete", type, id }, instance, () => this.#provider.remove(known, instance));
    return new emptyPb.Empty();
  }

  async #invoke(request: InstanceType<typeof pb.InvokeRequest>, call: Unary): Promise<unknown> {
    const [type, instance] = [request.getTok(), this.#instance(call)];
    const look = (): Values => this.#provider.invoke(type, valuesOf(request.getArgs()), instance);
    const response = new pb.InvokeResponse();
    response.setReturn(structOf(await this.#faulty({ method: "invoke", type }, instance, look)));
    return response;
  }

  #struct(type: string, outputs: Values): ReturnType<typeof structOf> {
    return structOf(outputs, this.#provider.table.types[type]?.secretOutputs);
  }

  #instance(call: Unary): Configuration {
    const instance = this.#instances.get(call.getPeer());
    if (instance) return instance;
    throw new CloudError(
      "invalid",
      "NotConfigured",
      `the provider ${this.#provider.name} was not configured on this connection`,
    );
  }

  async #faulty<Answer>(
    operation: Pick<Operation, "method" | "type" | "id">,
    { account, region }: Configuration,
    act: () => Answer | Promise<Answer>,
    resource?: (answer: Answer) => Found,
  ): Promise<Answer> {
    const fault = await this.#faults?.({ ...operation, package: this.#provider.name, account, region });
    if (fault instanceof Error) throw fault;
    const answer = await act();
    if (fault === undefined) return answer;
    if ("after" in fault) throw fault.after;
    if (resource === undefined) return answer;
    const { id, outputs, inputs } = resource(answer);
    throw new PartialError(id, this.#struct(operation.type, outputs), structOf(inputs), fault.partial);
  }
}

/** Wraps a method so that what it throws becomes a gRPC status, and nothing it throws ends the process. */
function answering(handle: Handle): grpc.handleUnaryCall<never, unknown> {
  return (call, callback) => {
    new Promise((resolve) => resolve(handle(call.request, call))).then(
      (response) => callback(null, response),
      (error: unknown) => {
        if (error instanceof PartialError) return callback(partialStatus(error));
        const known = error instanceof CloudError;
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: known ? STATUS[error.refusal] : grpc.status.INTERNAL, details });
      },
    );
  };
}

function refuseUnknown(type: string, inputs: Values): void {
  const name = Object.keys(inputs).find((key) => holdsUnknown(inputs[key]));
  if (name !== undefined)
    throw new CloudError("invalid", "Unknown", `${name} of ${type} is not known outside a preview`);
}

/** The type token of a request; older engines put it only into the URN. */
function typeOf(request: Addressed): string {
  return text(request.getType()) ?? request.getUrn().split("::")[2]?.split("$").at(-1) ?? "";
}

/** The resource's name, from which automatic names are made. */
function nameOf(request: Addressed & { getName(): string }): string {
  return text(request.getName()) ?? request.getUrn().split("::").slice(3).join("::");
}
