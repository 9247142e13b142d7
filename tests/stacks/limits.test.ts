// What a file may say and its author should know all the same; that AWS refuses the rest is for real accounts to show.
import { expect, test } from "vitest";
import { edited, fixture, notes } from "./support.ts";

const LINK = fixture("aws-private-link");
const PORTS = Array.from({ length: 20 }, (_, n) => n + 1).join(", ");
const subnets = (count: number): string =>
  Array.from({ length: count }, (_, n) => `s${n}: { ipCidrRange: 10.10.${n}.0/24 }`).join(", ");

/** The smallest AWS file with as many subnets and twenty ports, and a service account. */
const wide = (count: number): string =>
  edited(LINK, [
    [/executors: \{ subnets: .*/, `executors: { serviceAccount: executors@acme-prod-4f2a.iam.gserviceaccount.com, subnets: { ${subnets(count)} } }`],
    [/privateLinks: \[\{ (endpoint: [^ ]+) \}\]/, `privateLinks: [{ $1, ports: [${PORTS}] }]`.replace("$1", /endpoint: [^ ]+/.exec(LINK)![0])],
  ]); // prettier-ignore

test("sixty rules in one security group are what AWS grants, and more are worth a question", () => {
  expect(notes(wide(3)).filter((note) => note.includes("security group"))).toEqual([]);
  expect(notes(wide(4)).filter((note) => note.includes("security group"))).toEqual([
    expect.stringMatching(/privateLinks\[0\]\.ports: 80 rules in one security group \(subnets times ports\), and aws grants 60 unless asked for more; ask before the update$/),
  ]); // prettier-ignore
});

test("without a service account nothing limits executors, and the author is told", () => {
  expect(notes(LINK).some((note) => note.includes("no serviceAccount, so no egress rule"))).toBe(true);
  expect(notes(wide(1)).some((note) => note.includes("no serviceAccount"))).toBe(false);
  expect(notes(fixture("dns-proxy")).some((note) => note.includes("no serviceAccount"))).toBe(false);
});
