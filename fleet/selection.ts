import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import type { Customer } from "../plan/customer.ts";
import { ConfigError } from "../plan/errors.ts";
import { parseCustomer } from "../stacks/load.ts";
import { parseSource, readBytes } from "../stacks/read.ts";
import { FleetError } from "./error.ts";
import type { Member, Selection } from "./types.ts";

const isPath = (text: string): boolean => /[/\\]|\.ya?ml$/.test(text);

/** Folder of the customer files below the program's root. */
const folder = (root: string): string => join(root, "stacks", "customers");

/**
 * The customers a choice means. Files are read no further than their name and labels, so that a broken one can be chosen
 * and be told what is wrong with it.
 * @throws FleetError with `selection` where nobody is chosen, or somebody who is not there
 */
export async function selectMembers(root: string, selection: Selection): Promise<readonly Member[]> {
  const { customers = [], all = false, labels = [], changedSince } = selection;
  if (customers.length > 0 && all) throw unusable("expected customers or --all, got both; leave one out");
  const chosen = customers.length > 0 ? customers.map((name) => named(root, name)) : everyone(root, selection);
  const changed = changedSince === undefined ? undefined : await changedFiles(root, changedSince);
  const wanted = labels.map(parseLabel);
  const members = distinct(chosen).filter(({ path }) => changed?.has(realpathSync(path)) ?? true);
  const found = members.map((member) => ({ member, identity: identityOf(member) }));
  const kept = found.filter(({ identity }) => wanted.every(([key, value]) => identity.labels[key] === value));
  if (kept.length === 0 && labels.length > 0 && found.length > 0) {
    const known = new Set(
      found.flatMap(({ identity }) => Object.entries(identity.labels).map((pair) => pair.join("="))),
    );
    const there = [...known].sort().join(", ") || "none";
    throw unusable(`expected a customer labelled ${labels.join(" and ")}, got none; labels there are: ${there}`);
  }
  return kept.map(({ member, identity }) => ({ stack: identity.name, ...member }));
}

/** The customer of one file, wherever it is. */
export function memberAt(path: string): Member {
  const one = place(resolve(path), true);
  return { stack: identityOf(one).name, ...one };
}

/**
 * The customer of a member's file. A certificate or permit that has ended refuses nothing here: nobody is kept from a
 * stack by the calendar.
 * @throws ConfigError
 */
export const customerOf = ({ file, path }: Pick<Member, "file" | "path">): Customer =>
  parseCustomer(readBytes(file, path), file, { lenient: true }).customer;

/** Where a customer's file is; what is in it is not yet known. */
type Place = Omit<Member, "stack">;

function everyone(root: string, { all = false, labels = [], changedSince }: Selection): readonly Place[] {
  if (all || labels.length > 0 || changedSince !== undefined) return everyCustomer(root);
  throw unusable(`expected a customer, a path or --all, got none; customers here: ${known(root)}`);
}

function named(root: string, name: string): Place {
  if (isPath(name)) return place(resolve(name), true);
  const path = join(folder(root), `${name}.yaml`);
  if (existsSync(path)) return place(path, false);
  const where = relative("", folder(root));
  throw unusable(`expected a customer with a file in ${where}, got ${name}; there are: ${known(root)}`);
}

const place = (path: string, byPath: boolean): Place => ({ path, file: relative("", path) || path, byPath });

/** One customer named twice is one customer. */
const distinct = (places: readonly Place[]): readonly Place[] => [
  ...new Map(places.map((one) => [one.path, one])).values(),
];

function everyCustomer(root: string): readonly Place[] {
  if (!existsSync(folder(root))) return [];
  const names = readdirSync(folder(root)).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => place(join(folder(root), name), false));
}

const known = (root: string): string =>
  everyCustomer(root)
    .map(({ path }) => basename(path, ".yaml"))
    .join(", ") || "none";

function parseLabel(text: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw unusable(`--label: expected <key>=<value>, got ${text}`);
}

interface Identity {
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** What a customer can be called at all. */
const NAME = /^[a-z][a-z0-9-]*$/;

/** Name and labels as the file has them; of a file that cannot be read, or whose name is none, the file's own name. */
function identityOf({ file, path }: Place): Identity {
  const otherwise = basename(path, extname(path));
  try {
    const { value } = parseSource(readBytes(file, path), file);
    const { name, labels } = (value ?? {}) as { readonly name?: unknown; readonly labels?: unknown };
    return {
      name: typeof name === "string" && NAME.test(name) ? name : otherwise,
      labels: typeof labels === "object" && labels !== null ? (labels as Record<string, unknown>) : {},
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { name: otherwise, labels: {} };
  }
}

/** Real paths of the files that differ from a git ref in the working tree, files git does not know yet among them. */
async function changedFiles(root: string, ref: string): Promise<ReadonlySet<string>> {
  const { simpleGit } = await import("simple-git");
  const ask = (folder: string, ...args: string[]): Promise<string> =>
    simpleGit(folder)
      .raw(args)
      .catch((error: unknown) => {
        const told = error instanceof Error ? error.message.trim().split("\n")[0] : String(error);
        throw unusable(`--changed-since: expected a git ref that is in this repository, got ${ref}: ${told}`);
      });
  const commit = (await ask(root, "rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`)).trim();
  const top = realpathSync((await ask(root, "rev-parse", "--show-toplevel")).trim());
  const differing = await ask(top, "diff", "--name-only", "--no-renames", "-z", commit, "--");
  const unknown = await ask(top, "ls-files", "--others", "--exclude-standard", "-z");
  const paths = `${differing}${unknown}`.split("\0").filter((path) => path !== "");
  return new Set(paths.map((path) => join(top, path)));
}

const unusable = (message: string): FleetError => new FleetError("selection", message);
