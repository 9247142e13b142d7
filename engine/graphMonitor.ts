import type { Alias } from "@pulumi/pulumi/proto/alias_pb.js";
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";
import { asSecret, readProperties, UNKNOWN } from "./properties.ts";

/** A former identity of a resource: a whole URN, or the parts in which it differed. */
export type GraphAlias =
  | string
  | {
      readonly name?: string;
      readonly type?: string;
      readonly project?: string;
      readonly stack?: string;
      readonly parent?: string;
      readonly noParent?: true;
    };

/** One resource as the program declared it: what the engine would be asked to register. */
export interface GraphNode {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** `false` for components, `true` for resources and providers. */
  readonly custom: boolean;
  /** `true` for a resource that is only looked up (`Resource.get`), not managed. */
  readonly external: boolean;
  /** URN of the component it belongs to; absent when the stack itself is the parent. */
  readonly parent?: string;
  /** URN of the explicit provider; absent when the default provider of the package would serve it. */
  readonly provider?: string;
  /** Providers handed down to children of a component, by package. */
  readonly providers: Readonly<Record<string, string>>;
  /** Plain input values. Secrets are in clear: never print them; unknown values are `UNKNOWN`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of secret inputs, such as `tags.token` or `routes[0].key`. */
  readonly secretInputs: readonly string[];
  /** Paths of inputs that only `up` will know. */
  readonly unknownInputs: readonly string[];
  /** Every URN it depends on, through `dependsOn` or an input. */
  readonly dependencies: readonly string[];
  /** URNs each input depends on; inputs that depend on nothing are left out. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** What a component registered as its outputs, in the form of `inputs`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly retainOnDelete: boolean;
  readonly replaceOnChanges: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly GraphAlias[];
  readonly customTimeouts: { readonly create?: string; readonly update?: string; readonly delete?: string };
  readonly deletedWith?: string;
  readonly importId?: string;
  /** Version of the provider package the SDK asked for, such as `7.48.0`. */
  readonly version?: string;
}

/** What the monitor answers with; see `resourceGraph` for the meaning. */
export interface MonitorAnswers {
  readonly preview: boolean;
  readonly invoke: (token: string, args: Record<string, unknown>) => unknown;
  readonly outputs: (node: GraphNode) => Answered | Promise<Answered>;
}

/** Outputs of one resource; `id`, where given, is its id. */
export type Answered = Record<string, unknown>;

type Callback = (error: { message: string; details: string } | null, response?: unknown) => void;

const STACK_TYPE = "pulumi:pulumi:Stack";
/** The engine's features this monitor has: everything that needs no call back into the program over a socket. */
const FEATURES = [0, 1, 3, 4, 5, 6]; // secrets, resource references, alias specs, replacement trigger, deletedWith, replaceWith

/**
 * A resource monitor that records registrations and answers at once, in the same process.
 * It has the methods of the SDK's `ResourceMonitorClient` that a program without transforms and hooks calls.
 */
export class GraphMonitor {
  readonly nodes = new Map<string, GraphNode>();
  stackOutputs: Record<string, unknown> = {};
  /** Counts calls, so that a run that makes no progress can be told from a slow one. */
  calls = 0;
  readonly #project: string;
  readonly #stack: string;
  readonly #answers: MonitorAnswers;

  constructor(project: string, stack: string, answers: MonitorAnswers) {
    this.#project = project;
    this.#stack = stack;
    this.#answers = answers;
  }

  getDeploymentInfo(_request: unknown, callback: Callback): void {
    callback(null, { getSupportedfeaturesList: () => FEATURES });
  }

  supportsFeature(_request: unknown, callback: Callback): void {
    callback(null, { getHassupport: () => false });
  }

  signalAndWaitForShutdown(_request: unknown, callback: Callback): void {
    callback(null, {});
  }

  async registerResource(request: RegisterResourceRequest, callback: Callback): Promise<void> {
    this.calls++;
    const urn = this.#urn(request.getParent(), request.getType(), request.getName());
    if (this.nodes.has(urn)) return callback(failure(`duplicate resource: ${urn} is declared twice`));
    const wire = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
    if (request.getType() === STACK_TYPE) return callback(null, answer(urn, "", wire));
    const node = nodeOf(urn, request, wire);
    this.nodes.set(urn, node);
    if (!node.custom) return callback(null, answer(urn, "", wire));
    await this.#answer(node, wire, node.importId ?? (this.#answers.preview ? "" : `${node.name}-id`), callback);
  }

  async readResource(request: ReadResourceRequest, callback: Callback): Promise<void> {
    this.calls++;
    const urn = this.#urn(request.getParent(), request.getType(), request.getName());
    const wire = (request.getProperties()?.toJavaScript() ?? {}) as Record<string, unknown>;
    const node = { ...blank(urn, request), ...inputsOf(wire), custom: true, external: true, importId: request.getId() };
    this.nodes.set(urn, node);
    await this.#answer(node, wire, request.getId(), callback);
  }

  registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: Callback): void {
    this.calls++;
    const outputs = (request.getOutputs()?.toJavaScript() ?? {}) as Record<string, unknown>;
    const node = this.nodes.get(request.getUrn());
    if (node === undefined) this.stackOutputs = outputs;
    else this.nodes.set(node.urn, { ...node, outputs: readProperties(outputs).values });
    callback(null, {});
  }

  async invoke(request: ResourceInvokeRequest, callback: Callback): Promise<void> {
    this.calls++;
    const args = readProperties(request.getArgs()?.toJavaScript() ?? {}).values;
    try {
      const result = await this.#answers.invoke(request.getTok(), args);
      callback(null, { getFailuresList: () => [], getReturn: () => struct(result ?? {}), getUnknown: () => false });
    } catch (error) {
      callback(failure(error instanceof Error ? error.message : String(error)));
    }
  }

  async #answer(node: GraphNode, wire: Record<string, unknown>, otherwise: string, callback: Callback): Promise<void> {
    try {
      const { id = otherwise, ...outputs } = await this.#answers.outputs(node);
      callback(null, answer(node.urn, String(id), this.#state(node, { ...wire, ...outputs })));
    } catch (error) {
      callback(failure(error instanceof Error ? error.message : String(error)));
    }
  }

  /** State of a resource: its inputs and what the caller supplied; in a preview everything else stays unknown. */
  #state(node: GraphNode, state: Record<string, unknown>): Record<string, unknown> {
    for (const key of node.additionalSecretOutputs) {
      state[key] = asSecret(key in state ? state[key] : this.#answers.preview ? UNKNOWN : `${node.name}.${key}`);
    }
    return state;
  }

  /** URN of a child. Source: Pulumi docs, "Resource URNs"; the stack itself does not appear in the qualified type. */
  #urn(parent: string, type: string, name: string): string {
    const parentType = parent === "" ? STACK_TYPE : (parent.split("::")[2] ?? STACK_TYPE);
    const qualified = parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${this.#stack}::${this.#project}::${qualified}::${name}`;
  }
}

function answer(urn: string, id: string, state: Record<string, unknown>): unknown {
  return {
    getUrn: () => urn,
    getId: () => id,
    getObject: () => struct(state),
    getProperties: () => struct(state),
    getPropertydependenciesMap: () => undefined,
    getResult: () => 0,
    getUnknown: () => false,
  };
}

/** The SDK only ever reads a response's struct back with `toJavaScript`, so the plain object serves without a copy. */
function struct(value: unknown): { toJavaScript(): unknown } {
  return { toJavaScript: () => value };
}

function failure(message: string): { message: string; details: string } {
  return { message, details: message };
}

type Identity = Pick<RegisterResourceRequest, "getType" | "getName" | "getParent" | "getProvider" | "getVersion"> &
  Pick<RegisterResourceRequest, "getDependenciesList" | "getAdditionalsecretoutputsList">;

function blank(urn: string, request: Identity): GraphNode {
  const parent = request.getParent();
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: false,
    external: false,
    ...given("parent", parent.includes(`::${STACK_TYPE}::`) ? "" : parent),
    ...given("provider", providerUrn(request.getProvider())),
    providers: {},
    inputs: {},
    secretInputs: [],
    unknownInputs: [],
    dependencies: request.getDependenciesList(),
    propertyDependencies: {},
    outputs: {},
    protect: false,
    deleteBeforeReplace: false,
    retainOnDelete: false,
    replaceOnChanges: [],
    ignoreChanges: [],
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [],
    customTimeouts: {},
    ...given("version", request.getVersion()),
  };
}

function nodeOf(urn: string, request: RegisterResourceRequest, wire: Record<string, unknown>): GraphNode {
  const timeouts = request.getCustomtimeouts();
  return {
    ...blank(urn, request),
    ...inputsOf(wire),
    custom: request.getCustom(),
    providers: Object.fromEntries(mapEntries(request.getProvidersMap(), providerUrn)),
    propertyDependencies: Object.fromEntries(
      mapEntries(request.getPropertydependenciesMap(), (urns) => urns.getUrnsList()).filter(
        ([, urns]) => urns.length > 0,
      ),
    ),
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    retainOnDelete: request.getRetainondelete() ?? false,
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
    aliases: [...request.getAliasurnsList(), ...request.getAliasesList().map(aliasOf)],
    customTimeouts: {
      ...given("create", timeouts?.getCreate()),
      ...given("update", timeouts?.getUpdate()),
      ...given("delete", timeouts?.getDelete()),
    },
    ...given("deletedWith", request.getDeletedwith()),
    ...given("importId", request.getImportid()),
  };
}

function inputsOf(wire: Record<string, unknown>): Pick<GraphNode, "inputs" | "secretInputs" | "unknownInputs"> {
  const { values, secrets, unknowns } = readProperties(wire);
  return { inputs: values, secretInputs: secrets, unknownInputs: unknowns };
}

function aliasOf(alias: Alias): GraphAlias {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  return {
    ...given("name", spec.getName()),
    ...given("type", spec.getType()),
    ...given("project", spec.getProject()),
    ...given("stack", spec.getStack()),
    ...given("parent", spec.getParenturn()),
    ...(spec.getNoparent() ? { noParent: true as const } : {}),
  };
}

/** A provider reference is `<urn>::<id>`; the id of a provider says nothing to a reader. */
function providerUrn(reference: string): string {
  return reference === "" ? "" : reference.slice(0, reference.lastIndexOf("::"));
}

function mapEntries<V, R>(
  map: { forEach(visit: (value: V, key: string) => void): void },
  read: (value: V) => R,
): [string, R][] {
  const entries: [string, R][] = [];
  map.forEach((value, key) => entries.push([key, read(value)]));
  return entries;
}

function given<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined || value === "" ? {} : { [key]: value }) as { [P in K]?: string };
}
