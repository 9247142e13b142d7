/**
 * The state of the simulated clouds: objects by cloud, account, region, type and id, kept in one file on disk.
 * Looking up, adding and removing cost the same however large the world is.
 */
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { JournalWriter, readJournal, rewriteJournal } from "./journal.ts";
import { own } from "./owner.ts";
import type { Values } from "./values.ts";

export type Cloud = "aws" | "gcp";

/** Where an object lives: an AWS account or Google project, and a region or `global`. */
export interface Place {
  readonly cloud: Cloud;
  readonly account: string;
  readonly region: string;
}

/** One object in a simulated cloud. Never changed in place: a change puts a new one with the same key. */
export interface CloudObject extends Place {
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  /** The cloud's id, unique within place and type. */
  readonly id: string;
  readonly name?: string;
  /** What was asked for, defaults included, secrets left out. */
  readonly args: Values;
  /** What the cloud filled in. */
  readonly attrs: Values;
  /** Keyed hashes of secret arguments, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Keys of objects that cannot be deleted while this one exists. */
  readonly uses: readonly string[];
  /** Keys of objects that take this one with them when they are deleted. */
  readonly within: readonly string[];
  /** Words by which the object is looked up within its place and type, beside its id. */
  readonly terms?: readonly string[];
  /** True for what a cloud makes along with something else (a VPC's default security group) and nobody manages. */
  readonly implicit?: boolean;
  /** True for what exists without the program under test. */
  readonly outside?: boolean;
}

/** One line of {@link World.list}. */
export interface Summary extends Place {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly outside: boolean;
}

/** One acknowledged change of the world: one line of its file, applied whole or not at all. */
interface Change {
  put?: CloudObject[];
  drop?: string[];
  counters?: Record<string, number>;
}

/** Where changes go before they are answered. */
interface Journal {
  append(change: unknown): void;
  /** Resolves once every change so far is safe. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export function keyOf(object: Place & { type: string; id: string }): string {
  return `${object.cloud}|${object.account}|${object.region}|${object.type}|${object.id}`;
}

export class World {
  /** Path of its file; absent when it is in memory alone. */
  readonly file: string | undefined;
  readonly #key: Buffer;
  readonly #release: () => void;
  readonly #objects = new Map<string, CloudObject>();
  readonly #referrers = new Map<string, Set<string>>();
  readonly #terms = new Map<string, Set<string>>();
  readonly #types = new Map<string, Set<string>>();
  readonly #places = new Map<string, Set<string>>();
  readonly #counters = new Map<string, number>();
  #writer: Journal;

  /**
   * Opens the world in a file, or begins an empty one there.
   * @throws WorldInUseError when another process has it open
   * @throws WorldFileError when the file cannot be read as a world
   */
  static open(file: string): World {
    mkdirSync(dirname(file), { recursive: true });
    const release = own(file);
    try {
      const { header, changes } = readJournal(file);
      const world = new World(file, header.key, release);
      for (const change of changes) world.#apply(change as Change);
      rewriteJournal(file, header, world.#compacted());
      world.#writer = new JournalWriter(file);
      return world;
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * An empty world that nothing outlives, for what is tried and thrown away.
   * @param key hex key of its hashes and ids; with equal keys equal requests get equal ids
   */
  static inMemory(key: string = randomBytes(32).toString("hex")): World {
    return new World(undefined, key, () => undefined);
  }

  private constructor(file: string | undefined, key: string, release: () => void) {
    this.file = file;
    this.#key = Buffer.from(key, "hex");
    this.#release = release;
    this.#writer = NOWHERE;
  }

  get(key: string): CloudObject | undefined {
    return this.#objects.get(key);
  }

  find(place: Place, type: string, id: string): CloudObject | undefined {
    return this.#objects.get(keyOf({ ...place, type, id }));
  }

  /** Objects that use the given one or live within it, of one type or all. */
  referrers(object: CloudObject, type?: string): CloudObject[] {
    const keys = this.#referrers.get(keyOf(object)) ?? [];
    return [...keys].map((key) => this.#objects.get(key)!).filter((found) => type === undefined || found.type === type);
  }

  /** Objects of one type in one place that carry a word among their `terms`. */
  byTerm(place: Place, type: string, term: string): CloudObject[] {
    const keys = this.#terms.get(keyOf({ ...place, type, id: term })) ?? [];
    return [...keys].map((key) => this.#objects.get(key)!);
  }

  /** Objects of one type that carry a word among their `terms`, wherever they are: public addresses know no account. */
  anywhere(type: string, term: string): CloudObject[] {
    return [...(this.#terms.get(`${type}|${term}`) ?? [])].map((key) => this.#objects.get(key)!);
  }

  /** Every object of one type, wherever it is. */
  all(type: string): CloudObject[] {
    return [...(this.#types.get(type) ?? [])].map((key) => this.#objects.get(key)!);
  }

  /** How many objects of one type are in one place. */
  count(place: Place, type: string): number {
    return this.#places.get(keyOf({ ...place, type, id: "" }))?.size ?? 0;
  }

  /** A keyed hash: equal for equal texts in this world, and of no use to learn the text. */
  hash(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("hex");
  }

  counter(name: string): number {
    return this.#counters.get(name) ?? 0;
  }

  /** Everything in the clouds, except what a cloud made by itself. */
  list(): Summary[] {
    return [...this.#objects.values()]
      .filter((object) => !object.implicit)
      .map(({ cloud, account, region, type, id, name, outside }) => ({
        ...{ cloud, account, region, type, id },
        name: name ?? id,
        outside: outside ?? false,
      }))
      .sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  begin(): Transaction {
    return new Transaction(this, (change) => this.#commit(change));
  }

  /** Closes the file; the world can then be opened again. */
  async close(): Promise<void> {
    await this.#writer.close();
    this.#release();
  }

  async #commit(change: Change): Promise<void> {
    if (!change.put && !change.drop && !change.counters) return;
    this.#writer.append(change);
    this.#apply(change);
    await this.#writer.flush();
  }

  #apply(change: Change): void {
    for (const key of change.drop ?? []) this.#drop(key);
    for (const object of change.put ?? []) {
      const key = keyOf(object);
      this.#drop(key);
      this.#objects.set(key, object);
      add(this.#types, object.type, key);
      add(this.#places, keyOf({ ...object, id: "" }), key);
      for (const index of termsOf(object)) add(this.#terms, index, key);
      for (const target of [...object.uses, ...object.within]) add(this.#referrers, target, key);
    }
    for (const [name, value] of Object.entries(change.counters ?? {})) this.#counters.set(name, value);
  }

  #drop(key: string): void {
    const object = this.#objects.get(key);
    if (!object) return;
    this.#objects.delete(key);
    remove(this.#types, object.type, key);
    remove(this.#places, keyOf({ ...object, id: "" }), key);
    for (const index of termsOf(object)) remove(this.#terms, index, key);
    for (const target of [...object.uses, ...object.within]) remove(this.#referrers, target, key);
  }

  *#compacted(): Iterable<Change> {
    if (this.#counters.size > 0) yield { counters: Object.fromEntries(this.#counters) };
    for (const object of this.#objects.values()) yield { put: [object] };
  }
}

const NOWHERE: Journal = {
  append: () => undefined,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Where an object is found by its words: in its place, and anywhere. */
function termsOf(object: CloudObject): string[] {
  return (object.terms ?? []).flatMap((term) => [keyOf({ ...object, id: term }), `${object.type}|${term}`]);
}

function add(index: Map<string, Set<string>>, at: string, key: string): void {
  const set = index.get(at);
  if (set) set.add(key);
  else index.set(at, new Set([key]));
}

function remove(index: Map<string, Set<string>>, at: string, key: string): void {
  const set = index.get(at);
  set?.delete(key);
  if (set?.size === 0) index.delete(at);
}

/** Changes gathered for one request. Nothing is seen by others, or written, before `commit`. */
export class Transaction {
  readonly world: World;
  readonly #commit: (change: Change) => Promise<void>;
  readonly #put = new Map<string, CloudObject>();
  readonly #drop = new Set<string>();
  readonly #counters = new Map<string, number>();

  constructor(world: World, commit: (change: Change) => Promise<void>) {
    this.world = world;
    this.#commit = commit;
  }

  put(object: CloudObject): void {
    this.#put.set(keyOf(object), object);
  }

  /** Removes an object and whatever lives within it. */
  drop(object: CloudObject): void {
    const key = keyOf(object);
    if (this.#drop.has(key)) return;
    this.#drop.add(key);
    for (const child of this.world.referrers(object)) if (child.within.includes(key)) this.drop(child);
  }

  /** The next number of a counter, from 1; a number given out is never given out again. */
  next(counter: string): number {
    const value = (this.#counters.get(counter) ?? this.world.counter(counter)) + 1;
    this.#counters.set(counter, value);
    return value;
  }

  /** Hexadecimal digits that no other call gets, e.g. for an id. */
  hex(kind: string, digits: number): string {
    return this.world.hash(`${kind}#${this.next("id")}`).slice(0, digits);
  }

  /** Resolves once the change is on disk. */
  async commit(): Promise<void> {
    await this.#commit({
      ...(this.#drop.size > 0 ? { drop: [...this.#drop] } : {}),
      ...(this.#put.size > 0 ? { put: [...this.#put.values()] } : {}),
      ...(this.#counters.size > 0 ? { counters: Object.fromEntries(this.#counters) } : {}),
    });
  }
}
