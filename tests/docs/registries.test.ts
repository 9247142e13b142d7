// What the documents' customer files with registries are planned and declared as. That AWS takes it as it is meant is for
// the engine tier on the simulated clouds, and for real accounts, to show.
import { describe, expect, test } from "vitest";
import type { PolicyStatement } from "../../plan/policyDocument.ts";
import { renderCorefile } from "../../plan/dnsProxy.ts";
import { planCustomer } from "../../plan/plan.ts";
import { answers, Declared } from "../support/declared.ts";
import { customerFiles, loadAndPlan, placeOf, read } from "./support.ts";

/** The first customer file of a document, as a customer. */
const customerOf = (document: string, edit = (text: string): string => text) => {
  const { block, text } = customerFiles(document)[0]!;
  return loadAndPlan(edit(text), placeOf(block)).customer;
};

const CODE_ARTIFACT = customerOf("docs/procedures/codeartifact.md");
/** With a certificate that is made: one that exists would be looked up in the account. */
const SELF_HOSTED = customerOf("docs/procedures/self-hosted-registry.md", (text) =>
  text.replace(/certificateArn: .*\n +certificateDomain: .*/, "hostedZoneID: Z0123456789ABCDEFGHIJ"),
);
const HOST = "duff-prod-222233334444.d.codeartifact.us-east-1.amazonaws.com";
const ASSETS = "assets-193858265520-us-east-1.s3.us-east-1.amazonaws.com";

describe("the CodeArtifact registry of the procedure", () => {
  test("has endpoints whose groups let in https from the executors, and nothing out [CA-31]", async () => {
    const declared = await Declared.of(CODE_ARTIFACT);
    const groups = declared.all("SecurityGroup").map(({ name }) => name);
    expect(groups).toEqual(["duff-codeartifact-api", "duff-codeartifact-repositories", "duff-s3"]);
    const rules = declared.all("SecurityGroupIngressRule").map(({ inputs }) => inputs);
    expect(rules.map(({ cidrIpv4, ipProtocol, fromPort, toPort }) => [cidrIpv4, ipProtocol, fromPort, toPort])).toEqual(
      groups.map(() => ["10.10.0.0/24", "tcp", 443, 443]),
    );
    expect(declared.all("SecurityGroupEgressRule")).toEqual([]);
    expect(declared.all("SecurityGroup").flatMap(({ inputs }) => inputs["egress"] ?? [])).toEqual([]);
  });

  test("is found by its own names, each led to the regional name of an endpoint [CA-34] [CA-35]", () => {
    const { dnsProxy, registries } = planCustomer(CODE_ARTIFACT);
    const endpointNames = {
      "codeartifact.api": "vpce-1-a.api.codeartifact.us-east-1.vpce.amazonaws.com",
      "codeartifact.repositories": "vpce-2-b.d.codeartifact.us-east-1.vpce.amazonaws.com",
      s3: "bucket.vpce-3-c.s3.us-east-1.vpce.amazonaws.com",
    };
    const corefile = renderCorefile(dnsProxy!, { endpointNames, blobHosts: { packages: ASSETS }, pscAddresses: {} });
    const led = [...corefile.matchAll(/rewrite name exact (\S+)\. (\S+)\./g)].map(([, from, to]) => [from, to]);
    expect(led.sort()).toEqual(
      [
        ["codeartifact.us-east-1.amazonaws.com", endpointNames["codeartifact.api"]],
        [HOST, endpointNames["codeartifact.repositories"]],
        [ASSETS, endpointNames.s3],
      ].sort(),
    );
    // Clients ask for the name that AWS's certificate is for: no CA is installed, and no address has another host.
    expect(registries.map(({ dnsName, certificate }) => [dnsName, certificate.kind])).toEqual([[HOST, "publicCA"]]);
    const urls = Object.values(registries[0]!.codeArtifact!.outputs.endpoints).flatMap((each) => Object.values(each));
    expect(new Set(urls.map((url) => new URL(url).hostname))).toEqual(new Set([HOST]));
  });

  test("has a way back from every subnet of its endpoints [CA-36]", async () => {
    const declared = await Declared.of(CODE_ARTIFACT);
    const named = (className: string, input: string): unknown[] =>
      declared.all(className).map(({ inputs }) => inputs[input]);
    const associated = declared
      .all("RouteTableAssociation")
      .filter(({ inputs }) => named("VpnGatewayRoutePropagation", "routeTableId").includes(inputs["routeTableId"]))
      .map(({ inputs }) => inputs["subnetId"]);
    const used = new Set((named("VpcEndpoint", "subnetIds") as string[][]).flat());
    expect([...used].sort()).toEqual([...new Set(associated)].sort());
    expect(used.size).toBe(2);
  });

  test("is said to cost storage, requests, a key and endpoints [CA-55]", () => {
    const [, cost = ""] = /\*\*Cost\.\*\*([\s\S]*?)\n\n/.exec(read("docs/procedures/codeartifact.md")) ?? [];
    expect(["Storage", "requests", "key", "endpoints"].filter((word) => !cost.includes(word))).toEqual([]);
  });
});

describe("the registry of the procedure that is run here", () => {
  test("has a way to its package data: an endpoint to s3 that lets the bucket through, and a route [SR-23]", async () => {
    const declared = await Declared.of(SELF_HOSTED, (type, name, inputs) => {
      if (type !== "aws:acm/certificate:Certificate") return answers(type, name, inputs);
      const names = [inputs["domainName"], ...((inputs["subjectAlternativeNames"] as string[] | undefined) ?? [])];
      return {
        domainValidationOptions: names.map((domainName) => ({
          ...{ domainName, resourceRecordName: `_a.${String(domainName)}.` },
          ...{ resourceRecordType: "CNAME", resourceRecordValue: "_b.acm-validations.aws." },
        })),
      };
    });
    const [s3] = declared
      .all("VpcEndpoint")
      .filter(({ name, inputs }) => name === "wonka-s3" && inputs["vpcEndpointType"] === "Interface");
    const { Statement } = JSON.parse(String(s3!.inputs["policy"])) as { Statement: readonly PolicyStatement[] };
    expect(Statement.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual([
      { Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::wonka-quilt-packages/objs/*" },
    ]);
    expect(planCustomer(SELF_HOSTED).dnsProxy?.blobRoutes).toEqual([{ registry: "quilt", link: "s3" }]);
  });
});

describe("the registry in a data centre", () => {
  test("is reached from the static addresses the customer lets in, and from no other [C.3]", async () => {
    const declared = await Declared.of(customerOf("docs/procedures/data-center-registry.md"));
    const nat = declared.one("RouterNat").inputs;
    const addresses = declared.all("Address").map(({ name, inputs }) => [name, inputs["addressType"] ?? "EXTERNAL"]);
    expect(addresses).toEqual([
      ["initech-nat-1", "EXTERNAL"],
      ["initech-nat-2", "EXTERNAL"],
    ]);
    expect([nat["natIpAllocateOption"], (nat["natIps"] as unknown[]).length]).toEqual(["MANUAL_ONLY", 2]);
  });
});
