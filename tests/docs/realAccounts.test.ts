// That every resource on AWS has its line of permissions. That the permissions suffice, only an AWS account can show.
import { expect, test } from "vitest";
import { connection, everyKind, link } from "../support/customers.ts";
import { Declared } from "../support/declared.ts";
import { read } from "./support.ts";

test("every class declared on AWS has a row of permissions, and no row is left over", async () => {
  const customer = everyKind({ aws: [connection({ privateLinks: [{ ...link("a1"), privateDnsEnabled: true }] })] });
  const { graph } = await Declared.of(customer);
  const declared = graph.nodes.map(({ type }) => type).filter((type) => type.startsWith("aws:"));
  const classes = new Set(declared.map((type) => type.slice(type.lastIndexOf(":") + 1)));
  const section = /^## Permissions on AWS$([\s\S]*?)^## /m.exec(read("docs/real-accounts.md"))?.[1] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...classes].sort());
});
