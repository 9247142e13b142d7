/** Protocol messages to plain values and back. */
import { createRequire } from "node:module";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import type { Difference, PropertyChange } from "../diff.ts";
import type { Failure } from "../check.ts";
import { isRecord, plain, secret, type Values } from "../values.ts";

// The SDK's messages must be filled with structs of the protobuf runtime the SDK itself loads.
const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js") as { Struct: typeof StructMessage };

/** The values of a message, without secret marks. */
export function valuesOf(struct: StructMessage | undefined): Values {
  return struct === undefined ? {} : (plain(struct.toJavaScript()) as Values);
}

/** @param secrets names of values to mark as secret for the engine */
export function structOf(values: Values, secrets: readonly string[] = []): StructMessage {
  const marked = Object.entries(defined(values) as Values).map(([name, value]) => [
    name,
    secrets.includes(name) ? secret(value) : value,
  ]);
  return Struct.fromJavaScript(Object.fromEntries(marked) as Parameters<typeof Struct.fromJavaScript>[0]);
}

function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(kept.map(([name, item]) => [name, defined(item)]));
}

export function failuresOf(failures: readonly Failure[]): InstanceType<typeof pb.CheckFailure>[] {
  return failures.map(({ property, reason }) => {
    const message = new pb.CheckFailure();
    message.setProperty(property);
    message.setReason(reason);
    return message;
  });
}

/** The engine's form of a difference. */
export function diffOf({ changes, deleteBeforeReplace }: Difference): InstanceType<typeof pb.DiffResponse> {
  const { DiffChanges } = pb.DiffResponse;
  const response = new pb.DiffResponse();
  const names = (some: readonly PropertyChange[]): string[] => [
    ...new Set(some.map(({ path }) => path.split(/[.[]/)[0]!)),
  ];
  const replacing = changes.filter((change) => change.replaces);
  response.setChanges(changes.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  response.setDiffsList(names(changes));
  response.setReplacesList(names(replacing));
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const change of changes) response.getDetaileddiffMap().set(change.path, propertyDiff(change));
  return response;
}

function propertyDiff({ kind, replaces }: PropertyChange): InstanceType<typeof pb.PropertyDiff> {
  const { Kind } = pb.PropertyDiff;
  const plainKinds = { add: Kind.ADD, delete: Kind.DELETE, update: Kind.UPDATE };
  const replaceKinds = { add: Kind.ADD_REPLACE, delete: Kind.DELETE_REPLACE, update: Kind.UPDATE_REPLACE };
  const message = new pb.PropertyDiff();
  message.setKind((replaces ? replaceKinds : plainKinds)[kind]);
  return message;
}
