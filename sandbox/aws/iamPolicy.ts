/**
 * What IAM demands of a policy document before it stores one, and what a stored one allows.
 * Source: IAM User Guide, Grammar of the IAM JSON policy language.
 */
import { addressOf, blockOf } from "../addresses.ts";
import { isRecord, list, type Values } from "../values.ts";

/**
 * `trust`: who may assume a role; `identity`: what a role may do; `resource`: who may do what with the thing that has it.
 */
export type PolicyKind = "trust" | "identity" | "resource";

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
  const operator = Object.keys(conditions).find((name) => operatorOf(name) === undefined);
  if (operator !== undefined) return `Invalid Condition type : ${operator}.`;
  if (kind === "identity")
    return given("Resource") === given("NotResource")
      ? "Policy statement must contain resources."
      : malformedResource(statement);
  if (!given("Principal") && !given("NotPrincipal")) return "Missing required field Principal";
  if (kind === "trust" && given("Resource")) return "Has prohibited field Resource";
  if (kind === "resource" && given("Resource") === given("NotResource"))
    return "Policy statement must contain resources.";
  return malformedPrincipal(statement["Principal"] ?? statement["NotPrincipal"]);
}

function malformedResource(statement: Values): string | undefined {
  const bad = many(statement["Resource"]).find(
    (resource) => resource !== "*" && !/^arn:[^:]*:[^:]+:[^:]*:[^:]*:.+/.test(resource),
  );
  return bad === undefined ? undefined : `Resource ${bad} must be in ARN format or "*".`;
}

/** Source: IAM User Guide, AWS JSON policy elements: Principal. */
const AWS_PRINCIPAL =
  /^(\*|\d{12}|arn:[a-z-]+:(iam::\d{12}:(root|(user|role)\/[\w+=,.@/-]+)|sts::\d{12}:.+)|A[A-Z0-9]{20})$/;
const SERVICE_PRINCIPAL = /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/;

function malformedPrincipal(principal: unknown): string | undefined {
  if (typeof principal === "string")
    return principal === "*" ? undefined : `Invalid principal in policy: "${principal}"`;
  if (!isRecord(principal)) return undefined;
  const kind = Object.keys(principal).find((key) => !["AWS", "Service", "Federated", "CanonicalUser"].includes(key));
  if (kind !== undefined) return `Invalid principal in policy: unknown kind ${kind}`;
  const bad = (kinds: string, pattern: RegExp): string | undefined =>
    many(principal[kinds]).find((one) => !pattern.test(one));
  const service = bad("Service", SERVICE_PRINCIPAL);
  if (service !== undefined) return `Invalid principal in policy: "SERVICE":"${service}"`;
  const account = bad("AWS", AWS_PRINCIPAL);
  return account === undefined ? undefined : `Invalid principal in policy: "AWS":"${account}"`;
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

/** Who asks a resource for something: an account's principal by ARN, or a service. */
export interface Asker {
  readonly arn?: string;
  readonly service?: string;
}

/** Whether the policy of a resource lets somebody do an action on it. Without a `Resource` the resource itself is meant. */
export function admits(
  document: string,
  asker: Asker,
  action: string,
  resource: string,
  context: Context = {},
): boolean {
  return decides(document, context, (statement) => {
    const on = many(statement["Resource"]);
    const fits = on.length === 0 || matches(on, resource);
    return names(statement["Principal"], asker) && matches(many(statement["Action"]), action) && fits;
  });
}

/** An account's root stands for everybody in the account. */
function names(principal: unknown, { arn, service }: Asker): boolean {
  if (principal === "*") return true;
  if (!isRecord(principal)) return false;
  if (service !== undefined && many(principal["Service"]).includes(service)) return true;
  const account = arn?.split(":")[4];
  return many(principal["AWS"]).some(
    (one) => one === "*" || (arn !== undefined && [arn, account, `arn:aws:iam::${account}:root`].includes(one)),
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

/** How an operator compares one text, and what it says of a key that the request does not come with. */
interface Operator {
  readonly fits: (values: readonly string[], text: string) => boolean;
  readonly absent: boolean;
}

type Compare = Operator["fits"];
const equals: Compare = (values, text) => values.includes(text);
const ignoringCase: Compare = (values, text) => values.some((value) => value.toLowerCase() === text.toLowerCase());
const numeric =
  (fits: (text: number, value: number) => boolean): Compare =>
  (values, text) =>
    values.some((value) => fits(Number(text), Number(value)));
const inRange: Compare = (values, text) =>
  values.some((value) => {
    const [range, one] = [blockOf(value.includes("/") ? value : `${value}/32`), addressOf(text)];
    return range !== undefined && one !== undefined && range.first <= one && one <= range.last;
  });

const positive = (fits: Compare): Operator => ({ fits, absent: false });
const negative = (fits: Compare): Operator => ({ fits: (values, text) => !fits(values, text), absent: true });

/** Condition operators that are understood here. Source: IAM User Guide, Condition operators. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  ...{ StringEquals: positive(equals), StringNotEquals: negative(equals) },
  ...{ StringEqualsIgnoreCase: positive(ignoringCase), StringNotEqualsIgnoreCase: negative(ignoringCase) },
  ...{ StringLike: positive(matches), StringNotLike: negative(matches) },
  ...{ ArnLike: positive(matches), ArnNotLike: negative(matches) },
  ...{ ArnEquals: positive(matches), ArnNotEquals: negative(matches) },
  ...{ Bool: positive(ignoringCase), IpAddress: positive(inRange), NotIpAddress: negative(inRange) },
  ...{ NumericEquals: positive(numeric((one, other) => one === other)) },
  ...{ NumericLessThan: positive(numeric((one, other) => one < other)) },
  ...{ NumericLessThanEquals: positive(numeric((one, other) => one <= other)) },
  ...{ NumericGreaterThan: positive(numeric((one, other) => one > other)) },
  ...{ NumericGreaterThanEquals: positive(numeric((one, other) => one >= other)) },
  DateLessThan: positive((values, text) => values.some((value) => Date.parse(text) < Date.parse(value))),
  DateGreaterThan: positive((values, text) => values.some((value) => Date.parse(text) > Date.parse(value))),
  Null: { fits: (values) => values.includes("false"), absent: true },
};

/** An operator with what may stand before and after its name. */
function operatorOf(name: string): Operator | undefined {
  const bare = name.replace(/^For(AnyValue|AllValues):/, "").replace(/IfExists$/, "");
  const found = OPERATORS[bare];
  return found && bare !== name && !name.startsWith("ForAnyValue:") ? { ...found, absent: true } : found;
}

/** Every key of every operator has to fit. */
function holds(condition: unknown, context: Context): boolean {
  if (!isRecord(condition)) return true;
  return Object.entries(condition).every(([name, keys]) =>
    Object.entries(isRecord(keys) ? keys : {}).every(([key, values]) => {
      const [operator, text] = [operatorOf(name), context[key]];
      if (operator === undefined) return false;
      if (name === "Null") return many(values).includes(String(text === undefined));
      return text === undefined ? operator.absent : operator.fits(many(values), text);
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

/** The statements of a policy, which may have one that is not in a list. */
export function statementsOf({ Statement: statement }: Values): Values[] {
  return (isRecord(statement) ? [statement] : list(statement)).filter(isRecord);
}

function many(value: unknown): string[] {
  return typeof value === "string" || typeof value === "boolean" || typeof value === "number"
    ? [String(value)]
    : list(value).map(String);
}
