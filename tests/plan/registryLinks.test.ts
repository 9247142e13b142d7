/**
 * What follows from a link to a registry of the same file: endpoints, routes, guest rules. That executors then reach it is
 * shown where both ends are deployed (tests/bothEnds.test.ts).
 */
import { describe, expect, test } from "vitest";
import { renderCorefile } from "../../plan/dnsProxy.ts";
import { planCustomer, type Plan } from "../../plan/plan.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { Declared } from "../support/declared.ts";
import { edited, fixture, TODAY, type Edit } from "../stacks/support.ts";

const customerOf = (...edits: Edit[]) =>
  parseCustomer(edited(fixture("made-registries"), edits), "acme.yaml", { today: TODAY }).customer;
const planOf = (...edits: Edit[]): Plan => planCustomer(customerOf(...edits));
const endpointsOf = (plan: Plan) => plan.awsConnections[0]!.endpoints;

const BLOBS_PUBLIC: Edit[] = [
  ["- registry: packages", "- registry: packages\n            blobs: internet"],
  ["    privateCodeHost:", "    executorNAT: {}\n    privateCodeHost:"],
];
const SECOND: Edit[] = [
  ["- registry: packages", "- registry: packages\n          - registry: trial"],
  [
    "      packages:\n",
    '      trial:\n        codeArtifact: { accountID: "444455556666", region: us-east-1, environment: nonprod, domain: acme-trial }\n      packages:\n',
  ],
];

describe("a link to codeartifact", () => {
  test("is three endpoints to services of aws's own, none of them to an endpoint service [X-01] [CA-30]", () => {
    expect(endpointsOf(planOf()).map(({ key, name, service, ports }) => ({ key, name, service, ports }))).toEqual(
      ["codeartifact.api", "codeartifact.repositories", "s3"].map((key) => ({
        ...{ key, name: `acme-${key.replace(".", "-")}`, ports: [443] },
        service: { kind: "service", serviceName: `com.amazonaws.us-east-1.${key}` },
      })),
    );
  });

  test("has no endpoint to s3 where files come over the internet [X-04]", () => {
    const plan = planOf(...BLOBS_PUBLIC);
    expect(endpointsOf(plan).map(({ key }) => key)).toEqual(["codeartifact.api", "codeartifact.repositories"]);
    expect(plan.dnsProxy?.blobRoutes).toEqual([]);
  });

  test("shares its endpoints with the next registry, whose keys their policies are limited to [X-01]", () => {
    expect(endpointsOf(planOf(...SECOND)).map(({ key, registries }) => [key, registries])).toEqual([
      ["codeartifact.api", ["packages", "trial"]],
      ["codeartifact.repositories", ["packages", "trial"]],
      ["s3", ["packages", "trial"]],
    ]);
  });

  test("answers privately in the vpc but for s3, which would need a gateway endpoint first [CA-33]", () => {
    expect(endpointsOf(planOf()).map(({ privateDnsEnabled }) => privateDnsEnabled)).toEqual([true, true, false]);
  });

  test("is guarded as a whole: leave for one of two registries does not free what they share", () => {
    const permit = (path: string): Edit => [
      "    registries:",
      `    permits:\n      "privateCodeHost.aws.privateLinks[${path}]": { reason: CHG-1042 ends it }\n    registries:`,
    ];
    const held = (...edits: Edit[]) => endpointsOf(planOf(...edits)).map(({ protect }) => protect);
    expect(held(...SECOND)).toEqual([true, true, true]);
    expect(held(...SECOND, permit("trial"))).toEqual([true, true, true]);
    expect(held(permit("packages"))).toEqual([false, false, false]);
  });
});

describe("the executors' dns-proxy", () => {
  test("is told of every name of the registry, its bucket's included, without a route in the file [X-02] [X-05]", () => {
    const endpointNames = {
      "codeartifact.api": "vpce-1-a.api.codeartifact.us-east-1.vpce.amazonaws.com",
      "codeartifact.repositories": "vpce-2-b.d.codeartifact.us-east-1.vpce.amazonaws.com",
      s3: "bucket.vpce-3-c.s3.us-east-1.vpce.amazonaws.com",
    };
    const blobHosts = { packages: "assets-193858265520-us-east-1.s3.us-east-1.amazonaws.com" };
    const corefile = renderCorefile(planOf().dnsProxy!, { endpointNames, blobHosts, pscAddresses: {} });
    expect(corefile.match(/rewrite .*/g)).toEqual([
      `rewrite name exact acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com. ${endpointNames["codeartifact.repositories"]}.`,
      `rewrite name exact ${blobHosts.packages}. ${endpointNames.s3}.`,
      `rewrite name exact codeartifact.us-east-1.amazonaws.com. ${endpointNames["codeartifact.api"]}.`,
    ]);
  });

  test("lets guests to the endpoints of the vpc's zones on 443", () => {
    expect(planOf().dnsProxy!.guestRules.map(({ destination, ports }) => [destination, ports])).toEqual([
      [{ cidr: "10.127.0.0/27" }, [443]],
      [{ cidr: "10.127.0.32/27" }, [443]],
    ]);
  });
});

describe("the policies of the endpoints", () => {
  test("let the registry's domain and its bucket through and nothing else [CA-33] [X-01]", async () => {
    const declared = await Declared.of(customerOf());
    const policyOf = (end: string): string =>
      String(
        declared.graph.nodes.find(({ type, name }) => type.endsWith(":VpcEndpoint") && name.endsWith(end))!.inputs[
          "policy"
        ],
      );
    expect(JSON.parse(policyOf("-s3"))).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${BUCKET}/*` }],
    });
    for (const key of ["-api", "-repositories"]) {
      expect(policyOf(key)).toContain("arn:aws:codeartifact:us-east-1:444455556666:");
      expect(policyOf(key)).not.toContain("codeartifact:*");
    }
  });
});

const BUCKET = "arn:aws:s3:::assets-193858265520-us-east-1";
