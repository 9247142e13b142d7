// That every resource on AWS has its line of permissions. That the permissions suffice, only an AWS account can show.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connection, everyKind, link } from "../support/customers.ts";
import { Declared } from "../support/declared.ts";
import { ROOT } from "../support/project.ts";
import { read } from "./support.ts";

const page = read("docs/real-accounts.md");

test("every class declared on AWS has a row of permissions, and no row is left over", async () => {
  const customer = everyKind({ aws: [connection({ privateLinks: [{ ...link("a1"), privateDnsEnabled: true }] })] });
  const { graph } = await Declared.of(customer);
  const declared = graph.nodes.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
  const classes = new Set(declared.map((type) => type.slice(type.lastIndexOf(":") + 1)));
  const section = /^## Permissions on AWS$([\s\S]*?)^## /m.exec(page)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...classes].sort());
});

const BLOCKS = ["codeArtifact", "selfHosted", "publish"];

/** Resources of AWS that the components of a block make, from what they import: not every option is used at once. */
const importedBy = (block: string): readonly string[] =>
  globSync(`components/${block}/**/*.ts`, { cwd: ROOT }).flatMap((path) => {
    const imports = readFileSync(join(ROOT, path), "utf8").matchAll(
      /^import \{[^}]*\} from "@pulumi\/aws\/(.*)\.js";$/gm,
    );
    return [...imports].map(([, name = ""]) => name).filter((name) => !name.includes("/get"));
  });

test("every class made in a customer's account has a row that says what for, and no row is left over", () => {
  const uses = new Map<string, string[]>();
  for (const block of BLOCKS) {
    for (const name of new Set(importedBy(block))) uses.set(name, [...(uses.get(name) ?? []), block]);
  }
  const expected = [...uses].map(([name, blocks]) => {
    const [module = "", file = ""] = name.split("/");
    return `${module}.${file.charAt(0).toUpperCase()}${file.slice(1)}: ${blocks.join(", ")}`;
  });
  const section = /^## Permissions in the customer's accounts$([\s\S]*?)^## /m.exec(page)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+\.\w+)` +\| ([\w, ]*?) +\|/gm)].map(
    ([, name, blocks]) => `${name}: ${blocks}`,
  );
  expect(expected.length).toBeGreaterThan(50);
  expect(rows.sort()).toEqual(expected.sort());
});
