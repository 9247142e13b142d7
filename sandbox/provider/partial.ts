/** How a provider tells the engine of a resource that exists and whose initialisation failed. */
import { Metadata, status } from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import type { structOf } from "./messages.ts";

/** A resource that was made or changed, and then failed to become ready. */
export class PartialError extends Error {
  readonly detail: InstanceType<typeof pb.ErrorResourceInitFailed>;

  constructor(
    id: string,
    properties: ReturnType<typeof structOf>,
    inputs: ReturnType<typeof structOf>,
    reasons: readonly string[],
  ) {
    super(reasons.join("; "));
    this.name = "PartialError";
    this.detail = new pb.ErrorResourceInitFailed();
    this.detail.setId(id);
    this.detail.setProperties(properties);
    this.detail.setInputs(inputs);
    this.detail.setReasonsList([...reasons]);
  }
}

/** Source: Pulumi, `sdk/nodejs/provider/server.ts`: the details travel in a field that gRPC itself knows. */
export function partialStatus({ message, detail }: PartialError): {
  code: status;
  details: string;
  metadata: Metadata;
} {
  const any = new anyPb.Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const response = new statusPb.Status();
  response.setCode(status.UNKNOWN);
  response.setMessage(message);
  response.addDetails(any);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(response.serializeBinary()));
  return { code: status.UNKNOWN, details: message, metadata };
}
