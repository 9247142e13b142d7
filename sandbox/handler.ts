/** What a simulated resource type has to provide. Everything else (checks, diff, storage, secrets) is generic. */
import type { CloudObject, Place, Transaction, World } from "./world.ts";
import type { Values } from "./values.ts";

/** The settings of one provider instance. */
export interface Configuration {
  readonly account: string;
  readonly region: string | undefined;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/** One request to create or change a resource. */
export interface Call {
  readonly tx: Transaction;
  readonly world: World;
  readonly place: Place;
  /** Checked arguments, secrets included. */
  readonly args: Values;
}

/** What creating or changing a resource results in. */
export interface Made {
  /** Required of `create`. */
  id?: string;
  name?: string;
  attrs?: Values;
  /** Secret values the cloud made up because the arguments left them out. */
  secrets?: Record<string, string>;
  /** Words to look the object up by, beside its id. */
  terms?: string[];
  uses?: (CloudObject | undefined)[];
  within?: (CloudObject | undefined)[];
}

export interface Handler {
  /** Where objects of this type live; `region` unless given. */
  readonly scope?: "region" | "global";
  /** @throws CloudError when the cloud refuses */
  create(call: Call): Made;
  /** Left out when a change needs no more than storing the new arguments. */
  update?(call: Call, object: CloudObject, changed: ReadonlySet<string>): Made;
  /** Refuses a deletion, or does something other than removing the object (returns true when it did). */
  remove?(call: Call, object: CloudObject): boolean | void;
  /** Names whatever still uses an object, in the cloud's words; called only when something does. */
  inUse(object: CloudObject, users: readonly CloudObject[]): Error;
  /** Properties beyond arguments and attributes, worked out whenever the object is read. */
  outputs?(object: CloudObject, world: World, secrets: Values): Values;
}

/** A data source: arguments in, properties out. */
export type Invoke = (args: Values, place: Place, world: World) => Values;
