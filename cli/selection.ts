import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { EXIT, Exit } from "./exit.ts";

/** One customer a command works on. */
export interface Selected {
  /** Absolute path of the file. */
  readonly path: string;
  /** The file as messages name it: relative to where the person stands. */
  readonly file: string;
  /** Whether the person gave a path; the stack then needs to be told of it. */
  readonly byPath: boolean;
}

const isPath = (text: string): boolean => /[/\\]|\.ya?ml$/.test(text);

/** Folder of the customer files below the program's root. */
const folder = (root: string): string => join(root, "stacks", "customers");

const select = (path: string, byPath: boolean): Selected => ({ path, file: relative("", path) || path, byPath });

/**
 * The customers named on the command line, in that order; a name stands for `stacks/customers/<name>.yaml`.
 * @throws Exit where none is named and `all` is not set
 */
export function selectCustomers(root: string, named: readonly string[], all: boolean): readonly Selected[] {
  if (named.length > 0 && all) throw new Exit(EXIT.usage, "expected customers or --all, got both; leave one out");
  if (all) return everyCustomer(root);
  if (named.length === 0) {
    throw new Exit(EXIT.usage, `expected a customer, a path or --all, got none; customers here: ${known(root)}`);
  }
  return named.map((name) => {
    if (isPath(name)) return select(resolve(name), true);
    const path = join(folder(root), `${name}.yaml`);
    if (!existsSync(path)) {
      throw new Exit(
        EXIT.usage,
        `expected a customer with a file in ${relative("", folder(root))}, got ${name}; there are: ${known(root)}`,
      );
    }
    return select(path, false);
  });
}

function everyCustomer(root: string): readonly Selected[] {
  const names = readdirSync(folder(root)).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => select(join(folder(root), name), false));
}

function known(root: string): string {
  const names = existsSync(folder(root)) ? everyCustomer(root) : [];
  return (
    names
      .map(({ path }) =>
        path
          .split("/")
          .at(-1)
          ?.replace(/\.yaml$/, ""),
      )
      .join(", ") || "none"
  );
}
