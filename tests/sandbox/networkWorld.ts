/** The dev customer in a world of its own, and a person with a console on either side who changes one thing. */
import { join } from "node:path";
import { reach, World, type CloudObject, type Hop, type Reach } from "../../sandbox/index.ts";
import { isRecord, type Values } from "../../sandbox/values.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { deployCustomer, KEY } from "../support/deployed.ts";
import { ROOT } from "../support/project.ts";

export const ARTIFACTORY = "artifactory.dev.example";
export const MAVEN = "maven.dev.example";
export const PACKAGES = "packages.dev.example";
export const NAMES = [ARTIFACTORY, MAVEN, PACKAGES];
export const SERVICE_ID = "vpce-svc-0123456789abcdef0";
export const ATTACHMENT = "projects/dev-customer-shared/regions/us-central1/serviceAttachments/packages";

export class Console {
  readonly world: World;

  private constructor(world: World) {
    this.world = world;
  }

  /** The dev customer as its program makes it. */
  static async open(): Promise<Console> {
    const world = World.inMemory(KEY);
    const tx = world.begin();
    for (const object of await (deployed ??= deployOnce())) tx.put(object);
    await tx.commit();
    return new Console(world);
  }

  /** The object of a class, e.g. `RouterPeer`, whose name or id ends so. */
  find(className: string, end = ""): CloudObject {
    const { type, id } = this.world
      .list()
      .find((one) => one.type.endsWith(`:${className}`) && (one.name.endsWith(end) || one.id.endsWith(end)))!;
    return this.world.all(type).find((one) => one.id === id)!;
  }

  /** Changes arguments or outputs of an object in place. */
  async edit(object: CloudObject, change: Partial<Pick<CloudObject, "args" | "attrs" | "secrets">>): Promise<void> {
    const { args, attrs, secrets } = object;
    const tx = this.world.begin();
    tx.put({
      ...object,
      args: without({ ...args, ...change.args }),
      attrs: { ...attrs, ...change.attrs },
      secrets: { ...secrets, ...change.secrets },
    });
    await tx.commit();
  }

  async drop(object: CloudObject): Promise<void> {
    const tx = this.world.begin();
    tx.drop(object);
    await tx.commit();
  }

  /** Replaces a text in what the executors are told. */
  async editArtefact(key: "corefile" | "guestRules" | "caBundle", from: string, to: string): Promise<void> {
    const item = this.find("ProjectMetadataItem");
    const value = JSON.parse(String(item.args["value"])) as Record<string, string>;
    if (!value[key]!.includes(from)) throw new Error(`${key} has no ${from}`);
    value[key] = value[key]!.replace(from, to);
    await this.edit(item, { args: { value: JSON.stringify(value) } });
  }

  reach(name: string, { guest = false, port = 443 } = {}): Reach {
    return reach(this.world, { executor: "executors", guest }, name, port);
  }

  /** `<kind> <whose>: <what is wrong>` of the hop that fails, or `reachable`. */
  trouble(name: string, from: { guest?: boolean; port?: number } = {}): string {
    const { broken } = this.reach(name, from);
    return broken === undefined ? "reachable" : say(broken);
  }
}

/** What the program made, for every test to begin with. */
let deployed: Promise<CloudObject[]> | undefined;

async function deployOnce(): Promise<CloudObject[]> {
  const { customer } = loadCustomer(join(ROOT, "stacks/customers/dev.yaml"));
  const { world, refused, failed } = await deployCustomer(customer);
  if (refused ?? failed) throw (refused ?? failed)!;
  const types = new Set(world.list().map(({ type }) => type));
  return [...types].flatMap((type) => world.all(type));
}

const say = ({ kind, side, what }: Hop): string => `${kind} ${side}: ${what}`;

function without(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** What fails on the executor and in a virtual machine on it. */
export function both(console: Console, name: string): string[] {
  return [console.trouble(name), console.trouble(name, { guest: true })];
}

/** A block argument of an object with changes. */
export function block(object: CloudObject, name: string, change: Values): Values {
  const before = object.args[name];
  return { [name]: { ...(isRecord(before) ? before : {}), ...change } };
}
