/** Policies that things in AWS carry themselves: what every service demands of one. */
import { malformed } from "./iamPolicy.ts";
import type { Doing } from "./common.ts";

/** What a service says of a policy it refuses. */
export interface PolicyRules {
  /** The API's code, e.g. `MalformedPolicyDocumentException`. */
  readonly code: string;
  /** Characters. */
  readonly most: number;
  /** The API's code for a policy that is too long, where it differs. */
  readonly tooLong?: string;
}

/** @throws CloudError where the service would not store the policy */
export function checkResourcePolicy(doing: Doing, document: unknown, { code, most, tooLong }: PolicyRules): void {
  const text = String(document);
  if (text.length > most)
    throw doing.error(tooLong ?? code, `The policy has ${text.length} characters, and at most ${most} are allowed`);
  const why = malformed(text, "resource");
  if (why !== undefined) throw doing.error(code, why);
}
