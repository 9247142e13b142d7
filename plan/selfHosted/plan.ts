import type { Customer, Registry } from "../customer.ts";
import type { SelfHosted } from "./customer.ts";

/** A self-hosted registry with every name decided. */
export interface SelfHostedPlan {
  readonly accountID: string;
  readonly region: string;
  /** Bucket of the packages, where clients are handed on to one. */
  readonly packageBucket?: string;
}

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planSelfHosted(_customer: Customer, _registry: Registry, selfHosted: SelfHosted): SelfHostedPlan {
  const { accountID, region, packageBucket } = selfHosted;
  return { accountID, region, ...(packageBucket === undefined ? {} : { packageBucket }) };
}
