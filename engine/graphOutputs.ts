/**
 * Outputs of resources that come into being when somebody reads them.
 *
 * The SDK makes an output for every property of a resource as it is declared, each with some fifteen promises; of a
 * thousand a program reads a few dozen. Here the property is there from the start, its output from the first reading on.
 * Checked against SDK 3.270.0: `transferProperties` of `runtime/rpc.js`, whose place this takes.
 */
import { createRequire } from "node:module";

/** Settles one property with what the registration answered; the SDK calls it once. */
export type Resolver = (
  value: unknown,
  isKnown: boolean,
  isSecret: boolean,
  dependencies?: readonly object[],
  error?: Error,
) => void;

/** The promises of an output, in the order of its constructor. */
type Parts = readonly PromiseWithResolvers<unknown>[];

const require = createRequire(import.meta.url);
const { Output } = require("@pulumi/pulumi/output.js") as {
  Output: new (resource: object, ...parts: Promise<unknown>[]) => object;
};
const { isGrpcError } = require("@pulumi/pulumi/errors.js") as {
  isGrpcError: (this: void, error: Error) => boolean;
};

/**
 * Gives a resource a property for each of its arguments and outputs, and answers what settles them.
 * @param label How the SDK calls the resource in messages.
 * @param props Arguments by name, and the names of outputs with undefined; `id` and `urn` are not among a resource's own.
 * @throws Error where the resource has a property of that name already
 */
export function transferLazily(
  resource: object,
  label: string,
  props: Readonly<Record<string, unknown>>,
): Record<string, Resolver> {
  const resolvers: Record<string, Resolver> = {};
  const properties = new Map<string, Property>();
  for (const key of Object.keys(props)) {
    if (key === "id" || key === "urn") continue;
    if (Object.hasOwn(resource, key)) {
      throw new Error(`Property '${key}' is already initialized on target '${label}`);
    }
    const property = new Property(resource, key);
    properties.set(key, property);
    Object.defineProperty(resource, key, accessor(key));
    resolvers[key] = (...settled) => property.settle(settled);
  }
  Object.defineProperty(resource, PROPERTIES, { value: properties });
  return resolvers;
}

/** Where a resource keeps its properties; hidden from whoever goes through its keys. */
const PROPERTIES = Symbol("properties");

interface Holder {
  readonly [PROPERTIES]: ReadonlyMap<string, Property>;
}

const ACCESSORS = new Map<string, PropertyDescriptor>();

/** How a property of that name is read. Resources share it, since the runtime is slow with accessors of their own. */
function accessor(key: string): PropertyDescriptor {
  const known = ACCESSORS.get(key);
  if (known !== undefined) return known;
  const made: PropertyDescriptor = {
    enumerable: true,
    configurable: true,
    get(this: Holder) {
      return this[PROPERTIES].get(key)!.read();
    },
    set(this: Holder, value: unknown) {
      this[PROPERTIES].get(key)!.become(value);
    },
  };
  ACCESSORS.set(key, made);
  return made;
}

/** One property of one resource: read first or settled first. */
class Property {
  readonly #resource: object;
  readonly #key: string;
  #parts: Parts | undefined;
  #settled: Parameters<Resolver> | undefined;

  constructor(resource: object, key: string) {
    this.#resource = resource;
    this.#key = key;
  }

  /** Makes the output; from then on the resource has it as a plain value. */
  read(): object {
    this.#parts = Array.from({ length: 4 }, () => Promise.withResolvers<unknown>());
    const output = new Output(this.#resource, ...this.#parts.map(({ promise }) => promise));
    this.become(output);
    if (this.#settled !== undefined) settle(this.#parts, ...this.#settled);
    return output;
  }

  become(value: unknown): void {
    Object.defineProperty(this.#resource, this.#key, { value, enumerable: true, configurable: true, writable: true });
  }

  settle(settled: Parameters<Resolver>): void {
    this.#settled = settled;
    if (this.#parts !== undefined) settle(this.#parts, ...settled);
  }
}

/** An engine that went away leaves outputs open, as it does in the SDK: the program is ending, and has said why. */
function settle(parts: Parts, ...[value, isKnown, isSecret, dependencies = [], error]: Parameters<Resolver>): void {
  if (error === undefined)
    [value, isKnown, isSecret, dependencies].forEach((part, index) => parts[index]!.resolve(part));
  else if (!isGrpcError(error)) for (const { reject } of parts) reject(error);
}
