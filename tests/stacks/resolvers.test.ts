// Who is asked for a route's destination; that CoreDNS asks them so is for the data-plane tier to show.
import { expect, test } from "vitest";
import { ACME, edited, fixture, problems } from "./support.ts";

const withRoutes = (...routes: readonly string[]): readonly string[] =>
  problems(
    edited(fixture("dns-proxy"), [[/routes: .*/, `routes: [${routes.map((route) => `{ ${route} }`).join(", ")}]`]]),
  );

const NAMES = ["a.acme.example", "b.acme.example"].map((source) => `source: ${source}, destination: lb.acme.example`);

test("two names may lead to one destination by one resolver, or by none", () => {
  expect(withRoutes(`${NAMES[0]}, resolverIP: 198.51.100.53`, `${NAMES[1]}, resolverIP: 198.51.100.53`)).toEqual([]);
  expect(withRoutes(...NAMES)).toEqual([]);
});

test("fails on two resolvers for one destination, of which one would be ignored", () => {
  expect(withRoutes(`${NAMES[0]}, resolverIP: 198.51.100.53`, `${NAMES[1]}, resolverIP: 198.51.100.54`)).toEqual([
    "9:169: ~.executorPrivateDNS.routes[1].resolverIP: expected 198.51.100.53 for lb.acme.example, as routes[0] has, got 198.51.100.54; a destination has one resolver, correct one of the two",
  ]);
  expect(withRoutes(`${NAMES[0]}, resolverIP: 198.51.100.53`, NAMES[1]!)).toEqual([
    "9:140: ~.executorPrivateDNS.routes[1].destination: expected 198.51.100.53 for lb.acme.example, as routes[0] has, got none; a destination has one resolver, correct one of the two",
  ]);
});

test("fails on a resolver among the guests, which is dns-proxy itself", () => {
  expect(withRoutes(`${NAMES[0]}, resolverIP: 10.61.0.1`)).toEqual([
    "9:84: ~.executorPrivateDNS.routes[0].resolverIP: expected a resolver outside 10.61.0.0/16, got 10.61.0.1, where dns-proxy itself answers; write the customer's",
  ]);
});

test("fails on two registries of one name, whose certificates could not both be right", () => {
  expect(problems(edited(ACME, [["dnsName: maven.dc.acme.example", "dnsName: artifactory.acme.example"]]))).toEqual([
    "68:25: ~.registries.maven.dnsName: expected each name once, got artifactory.acme.example again (first at artifactory); remove one of the two",
  ]);
});
