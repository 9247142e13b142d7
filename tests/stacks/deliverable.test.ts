// What executors are given must fit into one metadata value; that Google says no beyond it is not shown here.
import { expect, test } from "vitest";
import { edited, fixture, problems } from "./support.ts";

const label = (letter: string): string => letter.repeat(60);
const long = (n: number, letter: string): string =>
  [`n${String(n).padStart(4, "0")}`, label(letter), label(letter), label(letter), "example"].join(".");

const withRoutes = (count: number): string => {
  const routes = Array.from(
    { length: count },
    (_, n) => `{ source: ${long(n, "s")}, destination: ${long(n, "d")}, resolverIP: 198.51.100.53 }`,
  );
  return edited(fixture("dns-proxy"), [[/routes: .*/, `routes: [${routes.join(", ")}]`]]);
};

test("five hundred routes of ordinary length are delivered", () => {
  expect(problems(withRoutes(500).replaceAll(label("s"), "s").replaceAll(label("d"), "d"))).toEqual([]);
});

test("fails on routes that one metadata value cannot hold, before any cloud is asked", () => {
  // how many bytes it is told depends on everything the executors run
  const told = problems(withRoutes(500)).map((line) => line.replace(/got \d{6},/, "got <bytes>,"));
  expect(told).toEqual([
    "9:7: ~.executorPrivateDNS.routes: expected routes and certificates of at most 262144 bytes together, got <bytes>, which one metadata value cannot hold; remove routes nobody uses, and certificates that signed no registry's",
  ]);
});
