/**
 * What a person could do in the clouds' own consoles, without any program: list what is there, change it, delete it. The
 * clouds' rules hold here as everywhere.
 */
import { AWS } from "./aws/index.ts";
import { GCP } from "./gcp/index.ts";
import type { Configuration } from "./handler.ts";
import { CloudPackage, type Known } from "./package.ts";
import { TABLES } from "./tables.ts";
import { blocks, isRecord, type Values } from "./values.ts";
import { keyOf, type CloudObject, type Place, type World } from "./world.ts";

/** One object as a console lists it. */
export interface Listed extends Place {
  /** Names the object to the other functions here. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  /** Its name, its `Name` tag, or its id. */
  readonly name: string;
  /** Tags in AWS, labels in Google Cloud; undefined where objects of this type carry none. */
  readonly tags: Readonly<Record<string, unknown>> | undefined;
  /** What it was made with, secrets left out. */
  readonly args: Values;
  /** Keys of the objects it needs or lives in. */
  readonly needs: readonly string[];
  /** Whether the cloud refuses to delete it until that is switched off. */
  readonly isProtected: boolean;
}

/** Arguments by which a cloud keeps an object from being deleted. */
const PROTECTIONS = ["deletionProtection", "enableDeletionProtection", "deletionProtectionEnabled"];

/** Everything in the clouds, except what a cloud made by itself and what was there before the program. */
export function listObjects(world: World): readonly Listed[] {
  return world
    .list()
    .filter(({ outside }) => !outside)
    .map((summary) => listed(world.get(keyOf(summary))!));
}

function listed({ cloud, account, region, type, id, name, args, uses, within }: CloudObject): Listed {
  const { inputs } = TABLES[cloud].types[type]!;
  const carries = inputs["tags"] !== undefined || inputs["labels"] !== undefined;
  const tags = carries ? ([args["tags"], args["labels"]].map(asTags).find(isRecord) ?? {}) : undefined;
  const visible = name ?? (typeof tags?.["Name"] === "string" ? tags["Name"] : id);
  const key = keyOf({ cloud, account, region, type, id });
  const isProtected = PROTECTIONS.some((argument) => args[argument] === true);
  return { key, cloud, account, region, type, id, name: visible, tags, args, needs: [...uses, ...within], isProtected };
}

/** Tags as a map; an Auto Scaling group has them as a list of `key` and `value`. */
const asTags = (given: unknown): unknown =>
  Array.isArray(given) ? Object.fromEntries(blocks(given).map(({ key, value }) => [key, value])) : given;

/**
 * Changes arguments of an object by hand; secrets cannot be changed here.
 * @throws CloudError when the cloud refuses
 */
export async function editObject(world: World, key: string, changes: Values): Promise<void> {
  const { cloud, known, configuration } = at(world, key);
  await cloud.update(known, { ...known.inputs, ...changes }, configuration);
}

/**
 * Deletes an object by hand, with `unprotect` also one that is protected from deletion. One that is gone already, as with
 * what it lived in, is let be.
 * @throws CloudError when the cloud refuses, as while something uses it
 */
export async function removeObject(world: World, key: string, { unprotect = false } = {}): Promise<void> {
  if (world.get(key) === undefined) return;
  const on = PROTECTIONS.filter((argument) => world.get(key)?.args[argument] === true);
  if (unprotect && on.length > 0) await editObject(world, key, Object.fromEntries(on.map((name) => [name, false])));
  // a secret's name is free again at once, which it is not for as long as its deletion may be taken back
  const isSecret = key.includes("|aws:secretsmanager/secret:Secret|");
  if (unprotect && isSecret) await editObject(world, key, { recoveryWindowInDays: 0 });
  const { cloud, known, configuration } = at(world, key);
  await cloud.remove(known, configuration);
}

function at(world: World, key: string): { cloud: CloudPackage; known: Known; configuration: Configuration } {
  const object = world.get(key);
  if (object === undefined) throw new Error(`there is no object ${key}`);
  const { type, id, args, attrs, account, region } = object;
  const definition = object.cloud === "aws" ? AWS : GCP;
  return {
    cloud: new CloudPackage(TABLES[object.cloud], definition, world),
    known: { type, id, state: { ...attrs, ...args }, inputs: args },
    configuration: { account, region, defaultTags: {} },
  };
}
