/** Which files are the program, and how the program of a ref is found and run. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { DiffError } from "./error.ts";
import { WORKING_TREE, type Ref, type Repository } from "./git.ts";

/** Folder of the customer files. */
export const CUSTOMERS = "stacks/customers";

/** Folders of which nothing is ever loaded by the program. */
const NO_PROGRAM = ["docs/", "tests/", "bench/", `${CUSTOMERS}/`];

/**
 * Whether a file may decide what a customer becomes: everything in the repository, `package-lock.json`, `Pulumi.yaml` and
 * the engine's pin included, but for customer files, `docs/`, `tests/`, `bench/`, whatever begins with a dot, Markdown, the
 * licence, and the settings of linter and test runner. In doubt a file is the program: that costs time and hides nothing.
 */
export function isProgramFile(path: string): boolean {
  if (NO_PROGRAM.some((folder) => path.startsWith(folder)) || path.startsWith(".")) return false;
  return !/\.md$|^LICENSE|^(?:eslint|prettier|vitest)[\w.]*\.config\.\w+$/.test(basename(path));
}

/** Whether a path is a customer's file. */
export const isCustomerFile = (path: string): boolean =>
  dirname(path) === CUSTOMERS && path.endsWith(".yaml") && !basename(path).startsWith(".");

/** The module of this program that gives graphs, as long as both refs have the same one. */
export const ownProgram = (root: string): string => programIn(root) ?? own();

/** This package's own library: `lib/index.ts` in the repository, `dist/lib/index.js` once it is published. */
function own(): string {
  const below = join(import.meta.dirname, "../..");
  const found = ["lib/index.ts", "lib/index.js"].map((path) => join(below, path)).find(existsSync);
  if (found === undefined) throw new Error(`no library below ${below}`);
  return pathToFileURL(found).href;
}

/** The library a project runs: its own, or the package it depends on. */
function programIn(root: string): string | undefined {
  const library = join(root, "lib/index.ts");
  if (existsSync(library) && existsSync(join(root, "stacks/graph.ts"))) return pathToFileURL(library).href;
  try {
    return pathToFileURL(createRequire(join(root, "package.json")).resolve("causeway")).href;
  } catch {
    return undefined;
  }
}

/** Where a ref's program may be run. */
export interface Place {
  readonly ref: Ref;
  /** A checkout of the ref with its packages, where a person gave one. */
  readonly given?: string;
  /** Which option gives one, for messages. */
  readonly option: "--base-root" | "--head-root";
}

/**
 * Makes a ref's own program ready to run.
 * @param scratch A folder to unpack it in.
 * @returns URL of its library
 * @throws DiffError where its packages are others than the installed ones, or it has no graph to give
 */
export async function programAt(
  repository: Repository,
  { ref, given, option }: Place,
  scratch: string,
): Promise<string> {
  const root = given ?? (ref.commit === undefined ? repository.root : await unpack(repository, ref, option, scratch));
  const found = programIn(root);
  if (found !== undefined) return found;
  throw new DiffError(
    `expected a program that gives the resource graph of a customer (customerGraph of lib/index.ts) at ${ref.name}, found none; ` +
      `choose a later commit, or give ${option} <folder> with a checkout whose packages are installed`,
  );
}

const run = promisify(execFile);

async function unpack(repository: Repository, ref: Ref, option: string, scratch: string): Promise<string> {
  await refuseOtherPackages(repository, ref, option);
  const folder = join(scratch, ref.commit!);
  await mkdir(folder, { recursive: true });
  await repository.archive(ref.commit!, `${folder}.tar`);
  await run("tar", ["-xf", `${folder}.tar`, "-C", folder]);
  const [packages, link] = [join(repository.root, "node_modules"), join(folder, "node_modules")];
  if (existsSync(packages) && !existsSync(link)) await symlink(packages, link, "dir");
  return folder;
}

/** The installed packages serve a ref only where its lockfile is the one they were installed from. */
async function refuseOtherPackages(repository: Repository, ref: Ref, option: string): Promise<void> {
  const lockfile = "package-lock.json";
  const there = (await repository.contents(ref, [lockfile])).get(lockfile);
  const here = await readFile(join(repository.root, lockfile)).catch(() => undefined);
  if (there === undefined || here === undefined || there.equals(here)) return;
  throw new DiffError(
    `expected ${ref.name} to need the packages that are installed, but its package-lock.json differs from the ${WORKING_TREE}'s; ` +
      `run git worktree add <folder> ${ref.commit!.slice(0, 12)}, npm ci in that folder, and give ${option} <folder>`,
  );
}
