/** What git knows of two refs: which files differ, and what is in them. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GitError, simpleGit, type SimpleGit } from "simple-git";
import { DiffError } from "./error.ts";

/** How head is called where it is no commit. */
export const WORKING_TREE = "working tree";

/** A commit, or what is in the folder now. */
export interface Ref {
  /** As a person named it, or what was taken instead. */
  readonly name: string;
  /** Full object id; absent for the working tree. */
  readonly commit?: string;
}

/** A project's folder in a git repository; paths are relative to that folder. */
export class Repository {
  readonly root: string;
  readonly #git: SimpleGit;

  private constructor(root: string) {
    this.root = root;
    this.#git = simpleGit(root);
  }

  /** @throws DiffError where the folder is in no repository */
  static async open(root: string): Promise<Repository> {
    const repository = new Repository(root);
    const inside = await repository.#ask("rev-parse", "--is-inside-work-tree");
    if (inside?.trim() === "true") return repository;
    throw new DiffError(
      `expected a project in a git repository, ${root} is in none; run git init, or go to the checkout`,
    );
  }

  /** Output of a git command; undefined where git refuses it. */
  async #ask(...args: string[]): Promise<string | undefined> {
    try {
      return await this.#git.raw(args);
    } catch (error) {
      if (error instanceof GitError) return undefined;
      throw error;
    }
  }

  /** @throws DiffError for a ref that git does not know */
  async ref(name: string): Promise<Ref> {
    const found = name.startsWith("-")
      ? undefined
      : await this.#ask("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
    const commit = found?.trim();
    if (commit !== undefined && commit !== "") return { name, commit };
    throw new DiffError(
      `expected a branch, tag or commit of this repository, got ${name}; git fetch brings what is missing, git branch -a lists what is here`,
    );
  }

  /** Where a head left the default branch. @throws DiffError where git cannot tell */
  async mergeBase(head: Ref): Promise<Ref> {
    const branch = await this.#defaultBranch();
    const found = await this.#ask("merge-base", branch, head.commit ?? "HEAD");
    const commit = found?.trim();
    if (commit !== undefined && commit !== "") return { name: `merge base with ${branch}`, commit };
    const shallow = (await this.#ask("rev-parse", "--is-shallow-repository"))?.trim() === "true";
    const why = shallow
      ? "this is a shallow clone and its history ends too early; run git fetch --unshallow"
      : "the two share no commit; name what to compare with";
    throw new DiffError(`expected a commit where this left ${branch}, found none: ${why}, or give --base <ref>`);
  }

  async #defaultBranch(): Promise<string> {
    for (const name of ["origin/HEAD", "origin/main", "origin/master", "main", "master"]) {
      if ((await this.#ask("rev-parse", "--verify", "--quiet", `${name}^{commit}`))?.trim()) return name;
    }
    throw new DiffError(
      "expected a default branch to compare with, found none of origin/HEAD, main and master; give --base <ref>",
    );
  }

  /** Paths that differ, added and removed ones too; new files of the working tree that git does not ignore are added. */
  async changed(base: Ref, head: Ref): Promise<ReadonlySet<string>> {
    const refs = [base.commit!, ...(head.commit === undefined ? [] : [head.commit])];
    const different = await this.#git.raw([
      "diff",
      "--name-only",
      "--no-renames",
      "--relative",
      "-z",
      ...refs,
      "--",
      ".",
    ]);
    const others =
      head.commit === undefined ? await this.#git.raw(["ls-files", "--others", "--exclude-standard", "-z"]) : "";
    return new Set([...parts(different), ...parts(others)]);
  }

  /** Paths of the files below a folder. */
  async files(ref: Ref, folder: string): Promise<readonly string[]> {
    if (ref.commit === undefined) {
      const listed = await this.#git.raw([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "--",
        folder,
      ]);
      const deleted = new Set(parts(await this.#git.raw(["ls-files", "--deleted", "-z", "--", folder])));
      return [...new Set(parts(listed))].filter((path) => !deleted.has(path));
    }
    return parts(await this.#git.raw(["ls-tree", "-r", "--name-only", "-z", ref.commit, "--", folder]));
  }

  /** Contents by path; a path that is not there is left out. */
  async contents(ref: Ref, paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const found =
      ref.commit === undefined ? await fromFolder(this.root, paths) : await this.#fromCommit(ref.commit, paths);
    return new Map(paths.flatMap((path, index) => (found[index] === undefined ? [] : [[path, found[index]]])));
  }

  async #fromCommit(commit: string, paths: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    if (paths.length === 0) return [];
    // One process for all: one each would take longer than everything else.
    const child = spawn("git", ["cat-file", "--batch"], { cwd: this.root, stdio: ["pipe", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise<void>((resolve, reject) => child.once("error", reject).once("close", () => resolve()));
    child.stdin.on("error", () => undefined).end(paths.map((path) => `${commit}:./${path}\n`).join(""));
    await ended;
    return readBatch(Buffer.concat(chunks));
  }

  /** Writes the tree of a commit into a folder's archive. */
  async archive(commit: string, file: string): Promise<void> {
    await this.#git.raw(["archive", "--format=tar", `--output=${file}`, commit]);
  }
}

const parts = (text: string): string[] => text.split("\0").filter((part) => part !== "");

async function fromFolder(root: string, paths: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  for (let start = 0; start < paths.length; start += 100) {
    const some = paths.slice(start, start + 100).map((path) => readFile(join(root, path)).catch(() => undefined));
    found.push(...(await Promise.all(some)));
  }
  return found;
}

const NEWLINE = 10;

/** Objects of `git cat-file --batch`: `<id> <type> <size>`, a line break, the bytes, a line break; or `… missing`. */
function readBatch(output: Buffer): (Buffer | undefined)[] {
  const found: (Buffer | undefined)[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(NEWLINE, at);
    const [, type, size] = output.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (size === undefined || type === "missing" || !/^\d+$/.test(size)) {
      found.push(undefined);
      continue;
    }
    found.push(type === "blob" ? output.subarray(at, at + Number(size)) : undefined);
    at += Number(size) + 1;
  }
  return found;
}
