// Keys that people look for in a registry and that are none, through files: whether the place they are sent to takes the
// value is for the tests of that field.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../support/project.ts";
import { edited, problems, type Edit } from "./support.ts";

const FILE = readFileSync(join(ROOT, "stacks/customers/both-ends.yaml"), "utf8");
const VALUE = "hunter2-hunter2";
const SECRET =
  "what stands in this file stays in git, remove it; store it in secrets manager and name its arn, or let rds make it";

const before = (line: string, key: string): Edit => {
  const [, indent = ""] = new RegExp(`^( *)${line}`, "m").exec(FILE)!;
  return [`${indent}${line}`, `${indent}${key}\n${indent}${line}`];
};

describe("a key that a registry does not have", () => {
  it.each([
    ["container:", `dbPassword: ${VALUE}`, "npm.selfHosted.dbPassword", SECRET],
    ["container:", `token: ${VALUE}`, "npm.selfHosted.token", SECRET],
    ["container:", `apiKey: ${VALUE}`, "npm.selfHosted.apiKey", SECRET],
    [
      "container:",
      'cors: { allowedOrigins: ["*"] }',
      "npm.selfHosted.cors",
      "remove it; the bucket answers the catalog's origin alone, and every origin with seedCompatible: true",
    ],
    [
      "container:",
      'engineVersion: "14"',
      "npm.selfHosted.engineVersion",
      "remove it; the database's version is the program's, the same for every customer",
    ],
    [
      "vpcID:",
      "allowedPrincipals: []",
      "pypi.publish.aws.allowedPrincipals",
      "remove it; aws.accountID of the connection is allowed by itself, and nobody else",
    ],
    [
      "natRange:",
      "consumers: []",
      "maven.publish.gcp.consumers",
      "remove it; gcp.projectID is accepted by itself, and nobody else, as often as connectionLimit says",
    ],
  ])("fails with what to do instead, before %s: %s", (line, key, path, fix) => {
    const [found, ...others] = problems(edited(FILE, [before(line, key)]));
    expect(found).toContain(`~.registries.${path}: unknown key, got ${path.split(".").at(-1)}; ${fix}`);
    expect(others).toEqual([]);
    expect(found).not.toContain(VALUE);
  });

  it("fails with stores for a repository's external connections, of which a domain's repository has one", () => {
    const edit = ["-prod }", "-prod, repositories: { shared: { externalConnections: [npm, pypi] } } }"] as const;
    expect(problems(edited(FILE, [edit]))[0]).toContain(
      "unknown key, got externalConnections; write public sources under stores, each gets a repository of its own",
    );
  });

  it("is taken for a field that is only misspelt, though a token is in its name", () => {
    const edit = ["-prod }", "-prod, consumer: { tokenTTLSecond: 900 } }"] as const;
    expect(problems(edited(FILE, [edit]))[0]).toMatch(/unknown key, got tokenTTLSecond; write tokenTTLSeconds$/);
  });
});
