/** Roles that identities of another issuer take. Source: IAM User Guide, Available keys for AWS web identity federation. */
import { isRecord, type Values } from "../values.ts";
import { admits, allows, statementsOf, type Asker, type Context } from "./iamPolicy.ts";

/**
 * Whether a trust policy lets an identity of an issuer take the role.
 * @param issuer e.g. `accounts.google.com`
 * @param claims condition keys with what the identity's token says, e.g. `accounts.google.com:sub`
 */
export function federates(document: string, issuer: string, claims: Context): boolean {
  const policy = JSON.parse(document) as Values;
  const about = statementsOf(policy)
    .filter(({ Principal: principal }) => isRecord(principal) && [principal["Federated"]].flat().includes(issuer))
    .map((one) => ({ ...one, Resource: "*" }));
  return allows(JSON.stringify({ ...policy, Statement: about }), "sts:AssumeRoleWithWebIdentity", "*", claims);
}

/** Whether a resource's policy refuses somebody what everything else allowed. */
export function refuses(
  document: string,
  asker: Asker,
  action: string,
  resource: string,
  context: Context = {},
): boolean {
  const policy = JSON.parse(document) as Values;
  const everything = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  const all = [everything, ...statementsOf(policy)];
  return !admits(JSON.stringify({ ...policy, Statement: all }), asker, action, resource, context);
}

/**
 * A key's policy without what it leaves to the account: a statement for the account's root gives its own users nothing by
 * itself, it lets their own policies decide. Source: AWS KMS Developer Guide, Default key policy.
 */
export function directly(document: string): string {
  const policy = JSON.parse(document) as Values;
  const toRoot = ({ Principal: principal }: Values): boolean =>
    isRecord(principal) && [principal["AWS"]].flat().some((one) => /^arn:aws:iam::\d{12}:root$/.test(String(one)));
  return JSON.stringify({ ...policy, Statement: statementsOf(policy).filter((one) => !toRoot(one)) });
}
