/** Speaks the resource provider protocol to a sandbox, as the engine would, with plain values. */
import * as grpc from "@grpc/grpc-js";
import grpcPb from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { structOf, valuesOf } from "../../sandbox/provider/messages.ts";
import type { Values } from "../../sandbox/values.ts";
import type { PackageName, Sandbox } from "../../sandbox/index.ts";

export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource as an engine keeps it. */
export interface Resource {
  type: string;
  name: string;
  id: string;
  inputs: Values;
  state: Values;
}

export interface DiffAnswer {
  changed: boolean;
  /** `path kind`, e.g. `tags.Name update` or `cidrBlock update-replace`. */
  details: string[];
  replaces: string[];
  deleteBeforeReplace: boolean;
}

type Stub = Record<
  string,
  (request: unknown, callback: (error: grpc.ServiceError | null, answer: unknown) => void) => void
>;

const KINDS = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

/** One connection to one simulated provider: one provider instance. */
export class Provider {
  readonly #stub: Stub & { close(): void };

  private constructor(port: number) {
    const Client = grpcPb.ResourceProviderClient as unknown as new (...args: unknown[]) => Stub & { close(): void };
    // A connection of its own, as the engine has for every provider resource.
    this.#stub = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  static connect(sandbox: Sandbox, name: PackageName): Provider {
    return new Provider(sandbox.ports[name]);
  }

  static async configured(sandbox: Sandbox, name: PackageName, configuration: Values): Promise<Provider> {
    const provider = Provider.connect(sandbox, name);
    await provider.configure(configuration);
    return provider;
  }

  async configure(configuration: Values): Promise<pb.ConfigureResponse> {
    const request = new pb.ConfigureRequest();
    request.setArgs(structOf(configuration));
    return (await this.call("configure", request)) as pb.ConfigureResponse;
  }

  /** Any method with any request. Rejects with the text of the refusal. */
  call(method: string, request: unknown = new emptyPb.Empty()): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#stub[method]!(request, (error, answer) => (error ? reject(new Error(error.details)) : resolve(answer)));
    });
  }

  async checkConfig(news: Values): Promise<string[]> {
    const request = new pb.CheckRequest();
    request.setNews(structOf(news));
    const answer = (await this.call("checkConfig", request)) as pb.CheckResponse;
    return answer.getFailuresList().map((failure) => failure.getReason());
  }

  async check(
    type: string,
    news: Values,
    name = "it",
    olds: Values = {},
  ): Promise<{ inputs: Values; failures: string[] }> {
    const request = new pb.CheckRequest();
    address(request, type, name);
    request.setOlds(structOf(olds));
    request.setNews(structOf(news));
    const answer = (await this.call("check", request)) as pb.CheckResponse;
    const failures = answer.getFailuresList().map((failure) => failure.getReason());
    return { inputs: valuesOf(answer.getInputs()), failures };
  }

  /** Checks and creates. Rejects with the first reason when the check refuses. */
  async create(type: string, args: Values, name = "it"): Promise<Resource> {
    const { inputs, failures } = await this.check(type, args, name);
    if (failures[0] !== undefined) throw new Error(failures[0]);
    const answer = await this.#create(type, inputs, name, false);
    return { type, name, id: answer.getId(), inputs, state: valuesOf(answer.getProperties()) };
  }

  /** Checks and previews a creation: the outputs as far as they are known. */
  async preview(type: string, args: Values, name = "it"): Promise<Values> {
    const { inputs, failures } = await this.check(type, args, name);
    if (failures[0] !== undefined) throw new Error(failures[0]);
    return valuesOf((await this.#create(type, inputs, name, true)).getProperties());
  }

  async createRaw(type: string, args: Values): Promise<pb.CreateResponse> {
    return this.#create(type, (await this.check(type, args)).inputs, "it", false);
  }

  async diff(resource: Resource, args: Values, ignore: string[] = []): Promise<DiffAnswer> {
    const { inputs, failures } = await this.check(resource.type, args, resource.name, resource.inputs);
    if (failures[0] !== undefined) throw new Error(failures[0]);
    const request = new pb.DiffRequest();
    address(request, resource.type, resource.name);
    request.setId(resource.id);
    request.setOlds(structOf(resource.state));
    request.setOldInputs(structOf(resource.inputs));
    request.setNews(structOf(inputs));
    request.setIgnorechangesList(ignore);
    const answer = (await this.call("diff", request)) as pb.DiffResponse;
    const details: string[] = [];
    answer.getDetaileddiffMap().forEach((change, path) => details.push(`${path} ${KINDS[change.getKind()]}`));
    return {
      changed: answer.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      details: details.sort(),
      replaces: answer.getReplacesList(),
      deleteBeforeReplace: answer.getDeletebeforereplace(),
    };
  }

  async update(resource: Resource, args: Values): Promise<Resource> {
    const { inputs, failures } = await this.check(resource.type, args, resource.name, resource.inputs);
    if (failures[0] !== undefined) throw new Error(failures[0]);
    const request = new pb.UpdateRequest();
    address(request, resource.type, resource.name);
    request.setId(resource.id);
    request.setOlds(structOf(resource.state));
    request.setOldInputs(structOf(resource.inputs));
    request.setNews(structOf(inputs));
    const answer = (await this.call("update", request)) as pb.UpdateResponse;
    return { ...resource, inputs, state: valuesOf(answer.getProperties()) };
  }

  /** The resource as the cloud has it now; undefined when it is gone. */
  async read(resource: Resource): Promise<Resource | undefined> {
    const request = new pb.ReadRequest();
    address(request, resource.type, resource.name);
    request.setId(resource.id);
    request.setProperties(structOf(resource.state));
    request.setInputs(structOf(resource.inputs));
    const answer = (await this.call("read", request)) as pb.ReadResponse;
    if (answer.getId() === "") return undefined;
    return { ...resource, inputs: valuesOf(answer.getInputs()), state: valuesOf(answer.getProperties()) };
  }

  async delete(resource: Resource): Promise<void> {
    const request = new pb.DeleteRequest();
    address(request, resource.type, resource.name);
    request.setId(resource.id);
    request.setProperties(structOf(resource.state));
    request.setOldInputs(structOf(resource.inputs));
    await this.call("delete", request);
  }

  async invoke(token: string, args: Values): Promise<Values> {
    const request = new pb.InvokeRequest();
    request.setTok(token);
    request.setArgs(structOf(args));
    return valuesOf(((await this.call("invoke", request)) as pb.InvokeResponse).getReturn());
  }

  close(): void {
    this.#stub.close();
  }

  async #create(type: string, inputs: Values, name: string, preview: boolean): Promise<pb.CreateResponse> {
    const request = new pb.CreateRequest();
    address(request, type, name);
    request.setProperties(structOf(inputs));
    request.setPreview(preview);
    return (await this.call("create", request)) as pb.CreateResponse;
  }
}

interface Addressable {
  setType(value: string): unknown;
  setName(value: string): unknown;
  setUrn(value: string): unknown;
}

function address(request: Addressable, type: string, name: string): void {
  request.setType(type);
  request.setName(name);
  request.setUrn(`urn:pulumi:test::test::${type}::${name}`);
}
