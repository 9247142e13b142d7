// That the simulated executors read the rendered file as the plan means it, for any routes; CoreDNS itself is asked the same
// in tests/dataplane/corednsRoutes.test.ts.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Route } from "../../plan/customer.ts";
import { lookupOf, renderCorefile } from "../../plan/dnsProxy.ts";
import { lookup, parseCorefile } from "../../sandbox/network/artefact.ts";

const VALUES = { endpointNames: {}, pscAddresses: {}, blobHosts: {} };
/** Names out of few labels, so that they stand inside each other and meet. */
const name = fc
  .array(fc.constantFrom("a", "b", "npm"), { minLength: 1, maxLength: 3 })
  .map((labels) => `${labels.join(".")}.example`);
const resolverIP = fc.constantFrom(undefined, "198.51.100.53", "198.51.100.54");
const routes = fc.uniqueArray(
  fc.record({ source: name, destination: name, resolverIP }).map(({ source, destination, resolverIP: at }): Route => {
    return { source, target: { kind: "name", destination, ...(at !== undefined && { resolverIP: at }) } };
  }),
  { selector: ({ source }) => source, maxLength: 40 },
);

test("a name is asked for as the plan says, at the resolver it says", () => {
  fc.assert(
    fc.property(routes, fc.array(name, { minLength: 5 }), (written, names) => {
      const all = { routes: written, blobRoutes: [] };
      const proxy = parseCorefile(renderCorefile(all, VALUES));
      if (typeof proxy === "string") throw new Error(proxy);
      for (const one of [...names, ...written.map(({ source }) => source)]) {
        const { name: asked, resolver } = lookupOf(all, VALUES, one);
        expect(lookup(proxy, one)).toEqual({ asked, resolver });
      }
    }),
  );
});
