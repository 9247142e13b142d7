/**
 * Tier: provider protocol. Shows what each call answers on the wire. It cannot show that the engine asks in this order,
 * nor that it understands the answers.
 */
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Operation, type PackageName, type Sandbox } from "../../sandbox/index.ts";
import { Provider, UNKNOWN } from "./client.ts";
import * as estate from "./estate.ts";

const VPC = "aws:ec2/vpc:Vpc";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const operations: Operation[] = [];
let sandbox: Sandbox;
let aws: Provider;
let google: Provider;
let random: Provider;

beforeAll(async () => {
  const faults = (operation: Operation): undefined => void operations.push(operation);
  sandbox = await startSandbox({ worldFile: estate.newWorldFile(), faults });
  await estate.seed(sandbox);
  [aws, google] = [await estate.aws(sandbox), await estate.google(sandbox)];
  random = await Provider.configured(sandbox, "random", {});
});

afterAll(async () => {
  for (const provider of [aws, google, random]) provider.close();
  await sandbox.close();
});

test("each package has a port of its own and answers with the SDK's version", async () => {
  expect(sandbox.env["PULUMI_DEBUG_PROVIDERS"]).toMatch(/^aws:\d+,gcp:\d+,random:\d+$/);
  expect(new Set(Object.values(sandbox.ports)).size).toBe(3);
  const versions: Record<string, string> = {};
  for (const name of ["aws", "gcp", "random"] as PackageName[]) {
    const provider = Provider.connect(sandbox, name);
    versions[name] = ((await provider.call("getPluginInfo")) as pluginPb.PluginInfo).getVersion();
    provider.close();
  }
  expect(versions).toEqual({ aws: "7.48.0", gcp: "9.37.0", random: "4.21.2" });
});

test("a provider takes no secrets and previews, as the bridged ones do, and outlives a cancel", async () => {
  const provider = Provider.connect(sandbox, "aws");
  const handshake = (await provider.call(
    "handshake",
    new pb.ProviderHandshakeRequest(),
  )) as pb.ProviderHandshakeResponse;
  expect([handshake.getAcceptSecrets(), handshake.getAcceptResources(), handshake.getAcceptOutputs()]).toEqual([
    false,
    false,
    false,
  ]);
  const configured = await provider.configure({ region: "us-east-1", allowedAccountIds: '["111122223333"]' });
  expect([configured.getSupportspreview(), configured.getAcceptsecrets()]).toEqual([true, false]);
  await provider.call("attach", new pluginPb.PluginAttach());
  await provider.call("cancel");
  expect(await provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})).toMatchObject({
    accountId: "111122223333",
  });
  provider.close();
});

test("two instances of a provider are told apart by their connections", async () => {
  const west = await estate.aws(sandbox, "us-west-2");
  const [east, other] = [
    await aws.create(VPC, { cidrBlock: "10.0.0.0/24" }),
    await west.create(VPC, { cidrBlock: "10.0.0.0/24" }),
  ];
  expect([east.state["region"], other.state["region"]]).toEqual(["us-east-1", "us-west-2"]);
  expect(await west.read({ ...east, state: {}, inputs: {} })).toBeUndefined();
  await aws.delete(east);
  await west.delete(other);
  west.close();
});

test("fails with a suggestion for a provider setting that does not exist", async () => {
  expect(await aws.checkConfig({ region: "us-east-1", regoin: "us-east-1" })).toEqual([
    "the provider aws has no setting regoin; did you mean region?",
  ]);
  expect(await google.checkConfig({ project: "acme-prod", version: "9.37.0" })).toEqual([]);
});

const CONFIGURATIONS: [string, PackageName, Record<string, string>, string][] = [
  [
    "an account that is not the role's",
    "aws",
    {
      region: "us-east-1",
      allowedAccountIds: '["999988887777"]',
      assumeRoles: '[{"roleArn":"arn:aws:iam::111122223333:role/r"}]',
    },
    "AWS account ID not allowed: 111122223333",
  ],
  ["no account at all", "aws", { region: "us-east-1" }, "No valid credential sources found"],
  [
    "a region that does not exist",
    "aws",
    { region: "us-middle-1", allowedAccountIds: '["111122223333"]' },
    "Invalid AWS Region: us-middle-1",
  ],
  [
    "a role that is none",
    "aws",
    { region: "us-east-1", assumeRoles: '[{"roleArn":"causeway"}]' },
    '"causeway" is not the ARN of a role',
  ],
  ["a project that is none", "gcp", { project: "Acme" }, '"Acme" is not a project ID'],
  ["a region that is none", "gcp", { project: "acme-prod", region: "Iowa" }, '"Iowa" is not a region'],
];

test.each(CONFIGURATIONS)("fails to configure with %s", async (_name, provider, configuration, message) => {
  const connection = Provider.connect(sandbox, provider);
  await expect(connection.configure(configuration)).rejects.toThrow(message);
  connection.close();
});

test("fails for a connection that was never configured", async () => {
  const provider = Provider.connect(sandbox, "gcp");
  await expect(provider.invoke("gcp:compute/getNetwork:getNetwork", { name: "executors" })).rejects.toThrow(
    "the provider gcp was not configured on this connection",
  );
  provider.close();
});

test("fails for a resource type or data source the sandbox does not have", async () => {
  await expect(aws.check("aws:ec2/vcp:Vcp", {})).rejects.toThrow(
    "unrecognized resource type aws:ec2/vcp:Vcp: the sandbox does not have it; did you mean aws:ec2/vpc:Vpc?",
  );
  await expect(aws.check("aws:eks/cluster:Cluster", {})).rejects.toThrow(
    /aws:eks\/cluster:Cluster: the sandbox does not have it$/,
  );
  await expect(aws.invoke("aws:ec2/getVpc:getVpc", {})).rejects.toThrow(
    "unrecognized data source aws:ec2/getVpc:getVpc",
  );
});

test("a preview of a creation knows what was given and leaves the rest unknown", async () => {
  const outputs = await aws.preview("aws:ec2/subnet:Subnet", {
    vpcId: UNKNOWN,
    cidrBlock: "10.0.0.0/26",
    tags: { a: "b" },
  });
  expect(outputs).toMatchObject({ vpcId: UNKNOWN, cidrBlock: "10.0.0.0/26", arn: UNKNOWN, availabilityZone: UNKNOWN });
  expect(outputs).toMatchObject({ region: "us-east-1", tagsAll: { a: "b" }, mapPublicIpOnLaunch: false });
  const gateway = await google.preview("gcp:compute/haVpnGateway:HaVpnGateway", { name: "g", network: UNKNOWN });
  expect(gateway).toMatchObject({
    vpnInterfaces: UNKNOWN,
    project: "acme-prod",
    region: "us-central1",
    stackType: "IPV4_ONLY",
  });
  expect(sandbox.world.list().filter(({ outside }) => !outside)).toEqual([]);
});

test("fails to create with a value that is not known", async () => {
  await expect(aws.create("aws:ec2/subnet:Subnet", { vpcId: UNKNOWN, cidrBlock: "10.0.0.0/26" })).rejects.toThrow(
    "vpcId of aws:ec2/subnet:Subnet is not known outside a preview",
  );
});

test("making the same thing twice makes two", async () => {
  const [one, two] = [
    await aws.create(VPC, { cidrBlock: "10.0.0.0/24" }),
    await aws.create(VPC, { cidrBlock: "10.0.0.0/24" }),
  ];
  expect(one.id).toMatch(/^vpc-0[0-9a-f]{16}$/);
  expect(two.id).not.toBe(one.id);
  await aws.delete(one);
  await aws.delete(two);
});

test("reading or deleting what is gone is no error", async () => {
  const vpc = await aws.create(VPC, { cidrBlock: "10.0.0.0/24" });
  await aws.delete(vpc);
  expect(await aws.read(vpc)).toBeUndefined();
  await aws.delete(vpc);
  await expect(aws.update(vpc, { cidrBlock: "10.0.0.0/24", tags: { a: "b" } })).rejects.toThrow("it does not exist");
});

test("an import by id alone gives the arguments that make the resource", async () => {
  const args = { cidrBlock: "10.0.0.0/24", tags: { a: "b" } };
  const vpc = await aws.create(VPC, args);
  const found = (await aws.read({ ...vpc, state: {}, inputs: {} }))!;
  expect(found.inputs).toMatchObject(args);
  expect((await aws.diff(found, args)).details).toEqual([]);
  await aws.delete(vpc);
});

test("a password is secret, fits its rules, and is kept nowhere", async () => {
  const args = { length: 32, special: true, overrideSpecial: "._", minUpper: 2, minNumeric: 2 };
  const answer = await random.createRaw(PASSWORD, args);
  const fields = answer.getProperties()!.toJavaScript() as Record<string, Record<string, string>>;
  expect(Object.keys(fields["result"]!)).toContain(SECRET_MARK);
  expect(Object.keys(fields["bcryptHash"]!)).toContain(SECRET_MARK);
  const made = await random.create(PASSWORD, args);
  const result = String(made.state["result"]);
  expect(result).toMatch(/^[0-9A-Za-z._]{32}$/);
  expect(result.replace(/[^A-Z]/g, "").length).toBeGreaterThanOrEqual(2);
  expect(result.replace(/\D/g, "").length).toBeGreaterThanOrEqual(2);
  expect((await random.create(PASSWORD, args)).state["result"]).not.toBe(result);
  expect((await random.read(made))!.state).toEqual(made.state);
  expect((await random.diff(made, args)).changed).toBe(false);
  expect((await random.diff(made, { ...args, keepers: { generation: "2" } })).replaces).toEqual(["keepers"]);
  await random.delete(made);
});

test("fails for a password shorter than its minimums", async () => {
  await expect(random.create(PASSWORD, { length: 3, minUpper: 2, minNumeric: 2 })).rejects.toThrow(
    "length must be at least 4, the sum of the minimums, not 3",
  );
});

test("an automatic name stays the same from run to run and is marked as automatic", async () => {
  const type = "gcp:compute/network:Network";
  const { inputs } = await google.check(type, { autoCreateSubnetworks: false }, "Executors");
  expect(inputs["name"]).toMatch(/^executors-[0-9a-f]{7}$/);
  expect(inputs["__defaults"]).toContain("name");
  const again = await google.check(type, { autoCreateSubnetworks: false }, "Executors", {
    ...inputs,
    name: "executors-0000000",
  });
  expect(again.inputs["name"]).toBe("executors-0000000");
});

test("a fault hook sees every operation and can fail it before or after the cloud acts", async () => {
  expect(operations).toContainEqual({
    package: "random",
    method: "create",
    type: PASSWORD,
    account: "",
    region: undefined,
  });
  let fault: "before" | "after" | undefined;
  const failing = await startSandbox({
    worldFile: estate.newWorldFile(),
    faults: () =>
      fault === "before" ? new Error("throttled") : fault === "after" ? { after: new Error("cut off") } : undefined,
  });
  const provider = await estate.aws(failing);
  fault = "before";
  await expect(provider.create(VPC, { cidrBlock: "10.0.0.0/24" })).rejects.toThrow("throttled");
  expect(failing.world.list()).toHaveLength(0);
  fault = "after";
  await expect(provider.create(VPC, { cidrBlock: "10.0.0.0/24" })).rejects.toThrow("cut off");
  expect(failing.world.list().map(({ type }) => type)).toEqual([VPC]);
  provider.close();
  await failing.close();
});

test("the sandbox starts within 0.3 seconds", async () => {
  const worldFile = estate.newWorldFile();
  const start = performance.now();
  const started = await startSandbox({ worldFile });
  expect(performance.now() - start).toBeLessThan(300);
  await started.close();
});
