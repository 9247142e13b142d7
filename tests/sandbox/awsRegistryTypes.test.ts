/**
 * Tier: provider protocol. Every type of a published or self-hosted registry can be made, read, found unchanged and
 * removed. This tier cannot show that AWS fills in the same values.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { TABLES } from "../../sandbox/tables.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";
import { makeRegistryTypes } from "./registryTypes.ts";

let sandbox: Sandbox;
let aws: Provider;
const made: { resource: Resource; args: Values }[] = [];

async function make(type: string, args: Values, name = "it"): Promise<Resource> {
  const resource = await aws.create(type, args, name);
  made.push({ resource, args });
  return resource;
}

beforeAll(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  await makeRegistryTypes(sandbox, make, (serviceName) =>
    make(on.ENDPOINT, { vpcId: on.VPC, vpcEndpointType: "Interface", serviceName, subnetIds: [on.SUBNETS[0]] }),
  );
});

afterAll(async () => {
  aws.close();
  await sandbox.close();
});

test("what was just made shows no change, in the program or in the cloud", async () => {
  for (const { resource, args } of made) {
    const current = (await aws.read(resource))!;
    expect(current, resource.type).toBeDefined();
    expect(current.inputs, resource.type).toEqual(resource.inputs);
    expect((await aws.diff(current, args)).details, resource.type).toEqual([]);
  }
});

test("every declared output of a type has a value once it is made", () => {
  for (const { resource } of made) {
    const { outputs } = TABLES.aws.types[resource.type]!;
    const missing = outputs.filter((name) => resource.state[name] === undefined && !/ipv6|namePrefix/i.test(name));
    expect(missing, resource.type).toEqual([]);
  }
});

test("everything can be removed again in reverse, and nothing of it is left", async () => {
  for (const { resource } of made.toReversed()) {
    await aws.delete(resource);
    expect(await aws.read(resource), resource.type).toBeUndefined();
  }
  expect(sandbox.world.list().filter(({ outside }) => !outside)).toEqual([]);
});
