/** Roles that identities of another issuer take. Source: IAM User Guide, Available keys for AWS web identity federation. */
import { isRecord, list, type Values } from "../values.ts";
import { admits, allows, type Asker, type Context } from "./iamPolicy.ts";

/**
 * Whether a trust policy lets an identity of an issuer take the role.
 * @param issuer e.g. `accounts.google.com`
 * @param claims condition keys with what the identity's token says, e.g. `accounts.google.com:sub`
 */
export function federates(document: string, issuer: string, claims: Context): boolean {
  const { Statement: statement, ...rest } = JSON.parse(document) as Values;
  const about = (isRecord(statement) ? [statement] : list(statement).filter(isRecord))
    .filter(({ Principal: principal }) => isRecord(principal) && [principal["Federated"]].flat().includes(issuer))
    .map((one) => ({ ...one, Resource: "*" }));
  return allows(JSON.stringify({ ...rest, Statement: about }), "sts:AssumeRoleWithWebIdentity", "*", claims);
}

/** Whether a resource's policy refuses somebody what everything else allowed. */
export function refuses(
  document: string,
  asker: Asker,
  action: string,
  resource: string,
  context: Context = {},
): boolean {
  const { Statement: statement, ...rest } = JSON.parse(document) as Values;
  const everything = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };
  const all = [everything, ...(isRecord(statement) ? [statement] : list(statement))];
  return !admits(JSON.stringify({ ...rest, Statement: all }), asker, action, resource, context);
}

/**
 * A key's policy without what it leaves to the account: a statement for the account's root gives its own users nothing by
 * itself, it lets their own policies decide. Source: AWS KMS Developer Guide, Default key policy.
 */
export function directly(document: string): string {
  const { Statement: statement, ...rest } = JSON.parse(document) as Values;
  const all = isRecord(statement) ? [statement] : list(statement).filter(isRecord);
  const toRoot = ({ Principal: principal }: Values): boolean =>
    isRecord(principal) && [principal["AWS"]].flat().some((one) => /^arn:aws:iam::\d{12}:root$/.test(String(one)));
  return JSON.stringify({ ...rest, Statement: all.filter((one) => !toRoot(one)) });
}
