/**
 * What the last successful update put in the clouds, as the stack output `deployed` keeps it: the values a change of
 * which is guarded or refused (V38), the key generations (V37) and the endpoint states (V5). Holds no secret.
 */
export interface Deployed {
  readonly version: 1;
  /** Guarded path below `spec.infrastructure` (list members by key, e.g. `executorNAT.addresses[nat-1]`) to its value. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** `vpce-svc-…` to the endpoint's state as AWS gave it, e.g. `pendingAcceptance`, `available`. */
  readonly endpointStates: Readonly<Record<string, string>>;
}
