/**
 * The package `causeway/policy`: what every stack must hold to, as one list. The engine enforces it with the executable
 * `policy/pack`; `checkPolicies` asks the same of a resource graph, without an engine.
 */
import { fileURLToPath } from "node:url";

export { checkPolicies, type CheckOptions } from "./check.ts";
export type {
  DeclaredResource,
  DeclaredStack,
  Finding,
  Policy,
  PolicyLevel,
  PolicyText,
  ResourcePolicy,
  StackPolicy,
  Violation,
} from "./policy.ts";
export { POLICIES } from "./rules/index.ts";

/** Path of the executable policy pack, for `pulumi preview --policy-pack` and the option `policyPacks` of a fleet. */
export const PACK: string = fileURLToPath(new URL("pack", import.meta.url));
