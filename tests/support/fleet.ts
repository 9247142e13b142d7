import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "./project.ts";

/** Name of the n-th customer of a generated fleet, from 1. */
export const memberName = (n: number): string => `c${String(n).padStart(5, "0")}`;

const DEV = readFileSync(join(ROOT, "stacks/customers/dev.yaml"), "utf8");

/**
 * Files of a fleet, each with all four kinds of connection and a name, account, project, domain and services of its own.
 * @param edit Changes the text of the n-th file.
 */
export function fleetFiles(
  count: number,
  edit: (text: string, n: number) => string = (text) => text,
): Map<string, string> {
  const files = new Map<string, string>();
  for (let n = 1; n <= count; n++) files.set(`${memberName(n)}.yaml`, edit(fleetFile(n), n));
  return files;
}

function fleetFile(n: number): string {
  const name = memberName(n);
  const hex = n.toString(16).padStart(6, "0");
  return DEV.replace("name: dev\n", `name: ${name}\n`)
    .replace("create: dev", `create: ${name}`)
    .replaceAll("causeway-dev-4f2a", `causeway-${name}`)
    .replace("222233334444", String(100_000_000_000 + n))
    .replaceAll("dev.example", `${name}.example`)
    .replaceAll("vpce-svc-0123456789abcdef0", `vpce-svc-0123456789a${hex}`)
    .replaceAll("dev-customer-shared", `${name}-shared`);
}

/** Adds a copy of this repository's program, which shares its packages. */
export function addProgram({ root }: FleetRepository): void {
  for (const folder of ["components", "engine", "lib", "plan", "stacks"]) {
    cpSync(join(ROOT, folder), join(root, folder), {
      recursive: true,
      filter: (path) => !path.includes("stacks/customers"),
    });
  }
  for (const file of ["package.json", "package-lock.json", "index.ts"]) cpSync(join(ROOT, file), join(root, file));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"), "dir");
}

/** A git repository of its own with customer files and no program: this repository's serves. */
export class FleetRepository {
  readonly root: string;

  /** @param files Customer files by name; committed on `main`. */
  constructor(files: ReadonlyMap<string, string>) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "causeway-fleet-")));
    this.git("init", "--quiet", "--initial-branch=main");
    this.write("Pulumi.yaml", "name: causeway\nruntime: nodejs\n");
    this.write(".gitignore", "node_modules\n");
    for (const [name, text] of files) this.customer(name, text);
    this.commit();
  }

  /** Runs git here. */
  git(...args: string[]): string {
    const who = ["-c", "user.name=Fleet", "-c", "user.email=fleet@example.com", "-c", "commit.gpgsign=false"];
    const rest = ["-c", "gc.auto=0", ...args];
    return execFileSync("git", [...who, ...rest], {
      cwd: this.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Commits everything. @returns the commit */
  commit(): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", "fleet");
    return this.git("rev-parse", "HEAD").trim();
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  /** Writes a customer's file. */
  customer(name: string, text: string | Uint8Array): void {
    this.write(`stacks/customers/${name}`, text);
  }

  /** Changes a customer's file. Fails where the text to change is not in it. */
  edit(name: string, from: string, to: string): void {
    const path = join(this.root, "stacks/customers", name);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) throw new Error(`${name} has no ${JSON.stringify(from)}`);
    writeFileSync(path, text.replace(from, to));
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** Deletes the whole repository. */
  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
