/** Policies of endpoints. Source: AWS PrivateLink Guide, Control access using endpoint policies. */
import { text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { amazonService } from "./amazonServices.ts";
import type { Doing } from "./common.ts";
import { malformed } from "./iamPolicy.ts";

/** Characters, white space included. Source: AWS PrivateLink Guide, Quotas. */
const MOST = 20_480;

/** @param supported whether the service looks at endpoint policies: services of customers do not */
export function checkPolicy(doing: Doing, policy: unknown, supported: boolean): void {
  const document = text(policy);
  if (document === undefined) return;
  if (!supported) throw doing.error("InvalidParameter", "Endpoint policies are not supported for this service");
  if (document.length > MOST)
    throw doing.error("InvalidPolicyDocument", `The policy exceeds the limit of ${MOST} characters`);
  const why = malformed(document, "resource");
  if (why !== undefined) throw doing.error("InvalidPolicyDocument", why);
}

/** The policy an endpoint has: its own, or the one that lets everybody do everything; a customer's service has none. */
export function defaultPolicy(endpoint: CloudObject): string | undefined {
  const own = text(endpoint.args["policy"]);
  if (own !== undefined || !amazonService(endpoint, String(endpoint.args["serviceName"]))) return own;
  const statement = { Action: "*", Effect: "Allow", Principal: "*", Resource: "*" };
  return JSON.stringify({ Statement: [statement], Version: "2008-10-17" });
}
