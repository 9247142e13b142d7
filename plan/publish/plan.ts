import type { Customer, Registry } from "../customer.ts";
import type { PublishAws, PublishGcp } from "./customer.ts";

/** A network load balancer and an endpoint service, every name decided. */
export interface EndpointServicePlan {
  readonly accountID: string;
  readonly region: string;
}

/** A load balancer and a service attachment, every name decided. */
export interface ServiceAttachmentPlan {
  readonly projectID: string;
  readonly region: string;
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planEndpointService(_customer: Customer, _registry: Registry, aws: PublishAws): EndpointServicePlan {
  return { accountID: aws.accountID, region: aws.region };
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planServiceAttachment(
  _customer: Customer,
  _registry: Registry,
  gcp: PublishGcp,
): ServiceAttachmentPlan {
  return { projectID: gcp.projectID, region: gcp.region };
}
