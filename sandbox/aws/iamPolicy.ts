/**
 * What IAM demands of a policy document before it stores one, and what a stored one allows.
 * Source: IAM User Guide, Grammar of the IAM JSON policy language.
 */
import { isRecord, list, type Values } from "../values.ts";

/** `trust`: who may assume a role; `identity`: what a role may do. */
export type PolicyKind = "trust" | "identity";

/** What is malformed in a policy document, or undefined. */
export function malformed(document: string, kind: PolicyKind): string | undefined {
  const policy = parsed(document);
  if (policy === undefined) return "The policy is not a JSON object.";
  const unknown = Object.keys(policy).find((key) => !["Version", "Id", "Statement"].includes(key));
  if (unknown !== undefined) return `Syntax error in policy: unknown element ${unknown}.`;
  const version = policy["Version"];
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17")
    return "The policy must contain a valid version string.";
  const statements = statementsOf(policy);
  if (statements.length === 0) return "Syntax error in policy: there is no statement.";
  return statements.map((statement) => malformedStatement(statement, kind)).find((why) => why !== undefined);
}

function malformedStatement(statement: Values, kind: PolicyKind): string | undefined {
  const { Effect: effect } = statement;
  if (effect !== "Allow" && effect !== "Deny") return "Syntax error in policy: Effect must be Allow or Deny.";
  const given = (name: string): boolean => many(statement[name]).length > 0 || isRecord(statement[name]);
  if (given("Action") === given("NotAction")) return "Policy statement must contain actions.";
  const bad = [...many(statement["Action"]), ...many(statement["NotAction"])].find(
    (action) => !/^(\*|[a-z0-9-]+:[\w*?]+)$/i.test(action),
  );
  if (bad !== undefined) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  const conditions = isRecord(statement["Condition"]) ? statement["Condition"] : {};
  const operator = Object.keys(conditions).find((name) => OPERATORS[name] === undefined);
  if (operator !== undefined) return `Invalid Condition type : ${operator}.`;
  if (kind === "identity")
    return given("Resource") === given("NotResource")
      ? "Policy statement must contain resources."
      : malformedResource(statement);
  if (!given("Principal") && !given("NotPrincipal")) return "Missing required field Principal";
  return given("Resource") ? "Has prohibited field Resource" : malformedPrincipal(statement["Principal"]);
}

function malformedResource(statement: Values): string | undefined {
  const bad = many(statement["Resource"]).find(
    (resource) => resource !== "*" && !/^arn:[^:]*:[^:]+:[^:]*:[^:]*:.+/.test(resource),
  );
  return bad === undefined ? undefined : `Resource ${bad} must be in ARN format or "*".`;
}

function malformedPrincipal(principal: unknown): string | undefined {
  const services = isRecord(principal) ? many(principal["Service"]) : [];
  const bad = services.find((service) => !/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(service));
  return bad === undefined ? undefined : `Invalid principal in policy: "SERVICE":"${bad}"`;
}

/** What a request comes with, by condition key, e.g. `aws:SourceAccount`. */
export type Context = Readonly<Record<string, string>>;

/** Whether a service may assume a role with this trust policy, in a request with this context. */
export function trusts(document: string, service: string, context: Context = {}): boolean {
  return decides(document, context, (statement) => {
    const { Principal: principal } = statement;
    const services = isRecord(principal) ? many(principal["Service"]) : [];
    return services.includes(service) && matches(many(statement["Action"]), "sts:AssumeRole");
  });
}

/** Whether a policy lets an action be done on a resource. */
export function allows(document: string, action: string, resource: string, context: Context = {}): boolean {
  return decides(
    document,
    context,
    (statement) => matches(many(statement["Action"]), action) && matches(many(statement["Resource"]), resource),
  );
}

/** A statement that denies counts for more than any that allows. */
function decides(document: string, context: Context, applies: (statement: Values) => boolean): boolean {
  const policy = parsed(document);
  const statements = policy === undefined ? [] : statementsOf(policy);
  const effects = statements
    .filter((statement) => applies(statement) && holds(statement["Condition"], context))
    .map(({ Effect: effect }) => effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

/** Condition operators that are understood here. */
const OPERATORS: Readonly<Record<string, (values: readonly string[], text: string) => boolean>> = {
  StringEquals: (values, text) => values.includes(text),
  StringLike: (values, text) => matches(values, text),
  ArnLike: (values, text) => matches(values, text),
};

/** Every key of every operator has to fit; a key the request does not come with fits nothing. */
function holds(condition: unknown, context: Context): boolean {
  if (!isRecord(condition)) return true;
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(isRecord(keys) ? keys : {}).every(([key, values]) => {
      const text = context[key];
      return text !== undefined && OPERATORS[operator]?.(many(values), text) === true;
    }),
  );
}

function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${escaped}$`, "i").test(text);
  });
}

function parsed(document: string): Values | undefined {
  try {
    const policy: unknown = JSON.parse(document);
    return isRecord(policy) ? policy : undefined;
  } catch {
    return undefined;
  }
}

function statementsOf({ Statement: statement }: Values): Values[] {
  return (isRecord(statement) ? [statement] : list(statement)).filter(isRecord);
}

const many = (value: unknown): string[] => (typeof value === "string" ? [value] : list(value).map(String));
