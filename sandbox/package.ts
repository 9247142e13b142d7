/** What a simulated provider can do with resources, whatever its cloud; and how that is done for clouds with a world. */
import { check, withDefaults, withName, type Failure, type Rule } from "./check.ts";
import { diff, same, type Difference } from "./diff.ts";
import { CloudError } from "./errors.ts";
import type { Configuration, Handler, Invoke, Made } from "./handler.ts";
import { withinQuotas } from "./quotas.ts";
import { CONDITIONS, EQUIVALENCES } from "./replacement.ts";
import type { PackageName, ProviderTable, ResourceTable } from "./tables.ts";
import { nearest, UNKNOWN, type Values } from "./values.ts";
import { keyOf, type Cloud, type CloudObject, type Place, type World } from "./world.ts";

/** A resource as the engine knows it. */
export interface Known {
  readonly type: string;
  readonly id: string;
  /** Outputs of the last operation; empty for an import. */
  readonly state: Values;
  /** Arguments of the last operation; empty for an import. */
  readonly inputs: Values;
}

export interface Found {
  readonly id: string;
  readonly outputs: Values;
  readonly inputs: Values;
}

/** One cloud's part of a {@link CloudPackage}. */
export interface CloudDefinition {
  readonly cloud: Cloud;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly invokes: Readonly<Record<string, Invoke>>;
  readonly rules: readonly Rule[];
  /** The settings of a provider instance. @throws CloudError when the cloud would refuse them */
  configure(configuration: Values): Configuration;
  /** What the provider takes for placing arguments left out, by argument name. */
  placement(configuration: Configuration): Values;
  /** Where a resource lives, from its arguments. @throws CloudError when that cannot be told */
  placeOf(args: Values, handler: Handler | undefined, configuration: Configuration): Place;
  /** What the provider itself adds to the arguments. */
  prepare(table: ResourceTable, args: Values, configuration: Configuration): Values;
  /** Outputs a preview already knows, where a type's table lists them. */
  foreseen(resource: Place & { args: Values }, configuration: Configuration): Values;
  /** Outputs every type has, where its table lists them. */
  common(object: CloudObject, configuration: Configuration): Values;
  /** Refuses or forgets a resource before the cloud is asked; true when it is done with. */
  retain(object: CloudObject, args: Values): boolean;
}

/** Shown on refresh in the place of a secret that is no longer the one the engine knows. */
export const CHANGED_SECRET = "(changed outside this program)";

/** Table of a type. @throws CloudError for a type the sandbox does not know */
export function tableOf(provider: ProviderTable, type: string): ResourceTable {
  const table = provider.types[type];
  if (table) return table;
  const meant = nearest(type, Object.keys(provider.types));
  const hint = meant ? `; did you mean ${meant}?` : "";
  throw new CloudError(
    "invalid",
    "UnknownType",
    `unrecognized resource type ${type}: the sandbox does not have it${hint}`,
  );
}

/** A simulated provider, as the gRPC server drives it. */
export interface SimulatedPackage {
  readonly name: PackageName;
  readonly table: ProviderTable;
  /** @throws CloudError when the cloud would refuse these settings */
  configure(configuration: Values): Configuration;
  check(type: string, name: string, old: Values, news: Values, config: Configuration): [Values, Failure[]];
  diff(known: Known, news: Values, ignored: readonly string[], config: Configuration): Difference;
  foresee(type: string, inputs: Values, config: Configuration): Values;
  create(type: string, inputs: Values, config: Configuration): Promise<Found>;
  foreseeUpdate(known: Known, inputs: Values): Values;
  update(known: Known, inputs: Values, config: Configuration): Promise<Values>;
  read(known: Known, config: Configuration): Found | undefined;
  remove(known: Known, config: Configuration): Promise<void>;
  invoke(token: string, args: Values, config: Configuration): Values;
}

/** The simulated provider of one cloud, on a world. */
export class CloudPackage implements SimulatedPackage {
  readonly name: PackageName;
  readonly table: ProviderTable;
  readonly #definition: CloudDefinition;
  readonly #world: World;

  constructor(table: ProviderTable, definition: CloudDefinition, world: World) {
    this.name = definition.cloud;
    this.table = table;
    this.#definition = definition;
    this.#world = world;
  }

  configure(configuration: Values): Configuration {
    return this.#definition.configure(configuration);
  }

  /** Arguments as the provider completes them, and what is wrong with them. */
  check(type: string, name: string, old: Values, news: Values, config: Configuration): [Values, Failure[]] {
    const table = tableOf(this.table, type);
    const { __defaults: _, ...given } = news;
    const suffix = this.#world.hash(`${type} ${name}`).slice(0, 7);
    const named = withName(table, withDefaults(table, given), old, name, suffix);
    const args = this.#definition.prepare(table, named, config);
    const { __defaults: _defaults, ...checked } = args;
    return [args, check({ type, table, rules: this.#definition.rules }, checked)];
  }

  diff(known: Known, news: Values, ignored: readonly string[], config: Configuration): Difference {
    const table = tableOf(this.table, known.type);
    const placement = this.#definition.placement(config);
    const rules = { conditions: CONDITIONS[known.type] ?? {}, equivalences: EQUIVALENCES[known.type] ?? {} };
    return diff({ table, placement, ...rules }, known.state, news, ignored);
  }

  /** What creating would give, without creating: outputs the cloud fills in are unknown. */
  foresee(type: string, inputs: Values, config: Configuration): Values {
    const table = tableOf(this.table, type);
    const { __defaults: _, ...args } = inputs;
    const handler = this.#handler(type);
    const place = this.#definition.placeOf(args, handler, config);
    const open = [...table.outputs, ...Object.keys(table.inputs).filter((name) => table.inputs[name]!.computed)];
    const foreseen = listed(table, this.#definition.foreseen({ ...place, args }, config));
    return {
      ...Object.fromEntries(open.map((name) => [name, UNKNOWN])),
      ...serviceDefaults(table),
      ...foreseen,
      ...kept(table, args),
    };
  }

  async create(type: string, inputs: Values, config: Configuration): Promise<Found> {
    const table = tableOf(this.table, type);
    const { __defaults: _, ...args } = inputs;
    const handler = this.#handler(type);
    const place = this.#definition.placeOf(args, handler, config);
    const tx = this.#world.begin();
    const made = handler.create({ tx, world: this.#world, place, args });
    const object = this.#objectOf(type, table, place, args, made);
    withinQuotas(this.#world, object);
    tx.put(object);
    await tx.commit();
    return {
      id: object.id,
      outputs: this.#outputs(table, object, { ...secretsOf(table, args), ...made.secrets }, config),
      inputs,
    };
  }

  async update(known: Known, inputs: Values, config: Configuration): Promise<Values> {
    const table = tableOf(this.table, known.type);
    const { __defaults: _, ...args } = inputs;
    const handler = this.#handler(known.type);
    const object = this.#find(known, config);
    if (!object) throw new CloudError("notFound", "NotFound", `updating ${known.type} ${known.id}: it does not exist`);
    const { changes } = this.diff(known, inputs, [], config);
    const changed = new Set(changes.map(({ path }) => path.split(/[.[]/)[0]!));
    const tx = this.#world.begin();
    const whole = this.#keepComputed(table, object, args);
    const made = handler.update?.({ tx, world: this.#world, place: object, args: whole }, object, changed) ?? {};
    const next = this.#objectOf(known.type, table, object, whole, { ...made, id: object.id }, object);
    tx.put(next);
    await tx.commit();
    const secrets = { ...secretsOf(table, known.state), ...secretsOf(table, args), ...made.secrets };
    return this.#outputs(table, next, secrets, config);
  }

  /** What updating would give. */
  foreseeUpdate(known: Known, inputs: Values): Values {
    const { __defaults: _, ...args } = inputs;
    const { __defaults: _old, ...state } = known.state;
    const table = tableOf(this.table, known.type);
    const own = Object.entries(state).filter(
      ([name]) => table.inputs[name] === undefined || table.inputs[name].computed,
    );
    return { ...Object.fromEntries(own), ...kept(table, args) };
  }

  /** The resource as the cloud has it, or undefined when it is gone. */
  read(known: Known, config: Configuration): Found | undefined {
    const table = tableOf(this.table, known.type);
    const object = this.#find(known, config);
    if (!object) return undefined;
    const outputs = this.#outputs(table, object, this.#readSecrets(object, known), config);
    const imported = Object.keys(known.inputs).length === 0;
    const { __defaults, ...old } = known.inputs;
    const names = imported ? Object.keys(table.inputs).filter((name) => outputs[name] !== undefined) : Object.keys(old);
    const inputs = Object.fromEntries(
      names.map((name) => [name, asGiven(known.type, table, name, old[name], outputs[name])]),
    );
    return { id: object.id, outputs, inputs: { ...inputs, __defaults: __defaults ?? [] } };
  }

  async remove(known: Known, config: Configuration): Promise<void> {
    const object = this.#find(known, config);
    if (!object || this.#definition.retain(object, known.state)) return;
    const handler = this.#handler(known.type);
    const tx = this.#world.begin();
    const done = handler.remove?.({ tx, world: this.#world, place: object, args: object.args }, object) ?? false;
    const key = keyOf(object);
    const users = this.#world.referrers(object).filter((user) => user.uses.includes(key));
    if (!done && users.length > 0) throw handler.inUse(object, users);
    if (!done) tx.drop(object);
    await tx.commit();
  }

  invoke(token: string, args: Values, config: Configuration): Values {
    const found = this.#definition.invokes[token];
    if (!found) {
      const meant = nearest(token, Object.keys(this.#definition.invokes));
      const hint = meant ? `; did you mean ${meant}?` : "";
      throw new CloudError(
        "invalid",
        "UnknownInvoke",
        `unrecognized data source ${token}: the sandbox does not have it${hint}`,
      );
    }
    return found(args, this.#definition.placeOf(args, undefined, config), this.#world);
  }

  #handler(type: string): Handler {
    return this.#definition.handlers[type]!;
  }

  #find(known: Known, config: Configuration): CloudObject | undefined {
    const handler = this.#handler(known.type);
    const placed = { ...known.inputs, ...known.state };
    return this.#world.find(this.#definition.placeOf(placed, handler, config), known.type, known.id);
  }

  #objectOf(
    type: string,
    table: ResourceTable,
    place: Place,
    args: Values,
    made: Made,
    old?: CloudObject,
  ): CloudObject {
    const { cloud, account, region } = place;
    const open = Object.fromEntries(
      Object.entries(kept(table, args)).filter(([name]) => !table.inputs[name]?.sensitive),
    );
    const secrets = Object.entries({ ...secretsOf(table, args), ...made.secrets });
    const hashes = Object.fromEntries(secrets.map(([name, value]) => [name, this.#world.hash(String(value))]));
    const name = made.name ?? old?.name ?? (typeof args["name"] === "string" ? args["name"] : undefined);
    return {
      ...{ cloud, account, region, type, id: made.id! },
      ...(name === undefined ? {} : { name }),
      args: open,
      attrs: { ...old?.attrs, ...made.attrs },
      terms: made.terms ?? old?.terms ?? [],
      secrets: { ...old?.secrets, ...hashes },
      uses: made.uses?.filter((used) => used !== undefined).map(keyOf) ?? old?.uses ?? [],
      within: made.within?.filter((parent) => parent !== undefined).map(keyOf) ?? old?.within ?? [],
    };
  }

  /** A computed argument left out of an update keeps the value the cloud has. */
  #keepComputed(table: ResourceTable, object: CloudObject, args: Values): Values {
    const own = Object.entries(object.args).filter(
      ([name]) => table.inputs[name]?.computed && args[name] === undefined,
    );
    return { ...Object.fromEntries(own), ...args };
  }

  #outputs(table: ResourceTable, object: CloudObject, secrets: Values, config: Configuration): Values {
    const common = listed(table, this.#definition.common(object, config));
    const extra = this.#handler(object.type).outputs?.(object, this.#world, secrets) ?? {};
    const stored = { ...serviceDefaults(table), ...common, ...object.args, ...object.attrs };
    return { ...stored, ...extra, ...secrets };
  }

  /** Secrets as the engine knows them, as long as the cloud still has the same ones. */
  #readSecrets(object: CloudObject, known: Known): Values {
    const secrets: Values = {};
    for (const [name, hash] of Object.entries(object.secrets)) {
      const value = known.inputs[name] ?? known.state[name];
      if (typeof value === "string") secrets[name] = this.#world.hash(value) === hash ? value : CHANGED_SECRET;
    }
    return secrets;
  }
}

/** The arguments without those that are sent to the cloud and kept nowhere. */
function kept(table: ResourceTable, args: Values): Values {
  return Object.fromEntries(Object.entries(args).filter(([name]) => table.inputs[name]?.writeOnly !== true));
}

function secretsOf(table: ResourceTable, args: Values): Values {
  return Object.fromEntries(Object.entries(args).filter(([name]) => table.inputs[name]?.sensitive));
}

function serviceDefaults(table: ResourceTable): Values {
  const known = Object.entries(table.inputs).filter(([, argument]) => argument.serviceDefault !== undefined);
  return Object.fromEntries(known.map(([name, argument]) => [name, argument.serviceDefault]));
}

/** The values a type has among its arguments and outputs. */
function listed(table: ResourceTable, values: Values): Values {
  const known = Object.entries(values).filter(
    ([name]) => table.inputs[name] !== undefined || table.outputs.includes(name),
  );
  return Object.fromEntries(known);
}

/** The argument as the program gave it, as long as the cloud has the same thing in other words. */
function asGiven(type: string, table: ResourceTable, name: string, given: unknown, current: unknown): unknown {
  if (table.inputs[name]?.writeOnly === true) return given;
  const alike = EQUIVALENCES[type]?.[name]?.(current, given) === true;
  return alike || same(table.inputs[name]!, current, given) ? given : current;
}
