/**
 * The clouds' own API models, held against what the program sends. This tier cannot show what a model does not say: most
 * of EC2's texts have no pattern there, and Google's discovery documents have no required members.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../sandbox/check.ts";
import type { Deployed } from "../../sandbox/deploy.ts";
import { MODELS, REQUESTS, apiRules, spelledOut, valuesAt } from "../../sandbox/rules/apiModels.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { isRecord, list, type Values } from "../../sandbox/values.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { deployCustomer } from "../support/deployed.ts";

const customers = join(import.meta.dirname, "../../stacks/customers");
async function sent(name: string): Promise<readonly Deployed[]> {
  const { created, refused, failed } = await deployCustomer(loadCustomer(join(customers, name)).customer);
  const error = refused ?? failed;
  if (error) throw error;
  return created;
}

const everything = Promise.all(["dev.yaml", "acme.yaml"].map(sent)).then((found) => found.flat());

/** Paths of arguments down to plain values; lists and maps of plain values are one path. */
function pathsIn(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(list(value).flatMap((item) => pathsIn(item, path)))];
  if (!isRecord(value) || /^(tags|labels|keepers)$/.test(path)) return [path];
  return Object.entries(value).flatMap(([key, item]) => pathsIn(item, path === "" ? key : `${path}.${key}`));
}

/** Members the provider fills in, or that a later request of the same operation names. */
const FILLED: Readonly<Record<string, readonly string[]>> = {
  "ec2 CreateVpnGateway": ["Type"],
  "ec2 AttachVpnGateway": ["VpnGatewayId"],
  "ec2 CreateFlowLogs": ["ResourceType"],
  "ec2 CreateTags": ["Resources", "Tags"],
  "ec2 ModifyVpcAttribute": ["VpcId"],
  "ec2 ModifySubnetAttribute": ["SubnetId"],
  "ec2 ModifyVpcEndpointServicePermissions": ["ServiceId"],
  "ec2 AttachInternetGateway": ["InternetGatewayId"],
  "autoscaling StartInstanceRefresh": ["AutoScalingGroupName"],
  "autoscaling EnableMetricsCollection": ["AutoScalingGroupName"],
  "rds ModifyDBParameterGroup": ["DBParameterGroupName"],
  "route53 ChangeResourceRecordSets": ["ChangeBatch"],
  "logs PutRetentionPolicy": ["logGroupName"],
};

describe("what the program sends", () => {
  test("each argument becomes a member of a request that the API has", async () => {
    const unmapped = (await everything)
      .filter(({ type }) => !type.startsWith("random:"))
      .flatMap(({ type, inputs }) => {
        const known = Object.keys(REQUESTS[type] ?? {}).flatMap(spelledOut);
        return pathsIn(inputs)
          .filter((path) => !known.includes(path))
          .map((path) => `${type} ${path}`);
      });
    expect([...new Set(unmapped)]).toEqual([]);
  });

  test("each value has the type of its member", async () => {
    const right: Readonly<Record<string, (value: unknown) => boolean>> = {
      string: (value) => typeof value === "string",
      boolean: (value) => typeof value === "boolean",
      integer: (value) => Number.isInteger(Number(value)),
      long: (value) => Number.isInteger(Number(value)),
      number: (value) => typeof value === "number",
      object: () => true,
    };
    const wrong = (await everything).flatMap(({ type, inputs }) =>
      Object.entries(MODELS.arguments[type] ?? {}).flatMap(([argument, member]) =>
        spelledOut(argument).flatMap((path) =>
          valuesAt(inputs, path.split("."))
            .filter((value) => !right[member.type]!(value))
            .map(() => `${type} ${path}`),
        ),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("each request to AWS has the members its operation demands", async () => {
    const missing = (await everything).flatMap(({ type, inputs }) => {
      const members = Object.entries(REQUESTS[type] ?? {})
        .filter(([argument]) => spelledOut(argument).some((path) => valuesAt(inputs, path.split(".")).length > 0))
        .flatMap(([, request]) => (request === null ? [] : [request.split(" ") as [string, string, string]]));
      const operations = new Set(members.map(([service, operation]) => `${service} ${operation}`));
      return [...operations].flatMap((operation) => {
        const given = members.filter(([service, name]) => `${service} ${name}` === operation).map(([, , path]) => path);
        const have = new Set([...given.map((path) => path.split(".")[0]), ...(FILLED[operation] ?? [])]);
        return (MODELS.required[operation] ?? [])
          .filter((member) => !have.has(member))
          .map((one) => `${operation} ${one}`);
      });
    });
    expect([...new Set(missing)]).toEqual([]);
  });
});

describe("the models say more than the provider", () => {
  const nat = { name: "nat", router: "nat", natIpAllocateOption: "AUTO_ONLY", region: "us-central1" };
  test.each<[string, Values, string]>([
    ["gcp:compute/projectMetadataItem:ProjectMetadataItem", { key: "a key", value: "" }, "key must match"],
    ["aws:cloudwatch/logGroup:LogGroup", { name: "a name" }, "name must match"],
    ["aws:iam/role:Role", { name: "a/b", assumeRolePolicy: "{}" }, "name must match"],
    [
      "gcp:compute/routerNat:RouterNat",
      {
        ...{ ...nat, sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS" },
        subnetworks: [{ name: "executors", sourceIpRangesToNats: ["PRIMARY"] }],
      },
      "subnetworks.sourceIpRangesToNats must be one of ALL_IP_RANGES",
    ],
  ])("fails for %s with %o", (type, args, message) => {
    const cloud = type.startsWith("aws") ? "aws" : "gcp";
    const failures = check({ type, table: TABLES[cloud].types[type]!, rules: apiRules(cloud) }, args);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.reason).toContain(message);
  });
});

test("every simulated type of a cloud has its requests, and says where they come from", () => {
  const types = [TABLES.aws, TABLES.gcp].flatMap((table) => Object.keys(table.types));
  expect(Object.keys(REQUESTS).sort()).toEqual(types.sort());
  expect(MODELS.packages).toEqual({ botocore: "1.44.5", "google-api-python-client": "2.202.0" });
  expect(MODELS.revisions).toEqual({
    "compute.v1": "20261106",
    "dns.v1": "20261009",
    "iam.v1": "20261023",
    "run.v2": "20261031",
    "cloudscheduler.v1": "20261106",
    "secretmanager.v1": "20261021",
    "monitoring.v3": "20260129",
  });
});
