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

type Settled = readonly [value: unknown, isKnown: boolean, isSecret: boolean, dependencies: readonly object[]];

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
  for (const key of Object.keys(props)) {
    if (key === "id" || key === "urn") continue;
    if (Object.hasOwn(resource, key)) {
      throw new Error(`Property '${key}' is already initialized on target '${label}`);
    }
    resolvers[key] = lazily(resource, key);
  }
  return resolvers;
}

function lazily(resource: object, key: string): Resolver {
  let parts: Parts | undefined;
  let settle: ((parts: Parts) => void) | undefined;
  const become = (value: unknown): void => {
    Object.defineProperty(resource, key, { value, enumerable: true, configurable: true, writable: true });
  };
  Object.defineProperty(resource, key, {
    enumerable: true,
    configurable: true,
    get() {
      parts = Array.from({ length: 4 }, () => Promise.withResolvers<unknown>());
      const output = new Output(resource, ...parts.map(({ promise }) => promise));
      become(output);
      settle?.(parts);
      return output;
    },
    set: become,
  });
  return (value, isKnown, isSecret, dependencies = [], error) => {
    settle = error === undefined ? resolving([value, isKnown, isSecret, dependencies]) : rejecting(error);
    if (parts !== undefined) settle(parts);
  };
}

const resolving =
  (settled: Settled) =>
  (parts: Parts): void =>
    parts.forEach(({ resolve }, index) => resolve(settled[index]));

/** An engine that went away leaves outputs open, as it does in the SDK: the program is ending, and has said why. */
const rejecting =
  (error: Error) =>
  (parts: Parts): void => {
    if (!isGrpcError(error)) for (const { reject } of parts) reject(error);
  };
