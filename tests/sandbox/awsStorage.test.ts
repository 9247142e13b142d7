/**
 * Tier: provider protocol. What S3, EventBridge, Lambda, SQS and CloudTrail refuse, and endpoints to AWS's own services.
 * This tier cannot show that the real services answer in these words, nor that an event arrives.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fillBucket } from "../../sandbox/aws/s3.ts";
import { undelivered } from "../../sandbox/aws/events.ts";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as on from "./codeArtifactEstate.ts";
import * as estate from "./estate.ts";

let sandbox: Sandbox;
let aws: Provider;

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

const bucket = (name = "acme-packages", args: Values = {}): Promise<Resource> =>
  aws.create(on.BUCKET, { bucket: name, ...args });

describe("a bucket", () => {
  it.each(["Acme", "ab", "a..b-c", "192.168.0.1", "xn--acme", "acme-s3alias", "-acme"])(
    "fails with the name %s",
    async (name) => {
      await expect(bucket(name)).rejects.toThrow("api error InvalidBucketName: The specified bucket is not valid");
    },
  );

  it("fails with a name that anybody has", async () => {
    await bucket();
    await expect(bucket()).rejects.toThrow("api error BucketAlreadyOwnedByYou");
    const other = await estate.aws(sandbox, "eu-west-1", {
      allowedAccountIds: JSON.stringify(["444455556666"]),
      assumeRoles: JSON.stringify([{ roleArn: "arn:aws:iam::444455556666:role/causeway" }]),
    });
    const theirs = other.create(on.BUCKET, { bucket: "acme-packages" });
    await expect(theirs).rejects.toThrow("api error BucketAlreadyExists");
    other.close();
  });

  it("fails to go while it holds something, unless its objects may go with it", async () => {
    const made = await bucket();
    await fillBucket(sandbox.world, made.id, 3);
    await expect(aws.delete(made)).rejects.toThrow("api error BucketNotEmpty");
    await fillBucket(sandbox.world, made.id, 0);
    await aws.delete(made);
    const forced = await bucket("acme-forced", { forceDestroy: true });
    await fillBucket(sandbox.world, forced.id, 1);
    await aws.delete(forced);
    expect(sandbox.world.list()).toEqual([]);
  });

  const arn = "arn:aws:s3:::acme-packages";
  it.each<[string, string, string]>([
    [
      "about another bucket",
      on.policy(on.statement({ AWS: estate.ACCOUNT }, "s3:GetObject", "arn:aws:s3:::other/*")),
      "Policy has invalid resource",
    ],
    [
      "about another service",
      on.policy(on.statement({ AWS: estate.ACCOUNT }, "sqs:SendMessage", arn)),
      "Policy has invalid action: sqs:SendMessage",
    ],
    ["for everybody", on.policy(on.statement("*", "s3:GetObject", `${arn}/*`)), "AccessDenied: s3:PutBucketPolicy"],
    ["of no resource", on.policy(on.statement({ AWS: estate.ACCOUNT }, "s3:GetObject", [])), "must contain resources"],
  ])("fails with a policy %s [B.3 S3 bucket]", async (_what, policy, message) => {
    await bucket();
    await expect(aws.create(on.s3("Policy"), { bucket: "acme-packages", policy })).rejects.toThrow(message);
  });

  it("has a policy for everybody who comes through one endpoint", async () => {
    await bucket();
    const Condition = { StringEquals: { "aws:SourceVpce": "vpce-0a" } };
    const policy = on.policy(on.statement("*", "s3:GetObject", `${arn}/*`, { Condition }));
    const made = await aws.create(on.s3("Policy"), { bucket: "acme-packages", policy });
    expect(made.id).toBe("acme-packages");
  });

  it("fails to be replicated without versions, and keeps them while it is", async () => {
    const role = (await aws.create(on.ROLE, on.roleFor("s3"))).state["arn"];
    const [from, to] = [await bucket(), await bucket("acme-copies")];
    const rules = [{ status: "Enabled", destination: { bucket: to.state["arn"] } }];
    const replicate = (): Promise<Resource> => aws.create(on.s3("ReplicationConfig"), { bucket: from.id, role, rules });
    const version = (id: string): Promise<Resource> =>
      aws.create(on.s3("Versioning"), { bucket: id, versioningConfiguration: { status: "Enabled" } });
    await expect(replicate()).rejects.toThrow("Versioning must be 'Enabled' on the bucket");
    const versions = await version(from.id);
    await expect(replicate()).rejects.toThrow("Destination bucket must have versioning enabled");
    await version(to.id);
    await replicate();
    await expect(aws.delete(versions)).rejects.toThrow("api error InvalidBucketState");
  });

  it("fails with a setting before there is a bucket", async () => {
    const cors = { bucket: "none", corsRules: [{ allowedMethods: ["GET"], allowedOrigins: ["*"] }] };
    await expect(aws.create(on.s3("CorsConfiguration"), cors)).rejects.toThrow("api error NoSuchBucket");
    await bucket();
    const odd = { bucket: "acme-packages", corsRules: [{ allowedMethods: ["PATCH"], allowedOrigins: ["*"] }] };
    await expect(aws.create(on.s3("CorsConfiguration"), odd)).rejects.toThrow("Unsupported method is PATCH");
  });
});

describe("events", () => {
  const rule = (args: Values): Promise<Resource> => aws.create(on.EVENT_RULE, { name: "packages", ...args });
  const pattern = { eventPattern: JSON.stringify({ source: ["aws.codeartifact"] }) };

  it.each<[string, Values, string]>([
    [
      "a pattern whose leaf is no list",
      { eventPattern: '{"source":"aws.codeartifact"}' },
      '"source" must be an object or an array',
    ],
    ["an empty pattern", { eventPattern: "{}" }, "api error InvalidEventPatternException"],
    ["a rate in the wrong number", { scheduleExpression: "rate(1 days)" }, "Parameter ScheduleExpression is not valid"],
    ["a cron with both days", { scheduleExpression: "cron(0 0 1 * 1 *)" }, "Parameter ScheduleExpression is not valid"],
    ["a bus there is not", { ...pattern, eventBusName: "other" }, "Event bus other does not exist"],
  ])("fail with %s", async (_what, args, message) => {
    await expect(rule(args)).rejects.toThrow(message);
  });

  it("are lost at a topic whose policy does not let EventBridge in [CA-51]", async () => {
    const made = await rule(pattern);
    const topic = await aws.create(on.TOPIC, { name: "packages" });
    const target = await aws.create(on.EVENT_TARGET, { rule: made.id, targetId: "t", arn: topic.id });
    const found = sandbox.world.all(on.EVENT_TARGET)[0]!;
    expect(undelivered(sandbox.world, found)).toBe(`the policy of ${topic.id} does not let EventBridge in`);
    const Condition = { ArnEquals: { "aws:SourceArn": made.state["arn"] } };
    const open = on.policy(on.statement({ Service: "events.amazonaws.com" }, "sns:Publish", topic.id, { Condition }));
    await aws.create("aws:sns/topicPolicy:TopicPolicy", { arn: topic.id, policy: open });
    expect(undelivered(sandbox.world, found)).toBeUndefined();
    await expect(aws.delete(made)).rejects.toThrow("Rule can't be deleted since it has targets");
    await aws.delete(target);
    await aws.delete(made);
  });

  it("fail to reach a sixth target, and a dead-letter queue that is not there", async () => {
    const made = await rule(pattern);
    const target = (targetId: string, more: Values = {}): Promise<Resource> =>
      aws.create(on.EVENT_TARGET, { rule: made.id, targetId, arn: "arn:aws:sns:us-east-1:111122223333:x", ...more });
    const dead = { deadLetterConfig: { arn: "arn:aws:sqs:us-east-1:111122223333:none" } };
    await expect(target("a", dead)).rejects.toThrow("there is no standard queue arn:aws:sqs");
    for (const id of ["a", "b", "c", "d", "e"]) await target(id);
    await expect(target("f")).rejects.toThrow("api error LimitExceededException");
  });

  it("fail to move to a dead-letter queue that is not there", async () => {
    const redrivePolicy = JSON.stringify({
      deadLetterTargetArn: "arn:aws:sqs:us-east-1:111122223333:dead",
      maxReceiveCount: 5,
    });
    const queue = { name: "packages", redrivePolicy };
    await expect(aws.create(on.QUEUE, queue)).rejects.toThrow("Dead letter target does not exist.");
    await aws.create(on.QUEUE, { name: "dead" });
    const made = await aws.create(on.QUEUE, queue);
    expect(made.id).toBe("https://sqs.us-east-1.amazonaws.com/111122223333/packages");
    await expect(aws.create(on.QUEUE, { name: "x.fifo" })).rejects.toThrow("a FIFO queue ends in .fifo");
  });
});

describe("functions and trails", () => {
  it.each<[string, Values, string]>([
    ["a runtime there is not", { runtime: "nodejs12.x" }, "it is no supported runtime"],
    ["no handler", { handler: undefined }, "handler is mandatory"],
    [
      "a variable that is Lambda's own",
      { environment: { variables: { AWS_REGION: "x" } } },
      "Reserved keys used in this request: AWS_REGION",
    ],
    ["a role Lambda may not assume", { role: "arn:aws:iam::111122223333:role/other" }, "cannot be assumed by Lambda"],
  ])("fail with %s [CA-54]", async (_what, args, message) => {
    const role = await aws.create(on.ROLE, on.roleFor("lambda"));
    await expect(aws.create(on.FUNCTION, { ...on.code(role), ...args })).rejects.toThrow(message);
  });

  it("is changed in place by other code", async () => {
    const role = await aws.create(on.ROLE, on.roleFor("lambda"));
    const made = await aws.create(on.FUNCTION, on.code(role));
    const other = { ...on.code(role), code: on.archive("export const handler = () => 2;") };
    const { details, replaces } = await aws.diff(made, other);
    expect([details.length, replaces]).toEqual([1, []]);
  });

  it("fail to write to a bucket that does not let CloudTrail [CA-52]", async () => {
    const made = await bucket();
    const trail = { name: "audit", s3BucketName: made.id };
    await expect(aws.create(on.TRAIL, trail)).rejects.toThrow("api error InsufficientS3BucketPolicyException");
    await aws.create(on.s3("Policy"), { bucket: made.id, policy: on.trailBucketPolicy(made.state["arn"]) });
    expect((await aws.create(on.TRAIL, trail)).state["homeRegion"]).toBe("us-east-1");
  });
});

describe("endpoints to AWS's own services", () => {
  let vpc: Resource;
  let subnetIds: string[];
  beforeEach(async () => {
    const made = await estate.awsSide(aws);
    [vpc, subnetIds] = [made.vpc, made.subnets.map(({ id }) => id)];
  });
  const endpoint = (service: string, args: Values = {}): Promise<Resource> =>
    aws.create("aws:ec2/vpcEndpoint:VpcEndpoint", {
      ...{ vpcId: vpc.id, vpcEndpointType: "Interface", serviceName: `com.amazonaws.us-east-1.${service}`, subnetIds },
      ...args,
    });
  const first = ({ state }: Resource): string => String((state["dnsEntries"] as Values[])[0]!["dnsName"]);

  it.each([
    ["codeartifact.api", /^vpce-[0-9a-f]+-[0-9a-f]{8}\.api\.codeartifact\.us-east-1\.vpce\.amazonaws\.com$/],
    ["codeartifact.repositories", /^vpce-[0-9a-f]+-[0-9a-f]{8}\.d\.codeartifact\.us-east-1\.vpce\.amazonaws\.com$/],
    ["s3", /^\*\.vpce-[0-9a-f]+-[0-9a-f]{8}\.s3\.us-east-1\.vpce\.amazonaws\.com$/],
    ["ecr.dkr", /^vpce-[0-9a-f]+-[0-9a-f]{8}\.dkr\.ecr\.us-east-1\.vpce\.amazonaws\.com$/],
    ["secretsmanager", /^vpce-[0-9a-f]+-[0-9a-f]{8}\.secretsmanager\.us-east-1\.vpce\.amazonaws\.com$/],
  ])("are available at once under the name %s has [CA-30]", async (service, name) => {
    const made = await endpoint(service, { privateDnsEnabled: true });
    expect([made.state["state"], made.state["privateDnsEnabled"]]).toEqual(["available", true]);
    expect(first(made)).toMatch(name);
    expect(String(made.state["policy"])).toContain('"Action":"*"');
  });

  it("fail for a service the region has not, and as a gateway for one that has none", async () => {
    await expect(endpoint("codeartifact")).rejects.toThrow(
      "The Vpc Endpoint Service 'com.amazonaws.us-east-1.codeartifact' does not exist",
    );
    const gateway = { vpcEndpointType: "Gateway", subnetIds: undefined };
    await expect(endpoint("kms", gateway)).rejects.toThrow(
      "Endpoint type (Gateway) does not match available service types ([Interface])",
    );
  });

  it("fail with a policy above 20,480 characters or without a principal [A.2 VPCE policy]", async () => {
    const long = on.policy(on.statement("*", "s3:GetObject", "*", { Sid: "x".repeat(20_480) }));
    await expect(endpoint("s3", { policy: long })).rejects.toThrow("exceeds the limit of 20480 characters");
    const nobody = on.policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    await expect(endpoint("s3", { policy: nobody })).rejects.toThrow("Missing required field Principal");
  });

  it("fail with a policy where the service is a customer's", async () => {
    await estate.seed(sandbox);
    const policy = on.policy(on.statement("*", "*"));
    const theirs = { serviceName: estate.SERVICE, policy };
    await expect(endpoint("s3", theirs)).rejects.toThrow("Endpoint policies are not supported for this service");
  });

  it("need S3's gateway for private names that are for resolvers alone [CA-33]", async () => {
    const dnsOptions = { privateDnsOnlyForInboundResolverEndpoint: true };
    const inbound = { privateDnsEnabled: true, dnsOptions };
    await expect(endpoint("s3", inbound)).rejects.toThrow("must have a Gateway endpoint for the service");
    const table = await aws.create("aws:ec2/routeTable:RouteTable", { vpcId: vpc.id });
    const routed = { vpcEndpointType: "Gateway", subnetIds: undefined, routeTableIds: [table.id] };
    const gateway = await endpoint("s3", routed);
    expect([gateway.state["dnsEntries"], gateway.state["routeTableIds"]]).toEqual([[], [table.id]]);
    await expect(endpoint("s3", routed)).rejects.toThrow("api error RouteAlreadyExists");
    const made = await endpoint("s3", inbound);
    await expect(aws.delete(gateway)).rejects.toThrow("uses private DNS only for inbound resolver endpoints");
    await aws.delete(made);
    await aws.delete(gateway);
  });

  it("are told of by name, and images and accounts too", async () => {
    const token = "aws:ec2/getVpcEndpointService:getVpcEndpointService";
    const found = await aws.invoke(token, { service: "codeartifact.repositories" });
    expect(found["privateDnsName"]).toBe("*.d.codeartifact.us-east-1.amazonaws.com");
    expect([found["owner"], (found["availabilityZones"] as string[]).length]).toEqual(["amazon", 6]);
    const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    const image = await aws.invoke("aws:ssm/getParameter:getParameter", { name });
    expect(image["value"]).toMatch(/^ami-[0-9a-f]{17}$/);
    await expect(aws.invoke("aws:ssm/getParameter:getParameter", { name: "/x" })).rejects.toThrow("ParameterNotFound");
  });
});
