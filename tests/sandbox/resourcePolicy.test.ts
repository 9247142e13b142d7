/**
 * Whom a policy of a thing lets in, condition by condition. This tier cannot show that AWS evaluates the same way, nor the
 * operators that are not listed in `sandbox/aws/iamPolicy.ts`.
 */
import { expect, it } from "vitest";
import { admits } from "../../sandbox/aws/iamPolicy.ts";

const ROLE = "arn:aws:iam::111122223333:role/reader";
const KEY = "aws:SourceVpce";

it.each<[string, unknown, boolean, boolean]>([
  ["StringEquals", "vpce-1", true, false],
  ["StringNotEquals", "vpce-2", true, true],
  ["StringNotEquals", "vpce-1", false, true],
  ["StringEqualsIfExists", "vpce-1", true, true],
  ["StringLike", "vpce-*", true, false],
  ["StringNotLike", "vpce-*", false, true],
  ["Null", "false", true, false],
  ["Null", "true", false, true],
  ["ForAnyValue:StringEquals", ["vpce-1", "x"], true, false],
  ["ForAllValues:StringEquals", "vpce-1", true, true],
])("%s %j lets a request with the key in: %s, and one without: %s", (operator, value, present, absent) => {
  const Condition = { [operator]: { [KEY]: value } };
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "111122223333" },
    Action: "s3:Get*",
    Resource: "*",
    Condition,
  };
  const document = JSON.stringify({ Statement: [statement] });
  expect(admits(document, { arn: ROLE }, "s3:GetObject", "arn:aws:s3:::x/y", { [KEY]: "vpce-1" })).toBe(present);
  expect(admits(document, { arn: ROLE }, "s3:GetObject", "arn:aws:s3:::x/y")).toBe(absent);
  expect(admits(document, { arn: ROLE.replace("1111", "4444") }, "s3:GetObject", "arn:aws:s3:::x/y")).toBe(false);
});

it("a denial counts for more than any leave", () => {
  const everybody = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
  const plain = { Bool: { "aws:SecureTransport": "false" } };
  const document = JSON.stringify({ Statement: [everybody, { ...everybody, Effect: "Deny", Condition: plain }] });
  const ask = (secure: string): boolean =>
    admits(document, { arn: ROLE }, "s3:GetObject", "arn:aws:s3:::x/y", { "aws:SecureTransport": secure });
  expect([ask("true"), ask("false")]).toEqual([true, false]);
});
