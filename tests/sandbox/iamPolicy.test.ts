/** Policy documents as IAM reads them. This tier cannot show IAM's conditions, which the program does not use. */
import { describe, expect, test } from "vitest";
import { allows, malformed, trusts } from "../../sandbox/aws/iamPolicy.ts";

const document = (statement: unknown, more: object = {}): string => JSON.stringify({ ...more, Statement: statement });
const SERVICE = "vpc-flow-logs.amazonaws.com";
const trust = { Effect: "Allow", Principal: { Service: SERVICE }, Action: "sts:AssumeRole" };
const identity = { Effect: "Allow", Action: ["logs:PutLogEvents"], Resource: "arn:aws:logs:us-east-1:1:log-group:a:*" };

describe("IAM stores", () => {
  test.each([
    ["trust", document([trust], { Version: "2012-10-17" })],
    ["trust", document(trust)],
    ["identity", document([identity])],
    ["identity", document({ ...identity, Resource: "*", Action: "*" })],
  ] as const)("a %s policy: %s", (kind, policy) => {
    expect(malformed(policy, kind)).toBeUndefined();
  });

  test.each([
    ["trust", "not json", "not a JSON object"],
    ["trust", document([trust], { Version: "2012-10-18" }), "valid version string"],
    ["trust", document([trust], { Statements: [] }), "unknown element Statements"],
    ["trust", document([]), "there is no statement"],
    ["trust", document([{ ...trust, Effect: "allow" }]), "Effect must be Allow or Deny"],
    ["trust", document([{ ...trust, Action: [] }]), "must contain actions"],
    ["trust", document([{ ...trust, Action: "AssumeRole" }]), "prefaced by a vendor"],
    ["trust", document([{ ...trust, Principal: undefined }]), "Missing required field Principal"],
    ["trust", document([{ ...trust, Principal: { Service: "flow logs" } }]), "Invalid principal in policy"],
    ["trust", document([{ ...trust, Resource: "*" }]), "prohibited field Resource"],
    ["trust", document([{ ...trust, Condition: { StringSame: {} } }]), "Invalid Condition type : StringSame"],
    ["identity", document([{ ...identity, Resource: undefined }]), "must contain resources"],
    ["identity", document([{ ...identity, Resource: "log-group:a" }]), "must be in ARN format"],
  ] as const)("fails for a %s policy that is malformed: %s", (kind, policy, why) => {
    expect(malformed(policy, kind)).toContain(why);
  });
});

test("a role is assumed by the service its trust policy names, unless a statement denies it", () => {
  expect(trusts(document([trust]), SERVICE)).toBe(true);
  expect(trusts(document([trust]), "ec2.amazonaws.com")).toBe(false);
  expect(trusts(document([{ ...trust, Action: "sts:TagSession" }]), SERVICE)).toBe(false);
  expect(trusts(document([trust, { ...trust, Effect: "Deny" }]), SERVICE)).toBe(false);
});

test("a condition holds where the request comes with what it names", () => {
  const policy = document([{ ...trust, Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } } }]);
  expect(trusts(policy, SERVICE, { "aws:SourceAccount": "111122223333" })).toBe(true);
  expect(trusts(policy, SERVICE, { "aws:SourceAccount": "444455556666" })).toBe(false);
  expect(trusts(policy, SERVICE)).toBe(false);
  const like = document([{ ...trust, Condition: { ArnLike: { "aws:SourceArn": ["arn:aws:ec2:*:111122223333:*"] } } }]);
  expect(trusts(like, SERVICE, { "aws:SourceArn": "arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/fl-1" })).toBe(true);
});

test("an action is allowed on what the pattern covers and nothing else", () => {
  const [policy, group] = [document([identity]), "arn:aws:logs:us-east-1:1:log-group:"];
  expect(allows(policy, "logs:PutLogEvents", `${group}a:log-stream:x`)).toBe(true);
  expect(allows(policy, "logs:CreateLogStream", `${group}a:log-stream:x`)).toBe(false);
  expect(allows(policy, "logs:PutLogEvents", `${group}b:log-stream:x`)).toBe(false);
});
