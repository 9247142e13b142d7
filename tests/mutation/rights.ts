/** What somebody has to be able to do, and what nobody may: every policy of a registry, tried out one request at a time. */
import type { Customer } from "../../plan/customer.ts";
import type { Aftermath } from "./catchers.ts";
import { codeArtifactRights } from "./rightsCodeArtifact.ts";
import { selfHostedRights } from "./rightsSelfHosted.ts";

/** One request, and whether it has to be allowed. */
export interface Request {
  readonly what: string;
  readonly may: boolean;
  readonly found: boolean;
}

export function rightsTrouble(aftermath: Aftermath, customer: Customer): string | undefined {
  for (const { origin } of customer.registries) {
    const requests =
      origin.kind === "codeArtifact"
        ? codeArtifactRights(aftermath, origin.codeArtifact, customer)
        : origin.kind === "selfHosted"
          ? selfHostedRights(aftermath, origin.selfHosted)
          : [];
    const wrong = requests.find(({ may, found }) => may !== found);
    if (wrong !== undefined) return `${wrong.what} is ${wrong.found ? "allowed" : "not allowed"}`;
  }
  return undefined;
}
